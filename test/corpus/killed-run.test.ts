import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { compiled } from '../../src/worker/channel.ts';

const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';
const ISSUES = 1000;
const CHILD = fileURLToPath(compiled(new URL('load-child.ts', import.meta.url)));

describe('a run whose process is killed', () => {
  let dir: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'killed-'));
    const api = (number: number) => `https://api/issues/${number}`;
    const lines = Array.from({ length: ISSUES }, (_, number) => [
      {
        html_url: `https://x/${number}`,
        title: 'T',
        body: '',
        comments: [`${LONG} ${number}`],
        is_pull_request: false,
      },
      { url: api(number), html_url: `https://y/${number}`, title: 'T', body: null, comments: 1 },
      { issue_url: api(number), id: number + 1, body: LONG, user: null },
    ]).flat();
    await writeFile(path.join(dir, 'rows.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  const start = () => {
    const args = [CHILD, path.join(dir, 'corpus.sqlite'), path.join(dir, 'rows.jsonl')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  /** Kills the child a moment after its `steps`-th step; resolves with its last word. */
  const killAfter = async (steps: number, delayMs: number) => {
    const child = start();
    let last = '';
    let seen = 0;
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      last = line;
      if (++seen === steps) void sleep(delayMs).then(() => child.kill('SIGKILL'));
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return last;
  };
  const open = () => openSqliteStore(path.join(dir, 'corpus.sqlite'));

  it('goes on where it stopped, whenever that was: no row is missing or double', async () => {
    let rounds = 0;
    // Each round gets a little further: through the rows of the file, through the joined ones, through publishing.
    while ((await killAfter(2 + rounds, Math.random() * 20)) !== 'published') {
      expect(++rounds).toBeLessThan(60);
    }
    const store = await open();
    const texts: string[] = [];
    const keys = new Set<string>();
    for await (const page of store.scan()) {
      for (const comment of page) {
        texts.push(`${comment.issueUrl} ${comment.text}`);
        keys.add(comment.key);
      }
    }
    const numbers = Array.from({ length: ISSUES }, (_, number) => number);
    expect(texts).toEqual([
      ...numbers.map((number) => `https://x/${number} ${LONG} ${number}`),
      ...numbers.map((number) => `https://y/${number} ${LONG}`),
    ]);
    expect(keys.size).toBe(2 * ISSUES);
    expect(await store.count()).toBe(2 * ISSUES);
    expect(await store.version()).toBe(1);
    await store.close();
  }, 120_000);

  it('is shown as interrupted, and hides nothing of what was there before', async () => {
    const store = await open();
    const before = await store.beginRun('rows', 'older');
    const comments = [{ text: LONG }];
    await before.append([{ url: 'https://old', title: 'Old', body: '', isPullRequest: false, comments }], 1, 0);
    await before.publish();
    await killAfter(1, 0);
    expect(await store.sources()).toMatchObject([
      { spec: 'rows', comments: 1, run: { what: 'reading', alive: false } },
    ]);
    expect(await store.count()).toBe(1);
    await store.close();
  }, 60_000);

  it('is taken over at once by the next that wants the source, while a living one is waited for', async () => {
    const child = start();
    const store = await open();
    for await (const _line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) break;
    child.kill('SIGSTOP');
    const controller = new AbortController();
    const owners: string[] = [];
    const onWait = (owner: string) => {
      owners.push(owner);
      controller.abort(new Error('it lives'));
    };
    await expect(store.beginRun('rows', 'other', { signal: controller.signal, onWait })).rejects.toThrow('it lives');
    expect(owners).toEqual([expect.stringMatching(new RegExp(`^the child \\(process ${child.pid} on `))]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const run = await store.beginRun('rows', 'other');
    expect(run.cursor).toBeUndefined();
    await run.release();
    await store.close();
  }, 60_000);
});
