import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFollower, type Follower } from '../../src/corpus/follower.ts';
import { openDeliveries } from '../../src/corpus/sqlite-deliveries.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { Comment, CommentStore } from '../../src/corpus/store.ts';
import { createGithub } from '../../src/github/client.ts';
import { serveWebhooks } from '../../src/github/webhooks.ts';
import { silentLogger as log } from '../../src/log.ts';
import { openPublicListener } from '../../src/web/public-listener.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import { FakeGitHub } from '../fakes/github-server.ts';

const SPECS = ['github:example/project', 'github:example/target'] as const;
const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';
const text = (end: string) => `${LONG} ${end}`;

let folder: string;
let store: CommentStore;
let github: FakeGitHub;
let repo: FakeRepo;
let target: FakeRepo;
let follower: Follower;
let unfinished: string[];
let closing: (() => Promise<unknown>)[];
let delivered: () => Promise<void>;
let nowMs = Date.parse('2026-01-01T00:00:00Z');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'follower-'));
  store = await openSqliteStore(path.join(folder, 'corpus.sqlite'));
  github = await FakeGitHub.start({ now: () => nowMs });
  repo = github.repo('example', 'project');
  target = github.repo('example', 'target');
  for (const each of [repo, target]) each.comment(each.createIssue({ title: 'T' }), { body: text('first') });
  follower = createFollower({
    store,
    github: createGithub({ apiUrl: github.apiUrl, token: github.token, log, retryUnitMs: 1 }),
    rules: { dropBots: false, sweepEveryMs: 24 * 3600_000, syncEveryMs: 300_000 },
    log,
  });
  nowMs += 60_000;
  for (const spec of SPECS) await follower.sync(spec);
  nowMs += 60_000;
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
  closing = [() => listener.close(), () => github.close(), () => deliveries.close(), () => store.close()];
});

afterEach(async () => {
  await delivered();
  for (const close of closing) await close();
  await rm(folder, { recursive: true });
});

const comments = async (): Promise<readonly Comment[]> => {
  const all: Comment[] = [];
  for await (const page of store.scan()) all.push(...page);
  return all.filter(({ source }) => source === SPECS[0]);
};
const texts = async () => (await comments()).map(({ text: body }) => body.slice(LONG.length + 1));
const asked = () => github.requests.length;

it('takes what is new, edited, closed, labelled and deleted from webhooks alone', async () => {
  const before = asked();
  const issue = repo.createIssue({ title: 'New' });
  const id = repo.comment(issue, { body: text('a') });
  const other = repo.comment(issue, { body: text('b') });
  await delivered();
  expect(await texts()).toEqual(['first', 'a', 'b']);

  nowMs += 1000;
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
  expect(await texts()).toEqual(['first', 'edited']);
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
  nowMs += 1000;
  repo.editComment(short, text('longer'));
  await delivered();
  expect(await texts()).toEqual(['first', 'longer']);
});

it('leaves it to a sync whether an edited comment that is not kept was hidden, which no webhook tells', async () => {
  const hidden = repo.comment(1, { body: text('hidden') });
  await delivered();
  repo.minimize(hidden, 'spam');
  nowMs += 1000;
  await follower.sync(SPECS[0], { sweepNow: true });
  expect(await texts()).toEqual(['first']);
  nowMs += 1000;
  repo.editComment(hidden, text('still hidden'));
  await delivered();
  expect(unfinished).toEqual([SPECS[0]]);
  await follower.sync(SPECS[0]);
  expect(await texts()).toEqual(['first']);
});

it('moves a transferred issue with its old comments to where it went', async () => {
  repo.transferTo(target, 1);
  await delivered();
  expect(await texts()).toEqual([]);
  expect(unfinished).toContain(SPECS[1]);
  await follower.sync(SPECS[1]);
  expect(await store.count()).toBe(2);
});

it('has a sync look at a repository that was renamed or made private', async () => {
  repo.rename('renamed');
  await delivered();
  expect(unfinished).toEqual([SPECS[0]]);
  await follower.sync(SPECS[0]);
  repo.makePrivate();
  await delivered();
  expect(unfinished).toEqual([SPECS[0], SPECS[0]]);
  // Before any sync: from now on it answers only where private sources may.
  expect((await store.sources()).find(({ spec }) => spec === SPECS[0])).toMatchObject({ isPrivate: true });
  await expect(follower.sync(SPECS[0])).rejects.toThrow('is private');
  expect(await texts()).toEqual([]);
});

it('does not bring back from a page on its way what was deleted meanwhile', async () => {
  const id = repo.comment(1, { body: text('to be deleted') });
  await delivered();
  // GitHub's answer to the sweep was made before the deletion, and arrives after it.
  const stale = createServer(async (request, response) => {
    const answer = await fetch(`${github.apiUrl}${request.url}`, {
      headers: { authorization: `Bearer ${github.token}` },
    });
    const body = await answer.text();
    if (request.url?.includes('/issues/comments')) {
      repo.deleteComment(id);
      await delivered();
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => stale.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(stale.address() as AddressInfo).port}`;
  follower = createFollower({
    store,
    github: createGithub({ apiUrl, log, retryUnitMs: 1 }),
    rules: { dropBots: false, sweepEveryMs: 24 * 3600_000, syncEveryMs: 300_000 },
    log,
  });
  await follower.sync(SPECS[0]);
  expect(await texts()).toEqual(['first']);
  await new Promise((resolve) => stale.close(resolve));
});
