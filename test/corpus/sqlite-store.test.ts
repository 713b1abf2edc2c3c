import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/corpus/sqlite-schema.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { type Database, openDatabase } from '../../src/sqlite.ts';
import { anIssue, commentStoreContract } from '../contracts/comment-store.ts';

commentStoreContract('the SQLite comment store', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'store-'));
  return {
    open: () => openSqliteStore(path.join(dir, 'corpus.sqlite'), { runName: 'a test' }),
    close: () => rm(dir, { recursive: true, force: true }),
  };
});

describe('the file of the SQLite comment store', () => {
  let dir: string;
  let file: string;
  let db: Database;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'store-'));
    file = path.join(dir, 'corpus.sqlite');
    db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS });
  });
  afterEach(async () => {
    db.close();
    await rm(dir, { recursive: true, force: true });
  });

  const countOf = (table: string) => (db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get() as { n: number }).n;
  const rowsOnDisk = () => [countOf('comments'), countOf('issues'), countOf('discarded')];

  it('keeps no rows that were replaced, removed or started over, and each issue once', async () => {
    const store = await openSqliteStore(file);
    const load = async (fingerprint: string, comments: number) => {
      const run = await store.beginRun('rows', fingerprint);
      const texts = Array.from({ length: comments }, (_, index) => `${index}`);
      await run.append([anIssue(1, texts), anIssue(2, [])], 1, 0);
      return run;
    };
    const first = await load('a', 2500);
    await first.publish();
    await first.release();
    expect(rowsOnDisk()).toEqual([2500, 1, 0]);
    const second = await load('b', 3);
    await second.publish();
    await second.release();
    expect(rowsOnDisk()).toEqual([3, 1, 0]);
    await (await load('c', 5)).release();
    await (await load('d', 7)).release();
    expect(rowsOnDisk()).toEqual([10, 2, 0]);
    await store.removeSource('rows');
    expect(rowsOnDisk()).toEqual([0, 0, 0]);
    await store.close();
  });

  it('says so when another program keeps it locked', async () => {
    const store = await openSqliteStore(file, { busyTimeoutMs: 20 });
    db.exec('BEGIN IMMEDIATE');
    await expect(store.beginRun('rows', 'a')).rejects.toThrow(`${file} (the corpus) is kept locked by another program`);
    expect(await store.count()).toBe(0);
    db.exec('ROLLBACK');
    await (await store.beginRun('rows', 'a')).release();
    await store.close();
  });

  it('takes over the run of another machine only when nobody touched it for minutes', async () => {
    const store = await openSqliteStore(file);
    const run = await store.beginRun('rows', 'a');
    await run.append([anIssue(1, ['a'])], 7, 0);
    const owner = JSON.stringify({ pid: 1, start: '', host: 'elsewhere', token: 'x', name: 'npm run index' });
    db.prepare('UPDATE runs SET owner = ?').run(owner);
    await expect(run.append([anIssue(2, ['b'])], 8, 0)).rejects.toThrow(
      'Another process has taken over the run of rows',
    );
    expect((await store.sources())[0]?.run?.alive).toBe(true);
    const stop = new AbortController();
    const onWait = (owner: string) => stop.abort(new Error(`waits for ${owner}`));
    await expect(store.beginRun('rows', 'a', { onWait, signal: stop.signal })).rejects.toThrow(
      'waits for npm run index (process 1 on elsewhere)',
    );
    db.prepare('UPDATE runs SET touched_at = ?').run(Date.now() - 10 * 60_000);
    expect((await store.sources())[0]?.run?.alive).toBe(false);
    expect((await store.beginRun('rows', 'a')).cursor).toBe(7);
    await store.close();
  });
});
