import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { createFollower, type Follower } from '../../src/corpus/follower.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../../src/corpus/sqlite-store.ts';
import type { Comment, CommentStore } from '../../src/corpus/store.ts';
import type { SyncRules } from '../../src/corpus/sync.ts';
import { createGithub } from '../../src/github/client.ts';
import { silentLogger as log } from '../../src/log.ts';
import type { FakeRepo } from '../fakes/github-repo.ts';
import { FakeGitHub, type GitHubOptions } from '../fakes/github-server.ts';

/** Two repositories that can be followed; the first one is the subject. */
export const SPEC = 'github:example/project';
export const OTHER = 'github:example/target';

/** Made anew for each test of a file that calls `setUpRepository`. */
export let folder: string;
export let store: CommentStore;
export let github: FakeGitHub;
export let repo: FakeRepo;

const RULES: SyncRules = { dropBots: false, sweepEveryMs: 24 * 3600_000, syncEveryMs: 300_000 };
/** Sixteen words: one more than are dropped. */
const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';
let rules: SyncRules;
let nowMs: number;

/** Has each test of the file begin with an empty repository and an empty store. */
export function setUpRepository(own: Partial<SyncRules> = {}): void {
  beforeEach(async () => {
    rules = { ...RULES, ...own };
    nowMs = Date.parse('2026-01-01T00:00:00Z');
    folder = await mkdtemp(path.join(tmpdir(), 'repository-'));
    await openStore();
    await startGithub();
  });
  afterEach(async () => {
    expect(github.violations).toEqual([]);
    await github.close();
    await store.close();
    await rm(folder, { recursive: true });
  });
}

async function openStore(options: SqliteStoreOptions = {}): Promise<void> {
  store = await openSqliteStore(path.join(folder, 'corpus.sqlite'), options);
}

export async function reopenStore(options: SqliteStoreOptions): Promise<void> {
  await store.close();
  await openStore(options);
}

async function startGithub(options: GitHubOptions = {}): Promise<void> {
  github = await FakeGitHub.start({ now: () => nowMs, ...options });
  repo = github.repo('example', 'project');
}

export async function restartGithub(options: GitHubOptions): Promise<void> {
  await github.close();
  await startGithub(options);
}

/** GitHub's clock goes on; its times are of whole seconds. */
export function later(seconds = 60): void {
  nowMs += seconds * 1000;
}

export function follower(own: Partial<SyncRules> = {}, token: string | undefined = github.token): Follower {
  return createFollower({
    store,
    github: createGithub({ apiUrl: github.apiUrl, token, log, retryUnitMs: 1 }),
    rules: { ...rules, ...own },
    log,
  });
}

/** Of a comment that is kept. */
export function text(end: string): string {
  return `${LONG} ${end}`;
}

/** The `end` that it was made with. */
export function endOf(comment: Pick<Comment, 'text'>): string {
  return comment.text.slice(LONG.length + 1);
}

export async function comments(source = SPEC): Promise<readonly Comment[]> {
  const all: Comment[] = [];
  for await (const page of store.scan()) all.push(...page);
  return all.filter((comment) => comment.source === source);
}

/** The ends of what can be found, sorted. */
export async function texts(source = SPEC): Promise<readonly string[]> {
  return (await comments(source)).map(endOf).sort();
}
