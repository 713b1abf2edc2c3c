import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import type { CommentStore } from '../corpus/store.ts';
import { type HandlerContext, serve } from '../worker/channel.ts';
import { buildKeywords } from './build-keywords.ts';
import { openFaissIndex } from './faiss-index.ts';
import { type IndexFiles, loadIndex, readVectors } from './index-files.ts';
import { DamagedIndexError, type Manifest } from './manifest.ts';
import { recipeOf } from './recipes.ts';
import { createRowFilters } from './row-filters.ts';
import { createScanIndex } from './scan-index.ts';
import type { OpenedSearch, SearchOptions } from './search.ts';
import { type Searcher, type SearchRequest, scoreComments, searchComments } from './searcher.ts';
import type { VectorIndex } from './vector-index.ts';

type OpenedIndex = { readonly manifest: Manifest; readonly rows: Uint32Array; readonly vectors: VectorIndex };

const ROWS_TRIED = 16;

/** FAISS, SQLite and keyword search are synchronous: this is their thread. It serves one index for all its life. */
function start(port: NonNullable<typeof parentPort>, options: SearchOptions): void {
  const building = new AbortController();
  let opened: Searcher | undefined;
  const searcher = () => {
    if (!opened) throw new Error('the search worker was not opened');
    return opened;
  };

  const openIndex = async (files: IndexFiles): Promise<OpenedIndex> => {
    const { rows, manifest, vectorsFile } = files;
    const { dimensions, metric } = manifest;
    const vectors =
      options.vectorIndex === 'faiss'
        ? await openFaissIndex({ file: vectorsFile, dimensions, metric, rows })
        : createScanIndex({ dimensions, metric, rows, vectors: await readVectors(files) });
    return { manifest, rows, vectors };
  };

  serve(port, {
    async open(): Promise<OpenedSearch> {
      const store = await openSqliteStore(options.storeFile);
      try {
        const corpusVersion = await store.version();
        const loaded = options.useVectors ? await loadIndex(options.directory, openIndex) : undefined;
        const index = loaded && (await knowsTheCorpus(loaded.rows, store)) ? loaded : undefined;
        const keywords = buildKeywords(store, building.signal);
        // Whoever asks for words learns of a failure; until then it is nobody's.
        keywords.catch(() => {});
        const recipe = recipeOf(index?.manifest.recipe ?? options.recipe);
        opened = {
          store,
          vectors: index?.vectors,
          keywords,
          filters: createRowFilters(store),
          recipe,
          meaningWeight: recipe.meaningWeight(index?.manifest.model ?? ''),
        };
        const rows = await store.count();
        return { manifest: index?.manifest, rows, corpusVersion, loadedAt: new Date().toISOString() };
      } catch (error) {
        await store.close();
        if (error instanceof DamagedIndexError) return { damage: error.message };
        throw error;
      }
    },
    async keywordsReady() {
      await searcher().keywords;
    },
    search: (request: SearchRequest, { signal }: HandlerContext) => searchComments(searcher(), request, signal),
    comments: ({ keys, sources }: { readonly keys: readonly string[]; readonly sources?: readonly string[] }) =>
      searcher().store.byKey(keys, sources),
    scores: ({ vector, keys }: { readonly vector: Float32Array; readonly keys: readonly string[] }) =>
      scoreComments(searcher(), vector, keys),
    async close() {
      building.abort();
      if (!opened) return;
      const { store, vectors, keywords } = opened;
      await keywords.catch(() => {});
      vectors?.close();
      await store.close();
    },
  });
}

/** False when the comments of the index seem to have left, all of them: it would find nothing. Looks at a few. */
async function knowsTheCorpus(rows: Uint32Array, store: CommentStore): Promise<boolean> {
  if (rows.length === 0) return (await store.count()) === 0;
  const spread = Array.from({ length: ROWS_TRIED }, (_, part) => Math.floor((part * rows.length) / ROWS_TRIED));
  const found = await store.byRow([...new Set(spread)].map((place) => rows[place] as number));
  return found.some((comment) => comment !== undefined);
}

if (parentPort) start(parentPort, workerData as SearchOptions);
