import { describe, expect, it } from 'vitest';
import type { Follower } from '../../src/corpus/follower.ts';
import type { SyncRules } from '../../src/corpus/sync.ts';
import type { SyncState } from '../../src/corpus/sync-state.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import {
  comments,
  endOf,
  follower,
  github,
  later,
  OTHER,
  reopenStore,
  repo,
  restartGithub,
  SPEC,
  setUpRepository,
  store,
  text,
  texts,
} from './repository-world.ts';

setUpRepository({ dropBots: true, discussions: true });

const queries = () => github.count('/graphql');

/** A discussion with a comment and a reply to it, which is the answer. */
function aTalk(title = 'Offline') {
  const number = repo.discussions.create({ title, body: 'How?', labels: ['docs'], author: 'helper' });
  const comment = repo.discussions.comment(number, { body: text('a'), author: 'helper', association: 'MEMBER' });
  const reply = repo.discussions.comment(number, { body: text('b'), replyTo: comment });
  repo.discussions.answer(number, reply);
  return { number, comment, reply };
}

describe('the first sync with discussions', () => {
  it('reads comments and replies of discussions beside those of issues, and marks the accepted answer', async () => {
    repo.comment(repo.createIssue({ title: 'T' }), { body: text('of an issue') });
    const { number, comment, reply } = aTalk();
    repo.discussions.comment(number, { body: 'too short' });
    const gone = repo.discussions.comment(number, { body: text('deleted'), author: null });
    repo.discussions.comment(number, { body: text('of nobody'), author: null, replyTo: gone });
    repo.discussions.deleteComment(gone);
    repo.discussions.minimize(repo.discussions.comment(number, { body: text('hidden') }), 'spam');
    repo.discussions.comment(number, { body: text('robot'), author: 'ci[bot]', bot: true });
    await follower().sync(SPEC);
    expect(await texts()).toEqual(['a', 'b', 'of an issue', 'of nobody']);
    const url = `https://github.com/example/project/discussions/${number}`;
    expect((await comments()).filter(({ key }) => ['d', `d${comment}`, `d${reply}`].includes(key))).toMatchObject([
      {
        title: 'Offline',
        body: 'How?',
        labels: ['docs'],
        issueUrl: url,
        author: 'helper',
        authorAssociation: 'MEMBER',
        byReporter: true,
      },
      {
        accepted: true,
        byReporter: undefined,
        url: `${url}#discussioncomment-${reply}`,
        issueState: 'open',
        createdAt: '2026-01-01T00:00:00Z',
      },
    ]);
    expect((await comments()).filter(({ accepted }) => accepted)).toHaveLength(1);
  });

  it('leaves out a bot by the name that it has elsewhere, where bots are kept and that one is not to be quoted', async () => {
    const { number } = aTalk();
    repo.discussions.comment(number, { body: text('robot'), author: 'ci[bot]', bot: true });
    await reopenStore({ excludeAuthors: ['shy[bot]'] });
    repo.discussions.comment(number, { body: text('shy'), author: 'shy[bot]', bot: true });
    await follower({ dropBots: false }).sync(SPEC);
    expect(await texts()).toEqual(['a', 'b', 'robot']);
    expect((await comments()).map(({ author }) => author)).toContain('ci[bot]');
  });

  it('reads more than a page of discussions, of comments and of replies', async () => {
    for (let at = 0; at < 60; at++) repo.discussions.comment(aTalk(`Talk ${at}`).number, { body: text(`c${at}`) });
    const { number, comment } = aTalk();
    for (let at = 0; at < 130; at++) repo.discussions.comment(number, { body: text(`comment ${at}`) });
    for (let at = 0; at < 120; at++) repo.discussions.comment(number, { body: text(`reply ${at}`), replyTo: comment });
    await follower().sync(SPEC);
    expect(await store.count()).toBe(60 * 3 + 2 + 130 + 120);
    expect(new Set((await comments()).map(({ key }) => key)).size).toBe(await store.count());
    // A first look, three pages of 25 discussions each, two more pages of comments and of replies.
    expect(queries()).toBe(1 + 3 + 3 + 2 + 2);
    // A point for each, but four for those that read 25 discussions, and two for the one that reads the rest.
    expect(github.limits.budget(github.token, 'graphql').used).toBe(11 + 2 * 3 + 1);
  });

  it('goes on where it was stopped, and appears whole', async () => {
    for (let at = 0; at < 60; at++) {
      aTalk(`Talk ${at}`);
      later(1);
    }
    github.fail({ path: '/graphql', skip: 5, times: 4, status: 502 });
    await expect(follower().sync(SPEC)).rejects.toThrow('does not answer');
    expect(await store.count()).toBe(0);
    const before = queries();
    await follower().sync(SPEC);
    expect(await store.count()).toBe(120);
    expect(queries() - before).toBe(3);
  });

  it('begins again where GitHub no longer knows the place to go on from', async () => {
    for (let at = 0; at < 30; at++) aTalk(`Talk ${at}`);
    github.fail({ path: '/graphql', skip: 3, times: 4, status: 502 });
    await expect(follower().sync(SPEC)).rejects.toThrow('does not answer');
    const feed = await store.follow(SPEC);
    const state = feed.state as SyncState;
    expect(state.sweep).toMatchObject({ phase: 'discussions', since: expect.stringMatching(/^\S+$/) });
    await feed.apply({ sweep: 1 }, { ...state, sweep: { ...state.sweep, since: 'from another time' } });
    await feed.release();
    await follower().sync(SPEC);
    expect(await store.count()).toBe(60);
  });

  it('asks for less at once where it was too much for GitHub', async () => {
    for (let at = 0; at < 20; at++) aTalk(`Talk ${at}`);
    github.fail({ path: '/graphql', skip: 2, times: 4, status: 502 });
    await follower().sync(SPEC);
    expect(await store.count()).toBe(40);
    expect(queries()).toBe(2 + 4 + 2);
  });

  it('says what is missing without credentials, and with a token that may not read discussions', async () => {
    aTalk();
    await expect(follower({}, '').sync(SPEC)).rejects.toThrow('GitHub tells discussions to nobody without credentials');
    repo.makePrivate();
    const token = github.addToken('pat', { permissions: { metadata: 'read', issues: 'read' }, repositories: [repo] });
    const syncing = follower({ allowedPrivate: [SPEC] }, token).sync(SPEC);
    await expect(syncing).rejects.toThrow('needs the permission Discussions: read');
    expect(github.count('/issues')).toBe(0);
  });

  it('waits while the points of the hour do not suffice, and reads on', async () => {
    await restartGithub({ limits: { graphqlPerHour: 12, windowSeconds: 1 }, now: Date.now });
    for (let at = 0; at < 60; at++) aTalk(`Talk ${at}`);
    await follower().sync(SPEC);
    expect(await store.count()).toBe(120);
  }, 30_000);
});

