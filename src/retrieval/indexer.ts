import { createHash } from 'node:crypto';
import { layoutOf } from '../corpus/layouts.ts';
import { describeBadRows, describeCounts, loadSource, NOTHING_KEPT } from '../corpus/load-source.ts';
import { documentOf } from '../corpus/prepare.ts';
import { SAMPLE_SOURCE, type Source } from '../corpus/source.ts';
import type { Comment, CommentStore, PipelineCounts, SourceRun } from '../corpus/store.ts';
import type { Embedder, EmbedderIdentity } from '../embedding/embedder.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import { readManifest } from './index-files.ts';
import { createIndexWriter } from './index-writer.ts';
import {
  compareIdentity,
  DamagedIndexError,
  embeddedLayout,
  type IndexMetric,
  type Manifest,
  spaceOf,
} from './manifest.ts';
import { type RecipeName, recipeOf } from './recipes.ts';

/** What an index run works on and tells. */
export type IndexerOptions = {
  readonly store: CommentStore;
  /** Where the index files lie: `DATA_DIR`. */
  readonly directory: string;
  /** How the index is to be searched; kept in its manifest. */
  readonly recipe: RecipeName;
  readonly log: Logger;
  /** The private sources that are allowed somewhere (`sourceKey`); none where absent. */
  readonly allowedPrivate?: readonly string[] | undefined;
  /** Whether comments by bots are left out of what is read. */
  readonly dropBots?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Called with the owner while another process's run of the same source is waited for. */
  readonly onWait?: ((owner: string) => void) | undefined;
};

/** A round of the corpus takes this many comments at a time. */
const PAGE = 256;
/** On CPU a text takes a tenth of a second or more, and a killed run repeats at most one batch. */
const CPU_BATCH = 16;

/**
 * Replaces a source's rows by what it holds now, then brings vectors and index files up to date. New rows of a source
 * that had none are found by keyword at once; rows that replace others wait until their vectors are there, and appear
 * in one step. Without an embedder the rows are published and the index is left to a later run.
 */
export async function indexSource(
  source: Source,
  options: IndexerOptions & { readonly embedder?: Embedder | undefined; readonly metric?: IndexMetric | undefined },
): Promise<PipelineCounts> {
  const { store, embedder, log, allowedPrivate, dropBots, signal, onProgress, onWait } = options;
  const { run, counts, badRows } = await loadSource({
    source,
    store,
    log,
    allowedPrivate,
    dropBots,
    signal,
    onProgress,
    onWait,
  });
  try {
    log.info(`${source.spec}: ${describeCounts(counts)}`);
    if (counts.kept === 0) log.warn(`${source.spec}: ${NOTHING_KEPT}`);
    if (badRows.length > 0) log.warn(`${source.spec}: ${describeBadRows(counts.bad, badRows)}`);
    // The sample corpus leaves when the first real source arrives.
    const isReal = source.spec !== SAMPLE_SOURCE && counts.kept > 0;
    if (run.first || !embedder) {
      await run.publish();
      // Also when it is the sample that comes last: both may have been read at once.
      await dropSample(store, signal);
      if (embedder) await updateIndex({ ...options, embedder });
    } else {
      await updateIndex({ ...options, embedder, replacement: { run, spec: source.spec } });
      if (isReal && (await store.removeSource(SAMPLE_SOURCE, { signal })) > 0)
        await updateIndex({ ...options, embedder });
    }
    return counts;
  } finally {
    await run.release();
  }
}

/**
 * Drops a source and its rows; the index follows from the vectors that are kept, no model needed. Where vectors are
 * missing, or the corpus changes meanwhile, that is left to a later run.
 */
export async function removeSource(spec: string, options: IndexerOptions): Promise<number> {
  const { store, directory, signal, onWait } = options;
  const removed = await store.removeSource(spec, { signal, onWait });
  const manifest = await manifestOf(directory);
  if (removed > 0 && manifest)
    await writeIndex({
      ...options,
      recipe: recipeOf(manifest.recipe).name,
      identity: manifest,
      metric: manifest.metric,
      layout: embeddedLayout(manifest),
    });
  await forgetRemoved(store);
  return removed;
}

