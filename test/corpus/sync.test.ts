import { describe, expect, it } from 'vitest';
import type { FakeRepo } from '../fakes/github-repo.ts';
import {
  comments,
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

setUpRepository();

describe('the first sync', () => {
  it('reads every issue and comment, and keeps what the recipe keeps', async () => {
    const issue = repo.createIssue({ title: 'Offline', body: 'How?', labels: ['question', 'docs'], author: 'helper' });
    repo.comment(issue, { body: text('a'), author: 'helper', association: 'MEMBER', reactions: { '+1': 3 } });
    repo.comment(issue, { body: 'too short' });
    const pull = repo.createIssue({ title: 'A pull request', pull: true });
    repo.comment(pull, { body: text('not of an issue') });
    repo.close(issue, 'completed');
    const report = await follower().sync(SPEC);
    expect(report.swept).toBe(true);
    expect(await comments()).toMatchObject([
      {
        source: SPEC,
        text: text('a'),
        title: 'Offline',
        body: 'How?',
        author: 'helper',
        authorAssociation: 'MEMBER',
        byReporter: true,
        reactions: 3,
        labels: ['question', 'docs'],
        issueState: 'closed',
        issueStateReason: 'completed',
        issueClosedAt: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    expect(await store.sources()).toMatchObject([
      { spec: SPEC, comments: 1, run: undefined, sync: { budget: { limit: 5000 } } },
    ]);
  });

  it('reads more than a page, also of what changed in one second', async () => {
    for (let number = 1; number <= 130; number++) {
      const issue = repo.createIssue({ title: `Issue ${number}` });
      repo.comment(issue, { body: text(`a${number}`) });
      repo.comment(issue, { body: text(`b${number}`) });
      if (number % 50 === 0) later(1);
    }
    await follower().sync(SPEC);
    expect(new Set(await texts()).size).toBe(260);
    expect(await store.count()).toBe(260);
  });

  it('passes every wall that GitHub puts before deep pages', async () => {
    await restartGithub({ caps: { issueRowsByPage: 100, commentRows: 200 } });
    for (let number = 1; number <= 300; number++) {
      repo.comment(repo.createIssue({ title: `Issue ${number}` }), { body: text(`a${number}`) });
      later(1);
    }
    await follower().sync(SPEC);
    expect(await store.count()).toBe(300);
  });

  it('takes comments of people who are gone, and keeps out those who do not want to be quoted', async () => {
    const issue = repo.createIssue({ title: 'T', author: null, body: null });
    repo.comment(issue, { body: text('gone'), author: null });
    repo.comment(issue, { body: text('no'), author: 'Shy' });
    repo.comment(issue, { body: text('robot'), author: 'ci', bot: true });
    await reopenStore({ excludeAuthors: ['shy'] });
    await follower().sync(SPEC);
    expect(await texts()).toEqual(['gone', 'robot']);
    later();
    await follower({ dropBots: true }).sync(SPEC, { sweepNow: true });
    expect(await texts()).toEqual(['gone']);
  });
});

describe('a later sync', () => {
  const first = async () => {
    const issue = repo.createIssue({ title: 'T', body: 'B' });
    const id = repo.comment(issue, { body: text('a') });
    later();
    await follower().sync(SPEC);
    later();
    return { issue, id };
  };

  it('costs a handful of requests and changes nothing where nothing changed', async () => {
    await first();
    const before = await store.version();
    await follower().sync(SPEC);
    const asked = github.count();
    await follower().sync(SPEC);
    expect(github.count() - asked).toBe(3);
    expect(github.count('', { status: 304 })).toBeGreaterThanOrEqual(3);
    expect(await store.version()).toBe(before);
  });

  it('finds what is new and what was edited', async () => {
    const { issue, id } = await first();
    repo.comment(issue, { body: text('b') });
    const short = repo.comment(issue, { body: 'short' });
    const other = repo.createIssue({ title: 'New' });
    repo.comment(other, { body: text('c') });
    repo.editComment(id, text('a, edited'));
    await follower().sync(SPEC);
    expect(await texts()).toEqual(['a, edited', 'b', 'c']);
    later();
    repo.editComment(short, text('long now'));
    repo.editComment(id, 'short now');
    expect(await follower().sync(SPEC)).toMatchObject({ added: 1, removed: 1, swept: false });
    expect(await texts()).toEqual(['b', 'c', 'long now']);
  });

  it('takes a new title for the document of all comments of an issue', async () => {
    const { issue } = await first();
    const before = await store.version();
    repo.editIssue(issue, { title: 'Another title' });
    await follower().sync(SPEC);
    expect(await comments()).toMatchObject([{ title: 'Another title', body: 'B' }]);
    expect(await store.version()).toBe(before + 1);
  });

  it('shows states and labels without a change of what can be found', async () => {
    const { issue } = await first();
    const before = await store.version();
    repo.close(issue, 'not_planned');
    repo.label(issue, ['wontfix']);
    repo.lock(issue);
    await follower().sync(SPEC);
    expect(await comments()).toMatchObject([
      { issueState: 'closed', issueStateReason: 'not_planned', labels: ['wontfix'] },
    ]);
    later();
    repo.reopen(issue);
    await follower().sync(SPEC);
    expect(await comments()).toMatchObject([{ issueState: 'open', issueStateReason: 'reopened' }]);
    expect(await store.version()).toBe(before);
  });

  it('finds by a sweep what was deleted or hidden, which no change tells', async () => {
    const { issue, id } = await first();
    const kept = repo.comment(issue, { body: text('kept') });
    const hidden = repo.comment(issue, { body: text('hidden') });
    const other = repo.createIssue({ title: 'Other' });
    repo.comment(other, { body: text('of a deleted issue') });
    await follower().sync(SPEC);
    expect(await store.count()).toBe(4);
    later();
    repo.deleteComment(id);
    repo.minimize(hidden, 'spam');
    repo.deleteIssue(other);
    later();
    await follower().sync(SPEC, { sweepNow: true });
    expect((await comments()).map(({ key }) => key)).toEqual([String(kept)]);
  });

  it('sweeps by itself once the last sweep is long enough ago', async () => {
    const { issue, id } = await first();
    repo.comment(issue, { body: text('kept') });
    await follower().sync(SPEC);
    repo.deleteComment(id);
    await follower().sync(SPEC);
    expect(await texts()).toEqual(['a', 'kept']);
    await follower({ sweepEveryMs: 1 }).sync(SPEC);
    expect(await texts()).toEqual(['kept']);
  });

  it('follows a repository to its new name, also when another one takes the old', async () => {
    const { issue } = await first();
    repo.rename('renamed');
    repo.comment(issue, { body: text('b') });
    await follower().sync(SPEC);
    expect(await texts()).toEqual(['a', 'b']);
    later();
    const squatter = github.repo('example', 'project');
    squatter.comment(squatter.createIssue({ title: 'X' }), { body: text('of another repository') });
    await follower().sync(SPEC);
    expect(await texts()).toEqual(['a', 'b']);
  });

  it('removes an issue that was transferred, and reads it where it went, its old comments too', async () => {
    const { issue } = await first();
    const target = github.repo('example', 'target');
    target.comment(target.createIssue({ title: 'There' }), { body: text('there') });
    await follower().sync(OTHER);
    later();
    repo.transferTo(target, issue);
    await follower().sync(OTHER);
    await follower().sync(SPEC, { sweepNow: true });
    expect(await texts()).toEqual([]);
    expect(await texts(OTHER)).toEqual(['a', 'there']);
  });

  it.each([
    ['was made private', (gone: FakeRepo) => gone.makePrivate(), 'is private'],
    ['was deleted', (gone: FakeRepo) => gone.delete(), 'not on GitHub any more'],
    ['was blocked', (gone: FakeRepo) => gone.block(), 'not on GitHub any more'],
  ])('removes the rows of a repository that %s', async (_what, happen, message) => {
    await first();
    happen(repo);
    await expect(follower().sync(SPEC)).rejects.toThrow(message);
    expect(await store.count()).toBe(0);
    expect(await store.sources()).toMatchObject([{ comments: 0, sync: { error: expect.stringContaining(message) } }]);
  });
});

describe('a repository that is not there', () => {
  it('is not followed for having been named once, and the error says what to check', async () => {
    await expect(follower().sync('github:example/proyect')).rejects.toThrow(
      'github:example/proyect is not on GitHub (404). Check how it is written; a private one needs a token or an App that may read it, and its places in PRIVATE_SOURCES.',
    );
    expect(await store.sources()).toEqual([]);
  });

  it('and was read before keeps its place, with what became of it', async () => {
    repo.comment(repo.createIssue({ title: 'Offline' }), { body: text('a') });
    await follower().sync(SPEC);
    repo.delete();
    for (const message of ['not on GitHub any more', 'is not on GitHub (404)']) {
      await expect(follower().sync(SPEC)).rejects.toThrow(message);
      expect(await store.sources()).toMatchObject([{ spec: SPEC, sync: { error: expect.stringContaining(message) } }]);
    }
  });
});

describe('a private repository', () => {
  const allowed = { allowedPrivate: ['github:example/project'] };
  const fill = () => repo.comment(repo.createIssue({ title: 'Offline' }), { body: text('a') });

  it('is not read while nobody said where it may answer, and the error says what to set', async () => {
    fill();
    repo.makePrivate();
    await expect(follower().sync(SPEC)).rejects.toThrow(
      'is private, and nobody said where it may answer, so it is not read. Name the places, as in PRIVATE_SOURCES=github:example/project=',
    );
    expect(await store.count()).toBe(0);
  });

  it('is read and marked as private once it is allowed somewhere, however its name is written', async () => {
    fill();
    repo.makePrivate();
    await follower(allowed).sync('github:Example/Project');
    expect(await store.sources()).toMatchObject([{ spec: 'github:Example/Project', isPrivate: true, comments: 1 }]);
  });

  it('that turned private keeps its rows where it is allowed, and is public again when it is made so', async () => {
    fill();
    await follower(allowed).sync(SPEC);
    repo.makePrivate();
    await follower(allowed).sync(SPEC);
    expect(await store.sources()).toMatchObject([{ isPrivate: true, comments: 1 }]);
    repo.makePublic();
    await follower(allowed).sync(SPEC);
    expect(await store.sources()).toMatchObject([{ isPrivate: false, comments: 1 }]);
  });

  it('loses its rows when it is no longer allowed, though nothing changed on GitHub', async () => {
    fill();
    repo.makePrivate();
    await follower(allowed).sync(SPEC);
    await follower(allowed).sync(SPEC);
    await expect(follower().sync(SPEC)).rejects.toThrow('so its rows were removed');
    expect(await store.count()).toBe(0);
    await follower(allowed).sync(SPEC);
    expect(await store.count()).toBe(1);
  });
});

describe('a sync that is interrupted', () => {
  const fill = (issues: number) => {
    for (let number = 1; number <= issues; number++) {
      repo.comment(repo.createIssue({ title: `Issue ${number}` }), { body: text(`a${number}`) });
      later(1);
    }
  };

  it('goes on where a network that was cut stopped it, and repeats no page', async () => {
    fill(350);
    github.fail({ path: 'issues/comments', skip: 1, times: 4, cut: 'middle' });
    await expect(follower().sync(SPEC)).rejects.toThrow();
    expect(await store.count()).toBe(0);
    expect(await store.sources()).toMatchObject([{ run: { what: 'reading' }, sync: { error: expect.any(String) } }]);
    const asked = github.requests.length;
    await follower().sync(SPEC);
    expect(await store.count()).toBe(350);
    expect(github.requests.slice(asked).filter(({ path: asks }) => /\/issues$/.test(asks))).toEqual([]);
  });

  it.each([
    ['refuses the next request', { status: 502 }],
    ['answers with half a page', { cut: 'middle' as const }],
    ['cuts the connection', { cut: 'before' as const }],
    [
      'names a secondary limit',
      { status: 403, message: 'You have exceeded a secondary rate limit', retryAfterSeconds: 0 },
    ],
  ])('is not stopped by a GitHub that once %s', async (_what, fault) => {
    fill(120);
    github.fail({ path: '/issues', skip: 1, times: 1, ...fault });
    await follower().sync(SPEC);
    expect(await store.count()).toBe(120);
  });

  it('waits until a spent budget is full again, and reads on', async () => {
    await restartGithub({ limits: { perHour: 4, windowSeconds: 2 }, now: Date.now });
    fill(250);
    await follower().sync(SPEC);
    expect(await store.count()).toBe(250);
    expect(github.limits.spent).toBeLessThanOrEqual(1);
  }, 30_000);

  it('stops when it is told to while it waits', async () => {
    await restartGithub({ limits: { perHour: 3, windowSeconds: 3000 }, now: Date.now });
    fill(250);
    const stopping = new AbortController();
    const syncing = follower().sync(SPEC, { signal: stopping.signal });
    setTimeout(() => stopping.abort(new Error('stopped by the test')), 500);
    await expect(syncing).rejects.toThrow('stopped by the test');
  });
});
