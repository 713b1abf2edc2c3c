import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '../../src/corpus/files.ts';
import { layoutOf } from '../../src/corpus/layouts.ts';
import { documentOf } from '../../src/corpus/prepare.ts';
import { sampleSource } from '../../src/corpus/sample.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { Comment, CommentStore } from '../../src/corpus/store.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createLogger, silentLogger } from '../../src/log.ts';
import { readIndex, readVectors } from '../../src/retrieval/index-files.ts';
import { indexLag } from '../../src/retrieval/index-lag.ts';
import { indexChanges, indexSource, removeSource, updateIndex } from '../../src/retrieval/indexer.ts';
import type { Manifest } from '../../src/retrieval/manifest.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { type IssueOptions, issues, temporaryFolder, until, writeRows } from '../fakes/issues.ts';

let folder: string;
let store: CommentStore;
let stores: CommentStore[];
/** Every document that was embedded, in order. */
let embedded: string[];
let embedder: Embedder;

beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openSqliteStore(path.join(folder, 'corpus.sqlite'));
  stores = [store];
  embedded = [];
  embedder = fakeEmbedder({ beforeEmbed: (texts) => void embedded.push(...texts) });
});

afterEach(async () => {
  for (const each of stores) await each.close();
  await rm(folder, { recursive: true });
});

const options = () => ({ store, directory: folder, recipe: 'seed' as const, log: silentLogger });

async function source(name: string, count: number, more: IssueOptions = {}) {
  const file = path.join(folder, name);
  await writeRows(file, issues(count, { topic: path.parse(name).name, ...more }));
  return filesSource(file, [file], folder);
}

async function allComments(): Promise<readonly Comment[]> {
  const all: Comment[] = [];
  for await (const page of store.scan()) all.push(...page);
  return all;
}

/** The topics of what can be found, each with the number of its comments. */
async function topics(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { title } of await allComments()) {
    const topic = /about (\w+)/.exec(title)?.[1] ?? '';
    counts[topic] = (counts[topic] ?? 0) + 1;
  }
  return counts;
}

/** Fails unless the index on disk holds exactly the comments of the store, each with the vector of its document. */
async function expectAgreement(): Promise<void> {
  const files = await readIndex(folder);
  const comments = await allComments();
  if (!files) throw new Error('there is no index');
  expect([...files.rows]).toEqual(comments.map(({ row }) => row));
  expect(new Set(comments.map(({ key }) => key)).size).toBe(comments.length);
  expect(await readVectors(files)).toEqual(await fakeEmbedder().embed(comments.map(documentOf)));
  expect(files.manifest.corpusVersion).toBe(await store.version());
}

