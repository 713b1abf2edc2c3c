import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSource } from '../corpus/open-source.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { connectEmbedder } from '../embedding/worker-embedder.ts';
import { createHub, type HubOptions } from '../hub/http-hub.ts';
import type { LogFields, Logger, LogLevel } from '../log.ts';
import type { Progress } from '../progress.ts';
import { type HandlerContext, serve } from '../worker/channel.ts';
import { indexSource, updateIndex } from './indexer.ts';

/** What `upkeep.ts` starts this thread with. */
export type IndexWorkerData = {
  readonly storeFile: string;
  readonly directory: string;
  readonly hub: Omit<HubOptions, 'log'>;
  /** Takes what this thread reports. */
  readonly reports: MessagePort;
};

export type IndexReport =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields };

/**
 * Indexing for a running bot: parsing, SQLite and file writing are synchronous, so they have a thread of their own. It
 * embeds through the bot's one embedder, where questions go first.
 */
async function start(port: MessagePort, data: IndexWorkerData): Promise<void> {
  const report = (message: IndexReport) => data.reports.postMessage(message);
  const logAt =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      report({ kind: 'log', level, message, fields });
  const log: Logger = { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
  const hub = createHub({ ...data.hub, log });
  const store = await openSqliteStore(data.storeFile, { runName: 'the bot' });
  let embedder: Embedder | undefined;
  const options = (signal: AbortSignal) => ({
    store,
    directory: data.directory,
    log,
    signal,
    onProgress: (progress: Progress) => report({ kind: 'progress', progress }),
    onWait: (owner: string) => log.info(`waiting for ${owner}, which writes this source`),
  });

  const running = new Set<Promise<unknown>>();
  const tracked = async <Result>(work: Promise<Result>): Promise<Result> => {
    running.add(work);
    return work.finally(() => running.delete(work));
  };

  serve(port, {
    /** Reads a source and publishes its rows; vectors come with `update`. */
    load: ({ spec }: { spec: string }, { signal }: HandlerContext) =>
      tracked(indexSource(openSource(spec, { hub, stagingDir: data.directory }), options(signal))),
    async embedder(embedderPort: MessagePort) {
      await embedder?.close();
      embedder = await connectEmbedder(embedderPort);
    },
    async update(_argument: undefined, { signal }: HandlerContext) {
      if (!embedder) throw new Error('the index worker has no embedder');
      await tracked(updateIndex({ ...options(signal), embedder }));
    },
    /** Once what runs has come to its end, which the caller has asked for. */
    async close() {
      await Promise.allSettled(running);
      await embedder?.close();
      await store.close();
    },
  });
}

if (parentPort) await start(parentPort, workerData as IndexWorkerData);
