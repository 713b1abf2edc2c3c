import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, readConfig } from '../config.ts';
import { repositoryOf } from '../corpus/github.ts';
import { openSource, sourceName } from '../corpus/open-source.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { STORE_FILE } from '../data-files.ts';
import { OperatorError } from '../errors.ts';
import { createHub } from '../hub/http-hub.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter } from '../progress.ts';
import { type IndexerOptions, indexChanges, indexSource, removeSource } from '../retrieval/indexer.ts';
import type { IndexMetric } from '../retrieval/manifest.ts';
import { openFollower } from './open-follower.ts';
import { openIndexEmbedder } from './open-index-embedder.ts';

/**
 * `npm run index -- [--from SOURCE]… [--metric ip|l2]` replaces the rows of the named sources (else of those in
 * SOURCES, else of the default one); `--remove SOURCE` drops one.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string', multiple: true, default: [] },
      remove: { type: 'string', multiple: true, default: [] },
      metric: { type: 'string' },
    },
  });
  const metric = readMetric(values.metric);
  const config = readConfig();
  const log = createLogger({ ...config.log, secrets: config.secrets });
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () =>
      stopping.abort(new OperatorError('Stopped; what is done is kept, and the next run goes on from there.')),
    );
  }
  const store = await openSqliteStore(path.join(config.dataDir, STORE_FILE), {
    runName: 'npm run index',
    excludeAuthors: config.excludeAuthors,
  });
  const reporter = createProgressReporter();
  const options: IndexerOptions = {
    store,
    directory: config.dataDir,
    recipe: config.recipe,
    log,
    allowedPrivate: [...config.privateSources.keys()],
    signal: stopping.signal,
    onProgress: reporter.report,
    onWait: (owner) => log.info(`waiting for ${owner}, which writes this source`),
  };
  try {
    await store.removeAuthors(config.excludeAuthors);
    for (const spec of values.remove) await remove(spec, options);
    if (values.remove.length > 0 && values.from.length === 0) return 0;
    return await index(sourcesOf(values.from, config), config, metric, options);
  } finally {
    reporter.close();
    await store.close();
  }
}

async function index(
  specs: readonly string[],
  config: Config,
  metric: IndexMetric | undefined,
  options: IndexerOptions,
): Promise<number> {
  const hub = createHub({ ...config.hub, log: options.log });
  const follower = openFollower(config, options);
  const [repositories, others] = [true, false].map((wanted) =>
    specs.map((spec) => sourceName(spec)).filter((spec) => (repositoryOf(spec) !== undefined) === wanted),
  ) as [string[], string[]];
  // Opened first: a source that is not there should not cost a model download.
  const sources = others.map((spec) => openSource(spec, { hub, stagingDir: config.dataDir }));
  for (const source of sources) await source.fingerprint(options.signal);
  const embedder = await openIndexEmbedder(config, options, hub);
  try {
    for (const source of sources) await indexSource(source, { ...options, embedder, metric });
    // What changed there is read; nothing is replaced.
    for (const spec of repositories) await follower.sync(spec, options);
    if (repositories.length > 0) await indexChanges({ ...options, embedder });
  } finally {
    await embedder?.close();
  }
  if (embedder) options.log.info(`the index is made: ${embedder.identity.model} on ${embedder.device}`);
  return 0;
}

async function remove(spec: string, options: IndexerOptions): Promise<void> {
  const name = sourceName(spec);
  const known = (await options.store.sources()).map((source) => source.spec);
  if (!known.includes(name)) {
    throw new OperatorError(
      `${name} is not indexed, so there is nothing to remove. Indexed: ${known.join(', ') || 'nothing'}.`,
    );
  }
  const removed = await removeSource(name, options);
  options.log.info(`${name}: ${removed.toLocaleString('en-US')} comments removed`);
}

function sourcesOf(named: readonly string[], config: Config): readonly string[] {
  if (named.length > 0) return named;
  return config.sources.length > 0 ? config.sources : [config.defaultSource];
}

function readMetric(text: string | undefined): IndexMetric | undefined {
  if (text === undefined || text === 'ip' || text === 'l2') return text;
  throw new OperatorError(`--metric is ${JSON.stringify(text)}: expected ip (inner product) or l2 (squared distance).`);
}
