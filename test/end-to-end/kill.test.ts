import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../src/corpus/prepare.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { Comment } from '../../src/corpus/store.ts';
import { readIndex, readVectors } from '../../src/retrieval/index-files.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { issues, until, writeRows } from '../fakes/issues.ts';
import { aFolder, type Finished, type Running, startScript } from './world.ts';

const SCRIPT = new URL('slow-index-child.ts', import.meta.url);
const BATCH = 16;
const ISSUES = 150;
const DOCUMENTS = 2 * ISSUES;

type Place = { readonly folder: string; readonly file: string; readonly notes: string };

async function aPlace(): Promise<Place> {
  const folder = await aFolder();
  const file = path.join(folder, 'issues.jsonl');
  const notes = path.join(folder, 'embedded.txt');
  await writeRows(file, issues(ISSUES));
  await writeFile(notes, '');
  return { folder, file, notes };
}

function startIndexing({ folder, file, notes }: Place): Running {
  return startScript(SCRIPT, [file, notes], { DATA_DIR: folder });
}

async function index(place: Place): Promise<Finished> {
  const finished = await startIndexing(place).finished;
  expect(finished).toMatchObject({ code: 0, stderr: '' });
  return finished;
}

async function embeddedIn({ notes }: Place): Promise<readonly string[]> {
  return (await readFile(notes, 'utf8')).split('\n').filter(Boolean);
}

/** Runs until so many more documents were embedded (or it ends by itself), and a little longer; then `kill -9`. */
async function indexAndKill(place: Place, documents: number): Promise<void> {
  const before = (await embeddedIn(place)).length;
  const run = startIndexing(place);
  let ended = false;
  void run.finished.then(() => {
    ended = true;
  });
  await until(async () => ended || (await embeddedIn(place)).length >= before + documents, 'documents to be embedded');
  await sleep(12 * Math.random());
  run.child.kill('SIGKILL');
  await run.finished;
}

/** What can be found, as far as it is the same in every run: row numbers are not. */
async function whatIsFound(folder: string) {
  const store = await openSqliteStore(path.join(folder, 'corpus.sqlite'));
  const comments: Comment[] = [];
  for await (const page of store.scan()) comments.push(...page);
  const version = await store.version();
  const runs = (await store.sources()).map(({ run }) => run);
  await store.close();
  const files = await readIndex(folder);
  if (!files) throw new Error('there is no index');
  expect([...files.rows]).toEqual(comments.map(({ row }) => row));
  expect(files.manifest.corpusVersion).toBe(version);
  expect(runs).toEqual([undefined]);
  const vectors = await readVectors(files);
  expect(vectors).toEqual(await fakeEmbedder().embed(comments.map(documentOf)));
  return comments.map(({ row: _row, source: _source, ...comment }) => comment);
}

describe('an index run that is killed', () => {
  it('again and again, at any moment, loses nothing, doubles nothing and repeats a batch at most', async () => {
    const [undisturbed, place] = await Promise.all([aPlace(), aPlace()]);
    const whole = index(undisturbed);
    const kills = [0, 1, 40, 90, 17];
    for (const documents of kills) await indexAndKill(place, documents);
    await index(place);
    await whole;
    expect(await whatIsFound(place.folder)).toEqual(
      (await whatIsFound(undisturbed.folder)).map((comment) => ({ ...comment, key: expect.any(String) })),
    );
    const embedded = await embeddedIn(place);
    expect(new Set(embedded).size).toBe(DOCUMENTS);
    expect(embedded.length).toBeLessThanOrEqual(DOCUMENTS + kills.length * BATCH);
    expect(await embeddedIn(undisturbed)).toHaveLength(DOCUMENTS);
  });

  it('while it replaces rows leaves those that are published, until another run has replaced them whole', async () => {
    const place = await aPlace();
    await index(place);
    const before = await whatIsFound(place.folder);
    await writeRows(place.file, issues(ISSUES, { topic: 'sharding' }));
    await indexAndKill(place, 50);
    const store = await openSqliteStore(path.join(place.folder, 'corpus.sqlite'));
    expect(await store.count()).toBe(DOCUMENTS);
    expect((await store.sources())[0]?.run).toMatchObject({ alive: false, what: 'indexing' });
    await store.close();
    await index(place);
    const after = await whatIsFound(place.folder);
    expect(after).toHaveLength(before.length);
    expect(after.every(({ title }) => title.includes('sharding'))).toBe(true);
    expect((await embeddedIn(place)).length).toBeLessThanOrEqual(2 * DOCUMENTS + BATCH);
  });

  it('at the very end, when rows and index change places, is made whole by the next', async () => {
    const place = await aPlace();
    await index(place);
    // Nothing is left to embed, so that these runs are nothing but reading, writing and changing places.
    const began = performance.now();
    await index(place);
    const wholeMs = performance.now() - began;
    for (let round = 0; round < 3; round++) {
      const run = startIndexing(place);
      await sleep(wholeMs * (0.6 + 0.4 * Math.random()));
      run.child.kill('SIGKILL');
      await run.finished;
    }
    await index(place);
    expect(await whatIsFound(place.folder)).toHaveLength(DOCUMENTS);
    expect(await embeddedIn(place)).toHaveLength(DOCUMENTS);
  });
});