describe('a later sync with discussions', () => {
  const first = async () => {
    const talk = aTalk();
    later();
    await follower().sync(SPEC);
    later();
    return talk;
  };

  it('costs two queries where nothing changed, and changes nothing', async () => {
    await first();
    const [before, version] = [queries(), await store.version()];
    await follower().sync(SPEC);
    expect(queries() - before).toBe(2);
    expect(await store.version()).toBe(version);
  });

  it('finds what is new, edited, answered otherwise, locked and closed; what is deleted in what changed is gone', async () => {
    const { number, comment, reply } = await first();
    repo.discussions.editComment(comment, text('a, edited'));
    repo.discussions.answer(number, comment);
    repo.discussions.deleteComment(reply);
    later();
    repo.discussions.lock(number);
    repo.discussions.close(number);
    aTalk('New');
    expect(await follower().sync(SPEC)).toMatchObject({ added: 2, changed: 1, removed: 1, swept: false });
    expect((await comments()).slice(0, 1)).toMatchObject([
      {
        text: text('a, edited'),
        accepted: true,
        issueState: 'closed',
        issueStateReason: 'resolved',
        issueClosedAt: expect.any(String),
      },
    ]);
    later();
    repo.discussions.recategorize(number, 'General');
    repo.discussions.edit(number, { title: 'Another title' });
    await follower().sync(SPEC);
    expect((await comments()).find(({ key }) => key === `d${comment}`)).toMatchObject({
      title: 'Another title',
      accepted: undefined,
    });
  });

  it('moves past nothing that is not stored: an interrupted one is read again', async () => {
    await first();
    for (let at = 0; at < 60; at++) {
      aTalk(`Talk ${at}`);
      later(1);
    }
    github.fail({ path: '/graphql', skip: 2, times: 20, status: 502 });
    await expect(follower().sync(SPEC)).rejects.toThrow('does not answer');
    await follower().sync(SPEC);
    expect(await store.count()).toBe(122);
  });

  it('keeps what GitHub leaves out of an answer for being too much, and asks for less at once', async () => {
    const { number, comment } = await first();
    const other = aTalk('Other');
    await follower().sync(SPEC);
    later();
    for (const one of [number, other.number]) repo.discussions.edit(one, { title: 'Edited' });
    repo.discussions.editComment(comment, text('a, edited'));
    const withheld = { at: `repository.d${number}.comments.nodes`, type: 'RESOURCE_LIMITS_EXCEEDED' };
    const before = queries();
    github.fail({ path: '/graphql', skip: 1, times: 4, withheld });
    expect(await follower().sync(SPEC)).toMatchObject({ added: 0, removed: 0 });
    expect(await texts()).toEqual(['a', 'a, edited', 'b', 'b']);
    expect(queries() - before).toBe(1 + 4 + 2);
    later();
    repo.discussions.edit(number, { title: 'Edited again' });
    github.fail({ path: '/graphql', times: 99, withheld });
    await expect(follower().sync(SPEC)).rejects.toThrow('part of an answer');
    await expect(follower().sync(SPEC, { sweepNow: true })).rejects.toThrow('part of an answer');
    expect(await texts()).toEqual(['a', 'a, edited', 'b', 'b']);
  });

  it('finds by a sweep what was deleted or hidden, which no change tells', async () => {
    const { reply } = await first();
    const other = aTalk('Other');
    await follower().sync(SPEC);
    later();
    repo.discussions.minimize(reply);
    repo.discussions.delete(other.number);
    await follower().sync(SPEC, { sweepNow: true });
    expect(await texts()).toEqual(['a']);
  });

  it('reads them once they are wanted, and drops them with the next sweep once they are not', async () => {
    aTalk();
    repo.comment(repo.createIssue({ title: 'T' }), { body: text('of an issue') });
    await follower({ discussions: false }).sync(SPEC);
    expect(await texts()).toEqual(['of an issue']);
    expect(await follower().sync(SPEC)).toMatchObject({ added: 2, swept: true });
    expect(await follower().sync(SPEC)).toMatchObject({ swept: false });
    await follower({ discussions: false }).sync(SPEC);
    expect(await texts()).toHaveLength(3);
    await follower({ discussions: false }).sync(SPEC, { sweepNow: true });
    expect(await texts()).toEqual(['of an issue']);
    expect(await follower().sync(SPEC)).toMatchObject({ added: 2, swept: true });
  });

  it('follows an issue that becomes a discussion, and removes its comments where discussions are not followed', async () => {
    const issue = repo.createIssue({ title: 'T' });
    repo.comment(issue, { body: text('moved') });
    later();
    await follower().sync(SPEC);
    later();
    const number = repo.convertToDiscussion(issue);
    expect(await follower().sync(SPEC)).toMatchObject({ added: 1, removed: 1, swept: false });
    expect(await comments()).toMatchObject([
      { text: text('moved'), issueUrl: `https://github.com/example/project/discussions/${number}` },
    ]);
    const second = repo.createIssue({ title: 'T' });
    repo.comment(second, { body: text('second') });
    later();
    await follower({ discussions: false }).sync(SPEC);
    later();
    repo.convertToDiscussion(second);
    await follower({ discussions: false }).sync(SPEC);
    expect(await texts()).toEqual(['moved']);
  });
});

