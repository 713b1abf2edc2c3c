import { createHash } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommentStore } from '../corpus/store.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { FAISS_HEADER_BYTES } from './faiss-file.ts';
import { loadIndex, MANIFEST_NAME, readManifest } from './index-files.ts';
import { compareIdentity, embeddedLayout, type IndexMetric, type Manifest } from './manifest.ts';

export type StrongBarOptions = {
  readonly store: CommentStore;
  /** Where the index lies. */
  readonly directory: string;
  readonly embedder: Embedder;
  readonly signal: AbortSignal;
};

/** So many titles are asked as questions; fewer where the corpus is so large that it would take minutes. */
const TITLES = 500;
const FEWEST_TITLES = 10;
const MOST_PRODUCTS = 4e10;
const PERCENTILE = 0.99;
const BATCH = 16;
const CHUNK_ROWS = 2_048;

/**
 * Measures how near the nearest comment of *another* issue comes to an issue's title: what is nearer than 99 of 100 of
 * those is no coincidence. Kept in the manifest of the index as `strongAbove`; nothing waits for it. Does nothing where
 * the index was made with another model, or holds too few issues to tell.
 */
export async function measureStrongBar({ store, directory, embedder, signal }: StrongBarOptions): Promise<void> {
  const manifest = await readManifest(directory);
  if (!manifest || manifest.strongAbove !== undefined || !fits(manifest, embedder)) return;
  const { titles, issueOf } = await sampleTitles(store, manifest, signal);
  if (titles.length < FEWEST_TITLES) return;
  const { dimensions, metric } = manifest;
  const questions = new Float32Array(titles.length * dimensions);
  for (let start = 0; start < titles.length; start += BATCH) {
    const texts = titles.slice(start, start + BATCH).map(({ title }) => title);
    questions.set(await embedder.embed(texts, { priority: 'indexing', signal }), start * dimensions);
  }
  const best = new Float64Array(titles.length).fill(Number.NEGATIVE_INFINITY);
  const loaded = await loadIndex(directory, async (files) => files);
  // Another one is there by now: it has its own turn.
  if (loaded?.manifest.files.vectors.name !== manifest.files.vectors.name) return;
  const issues = Uint32Array.from(loaded.rows, (row) => issueOf.get(row) ?? 0);
  await forEachVector(loaded.vectorsFile, dimensions, loaded.rows.length, signal, (vector, place) => {
    for (let title = 0; title < titles.length; title++) {
      if (issues[place] === titles[title]?.issue) continue;
      const near = nearness(vector, questions.subarray(title * dimensions, (title + 1) * dimensions), metric);
      if (near > (best[title] as number)) best[title] = near;
    }
  });
  const sorted = best.filter(Number.isFinite).sort();
  if (sorted.length < FEWEST_TITLES) return;
  const bar = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * PERCENTILE))] as number;
  await keep(directory, manifest, metric === 'ip' ? bar : -bar);
}

/** Whether a score is beyond the bar of the index that it comes from. */
export function isStrong(score: number, { strongAbove, metric }: Pick<Manifest, 'strongAbove' | 'metric'>): boolean {
  if (strongAbove === undefined) return false;
  return metric === 'ip' ? score > strongAbove : score < strongAbove;
}

/** What a new index takes over from the one it replaces: a bar changes with the model, little with a few comments. */
export function inheritedBar(next: Manifest, before: Manifest | undefined): number | undefined {
  if (before?.strongAbove === undefined || before.metric !== next.metric) return undefined;
  if (compareIdentity(before, next, next.metric, next.recipe, embeddedLayout(next)) !== 'same') return undefined;
  const growth = next.rows / Math.max(1, before.rows);
  return growth > 0.8 && growth < 1.25 ? before.strongAbove : undefined;
}

function fits(manifest: Manifest, { identity }: Embedder): boolean {
  return typeof compareIdentity(manifest, identity) === 'string';
}

type Title = { readonly title: string; readonly issue: number };

/** The same issues each time: those whose addresses have the smallest hashes. And which issue each row is of. */
async function sampleTitles(
  store: CommentStore,
  { rows, dimensions }: Manifest,
  signal: AbortSignal,
): Promise<{ titles: readonly Title[]; issueOf: ReadonlyMap<number, number> }> {
  const most = Math.max(FEWEST_TITLES, Math.min(TITLES, Math.floor(MOST_PRODUCTS / Math.max(1, rows * dimensions))));
  const numbers = new Map<string, number>();
  const issueOf = new Map<number, number>();
  let chosen: (Title & { readonly order: string })[] = [];
  for await (const page of store.scan()) {
    signal.throwIfAborted();
    for (const { row, issueUrl, title } of page) {
      const known = numbers.get(issueUrl);
      const issue = known ?? numbers.size + 1;
      issueOf.set(row, issue);
      if (known !== undefined) continue;
      numbers.set(issueUrl, issue);
      if (title.trim() === '') continue;
      chosen.push({ title, issue, order: createHash('sha256').update(issueUrl).digest('hex') });
    }
    if (chosen.length > 4 * most) chosen = smallest(chosen, most);
  }
  return { titles: smallest(chosen, most), issueOf };
}

function smallest<Item extends { readonly order: string }>(items: readonly Item[], count: number): Item[] {
  return [...items].sort((one, other) => (one.order < other.order ? -1 : 1)).slice(0, count);
}

async function forEachVector(
  file: string,
  dimensions: number,
  count: number,
  signal: AbortSignal,
  visit: (vector: Float32Array, place: number) => void,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const chunk = new Float32Array(CHUNK_ROWS * dimensions);
    const bytes = new Uint8Array(chunk.buffer);
    for (let place = 0; place < count; place += CHUNK_ROWS) {
      signal.throwIfAborted();
      const rows = Math.min(CHUNK_ROWS, count - place);
      const length = rows * dimensions * 4;
      const { bytesRead } = await handle.read(bytes, 0, length, FAISS_HEADER_BYTES + place * dimensions * 4);
      if (bytesRead < length) throw new Error(`${file} ends early: ${length} bytes expected, ${bytesRead} read`);
      for (let row = 0; row < rows; row++) visit(chunk.subarray(row * dimensions, (row + 1) * dimensions), place + row);
    }
  } finally {
    await handle.close();
  }
}

/** More is nearer, under either metric. */
function nearness(one: Float32Array, other: Float32Array, metric: IndexMetric): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) {
    const left = one[place] as number;
    const right = other[place] as number;
    sum += metric === 'ip' ? left * right : -((left - right) * (left - right));
  }
  return sum;
}

/** Only while the same index is in place. Should another writer slip in between, the index is found damaged and remade. */
async function keep(directory: string, measured: Manifest, strongAbove: number): Promise<void> {
  const aside = path.join(directory, measured.files.rows.name.replace(/\.rows$/, '.json'));
  await writeFile(aside, `${JSON.stringify({ ...measured, strongAbove }, undefined, 2)}\n`, { flush: true });
  const current = await readManifest(directory);
  if (current?.files.vectors.name === measured.files.vectors.name) {
    await rename(aside, path.join(directory, MANIFEST_NAME));
  } else await rm(aside, { force: true });
}
