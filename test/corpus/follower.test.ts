import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Follower } from '../../src/corpus/follower.ts';
import { openDeliveries } from '../../src/corpus/sqlite-deliveries.ts';
import { serveWebhooks } from '../../src/github/webhooks.ts';
import { silentLogger as log } from '../../src/log.ts';
import { openPublicListener } from '../../src/web/public-listener.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import {
  follower as aFollower,
  comments,
  folder,
  github,
  later,
  OTHER,
  repo,
  SPEC,
  setUpRepository,
  store,
  text,
  texts,
} from './repository-world.ts';

const SPECS = [SPEC, OTHER];
let target: FakeRepo;
let follower: Follower;
let unfinished: string[];
let closing: (() => Promise<unknown>)[];
let delivered: () => Promise<void>;

setUpRepository();

beforeEach(async () => {
  target = github.repo('example', 'target');
  for (const each of [repo, target]) each.comment(each.createIssue({ title: 'T' }), { body: text('first') });
  follower = aFollower();
  later();
  for (const spec of SPECS) await follower.sync(spec);
  later();
  unfinished = [];
  const listener = await openPublicListener({ host: '127.0.0.1', port: 0, log });
  const deliveries = await openDeliveries(path.join(folder, 'corpus.sqlite'));
  const { settled } = serveWebhooks({
    listener,
    deliveries,
    secret: 'secret',
    log,
    take: async (delivery) => void unfinished.push(...(await follower.take(delivery, SPECS))),
  });
  const hooks = [repo, target].map((each) => each.webhooks(`${listener.url}webhooks/github`, 'secret'));
  delivered = async () => {
    for (const hook of hooks) await hook.settled();
    await settled();
  };
  closing = [() => listener.close(), () => deliveries.close()];
});

afterEach(async () => {
  await delivered();
  for (const close of closing) await close();
});

const asked = () => github.requests.length;

it('takes what is new, edited, closed, labelled and deleted from webhooks alone', async () => {
  const before = asked();
  const issue = repo.createIssue({ title: 'New' });
  const id = repo.comment(issue, { body: text('a') });
  const other = repo.comment(issue, { body: text('b') });
  await delivered();
  expect(await texts()).toEqual(['a', 'b', 'first']);

  later(1);
  repo.editComment(id, text('edited'));
  repo.editIssue(issue, { title: 'Newer' });
  repo.close(issue, 'not_planned');
  repo.label(issue, ['docs']);
  repo.deleteComment(other);
  await delivered();
  expect((await comments())[1]).toMatchObject({
    text: text('edited'),
    title: 'Newer',
    issueState: 'closed',
    issueStateReason: 'not_planned',
    labels: ['docs'],
  });
  expect(await texts()).toEqual(['edited', 'first']);
  repo.deleteIssue(issue);
  await delivered();
  expect(await texts()).toEqual(['first']);
  expect(asked()).toBe(before);
  expect(unfinished).toEqual([]);
});

it('leaves out pull requests, short comments, and other repositories', async () => {
  const pull = repo.createIssue({ title: 'A change', pull: true });
  repo.comment(pull, { body: text('on a pull request') });
  const short = repo.comment(1, { body: 'short' });
  await delivered();
  expect(await texts()).toEqual(['first']);
  later(1);
  repo.editComment(short, text('longer'));
  await delivered();
  expect(await texts()).toEqual(['first', 'longer']);
});

it('leaves it to a sync whether an edited comment that is not kept was hidden, which no webhook tells', async () => {
  const hidden = repo.comment(1, { body: text('hidden') });
  await delivered();
  repo.minimize(hidden, 'spam');
  later(1);
  await follower.sync(SPEC, { sweepNow: true });
  expect(await texts()).toEqual(['first']);
  later(1);
  repo.editComment(hidden, text('still hidden'));
  await delivered();
  expect(unfinished).toEqual([SPEC]);
  await follower.sync(SPEC);
  expect(await texts()).toEqual(['first']);
});

it('moves a transferred issue with its old comments to where it went', async () => {
  repo.transferTo(target, 1);
  await delivered();
  expect(await texts()).toEqual([]);
  expect(unfinished).toContain(OTHER);
  await follower.sync(OTHER);
  expect(await store.count()).toBe(2);
});

it('has a sync look at a repository that was renamed or made private', async () => {
  repo.rename('renamed');
  await delivered();
  expect(unfinished).toEqual([SPEC]);
  await follower.sync(SPEC);
  repo.makePrivate();
  await delivered();
  expect(unfinished).toEqual([SPEC, SPEC]);
  // Before any sync: from now on it answers only where private sources may.
  expect((await store.sources()).find(({ spec }) => spec === SPEC)).toMatchObject({ isPrivate: true });
  await expect(follower.sync(SPEC)).rejects.toThrow('is private');
  expect(await texts()).toEqual([]);
});

describe('while a sync waits for GitHub', () => {
  /** One whose first request for these is held back. */
  async function held(path: string, sweepNow = true) {
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    github.fail({ path, until });
    const before = github.count(path);
    const syncing = follower.sync(SPEC, { sweepNow });
    syncing.catch(() => {});
    await expect.poll(() => github.count(path)).toBe(before + 1);
    return { syncing, release };
  }

  it('webhooks of the same repository are applied', async () => {
    const id = repo.comment(1, { body: text('a') });
    await delivered();
    const { syncing, release } = await held('/issues?');
    repo.deleteComment(id);
    later(1);
    repo.comment(1, { body: text('b') });
    await delivered();
    expect(await texts()).toEqual(['b', 'first']);
    release();
    await syncing;
    expect(await texts()).toEqual(['b', 'first']);
  });

  it('what a webhook leaves open is looked up, and the sync goes on from where it was', async () => {
    const arrival = target.createIssue({ title: 'Arrives' });
    target.comment(arrival, { body: text('old') });
    await delivered();
    later();
    const { syncing, release } = await held('/issues?');
    target.transferTo(repo, arrival);
    await delivered();
    expect(unfinished).toContain(SPEC);
    await follower.look(SPEC);
    expect(await texts()).toEqual(['first', 'old']);
    release();
    expect(await syncing).toMatchObject({ removed: 0, swept: true });
    expect(await texts()).toEqual(['first', 'old']);
  });

  it('a look that finds the repository gone removes its rows, and ends the sync, which alone says why', async () => {
    const { syncing } = await held('/issues?');
    repo.delete();
    const gone = `${SPEC} is not on GitHub any more`;
    const ended = expect(syncing).rejects.toThrow(gone);
    await follower.look(SPEC);
    await ended;
    expect(await store.sources()).toMatchObject([
      { spec: SPEC, comments: 0, sync: { error: expect.stringContaining(gone) } },
      { spec: OTHER, comments: 1 },
    ]);
  });

  it('a page on its way does not bring back what was deleted meanwhile', async () => {
    const id = repo.comment(1, { body: text('to be deleted') });
    await delivered();
    const { syncing, release } = await held('/issues/comments', false);
    repo.deleteComment(id);
    await delivered();
    release();
    await syncing;
    expect(await texts()).toEqual(['first']);
  });
});
