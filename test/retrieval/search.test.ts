import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceIssue } from '../../src/corpus/source.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { Comment, CommentStore } from '../../src/corpus/store.ts';
import { OperatorError } from '../../src/errors.ts';
import { createIndexWriter } from '../../src/retrieval/index-writer.ts';
import { DamagedIndexError } from '../../src/retrieval/manifest.ts';
import { type Search, type SearchOptions, startSearch } from '../../src/retrieval/search.ts';
import { anIdentity } from '../fakes/identity.ts';

const TEXTS = [
  'Set HF_DATASETS_OFFLINE before you start, then everything is read from the cache folder and nothing is asked for online.',
  'The tokenizer could not be found because the folder holds only the weights; copy tokenizer.json beside them as well.',
  'We build the wheel on a machine with a connection and carry it over; pip install with no-index finds it there by name.',
];

let directory: string;
let storeFile: string;
let store: CommentStore;
const open: Search[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'precedent-search-'));
  storeFile = path.join(directory, 'corpus.db');
  store = await openSqliteStore(storeFile);
  await fill('first.jsonl', TEXTS);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((search) => search.close()));
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function fill(spec: string, texts: readonly string[]): Promise<void> {
  const run = await store.beginRun(spec, 'fingerprint');
  const issues = texts.map(
    (text, place): SourceIssue => ({
      url: `https://github.com/example/${spec}/issues/${place + 1}`,
      title: `Question number ${place + 1}`,
      body: 'How is this done?',
      isPullRequest: false,
      comments: [{ text }],
    }),
  );
  await run.append(issues, { done: true }, 0);
  await run.publish();
  await run.release();
}

async function comments(): Promise<Comment[]> {
  const all: Comment[] = [];
  for await (const page of store.scan()) all.push(...page);
  return all;
}

/** An index in which the comment at place `n` has the vector (n + 1, 0, 0). */
async function writeIndex(): Promise<Awaited<ReturnType<typeof comments>>> {
  const all = await comments();
  const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip' });
  await writer.add(
    all.map(({ row }) => row),
    Float32Array.from(all.flatMap((_, place) => [place + 1, 0, 0])),
  );
  await writer.commit({ corpusVersion: await store.version() });
  return all;
}

async function start(options: Partial<SearchOptions> = {}): Promise<Search> {
  const search = await startSearch({
    storeFile,
    directory,
    vectorIndex: 'faiss',
    useVectors: true,
    recipe: 'seed',
    ...options,
  });
  open.push(search);
  return search;
}

const question = Float32Array.of(2, 0, 0);

describe('a search in its worker', () => {
  it.each(['faiss', 'scan'] as const)('answers by vector through %s with whole comments', async (vectorIndex) => {
    const all = await writeIndex();
    const search = await start({ vectorIndex });
    const result = await search.search({ vector: question, limit: 2 });
    expect(result.comments).toEqual([
      { comment: all[2], score: 6 },
      { comment: all[1], score: 4 },
    ]);
    expect(result.ranking).toEqual([2, 1, 0].map((place) => ({ key: all[place]?.key, score: 2 * (place + 1) })));
    expect(result.total).toBe(3);
  });

  it('answers by words, with an index or without', async () => {
    for (const useVectors of [false, true]) {
      const search = await start({ useVectors });
      const { comments: found } = await search.search({ text: 'Where does HF_DATASETS_OFFLINE look?', limit: 1 });
      expect(found[0]?.comment.text).toBe(TEXTS[0]);
      expect(search.status).toMatchObject({ manifest: undefined, rows: 3, keywordReady: true });
      await expect(search.search({ vector: question, limit: 1 })).rejects.toThrow(/no vectors/);
    }
  });

  it('says what it serves: the manifest, the rows, the version of the corpus', async () => {
    await writeIndex();
    const { status } = await start();
    expect(status).toMatchObject({ manifest: { ...anIdentity(), metric: 'ip', rows: 3 }, rows: 3 });
    expect(status.corpusVersion).toBe(await store.version());
    expect(Date.parse(status.loadedAt)).toBeLessThanOrEqual(Date.now());
  });

  it('looks comments up by key', async () => {
    const [first] = await comments();
    const search = await start();
    expect(await search.comments([first?.key as string, 'unknown'])).toEqual([first, undefined]);
  });

  it.each(['faiss', 'scan'] as const)('scores comments by key through %s, as a search does', async (vectorIndex) => {
    const all = await writeIndex();
    const search = await start({ vectorIndex });
    const keys = [all[1]?.key ?? '', 'unknown', all[0]?.key ?? ''];
    expect(await search.scores(question, keys)).toEqual([4, undefined, 2]);
    const byWords = await start({ useVectors: false });
    expect(await byWords.scores(question, keys)).toEqual([undefined, undefined, undefined]);
  });

  it('goes on with its own index while another one is put in place and opened beside it', async () => {
    await writeIndex();
    const old = await start();
    await fill('second.jsonl', [`${TEXTS[0]} And this one came later, after the first index had been made.`]);
    const all = await writeIndex();
    const young = await start();
    expect((await young.search({ vector: question, limit: 1 })).comments[0]?.comment).toEqual(all[3]);
    await young.close();
    expect((await old.search({ vector: question, limit: 5 })).comments.map(({ score }) => score)).toEqual([6, 4, 2]);
  });

  it('several that open at once all answer', async () => {
    await writeIndex();
    const searches = await Promise.all([start(), start(), start({ vectorIndex: 'scan' }), start()]);
    const results = await Promise.all(searches.map((search) => search.search({ vector: question, limit: 1 })));
    expect(results.map(({ comments: [best] }) => best?.score)).toEqual([6, 6, 6, 6]);
  });

  it('leaves out comments whose source was dropped', async () => {
    await writeIndex();
    const search = await start();
    await store.removeSource('first.jsonl');
    expect((await search.search({ vector: question, limit: 5 })).comments).toEqual([]);
  });

  it('of an index whose comments have all left serves words alone', async () => {
    await writeIndex();
    await store.removeSource('first.jsonl');
    const search = await start();
    expect(search.status.manifest).toBeUndefined();
    await expect(search.search({ vector: question, limit: 5 })).rejects.toThrow(/no vectors/);
  });

  it('of a damaged index does not start, says which file, and starts once the index is gone', async () => {
    const all = await writeIndex();
    expect(all).toHaveLength(3);
    const { files } = (await start()).status.manifest ?? {};
    await truncate(path.join(directory, files?.vectors.name as string), 50);
    const error = await start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DamagedIndexError);
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as Error).message).toMatch(/faiss is damaged: 81 bytes expected, but it has 50/);
    await rm(path.join(directory, 'index.json'));
    expect((await start()).status.manifest).toBeUndefined();
  });

  it('rejects calls whose signal aborts, and all calls after it is closed', async () => {
    const search = await start();
    const signal = AbortSignal.abort();
    await expect(search.search({ text: 'cache', limit: 1 }, signal)).rejects.toThrow(signal.reason);
    await search.close();
    await expect(search.search({ text: 'cache', limit: 1 })).rejects.toThrow(/closed|stopped/);
  });

  it('has FAISS use one thread', async () => {
    await start();
    expect(process.env.OMP_NUM_THREADS).toBe('1');
  });
});
