import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createFollower } from '../corpus/follower.ts';
import { openSource } from '../corpus/open-source.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import type { SyncRules } from '../corpus/sync.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { connectEmbedder } from '../embedding/worker-embedder.ts';
import { createGithub, type GithubOptions } from '../github/client.ts';
import type { Delivery } from '../github/webhooks.ts';
import { createHub, type HubOptions } from '../hub/http-hub.ts';
import type { LogFields, Logger, LogLevel } from '../log.ts';
import type { Progress } from '../progress.ts';
import { type HandlerContext, serve } from '../worker/channel.ts';
import { askedTitles } from './asked-titles.ts';
import { dropSample, embedChanges, indexSource, updateIndex } from './indexer.ts';
import type { RecipeName } from './recipes.ts';

/** What `upkeep.ts` starts this thread with. */
export type IndexWorkerData = {
  readonly storeFile: string;
  readonly directory: string;
  readonly recipe: RecipeName;
  readonly hub: Omit<HubOptions, 'log'>;
  readonly follow: FollowSettings;
  /** Takes what this thread reports. */
  readonly reports: MessagePort;
};

/** How repositories are followed. */
export type FollowSettings = {
  readonly github: Omit<GithubOptions, 'log'>;
  readonly rules: SyncRules;
  readonly excludeAuthors: readonly string[];
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
  const store = await openSqliteStore(data.storeFile, {
    runName: 'the bot',
    excludeAuthors: data.follow.excludeAuthors,
  });
  const { github, rules } = data.follow;
  const follower = createFollower({ store, github: createGithub({ ...github, log }), rules, log });
  let embedder: Embedder | undefined;
  const options = (signal: AbortSignal) => ({
    store,
    directory: data.directory,
    recipe: data.recipe,
    log,
    allowedPrivate: rules.allowedPrivate,
    dropBots: rules.dropBots,
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
    /** Brings a repository's rows up to date. */
    async sync({ spec }: { spec: string }, { signal }: HandlerContext) {
      const { onProgress, onWait } = options(signal);
      const { added, changed, removed, swept } = await tracked(follower.sync(spec, { signal, onProgress, onWait }));
      if (swept || added + changed + removed > 0) {
        log.info(`${spec}: ${added} added, ${changed} changed, ${removed} removed`);
      }
      await dropSample(store, signal);
    },
    /** Reads what changed in a repository, beside a sync. */
    look: ({ spec }: { spec: string }, { signal }: HandlerContext) => tracked(follower.look(spec, { signal })),
    /** Applies a webhook; tells which sources a sync has to look at for the rest. */
    event: ({ delivery, specs }: { delivery: Delivery; specs: readonly string[] }) =>
      tracked(follower.take(delivery, specs)),
    async embedder(embedderPort: MessagePort) {
      await embedder?.close();
      embedder = await connectEmbedder(embedderPort);
    },
    async embed(_argument: undefined, { signal }: HandlerContext) {
      if (!embedder) throw new Error('the index worker has no embedder');
      await tracked(embedChanges({ ...options(signal), embedder }));
    },
    async update(_argument: undefined, { signal }: HandlerContext) {
      if (!embedder) throw new Error('the index worker has no embedder');
      await tracked(updateIndex({ ...options(signal), embedder }));
    },
    /** Titles to be asked, for measuring how sure hits are. */
    titles: ({ most }: { most: number }, { signal }: HandlerContext) => tracked(askedTitles(store, { most, signal })),
    /** Once what runs has come to its end, which the caller has asked for. */
    async close() {
      await Promise.allSettled(running);
      await embedder?.close();
      await store.close();
    },
  });
}

if (parentPort) await start(parentPort, workerData as IndexWorkerData);
