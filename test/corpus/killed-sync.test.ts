import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/corpus/sqlite-schema.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { SyncState } from '../../src/corpus/sync-state.ts';
import { silentLogger as log } from '../../src/log.ts';
import { readIndex } from '../../src/retrieval/index-files.ts';
import { indexChanges } from '../../src/retrieval/indexer.ts';
import { openDatabase } from '../../src/sqlite.ts';
import { compiled } from '../../src/worker/channel.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import { FakeGitHub } from '../fakes/github-server.ts';

const SPEC = 'github:example/project';
const CHILD = fileURLToPath(compiled(new URL('sync-child.ts', import.meta.url)));
const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';
const KILLS = 30;

let folder: string;
let file: string;
let github: FakeGitHub;
let repo: FakeRepo;
/** After how many kills there was a cursor to be checked. */
let passed = 0;
let nowMs = Date.parse('2026-01-01T00:00:00Z');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'killed-sync-'));
  file = path.join(folder, 'corpus.sqlite');
  github = await FakeGitHub.start({
    now: () => nowMs,
    limits: { perHour: 1e6, pointsPerMinute: 1e6, graphqlPerHour: 1e6 },
  });
  repo = github.repo('example', 'project');
});

afterEach(async () => {
  await github.close();
  await rm(folder, { recursive: true });
});

function start(sweep: boolean): ChildProcess {
  const args = [CHILD, file, github.apiUrl, github.token, SPEC, ...(sweep ? ['sweep'] : [])];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Runs until GitHub was asked so many times (or it ends by itself) and a little longer; then `kill -9`. */
async function syncAndKill(requests: number, sweep: boolean): Promise<void> {
  const before = github.requests.length;
  const child = start(sweep);
  const exit = once(child, 'exit');
  while (child.exitCode === null && github.requests.length < before + requests) await sleep(1);
  await sleep(15 * Math.random());
  child.kill('SIGKILL');
  await exit;
  await checkAfterKill();
}

/** Where the sync was killed: no row is there twice, and whatever the cursors have passed is there as GitHub has it. */
async function checkAfterKill(): Promise<void> {
  const db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS });
  try {
    const rows = db
      .prepare('SELECT key, text, title FROM comments JOIN issues ON issues.id = comments.issue')
      .all() as { readonly key: string; readonly text: string; readonly title: string }[];
    const kept = new Map(rows.map((row) => [row.key, row]));
    expect(kept.size).toBe(rows.length);
    const [source] = db.prepare('SELECT state FROM sources').all() as { readonly state: string | null }[];
    const state = JSON.parse(source?.state ?? 'null') as SyncState | null;
    passed += state?.commentsSince ? 1 : 0;
    const isPast = (seconds: number, since: string | null | undefined) => 1000 * seconds < Date.parse(since ?? '1970');
    const { comments, issues, discussions } = repo.stored;
    const missing: string[] = [];
    for (const { id, body, issue, updatedAt } of comments.values()) {
      const row = kept.get(String(id));
      if (isPast(updatedAt, state?.commentsSince) && row?.text !== body) missing.push(`comment ${id}`);
      const { title, updatedAt: changedAt = Number.POSITIVE_INFINITY } = issues.get(issue) ?? {};
      if (row && isPast(changedAt, state?.issuesSince) && row.title !== title) missing.push(`the title of ${issue}`);
    }
    for (const { title, updatedAt, comments: talk } of discussions.values()) {
      if (!isPast(updatedAt, state?.discussionsSince)) continue;
      const rows = talk.map(({ id }) => kept.get(`d${id}`));
      if (talk.some(({ body }, place) => rows[place]?.text !== body || rows[place]?.title !== title))
        missing.push(title);
    }
    expect(missing).toEqual([]);
  } finally {
    db.close();
  }
}

async function syncToTheEnd(sweep: boolean): Promise<void> {
  const [code] = (await once(start(sweep), 'exit')) as [number | null];
  expect(code).toBe(0);
}

/** What the store has and what GitHub has, by id. */
async function compare(): Promise<void> {
  const store = await openSqliteStore(file);
  const kept: (readonly [string, string, string])[] = [];
  for await (const page of store.scan()) kept.push(...page.map(({ key, text, title }) => [key, text, title] as const));
  expect(await store.count()).toBe(kept.length);
  expect(await store.sources()).toMatchObject([{ spec: SPEC, comments: kept.length, run: undefined }]);
  await store.close();
  const { comments, issues, discussions } = repo.stored;
  const there = [
    ...[...comments.values()].map(({ id, body, issue }) => [String(id), body, issues.get(issue)?.title]),
    ...[...discussions.values()].flatMap((talk) => talk.comments.map(({ id, body }) => [`d${id}`, body, talk.title])),
  ];
  const inOrder = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join('\n')).sort();
  expect(inOrder(kept)).toEqual(inOrder(there));
}

/** The index that is made of it has a row for each comment. */
async function index(): Promise<void> {
  const store = await openSqliteStore(file);
  await indexChanges({ store, directory: folder, recipe: 'precedent', embedder: fakeEmbedder(), log });
  const rows: number[] = [];
  for await (const page of store.scan()) rows.push(...page.map(({ row }) => row));
  await store.close();
  expect([...((await readIndex(folder))?.rows ?? [])]).toEqual(rows);
}

it('a sync of issues and discussions that is killed 30 times, in the first reading, among changes and in a sweep, misses and doubles nothing', async () => {
  const [issues, talks]: [number[], number[]] = [[], []];
  for (let number = 1; number <= 210; number++) {
    const issue = repo.createIssue({ title: `Issue ${number}` });
    issues.push(issue);
    for (const end of ['a', 'b', 'c']) repo.comment(issue, { body: `${LONG} ${number} ${end}` });
    nowMs += 1000;
    if (number % 8 > 0) continue;
    const talk = repo.discussions.create({ title: `Talk ${number}` });
    for (const end of ['a', 'b']) repo.discussions.comment(talk, { body: `${LONG} ${talk} ${end}` });
    talks.push(talk);
  }
  for (let kill = 0; kill < KILLS / 3; kill++) await syncAndKill(1 + Math.floor(6 * Math.random()), false);
  await syncToTheEnd(false);
  await compare();

  for (let kill = 0; kill < KILLS / 3; kill++) {
    nowMs += 60_000;
    for (const number of [0, 49, 199].map((at) => issues[at] ?? 0)) {
      repo.editIssue(number, { title: `Issue ${number}, edited ${kill}` });
      repo.comment(number, { body: `${LONG} ${number} new ${kill}` });
    }
    for (const talk of talks.slice(0, 30)) repo.discussions.edit(talk, { title: `Talk ${talk}, edited ${kill}` });
    repo.discussions.comment(talks[5] ?? 0, { body: `${LONG} new ${kill}` });
    await syncAndKill(1 + Math.floor(8 * Math.random()), false);
  }
  await syncToTheEnd(false);
  await compare();

  for (const id of [...repo.stored.comments.keys()].filter((key) => key % 7 === 0)) repo.deleteComment(id);
  for (const talk of talks.slice(10, 13)) repo.discussions.delete(talk);
  for (let kill = 0; kill < KILLS / 3; kill++) await syncAndKill(1 + Math.floor(12 * Math.random()), kill === 0);
  await syncToTheEnd(true);
  await compare();
  await index();
  expect(passed).toBeGreaterThan(KILLS / 2);
}, 300_000);
