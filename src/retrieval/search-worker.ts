import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { type HandlerContext, serve } from '../worker/channel.ts';
import { buildKeywords } from './build-keywords.ts';
import { openFaissIndex } from './faiss-index.ts';
import { type IndexFiles, loadIndex, readVectors } from './index-files.ts';
import { DamagedIndexError, type Manifest } from './manifest.ts';
import { createScanIndex } from './scan-index.ts';
import type { OpenedSearch, SearchOptions } from './search.ts';
import { type Searcher, type SearchRequest, searchComments } from './searcher.ts';
import type { VectorIndex } from './vector-index.ts';

/** FAISS, SQLite and keyword search are synchronous: this is their thread. It serves one index for all its life. */
function start(port: NonNullable<typeof parentPort>, options: SearchOptions): void {
  const building = new AbortController();
  let opened: Searcher | undefined;
  const searcher = () => {
    if (!opened) throw new Error('the search worker was not opened');
    return opened;
  };

  const openIndex = async (files: IndexFiles): Promise<{ manifest: Manifest; vectors: VectorIndex }> => {
    const { rows, manifest, vectorsFile } = files;
    const { dimensions, metric } = manifest;
    const vectors =
      options.vectorIndex === 'faiss'
        ? await openFaissIndex({ file: vectorsFile, dimensions, metric, rows })
        : createScanIndex({ dimensions, metric, rows, vectors: await readVectors(files) });
    return { manifest, vectors };
  };

  serve(port, {
    async open(): Promise<OpenedSearch> {
      const store = await openSqliteStore(options.storeFile);
      try {
        const corpusVersion = await store.version();
        const index = options.useVectors ? await loadIndex(options.directory, openIndex) : undefined;
        const keywords = buildKeywords(store, building.signal);
        // Whoever asks for words learns of a failure; until then it is nobody's.
        keywords.catch(() => {});
        opened = { store, vectors: index?.vectors, keywords };
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
    comments: (keys: readonly string[]) => searcher().store.byKey(keys),
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

if (parentPort) start(parentPort, workerData as SearchOptions);