describe('an index run', () => {
  it('keeps comments, vectors and index files in agreement, and prints the row counts', async () => {
    const lines: string[] = [];
    const log = createLogger({ write: (line) => lines.push(line) });
    const counts = await indexSource(await source('a.jsonl', 10), { ...options(), log, embedder });
    expect(counts).toEqual({ rows: 10, issuesWithComments: 10, comments: 20, kept: 20, bad: 0 });
    expect(lines.join()).toContain(
      'a.jsonl: 10 issues and pull requests -> 10 with comments -> 20 comments -> 20 kept',
    );
    expect(embedded).toHaveLength(20);
    await expectAgreement();
  });

  it('says what is kept where that is nothing', async () => {
    const lines: string[] = [];
    const log = createLogger({ write: (line) => lines.push(line) });
    const file = path.join(folder, 'short.jsonl');
    const [row] = issues(1);
    await writeRows(file, [{ ...row, comments: ['Thanks, that helped.'] }]);
    await indexSource(filesSource(file, [file], folder), { ...options(), log, embedder });
    expect(lines.join()).toContain('short.jsonl: 1 issue or pull request -> 1 with comments -> 1 comment -> 0 kept');
    expect(lines.join()).toContain('short.jsonl: nothing of it can be found: kept are comments of more than 15 words');
  });

  it('replaces the rows of its source and no others', async () => {
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder });
    await indexSource(await source('b.jsonl', 4), { ...options(), embedder });
    await indexSource(await source('a.jsonl', 3), { ...options(), embedder });
    expect(await topics()).toEqual({ a: 6, b: 8 });
    await expectAgreement();
  });

  it('that finds nothing new embeds nothing', async () => {
    const a = await source('a.jsonl', 10);
    await indexSource(a, { ...options(), embedder });
    embedded.length = 0;
    await indexSource(a, { ...options(), embedder });
    expect(embedded).toEqual([]);
    await expectAgreement();
  });

  it('embeds only what is new or changed', async () => {
    await indexSource(await source('a.jsonl', 10), { ...options(), embedder });
    embedded.length = 0;
    await indexSource(await source('a.jsonl', 12), { ...options(), embedder });
    expect(embedded).toHaveLength(4);
    await expectAgreement();
  });

  it('embeds a document that several comments share once', async () => {
    const text =
      'The very same words, more than fifteen of them, stand in two comments of one and the same issue here.';
    await indexSource(await source('a.jsonl', 1, { comments: [text, text] }), { ...options(), embedder });
    expect(embedded).toHaveLength(1);
    await expectAgreement();
  });

  it('forgets the vectors of another model and of comments that are gone', async () => {
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder });
    const other = fakeEmbedder({ dimensions: 8, beforeEmbed: (texts) => void embedded.push(...texts) });
    await indexSource(await source('a.jsonl', 3), { ...options(), embedder: other });
    embedded.length = 0;
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder: other });
    expect(embedded).toHaveLength(4);
    embedded.length = 0;
    await updateIndex({ ...options(), embedder });
    expect(embedded).toHaveLength(10);
    await expectAgreement();
  });

  it('embeds what its recipe embeds, and says so in the index, so that vectors of two recipes never mix', async () => {
    const comments = [`<!-- Remove this. --> ${'It works with the folder set. '.repeat(4)}`];
    const layoutOnDisk = async () => (await readIndex(folder))?.manifest.layout;
    await indexSource(await source('a.jsonl', 3, { comments }), { ...options(), embedder });
    expect([await layoutOnDisk(), embedded[0]?.includes('Remove this')]).toEqual(['seed', true]);
    embedded.length = 0;
    await indexChanges({ ...options(), recipe: 'precedent', embedder });
    expect([await layoutOnDisk(), embedded.length]).toEqual(['short-body', 3]);
    const files = await readIndex(folder);
    const documents = (await allComments()).map(layoutOf('short-body').documentOf);
    expect([...embedded].sort()).toEqual([...documents].sort());
    expect(files && (await readVectors(files))).toEqual(await fakeEmbedder().embed(documents));
    embedded.length = 0;
    await indexChanges({ ...options(), recipe: 'precedent', embedder });
    const b = await source('b.jsonl', 1);
    await indexSource(b, { ...options(), recipe: 'precedent', embedder });
    expect(embedded).toHaveLength(2);
    await removeSource(b.spec, options());
    expect([await layoutOnDisk(), (await readIndex(folder))?.rows.length]).toEqual(['short-body', 3]);
  });

  it('without a model publishes the comments and leaves the index to a later one', async () => {
    await indexSource(await source('a.jsonl', 5), options());
    expect(await store.count()).toBe(10);
    expect(await readIndex(folder)).toBeUndefined();
    await updateIndex({ ...options(), embedder });
    await expectAgreement();
  });

  it('of a first source can be found by words before its vectors are there', async () => {
    const found: number[] = [];
    const slow = fakeEmbedder({ beforeEmbed: async () => void found.push(await store.count()) });
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder: slow });
    expect(found[0]).toBe(10);
  });

  it('that replaces a source keeps the old rows until the new vectors are there', async () => {
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder });
    const found: number[] = [];
    const slow = fakeEmbedder({ beforeEmbed: async () => void found.push(await store.count()) });
    await indexSource(await source('a.jsonl', 7, { topic: 'other' }), { ...options(), embedder: slow });
    expect(new Set(found)).toEqual(new Set([10]));
    expect(await topics()).toEqual({ other: 14 });
    await expectAgreement();
  });

  it('sends the sample corpus away when it brings the first real comments', async () => {
    await indexSource(sampleSource(folder), { ...options(), embedder });
    expect((await store.sources()).map(({ spec }) => spec)).toEqual(['sample']);
    const a = await source('a.jsonl', 5);
    await indexSource(a, { ...options(), embedder });
    expect((await store.sources()).map(({ spec }) => spec)).toEqual([a.spec]);
    await expectAgreement();
  });

  it('of the sample corpus that ends after a real source has come leaves nothing behind', async () => {
    await indexSource(await source('alpha.jsonl', 3), options());
    await indexSource(sampleSource(folder), options());
    expect((await store.sources()).filter(({ comments }) => comments > 0)).toHaveLength(1);
    expect(await topics()).toEqual({ alpha: 6 });
  });

  it('that fails leaves what is published as it was', async () => {
    const a = await source('a.jsonl', 5);
    await indexSource(a, { ...options(), embedder });
    await writeFile(a.spec, 'no JSON\n');
    await expect(indexSource(a, { ...options(), embedder })).rejects.toThrow(/holds no usable row/);
    const broken = fakeEmbedder({ beforeEmbed: () => Promise.reject(new Error('the model broke')) });
    await expect(indexSource(await source('a.jsonl', 9), { ...options(), embedder: broken })).rejects.toThrow(/broke/);
    expect(await topics()).toEqual({ a: 10 });
    await expectAgreement();
  });

  it('that is stopped goes on where it was, and embeds nothing again', async () => {
    const a = await source('a.jsonl', 40);
    const stop = new AbortController();
    const stopping = fakeEmbedder({
      beforeEmbed(texts) {
        if (embedded.length >= 32) stop.abort(new Error('stopped'));
        else embedded.push(...texts);
      },
    });
    await expect(indexSource(a, { ...options(), embedder: stopping, signal: stop.signal })).rejects.toThrow('stopped');
    await indexSource(a, { ...options(), embedder });
    expect(embedded).toHaveLength(80);
    expect(new Set(embedded).size).toBe(80);
    await expectAgreement();
  });
});