/** Of all spaces: another process may be filling the one of its model. */
async function forgetRemoved(store: CommentStore): Promise<void> {
  const version = await store.version();
  const hashes = new Set<string>();
  for await (const page of store.scan()) for (const comment of page) hashes.add(hashOf(comment));
  await store.forgetVectors({ version, hashes, hashOf });
}

/** The sample corpus leaves when there is something else. */
export async function dropSample(store: CommentStore, signal: AbortSignal | undefined): Promise<void> {
  const sources = await store.sources();
  const isSample = ({ spec }: { spec: string }) => spec === SAMPLE_SOURCE;
  if (sources.some(isSample) && sources.some((source) => !isSample(source) && source.comments > 0)) {
    await store.removeSource(SAMPLE_SOURCE, { signal });
  }
}

/** Brings the index up to date with what was changed in place, if it is not. Without an embedder that is left for later. */
export async function indexChanges(
  options: IndexerOptions & { readonly embedder?: Embedder | undefined },
): Promise<void> {
  const { store, embedder, directory, recipe, signal } = options;
  await dropSample(store, signal);
  if (!embedder || (await store.count()) === 0) return;
  const manifest = await manifestOf(directory);
  const isCurrent = manifest && manifest.corpusVersion === (await store.version());
  const layout = recipeOf(recipe).layout(embedder.identity.model);
  if (isCurrent && compareIdentity(manifest, embedder.identity, manifest.metric, recipe, layout) === 'same') return;
  await updateIndex({ ...options, embedder });
}

type Replacement = { readonly run: SourceRun; readonly spec: string };

/**
 * Embeds what has no vector yet and writes the index files; with a replacement, its rows are published in the moment
 * the index that knows them is in place. Repeats when somebody else changed the corpus meanwhile. Then vectors that the
 * index does not need are forgotten.
 */
export async function updateIndex(
  options: IndexerOptions & {
    readonly embedder: Embedder;
    readonly metric?: IndexMetric | undefined;
    readonly replacement?: Replacement | undefined;
  },
): Promise<void> {
  const { store, embedder, directory } = options;
  const metric = options.metric ?? (await manifestOf(directory))?.metric ?? 'ip';
  let { replacement } = options;
  for (;;) {
    await embedMissing({ ...options, replacement });
    const { outcome, ...written } = await writeIndex({ ...options, identity: embedder.identity, metric, replacement });
    if (outcome === 'written') return void (await store.forgetVectors({ ...written, hashOf }));
    if (outcome === 'published') replacement = undefined;
  }
}

async function embedMissing(
  options: IndexerOptions & { readonly embedder: Embedder; readonly replacement?: Replacement | undefined },
): Promise<void> {
  const { store, embedder, signal, onProgress, replacement } = options;
  const layout = layoutOf(recipeOf(options.recipe).layout(embedder.identity.model));
  const space = await store.space(spaceOf(embedder.identity, layout.name));
  const total = await countOf(store, replacement);
  const batchSize = embedder.device === 'cpu' ? CPU_BATCH : PAGE;
  let done = 0;
  const report = async (more: number) => {
    done += more;
    onProgress?.({ what: 'indexing', done: Math.min(done, total), total, unit: 'comments' });
    await replacement?.run.progress('indexing', done, total);
  };

  for await (const page of pagesOf(store, replacement)) {
    signal?.throwIfAborted();
    const documents = new Map(page.map((comment) => [hashOf(comment), layout.documentOf(comment)]));
    // Another process may be at the same page: each begins elsewhere, and passes over what is there by then.
    const missing = rotated(await store.withoutVector(space, [...documents.keys()]));
    await report(page.length - missing.length);
    for (let start = 0; start < missing.length; start += batchSize) {
      const batch = missing.slice(start, start + batchSize);
      const hashes = await store.withoutVector(space, batch);
      const texts = hashes.map((hash) => documents.get(hash) as string);
      const vectors = await embedder.embed(texts, { priority: 'indexing', signal });
      await store.putVectors(space, hashes, vectors);
      await report(batch.length);
    }
  }
}

type WrittenIndex = {
  readonly outcome: 'written' | 'published' | 'stale';
  readonly version: number;
  readonly space: number;
  /** The documents that are in it. */
  readonly hashes: ReadonlySet<string>;
};