describe('the pull request that closed an issue', () => {
  const closed = () => {
    const issue = repo.createIssue({ title: 'Broken' });
    repo.comment(issue, { body: text('a') });
    const pull = repo.createIssue({ title: 'Mend it', pull: true });
    repo.close(issue, 'completed', { by: pull });
    return { issue, pull: `https://github.com/example/project/pull/${pull}` };
  };

  it('is known for one query a page, and forgotten when the issue is opened again', async () => {
    const { issue, pull } = closed();
    repo.comment(repo.createIssue({ title: 'Open' }), { body: text('b') });
    await follower({ discussions: false }).sync(SPEC);
    expect((await comments()).map(({ closedBy }) => closedBy)).toEqual([pull, undefined]);
    expect(queries()).toBe(1);
    expect(github.limits.budget(github.token, 'graphql').used).toBe(1);
    later();
    repo.reopen(issue);
    await follower({ discussions: false }).sync(SPEC);
    expect((await comments())[0]).toMatchObject({ issueState: 'open', closedBy: undefined });
  });

  it('stays known where GitHub leaves it out of an answer', async () => {
    const { issue, pull } = closed();
    await follower({ discussions: false }).sync(SPEC);
    later();
    repo.editIssue(issue, { title: 'Edited' });
    github.fail({
      path: '/graphql',
      times: 4,
      withheld: { at: `repository.i${issue}`, type: 'RESOURCE_LIMITS_EXCEEDED' },
    });
    await follower({ discussions: false }).sync(SPEC);
    expect(await comments()).toMatchObject([{ title: 'Edited', closedBy: pull }]);
    expect(queries()).toBe(1 + 4);
  });

  it.each([
    ['there are no credentials', () => follower({ discussions: false }, '')],
    [
      'the token may not read pull requests',
      () => {
        repo.makePrivate();
        const permissions = { metadata: 'read', issues: 'read' } as const;
        github.addToken('pat', { permissions, repositories: [repo] });
        return follower({ discussions: false, allowedPrivate: [SPEC] }, 'pat');
      },
    ],
    [
      'GraphQL does not answer',
      () => {
        github.fail({ path: '/graphql', times: 99, status: 502 });
        return follower({ discussions: false });
      },
    ],
  ])('is not known where %s, which holds up nothing', async (_why, make) => {
    closed();
    await make().sync(SPEC);
    expect(await comments()).toMatchObject([{ issueState: 'closed', closedBy: undefined }]);
  });
});