describe('the metric of an index', () => {
  const metric = async () => (await readIndex(folder))?.manifest.metric;

  it('is kept by the runs after the one that set it', async () => {
    const a = await source('a.jsonl', 5);
    await indexSource(a, { ...options(), embedder, metric: 'l2' });
    await indexSource(await source('b.jsonl', 5), { ...options(), embedder });
    await removeSource(a.spec, options());
    expect(await metric()).toBe('l2');
    await expectAgreement();
    await updateIndex({ ...options(), embedder, metric: 'ip' });
    expect(await metric()).toBe('ip');
  });

  it('is kept when the index has to be made again because its vectors were damaged', async () => {
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder, metric: 'l2' });
    const manifest = (await readIndex(folder))?.manifest;
    await writeFile(path.join(folder, manifest?.files.vectors.name ?? ''), 'cut');
    embedded.length = 0;
    await updateIndex({ ...options(), embedder });
    expect(await metric()).toBe('l2');
    expect(embedded).toEqual([]);
    await expectAgreement();
  });
});

describe('an index file that is missing or damaged', () => {
  it.each([
    ['missing', (file: string) => rm(file)],
    ['garbage', (file: string) => writeFile(file, '{"format":')],
    ['empty', (file: string) => writeFile(file, '')],
  ])('(%s) is made again from the store, without embedding anything', async (_what, damage) => {
    await indexSource(await source('a.jsonl', 20), { ...options(), embedder });
    await damage(path.join(folder, 'index.json'));
    embedded.length = 0;
    await updateIndex({ ...options(), embedder });
    expect(embedded).toEqual([]);
    await expectAgreement();
  });

  it('of a newer version is not overwritten', async () => {
    const a = await source('a.jsonl', 2);
    await indexSource(a, { ...options(), embedder });
    const file = path.join(folder, 'index.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), format: 99 }));
    await expect(indexSource(a, { ...options(), embedder })).rejects.toThrow(/format 99/);
  });
});

describe('a source that is removed', () => {
  it('leaves the store and the index, without a model', async () => {
    const a = await source('a.jsonl', 5);
    await indexSource(a, { ...options(), embedder });
    await indexSource(await source('b.jsonl', 4), { ...options(), embedder });
    expect(await removeSource(a.spec, options())).toBe(10);
    expect(await topics()).toEqual({ b: 8 });
    await expectAgreement();
  });

  it('leaves no vector and no word of it in the database', async () => {
    const a = await source('a.jsonl', 5, { topic: 'zanzibar' });
    await indexSource(a, { ...options(), embedder });
    await indexSource(await source('b.jsonl', 4), { ...options(), embedder });
    await removeSource(a.spec, options());
    embedded.length = 0;
    await indexSource(a, { ...options(), embedder });
    expect(embedded).toHaveLength(10);
    await removeSource(a.spec, options());
    await store.close();
    stores = [];
    const file = await readFile(path.join(folder, 'corpus.sqlite'), 'latin1');
    expect(file).toContain('about b');
    expect(file).not.toContain('zanzibar');
  });

  it('leaves no vector also before there was an index', async () => {
    const many = await source('many.jsonl', 20);
    let batches = 0;
    const failing = fakeEmbedder({
      beforeEmbed: () => {
        if (++batches > 1) throw new Error('the model is gone');
      },
    });
    await expect(indexSource(many, { ...options(), embedder: failing })).rejects.toThrow('the model is gone');
    await removeSource(many.spec, options());
    await indexSource(many, { ...options(), embedder });
    expect(embedded).toHaveLength(40);
  });

  it('leaves an empty index when it was the last', async () => {
    const a = await source('a.jsonl', 5);
    await indexSource(a, { ...options(), embedder });
    await removeSource(a.spec, options());
    expect(await store.count()).toBe(0);
    await expectAgreement();
  });

  it('that is not there removes nothing', async () => {
    await indexSource(await source('a.jsonl', 5), { ...options(), embedder });
    expect(await removeSource('/nowhere.jsonl', options())).toBe(0);
    await expectAgreement();
  });
});

describe('what changes row by row', () => {
  const SPEC = 'github:example/project';
  const writtenAt = '2026-01-01T00:00:00Z';
  const numbered = (first: number, count: number) => ({
    comments: Array.from({ length: count }, (_, place) => ({
      key: `${first + place}`,
      issueNumber: 1,
      text: `A comment with the number ${first + place}`,
      url: `https://github.com/example/project/issues/1#issuecomment-${first + place}`,
      author: 'somebody',
      authorAssociation: 'NONE',
      reactions: 0,
      createdAt: writtenAt,
      updatedAt: writtenAt,
    })),
    sweep: 1,
  });

  /** A feed that is published, with an index of its ten comments. */
  async function indexed() {
    const feed = await store.follow(SPEC);
    const issue = { number: 1, url: 'https://github.com/example/project/issues/1', title: 'Title', body: 'Body' };
    const more = { state: 'open', stateReason: undefined, labels: [], updatedAt: writtenAt };
    await feed.apply({ issues: [{ ...issue, ...more }], ...numbered(1, 10) });
    await feed.publish();
    await updateIndex({ ...options(), embedder });
    embedded.length = 0;
    return feed;
  }

  it('is embedded and left to who searches, as long as it is little', async () => {
    const feed = await indexed();
    const before = await readIndex(folder);
    await feed.apply(numbered(11, 3));
    await feed.apply({ removedComments: ['1', '11'], sweep: 1 });
    await indexChanges({ ...options(), embedder });
    expect(embedded).toHaveLength(2);
    expect(await readIndex(folder)).toEqual(before);
    embedded.length = 0;
    await updateIndex({ ...options(), embedder });
    expect(embedded).toEqual([]);
    await expectAgreement();
    expect(await store.changesSince(await store.version())).toMatchObject({ rows: [], complete: true });
    await feed.release();
  });

  it('has the index made again once it is much', async () => {
    const feed = await indexed();
    await feed.apply(numbered(11, 201));
    await indexChanges({ ...options(), embedder });
    await expectAgreement();
    expect((await allComments()).length).toBe(211);
    await feed.release();
  });

  it('is taken in by one more index where the repository has another name since', async () => {
    const feed = await indexed();
    const renamed = { number: 1, url: 'https://github.com/example/renamed/issues/1', title: 'Title', body: 'Body' };
    const more = { state: 'open', stateReason: undefined, labels: [], updatedAt: writtenAt };
    await feed.apply({ issues: [{ ...renamed, ...more }], ...numbered(1, 10), sweep: 2 });
    await feed.apply({ sweep: 2, dropUnseen: true });
    await updateIndex({ ...options(), embedder });
    expect(embedded).toEqual([]);
    await expectAgreement();
    const { manifest } = (await readIndex(folder)) ?? {};
    expect(await indexLag(store, manifest as Manifest)).toBe('none');
    await feed.release();
  });

  it('while the index is being made is in it or told beside it, and holds nothing up', async () => {
    const feed = await indexed();
    let news = 11;
    const add = async () => void (news < 18 && (await feed.apply(numbered(news++, 1))));
    const busy = fakeEmbedder({ beforeEmbed: add });
    await add();
    const late: CommentStore = {
      ...store,
      async *scan() {
        for await (const page of store.scan()) {
          await add();
          yield page;
        }
      },
    };
    await updateIndex({ ...options(), store: late, embedder: busy });
    const { rows, manifest } = (await readIndex(folder)) ?? {};
    const changes = await store.changesSince(manifest?.corpusVersion ?? 0);
    expect(changes.complete).toBe(true);
    const known = new Set([...(rows ?? []), ...changes.rows]);
    expect((await allComments()).filter(({ row }) => !known.has(row))).toEqual([]);
    await feed.release();
  });
});

describe('two runs at once', () => {
  /** As a second process has it. */
  async function another(): Promise<CommentStore> {
    const opened = await openSqliteStore(path.join(folder, 'corpus.sqlite'), { runName: 'npm run index' });
    stores.push(opened);
    return opened;
  }

  it('of one source: the second waits, says for whom, and then does its own', async () => {
    const a = await source('a.jsonl', 20);
    const waits: string[] = [];
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const held = fakeEmbedder({ beforeEmbed: () => gate });
    await indexSource(a, { ...options(), embedder });
    // A replacement, which keeps its run until its vectors are there.
    const changed = await source('a.jsonl', 21);
    const first = indexSource(changed, { ...options(), store: await another(), embedder: held });
    await until(async () => (await store.sources()).some(({ run }) => run?.alive));
    const second = indexSource(changed, {
      ...options(),
      embedder,
      onWait(owner) {
        waits.push(owner);
        open();
      },
    });
    await Promise.all([first, second]);
    expect(waits).toEqual([expect.stringMatching(/^npm run index \(process \d+ on .+\)$/)]);
    expect(await topics()).toEqual({ a: 42 });
    await expectAgreement();
  });

  it('of different sources both finish, and the index has both', async () => {
    const first = indexSource(await source('a.jsonl', 30), { ...options(), embedder });
    const second = indexSource(await source('b.jsonl', 30), { ...options(), store: await another(), embedder });
    await Promise.all([first, second]);
    expect(await topics()).toEqual({ a: 60, b: 60 });
    await expectAgreement();
  });

  it('that replace different sources both finish, and the index has both', async () => {
    await indexSource(await source('a.jsonl', 10), { ...options(), embedder });
    await indexSource(await source('b.jsonl', 10), { ...options(), embedder });
    const slow = fakeEmbedder({ beforeEmbed: () => new Promise((resolve) => setTimeout(resolve, 5)) });
    const first = indexSource(await source('a.jsonl', 30, { topic: 'c' }), { ...options(), embedder: slow });
    const second = indexSource(await source('b.jsonl', 30, { topic: 'd' }), {
      ...options(),
      store: await another(),
      embedder: slow,
    });
    await Promise.all([first, second]);
    expect(await topics()).toEqual({ c: 60, d: 60 });
    await expectAgreement();
  });
});