/**
 * Writes the index of all rows that can be found from the vectors in the store.
 *
 * @returns as `outcome` `written`; `stale` when vectors are missing or the corpus changed meanwhile, so that it has to be written
 *   again; `published` when the replacement is in, but that has to be done all the same
 */
async function writeIndex(
  options: IndexerOptions & {
    readonly identity: EmbedderIdentity;
    readonly metric: IndexMetric;
    /** Default: as the recipe embeds. */
    readonly layout?: string | undefined;
    readonly replacement?: Replacement | undefined;
  },
): Promise<WrittenIndex> {
  const { store, directory, recipe, identity, metric, signal, replacement } = options;
  const { layout = recipeOf(recipe).layout(identity.model) } = options;
  const space = await store.space(spaceOf(identity, layout));
  const versionBefore = await store.version();
  // The rows that were replaced are gone then: an index of their successors is better, even if it lacks others' news.
  const version = versionBefore + (replacement ? 1 : 0);
  const hashes = new Set<string>();
  const ending = (outcome: WrittenIndex['outcome']) => ({ outcome, version, space, hashes });
  const writer = await createIndexWriter({ directory, identity, metric, recipe, layout });
  try {
    for await (const page of pagesOf(store, replacement)) {
      signal?.throwIfAborted();
      const pageHashes = page.map(hashOf);
      const vectors = await store.vectors(space, pageHashes);
      if (!vectors) return ending('stale');
      for (const hash of pageHashes) hashes.add(hash);
      await writer.add(
        page.map(({ row }) => row),
        vectors,
      );
    }
    await writer.seal();
    if ((await store.version()) !== versionBefore) return ending('stale');
    await replacement?.run.publish();
    await writer.commit({ corpusVersion: version });
    // Looked at after that, so that of two writers the one that read the older corpus is the one that goes on.
    if ((await store.version()) === version) return ending('written');
    return ending(replacement ? 'published' : 'stale');
  } finally {
    await writer.discard();
  }
}

/** The same from a random place on. */
function rotated(hashes: readonly string[]): readonly string[] {
  const start = Math.floor(Math.random() * hashes.length);
  return [...hashes.slice(start), ...hashes.slice(0, start)];
}

/** A manifest that cannot be read is to be replaced. */
async function manifestOf(directory: string): Promise<Manifest | undefined> {
  try {
    return await readManifest(directory);
  } catch (error) {
    if (error instanceof DamagedIndexError) return undefined;
    throw error;
  }
}

/** Vectors are kept by it, so that unchanged comments are never embedded again; the layout names another space. */
function hashOf(comment: Comment): string {
  return createHash('sha256').update(documentOf(comment)).digest('base64url').slice(0, 22);
}

async function countOf(store: CommentStore, replacement: Replacement | undefined): Promise<number> {
  if (!replacement) return store.count();
  const replaced = (await store.sources()).find(({ spec }) => spec === replacement.spec)?.comments ?? 0;
  return (await store.count()) - replaced + (await replacement.run.count());
}

/** The corpus as it will be after the replacement, ascending by row, in pages of `PAGE`. */
async function* pagesOf(store: CommentStore, replacement: Replacement | undefined): AsyncIterable<readonly Comment[]> {
  let page: Comment[] = [];
  for await (const comment of commentsOf(store, replacement)) {
    page.push(comment);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function* commentsOf(store: CommentStore, replacement: Replacement | undefined): AsyncIterable<Comment> {
  if (!replacement) {
    yield* flatten(store.scan());
    return;
  }
  const kept = flatten(store.scan())[Symbol.asyncIterator]();
  const coming = flatten(replacement.run.scan())[Symbol.asyncIterator]();
  const nextKept = async () => {
    for (;;) {
      const { value, done } = await kept.next();
      if (done || value.source !== replacement.spec) return done ? undefined : value;
    }
  };
  let left = await nextKept();
  let right = await coming.next();
  while (left || !right.done) {
    if (left && (right.done || left.row < right.value.row)) {
      yield left;
      left = await nextKept();
    } else if (!right.done) {
      yield right.value;
      right = await coming.next();
    }
  }
}

async function* flatten(pages: AsyncIterable<readonly Comment[]>): AsyncIterable<Comment> {
  for await (const page of pages) yield* page;
}