describe('webhooks of discussions', () => {
  /** What a hook delivered, taken in the order it came; tells what a sync has to look at. */
  const take = async (to: Follower): Promise<readonly string[]> => {
    const unfinished: string[] = [];
    const hook = hooks();
    for (const { event, body } of hook.deliveries.splice(0)) {
      // GitHub counts comments in there as they were before, or not at all.
      const payload = JSON.parse(body.replaceAll(/"comments":\d+/g, '"comments":0')) as unknown;
      unfinished.push(...(await to.take({ name: event, payload }, [SPEC, OTHER])));
    }
    return unfinished;
  };
  let hooks: () => ReturnType<FakeRepo['webhooks']>;
  const listen = async (rules: Partial<SyncRules> = {}) => {
    const one = follower(rules);
    await one.sync(SPEC);
    await one.sync(OTHER);
    const hook = repo.webhooks('http://127.0.0.1:9/nobody', 'secret');
    hooks = () => hook;
    later();
    return one;
  };

  it('tell what is new, edited, answered and deleted, without a word to GitHub', async () => {
    github.repo('example', 'target');
    const { number, comment, reply } = aTalk();
    later();
    const one = await listen();
    const before = github.count();
    repo.discussions.unanswer(number);
    const third = repo.discussions.comment(number, { body: text('c'), replyTo: comment, author: 'ci[bot]', bot: true });
    const fourth = repo.discussions.comment(number, { body: text('d'), author: null });
    repo.discussions.edit(number, { title: 'Another title' });
    repo.discussions.lock(number);
    const { number: other } = aTalk('Other');
    expect(await take(one)).toEqual([]);
    expect(await texts()).toEqual(['a', 'a', 'b', 'b', 'd']);
    expect((await comments()).map(({ title, labels, accepted }) => [title, labels, accepted]).slice(0, 2)).toEqual([
      ['Another title', ['docs'], undefined],
      ['Another title', ['docs'], undefined],
    ]);
    later();
    repo.discussions.editComment(fourth, text('edited'));
    repo.discussions.answer(number, fourth);
    repo.discussions.deleteComment(reply);
    repo.discussions.deleteComment(third);
    repo.discussions.delete(other);
    expect(await take(one)).toEqual([]);
    expect((await comments()).map((one) => [endOf(one), one.accepted])).toEqual([
      ['a', undefined],
      ['edited', true],
    ]);
    later();
    repo.discussions.recategorize(number, 'General');
    expect(await take(one)).toEqual([]);
    expect((await comments()).some(({ accepted }) => accepted)).toBe(false);
    expect(github.count()).toBe(before);
  });

  it('move a discussion to where it was transferred', async () => {
    const target = github.repo('example', 'target');
    const { number } = aTalk();
    const one = await listen();
    repo.discussions.transferTo(target.discussions, number);
    expect(await take(one)).toEqual([OTHER]);
    expect(await texts()).toEqual([]);
    await one.sync(OTHER);
    expect(await texts(OTHER)).toEqual(['a', 'b']);
  });

  it('have a sync look at an issue that becomes a discussion', async () => {
    github.repo('example', 'target');
    const issue = repo.createIssue({ title: 'T' });
    repo.comment(issue, { body: text('moved') });
    later();
    const one = await listen();
    repo.convertToDiscussion(issue);
    expect(await take(one)).toEqual([SPEC]);
    await one.sync(SPEC);
    expect((await comments()).map(({ issueUrl }) => issueUrl)).toEqual([expect.stringContaining('/discussions/')]);
  });

  it('are of no concern where discussions are not followed', async () => {
    github.repo('example', 'target');
    const one = await listen({ discussions: false });
    aTalk();
    expect(await take(one)).toEqual([]);
    expect(await texts()).toEqual([]);
  });
});
