import path from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { repositoryOf } from '../corpus/github.ts';
import { openSource, sourceName } from '../corpus/open-source.ts';
import { shortName } from '../corpus/short-name.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { STORE_FILE } from '../data-files.ts';
import { describeError, OperatorError } from '../errors.ts';
import { followSettings } from '../follow-settings.ts';
import { createHub } from '../hub/http-hub.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter } from '../progress.ts';
import { type IndexerOptions, indexChanges, indexSource, removeSource } from '../retrieval/indexer.ts';
import type { IndexMetric } from '../retrieval/manifest.ts';
import { openFollower } from './open-follower.ts';
import { openIndexEmbedder } from './open-index-embedder.ts';
import { readArguments } from './read-arguments.ts';

const USAGE = 'npm run index -- [--from SOURCE]… [--metric ip|l2] [--keep-bots] [--remove SOURCE]…';

/**
 * `npm run index -- [--from SOURCE]… [--metric ip|l2] [--keep-bots]` replaces the rows of the named sources (else of those in
 * SOURCES, else of the default one); `--remove SOURCE` drops one.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, USAGE, {
    options: {
      from: { type: 'string', multiple: true, default: [] },
      remove: { type: 'string', multiple: true, default: [] },
      metric: { type: 'string' },
      'keep-bots': { type: 'boolean' },
    },
  });
  const metric = readMetric(values.metric);
  const config = readConfig();
  const follow = followSettings(config, { keepBots: values['keep-bots'] });
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
    allowedPrivate: follow.rules.allowedPrivate,
    dropBots: follow.rules.dropBots,
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
  const follower = openFollower(config, options, { keepBots: !options.dropBots });
  const [repositories, others] = [true, false].map((wanted) =>
    specs.map((spec) => sourceName(spec)).filter((spec) => (repositoryOf(spec) !== undefined) === wanted),
  ) as [string[], string[]];
  const tries = createTries(specs.length, options);
  // Opened first: a source that is not there should not cost a model download.
  const opened = others.map((spec) => openSource(spec, { hub, stagingDir: config.dataDir }));
  const sources = await tries.each(opened, (source) => source.fingerprint(options.signal));
  tries.throwIfNoneIsLeft();
  const embedder = await openIndexEmbedder(config, options, hub);
  try {
    await tries.each(sources, (source) => indexSource(source, { ...options, embedder, metric }));
    // What changed there is read; nothing is replaced.
    await tries.each(repositories, (spec) => follower.sync(spec, options));
    if (repositories.length > 0) await indexChanges({ ...options, embedder });
  } finally {
    await embedder?.close();
  }
  if (embedder) options.log.info(`the index is made: ${embedder.identity.model} on ${embedder.device}`);
  tries.throwIfAnyFailed();
  return 0;
}

/** Of several sources one that fails does not stop the others, and is said at once and in the end. */
function createTries(count: number, { log, signal }: IndexerOptions) {
  const failures: unknown[] = [];
  return {
    /** @returns those that went well */
    async each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<readonly Item[]> {
      const done: Item[] = [];
      for (const item of items) {
        try {
          await work(item);
          done.push(item);
        } catch (error) {
          if (count === 1 || signal?.aborted || !(error instanceof OperatorError)) throw error;
          failures.push(error);
          log.error(describeError(error));
        }
      }
      return done;
    },
    throwIfNoneIsLeft() {
      if (failures.length === count) throw new OperatorError('None of the sources could be read; nothing was changed.');
    },
    throwIfAnyFailed() {
      if (failures.length === 0) return;
      throw new OperatorError(
        `${failures.length} of ${count} sources could not be indexed, as said above; the others are.`,
      );
    },
  };
}

async function remove(spec: string, options: IndexerOptions): Promise<void> {
  const known = (await options.store.sources()).map((source) => source.spec);
  const [name, ...more] = namedBy(spec, known);
  if (name === undefined) {
    throw new OperatorError(
      `${spec} is not indexed, so there is nothing to remove. Indexed: ${known.join(', ') || 'nothing'}.`,
    );
  }
  if (more.length > 0) {
    throw new OperatorError(`${spec} may be ${[name, ...more].join(' or ')}: name the one by its whole path.`);
  }
  const removed = await removeSource(name, options);
  options.log.info(`${name}: ${removed.toLocaleString('en-US')} comments removed`);
}

/** By the path under which it was indexed, else by the name that `npm run sources` shows. */
function namedBy(spec: string, known: readonly string[]): readonly string[] {
  const given = spec.trim();
  const whole = known.filter((name) => name === given || name === resolved(given));
  return whole.length > 0 ? whole : known.filter((name) => shortName(name) === given);
}

function resolved(given: string): string | undefined {
  try {
    return sourceName(given);
  } catch {
    return undefined;
  }
}

function sourcesOf(named: readonly string[], config: Config): readonly string[] {
  if (named.length > 0) return named;
  return config.sources.length > 0 ? config.sources : [config.defaultSource];
}

function readMetric(text: string | undefined): IndexMetric | undefined {
  if (text === undefined || text === 'ip' || text === 'l2') return text;
  throw new OperatorError(`--metric is ${JSON.stringify(text)}: expected ip (inner product) or l2 (squared distance).`);
}
