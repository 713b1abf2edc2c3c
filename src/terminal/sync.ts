import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { repositoryOf } from '../corpus/github.ts';
import { sourceName } from '../corpus/open-source.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import type { CommentStore } from '../corpus/store.ts';
import type { SyncReport } from '../corpus/sync.ts';
import { STORE_FILE } from '../data-files.ts';
import { describeError, OperatorError } from '../errors.ts';
import type { FollowChoices } from '../follow-settings.ts';
import { createHub } from '../hub/http-hub.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter } from '../progress.ts';
import { type IndexerOptions, indexChanges } from '../retrieval/indexer.ts';
import { openFollower } from './open-follower.ts';
import { openIndexEmbedder } from './open-index-embedder.ts';
import { readArguments } from './read-arguments.ts';

const USAGE = 'npm run sync -- [github:OWNER/REPO]… [--sweep] [--discussions] [--keep-bots]';

/**
 * `npm run sync -- [github:OWNER/REPO…] [--sweep] [--discussions] [--keep-bots]` reads what changed in these repositories, else in all
 * that are followed; everything the first time, and with `--sweep`.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, USAGE, {
    allowPositionals: true,
    options: {
      sweep: { type: 'boolean', default: false },
      discussions: { type: 'boolean' },
      'keep-bots': { type: 'boolean' },
    },
  });
  const config = readConfig();
  const log = createLogger({ ...config.log, secrets: config.secrets });
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () =>
      stopping.abort(new OperatorError('Stopped; what is done is kept, and the next sync goes on from there.')),
    );
  }
  await mkdir(config.dataDir, { recursive: true });
  const store = await openSqliteStore(path.join(config.dataDir, STORE_FILE), {
    runName: 'npm run sync',
    excludeAuthors: config.excludeAuthors,
  });
  const reporter = createProgressReporter();
  const options: IndexerOptions = {
    store,
    directory: config.dataDir,
    recipe: config.recipe,
    log,
    signal: stopping.signal,
    onProgress: reporter.report,
    onWait: (owner) => log.info(`waiting for ${owner}, which writes this source`),
  };
  try {
    await store.removeAuthors(config.excludeAuthors);
    const specs = await repositoriesOf(positionals, config, store);
    return await sync(specs, config, options, {
      sweepNow: values.sweep,
      keepBots: values['keep-bots'],
      discussions: values.discussions,
    });
  } finally {
    reporter.close();
    await store.close();
  }
}

/** One repository that fails keeps the others from nothing. */
async function sync(
  specs: readonly string[],
  config: Config,
  options: IndexerOptions,
  { sweepNow, ...choices }: FollowChoices & { readonly sweepNow: boolean },
): Promise<number> {
  const { log, signal } = options;
  const follower = openFollower(config, options, choices);
  let failed = 0;
  for (const spec of specs) {
    try {
      // Before the first page there is no progress to show, and tries that fail take a quarter of a minute.
      log.info(`${spec}: asking GitHub what changed`);
      log.info(`${spec}: ${describeReport(await follower.sync(spec, { ...options, sweepNow }))}`);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof OperatorError)) throw error;
      log.error(describeError(error));
      failed++;
    }
  }
  const embedder = await openIndexEmbedder(config, options, createHub({ ...config.hub, log }));
  try {
    await indexChanges({ ...options, embedder });
  } finally {
    await embedder?.close();
  }
  return failed > 0 ? 1 : 0;
}

async function repositoriesOf(
  named: readonly string[],
  config: Config,
  store: CommentStore,
): Promise<readonly string[]> {
  const known = [...config.sources, ...(await store.sources()).map(({ spec }) => spec)];
  const specs = named.length > 0 ? named.map((spec) => sourceName(spec)) : known.filter(isRepository);
  const other = specs.find((spec) => !isRepository(spec));
  if (other)
    throw new OperatorError(`${other} is not followed: expected github:OWNER/REPO. To read it once: npm run index`);
  if (specs.length === 0)
    throw new OperatorError('Nothing is followed yet. Name a repository: npm run sync -- github:OWNER/REPO');
  return [...new Set(specs)];
}

function isRepository(spec: string): boolean {
  return repositoryOf(spec) !== undefined;
}

function describeReport({ added, changed, removed, swept }: SyncReport): string {
  if (added + changed + removed === 0 && !swept) return 'nothing changed';
  const counts = `${added} ${added === 1 ? 'comment' : 'comments'} added, ${changed} changed, ${removed} removed`;
  return swept ? `${counts}; everything was read` : counts;
}
