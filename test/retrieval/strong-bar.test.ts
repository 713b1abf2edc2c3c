import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Comment } from '../../src/corpus/store.ts';
import { readManifest } from '../../src/retrieval/index-files.ts';
import { createIndexWriter } from '../../src/retrieval/index-writer.ts';
import type { IndexMetric, Manifest } from '../../src/retrieval/manifest.ts';
import { isStrong, measureStrongBar } from '../../src/retrieval/strong-bar.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { memoryStore } from '../fakes/memory-store.ts';

const ISSUES = 40;
const embedder = fakeEmbedder({ dimensions: 64 });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'precedent-bar-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Each issue's first comment repeats its title; another one shares a word with the next issue's. */
const comments: Comment[] = Array.from({ length: 2 * ISSUES }, (_, row) => {
  const issue = Math.floor(row / 2);
  const title = titleOf(issue);
  return {
    row,
    key: String(row),
    source: 'a.jsonl',
    issueUrl: `https://github.com/o/r/issues/${issue}`,
    title,
    body: '',
    text: row % 2 === 0 ? title : `${wordOf(issue + 1)} ${wordOf(1000 + issue)}`,
  } as Comment;
});

function titleOf(issue: number): string {
  return `${wordOf(issue)} ${wordOf(100 + issue)} ${wordOf(200 + issue)} ${wordOf(300 + issue)}`;
}
function wordOf(number: number): string {
  return `word${number}`;
}

async function writeIndex(options: { rows?: number; metric?: IndexMetric; corpusVersion?: number } = {}) {
  const { rows = comments.length, metric = 'ip', corpusVersion = 1 } = options;
  const { identity } = embedder;
  const writer = await createIndexWriter({ directory, identity, metric, recipe: 'seed' });
  const written = comments.slice(0, rows);
  const texts = written.map(({ text }) => text);
  await writer.add(
    written.map(({ row }) => row),
    await embedder.embed(texts),
  );
  return writer.commit({ corpusVersion });
}

const measure = (options: { signal?: AbortSignal; embedder?: typeof embedder } = {}) =>
  measureStrongBar({
    store: memoryStore(comments),
    directory,
    embedder,
    signal: new AbortController().signal,
    ...options,
  });

/** Of each title the best score among the comments that are not of its own issue, sorted. */
async function bestOfOthers(nearness: (one: Float32Array, other: Float32Array) => number): Promise<number[]> {
  const vectorOf = (text: string) => embedder.embed([text]);
  const all = await Promise.all(comments.map(({ text }) => vectorOf(text)));
  const best = await Promise.all(
    Array.from({ length: ISSUES }, async (_, issue) => {
      const title = await vectorOf(titleOf(issue));
      return Math.max(
        ...all.filter((_, row) => Math.floor(row / 2) !== issue).map((vector) => nearness(title, vector)),
      );
    }),
  );
  return best.sort((one, other) => one - other);
}

const product = (one: Float32Array, other: Float32Array) =>
  one.reduce((sum, value, place) => sum + value * (other[place] as number), 0);
const closeness = (one: Float32Array, other: Float32Array) =>
  -one.reduce((sum, value, place) => sum + (value - (other[place] as number)) ** 2, 0);

describe('the bar of the strong band', () => {
  it('is the 99th percentile of what titles find among the comments of other issues', async () => {
    await writeIndex();
    await measure();

    const expected = (await bestOfOthers(product))[Math.floor(ISSUES * 0.99)];
    expect((await readManifest(directory))?.strongAbove).toBeCloseTo(expected as number, 4);
  });

  it('lets an issue’s own answer pass, and what shares a word with it fail', async () => {
    await writeIndex();
    await measure();
    const manifest = (await readManifest(directory)) as Manifest;
    const [title, own, other] = await Promise.all(
      [titleOf(3), titleOf(3), `${wordOf(3)} ${wordOf(1002)}`].map((text) => embedder.embed([text])),
    );

    expect(isStrong(product(title as Float32Array, own as Float32Array), manifest)).toBe(true);
    expect(isStrong(product(title as Float32Array, other as Float32Array), manifest)).toBe(false);
  });

  it('is a distance under l2, which less passes', async () => {
    await writeIndex({ metric: 'l2' });
    await measure();
    const manifest = (await readManifest(directory)) as Manifest;

    const expected = (await bestOfOthers(closeness))[Math.floor(ISSUES * 0.99)];
    expect(manifest.strongAbove).toBeCloseTo(-(expected as number), 3);
    expect(isStrong(0, manifest)).toBe(true);
    expect(isStrong((manifest.strongAbove as number) + 1, manifest)).toBe(false);
  });

  it('is taken over by the next index, unless that is of another size', async () => {
    await writeIndex();
    await measure();
    const bar = (await readManifest(directory))?.strongAbove;
    expect(bar).toBeDefined();

    expect((await writeIndex({ rows: comments.length - 2, corpusVersion: 2 })).strongAbove).toBe(bar);
    expect((await writeIndex({ rows: 4, corpusVersion: 3 })).strongAbove).toBeUndefined();
  });

  it('is none of an index of few issues, of another model, or where there is no index', async () => {
    await measure();
    await writeIndex({ rows: 10 });
    await measureStrongBar({
      store: memoryStore(comments.slice(0, 10)),
      directory,
      embedder,
      signal: new AbortController().signal,
    });
    expect((await readManifest(directory))?.strongAbove).toBeUndefined();

    await writeIndex();
    await measure({ embedder: fakeEmbedder({ dimensions: 64, identity: { model: 'fake/other' } }) });
    expect((await readManifest(directory))?.strongAbove).toBeUndefined();
  });

  it('leaves an index alone that was put in place meanwhile', async () => {
    await writeIndex();
    const replacing = fakeEmbedder({
      dimensions: 64,
      beforeEmbed: async () => {
        replaced ??= writeIndex({ corpusVersion: 7 });
        await replaced;
      },
    });
    let replaced: Promise<Manifest> | undefined;
    await measure({ embedder: replacing });

    expect(await readManifest(directory)).toMatchObject({ corpusVersion: 7 });
    expect((await readManifest(directory))?.strongAbove).toBeUndefined();
  });

  it('makes nothing strong before it was measured', async () => {
    expect(isStrong(1e9, await writeIndex())).toBe(false);
  });
});
