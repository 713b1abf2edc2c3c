import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '../../src/corpus/files.ts';
import { describeBadRows, describeCounts, loadSource } from '../../src/corpus/load-source.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { CommentStore } from '../../src/corpus/store.ts';
import { OperatorError } from '../../src/errors.ts';
import { silentLogger } from '../../src/log.ts';
import type { Progress } from '../../src/progress.ts';
import { testAsset } from '../assets.ts';

const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';
const row = (number: number, comments: readonly string[], more: object = {}) => ({
  html_url: `https://x/${number}`,
  title: `Title ${number}`,
  body: '',
  comments,
  is_pull_request: false,
  ...more,
});

describe('loading a source', () => {
  let dir: string;
  let store: CommentStore;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'load-'));
    store = await openSqliteStore(path.join(dir, 'corpus.sqlite'));
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });

  const sourceOf = async (rows: readonly unknown[]) => {
    const file = path.join(dir, 'rows.jsonl');
    await writeFile(file, rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
    return filesSource(file, [file], dir);
  };

  it('refuses a private source that nobody allowed, and removes what it had read of it', async () => {
    const source = await sourceOf([row(1, [LONG])]);
    const { run } = await loadSource({ source, store, log: silentLogger });
    await run.publish();
    await run.release();
    const turned = { ...source, isPrivate: () => true };
    await expect(loadSource({ source: turned, store, log: silentLogger })).rejects.toThrow('PRIVATE_SOURCES=');
    expect(await store.count()).toBe(0);
    const allowedPrivate = [source.spec];
    const again = await loadSource({ source: turned, store, log: silentLogger, allowedPrivate });
    await again.run.publish();
    expect(await store.sources()).toMatchObject([{ isPrivate: true, comments: 1 }]);
  });

  it('fills a run with what the recipe keeps, counted step by step, and publishes nothing', async () => {
    const source = await sourceOf([
      row(1, [LONG, 'thanks']),
      row(2, []),
      row(3, [LONG], { is_pull_request: true }),
      [],
      {},
    ]);
    const seen: Progress[] = [];
    const { run, counts, badRows } = await loadSource({
      source,
      store,
      log: silentLogger,
      onProgress: (progress) => seen.push(progress),
    });
    expect(counts).toEqual({ rows: 3, issuesWithComments: 1, comments: 2, kept: 1, bad: 2 });
    expect(badRows.map(({ line, reason }) => [line, reason])).toEqual([
      [4, 'expected an object, found a list'],
      [5, '`title` is missing'],
    ]);
    expect(seen.at(-1)).toMatchObject({ what: 'reading', source: path.basename(source.spec), unit: 'kB' });
    expect(await store.count()).toBe(0);
    expect(await store.sources()).toMatchObject([{ run: { what: 'reading', alive: true } }]);
    await run.publish();
    expect(await store.count()).toBe(1);
  });

  it('names no more than the first five bad rows', async () => {
    const source = await sourceOf([row(1, [LONG]), ...Array.from({ length: 500 }, () => 'bad')]);
    const { counts, badRows } = await loadSource({ source, store, log: silentLogger });
    expect(counts.bad).toBe(500);
    expect(badRows.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6]);
  });

  it('leaves nothing behind when the source holds nothing usable', async () => {
    const source = await sourceOf(['bad', 'worse']);
    await expect(loadSource({ source, store, log: silentLogger })).rejects.toThrow(OperatorError);
    expect(await store.sources()).toEqual([]);
  });

  it('keeps what answers now when the new content holds nothing usable', async () => {
    const first = await loadSource({ source: await sourceOf([row(1, [LONG])]), store, log: silentLogger });
    await first.run.publish();
    await expect(loadSource({ source: await sourceOf(['bad']), store, log: silentLogger })).rejects.toThrow(
      OperatorError,
    );
    expect(await store.count()).toBe(1);
    expect(await store.sources()).toMatchObject([{ comments: 1, run: undefined }]);
  });

  it('goes on where it was stopped, with no row missing or double', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) =>
      index % 100 === 5 ? 'bad' : row(index, [LONG, `${LONG} ${index}`]),
    );
    const source = await sourceOf(rows);
    const controller = new AbortController();
    const stopHalfWay = ({ done, total }: Progress) => {
      if (done > (total ?? 0) / 2) controller.abort(new Error('stop'));
    };
    await expect(
      loadSource({ source, store, log: silentLogger, signal: controller.signal, onProgress: stopHalfWay }),
    ).rejects.toThrow('stop');
    const [interrupted] = await store.sources();
    expect(interrupted?.run).toMatchObject({ what: 'reading', alive: false });

    const messages: string[] = [];
    const log = { ...silentLogger, info: (message: string) => void messages.push(message) };
    const firstDone: number[] = [];
    const { run, counts } = await loadSource({ source, store, log, onProgress: ({ done }) => firstDone.push(done) });
    expect(messages).toEqual([`${source.spec}: going on where the interrupted run stopped`]);
    expect(firstDone[0]).toBeGreaterThan(interrupted?.run?.done ?? Number.POSITIVE_INFINITY);
    expect(counts).toEqual({ rows: 990, issuesWithComments: 990, comments: 1980, kept: 1980, bad: 10 });
    await run.publish();
    expect(await store.count()).toBe(1980);
  });

  it('starts over when the content changed while it was stopped', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => row(index, [LONG]));
    const controller = new AbortController();
    const source = await sourceOf(rows);
    const stop = () => controller.abort(new Error('stop'));
    await expect(
      loadSource({ source, store, log: silentLogger, signal: controller.signal, onProgress: stop }),
    ).rejects.toThrow('stop');
    const { counts } = await loadSource({ source: await sourceOf([row(1, [LONG])]), store, log: silentLogger });
    expect(counts.rows).toBe(1);
  });

  const issues = testAsset('data', 'github-issues.jsonl');
  it.skipIf(!issues)('counts real issues as the Python reference does (needs the shared test data)', async () => {
    const source = filesSource('issues', [issues as string], dir);
    const { run, counts, badRows } = await loadSource({ source, store, log: silentLogger });
    expect(badRows).toEqual([]);
    expect(describeCounts(counts)).toBe(
      '4,547 issues and pull requests -> 1,609 with comments -> 8,427 comments -> 4,934 kept',
    );
    await run.publish();
    expect(await store.count()).toBe(4934);
  });

  const apiRows = testAsset('data', 'hf-datasets-issues-api-rows.jsonl');
  it.skipIf(!apiRows)('refuses real API issue rows that come alone (needs the shared test data)', async () => {
    const source = filesSource('issues', [apiRows as string], dir);
    await expect(loadSource({ source, store, log: silentLogger })).rejects.toThrow(
      /holds 1,000 issues as GitHub's API lists them: `comments` is the number of comments \(3,152 in all\)/,
    );
    expect(await store.sources()).toEqual([]);
  });
});

describe('what a run tells', () => {
  it('are the counts of the pipeline, step by step', () => {
    expect(describeCounts({ rows: 2855, issuesWithComments: 771, comments: 2842, kept: 2098, bad: 0 })).toBe(
      '2,855 issues and pull requests -> 771 with comments -> 2,842 comments -> 2,098 kept',
    );
    expect(describeCounts({ rows: 1, issuesWithComments: 1, comments: 1, kept: 0, bad: 0 })).toBe(
      '1 issue or pull request -> 1 with comments -> 1 comment -> 0 kept',
    );
  });

  it('are the first bad rows, and how many more there are', () => {
    const named = [{ file: 'rows.jsonl', line: 7, reason: 'not JSON' }];
    expect(describeBadRows(0, [])).toBe('');
    expect(describeBadRows(1, named)).toBe('1 bad row skipped: rows.jsonl line 7: not JSON');
    expect(describeBadRows(1201, named)).toBe('1,201 bad rows skipped: rows.jsonl line 7: not JSON; 1,200 more');
  });
});
