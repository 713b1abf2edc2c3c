import { describeBadRows, describeCounts, loadSource, NOTHING_KEPT } from '../corpus/load-source.ts';
import { SAMPLE_SOURCE, type Source } from '../corpus/source.ts';
import type { Comment, CommentStore, PipelineCounts } from '../corpus/store.ts';
import type { Embedder, EmbedderIdentity } from '../embedding/embedder.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import { pagesOf, type Replacement } from './corpus-pages.ts';
import { hashOf } from './document-hash.ts';
import { embedMissing, embedRows } from './embed-missing.ts';
import { readManifest } from './index-files.ts';
import { comparedWith, indexLag } from './index-lag.ts';
import { createIndexWriter } from './index-writer.ts';
import { DamagedIndexError, embeddedLayout, type IndexMetric, type Manifest, spaceOf } from './manifest.ts';
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

/**
 * Has the index follow what was changed in place: by vectors alone where a search can take the rest from the store, else
 * by making it again. Without an embedder that is left for later.
 */
export async function indexChanges(
  options: IndexerOptions & { readonly embedder?: Embedder | undefined },
): Promise<void> {
  const { store, embedder, directory, recipe, signal } = options;
  await dropSample(store, signal);
  if (!embedder || (await store.count()) === 0) return;
  const manifest = await manifestOf(directory);
  const serves = manifest && comparedWith(manifest, embedder.identity, recipe) === 'same';
  if (!serves || (await indexLag(store, manifest)) === 'large') return updateIndex({ ...options, embedder });
  await embedChanges({ ...options, embedder });
}

/** Embeds what has changed since the index was made, so that whoever searches it can take that in. */
export async function embedChanges(options: IndexerOptions & { readonly embedder: Embedder }): Promise<void> {
  const manifest = await manifestOf(options.directory);
  if (!manifest || comparedWith(manifest, options.embedder.identity, options.recipe) !== 'same') return;
  const { rows } = await options.store.changesSince(manifest.corpusVersion);
  await embedRows(rows, options);
}

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

type WrittenIndex = {
  readonly outcome: 'written' | 'published' | 'stale';
  readonly version: number;
  readonly space: number;
  /** The documents that are in it. */
  readonly hashes: ReadonlySet<string>;
};

/**
 * Writes the index of all rows that can be found from the vectors in the store. Rows that change meanwhile are in it as
 * they were, as they are, or not at all: whoever opens it takes them in, for the version that it names is the one before.
 *
 * @returns as `outcome` `written`; `stale` when vectors are missing or more changed than rows, so that it has to be written
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
      const known = await withVectors(page, { store, space, versionBefore });
      if (!known) return ending('stale');
      for (const hash of known.hashes) hashes.add(hash);
      await writer.add(known.rows, known.vectors);
    }
    await writer.seal();
    if (replacement && (await store.version()) !== versionBefore) return ending('stale');
    if (!(await store.changesSince(versionBefore)).complete) return ending('stale');
    await replacement?.run.publish();
    await writer.commit({ corpusVersion: version });
    // Looked at after that, so that of two writers the one that read the older corpus is the one that goes on.
    if (!(await store.changesSince(version)).complete) return ending(replacement ? 'published' : 'stale');
    await store.forgetChanges(version);
    return ending('written');
  } finally {
    await writer.discard();
  }
}

/** A page without the rows that changed so lately that nobody has embedded them; undefined when others are missing. */
async function withVectors(
  page: readonly Comment[],
  { store, space, versionBefore }: { store: CommentStore; space: number; versionBefore: number },
): Promise<{ rows: number[]; hashes: string[]; vectors: Float32Array } | undefined> {
  const hashes = page.map(hashOf);
  const rows = page.map(({ row }) => row);
  const vectors = await store.vectors(space, hashes);
  if (vectors) return { rows, hashes, vectors };
  const missing = new Set(await store.withoutVector(space, hashes));
  const changed = new Set((await store.changesSince(versionBefore)).rows);
  const isKnown = (place: number) => !missing.has(hashes[place] as string);
  if (rows.some((row, place) => !isKnown(place) && !changed.has(row))) return undefined;
  const knownHashes = hashes.filter((_, place) => isKnown(place));
  const known = await store.vectors(space, knownHashes);
  return known && { rows: rows.filter((_, place) => isKnown(place)), hashes: knownHashes, vectors: known };
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
