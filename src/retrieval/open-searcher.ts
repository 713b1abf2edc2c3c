import { openSqliteStore } from '../corpus/sqlite-store.ts';
import type { CommentStore } from '../corpus/store.ts';
import { buildKeywords } from './build-keywords.ts';
import { type CatchingUp, createCatchingUp } from './catching-up.ts';
import { type ChangingVectors, createChangingVectors } from './changing-vectors.ts';
import { loadFaissPiles, openFaissIndex } from './faiss-index.ts';
import { type IndexFiles, loadIndex, readVectors } from './index-files.ts';
import { embeddedLayout, type Manifest, spaceOf } from './manifest.ts';
import { recipeOf } from './recipes.ts';
import { createRowFilters } from './row-filters.ts';
import { createScanIndex, createScanPile } from './scan-index.ts';
import type { SearchOptions } from './search.ts';
import type { Searcher } from './searcher.ts';

export type OpenedSearcher = {
  readonly searcher: Searcher;
  readonly catching: CatchingUp;
  /** Of the index that is searched by vector; undefined: there is none. */
  readonly manifest: Manifest | undefined;
  close(): Promise<void>;
};

const ROWS_TRIED = 16;

/**
 * Opens the corpus and its index, with what has changed since that was made. FAISS, SQLite and keyword search are
 * synchronous, so this belongs in a worker.
 *
 * @throws DamagedIndexError when the index on disk is damaged
 */
export async function openSearcher(options: SearchOptions): Promise<OpenedSearcher> {
  const building = new AbortController();
  const store = await openSqliteStore(options.storeFile);
  try {
    const loaded = options.useVectors
      ? await loadIndex(options.directory, (files) => openVectors(files, options.vectorIndex))
      : undefined;
    const index = loaded && (await knowsTheCorpus(loaded.rows, store)) ? loaded : undefined;
    const { manifest, vectors } = index ?? {};
    const catching = await createCatchingUp({
      store,
      vectors: index && {
        index: index.vectors,
        space: await store.space(spaceOf(index.manifest, embeddedLayout(index.manifest))),
        corpusVersion: index.manifest.corpusVersion,
      },
      buildWords: () => buildKeywords(store, building.signal),
    });
    const recipe = recipeOf(manifest?.recipe ?? options.recipe);
    const searcher: Searcher = {
      store,
      vectors,
      keywords: catching.words,
      filters: createRowFilters(store),
      lags: async () => !catching.whole || (await store.version()) !== catching.version,
      recipe,
      meaningWeight: recipe.meaningWeight(manifest?.model ?? ''),
    };
    return {
      searcher,
      catching,
      manifest,
      async close() {
        building.abort();
        await catching.words.catch(() => {});
        vectors?.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

type OpenedIndex = { readonly manifest: Manifest; readonly rows: Uint32Array; readonly vectors: ChangingVectors };

async function openVectors(files: IndexFiles, kind: SearchOptions['vectorIndex']): Promise<OpenedIndex> {
  const { rows, manifest, vectorsFile } = files;
  const { dimensions, metric } = manifest;
  const vectors =
    kind === 'faiss'
      ? createChangingVectors(
          await openFaissIndex({ file: vectorsFile, dimensions, metric, rows }),
          await loadFaissPiles({ dimensions, metric }),
        )
      : createChangingVectors(createScanIndex({ dimensions, metric, rows, vectors: await readVectors(files) }), () =>
          createScanPile(metric),
        );
  return { manifest, rows, vectors };
}

/** False when the comments of the index seem to have left, all of them: it would find nothing. Looks at a few. */
async function knowsTheCorpus(rows: Uint32Array, store: CommentStore): Promise<boolean> {
  if (rows.length === 0) return (await store.count()) === 0;
  const spread = Array.from({ length: ROWS_TRIED }, (_, part) => Math.floor((part * rows.length) / ROWS_TRIED));
  const found = await store.byRow([...new Set(spread)].map((place) => rows[place] as number));
  return found.some((comment) => comment !== undefined);
}
