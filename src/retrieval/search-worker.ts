import { parentPort, workerData } from 'node:worker_threads';
import { type HandlerContext, serve } from '../worker/channel.ts';
import { DamagedIndexError } from './manifest.ts';
import { type OpenedSearcher, openSearcher } from './open-searcher.ts';
import type { CaughtUp, OpenedSearch, SearchOptions } from './search.ts';
import { type SearchRequest, scoreComments, searchComments } from './searcher.ts';
import { type TitleTrial, tryTitle } from './try-title.ts';

/** Serves one index for all its life, and what has changed in the store since that was made. */
function start(port: NonNullable<typeof parentPort>, options: SearchOptions): void {
  let opened: OpenedSearcher | undefined;
  const current = (): OpenedSearcher => {
    if (!opened) throw new Error('the search worker was not opened');
    return opened;
  };
  /** The searcher, once it knows what the store does. */
  const caughtUp = async () => {
    const { searcher, catching } = current();
    await catching.catchUp();
    return searcher;
  };
  const state = async () => {
    const { searcher, catching } = current();
    return { rows: await searcher.store.count(), indexed: searcher.vectors?.size, corpusVersion: catching.version };
  };

  serve(port, {
    async open(): Promise<OpenedSearch> {
      try {
        opened = await openSearcher(options);
      } catch (error) {
        if (error instanceof DamagedIndexError) return { damage: error.message };
        throw error;
      }
      return { manifest: opened.manifest, loadedAt: new Date().toISOString(), ...(await state()) };
    },
    async keywordsReady() {
      await current().catching.words;
    },
    async catchUp(): Promise<CaughtUp> {
      return { complete: await current().catching.catchUp(), ...(await state()) };
    },
    search: async (request: SearchRequest, { signal }: HandlerContext) =>
      searchComments(await caughtUp(), request, signal),
    comments: ({ keys, sources }: { readonly keys: readonly string[]; readonly sources?: readonly string[] }) =>
      current().searcher.store.byKey(keys, sources),
    scores: async ({ vector, keys }: { readonly vector: Float32Array; readonly keys: readonly string[] }) =>
      scoreComments(await caughtUp(), vector, keys),
    tryTitle: async (trial: TitleTrial, { signal }: HandlerContext) => tryTitle(await caughtUp(), trial, signal),
    close: () => opened?.close(),
  });
}

if (parentPort) start(parentPort, workerData as SearchOptions);
