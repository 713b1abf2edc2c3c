import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_SOURCE } from '../corpus/source.ts';
import type { CommentStore } from '../corpus/store.ts';
import type { ModelOpener, ModelRequest, PortableEmbedder } from '../embedding/open-model.ts';
import { describeError, isAbort } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type OnProgress, type Progress, percent } from '../progress.ts';
import { channel, connect, type Remote, startWorker } from '../worker/channel.ts';
import { discardIndex, indexStamp, readManifest } from './index-files.ts';
import type { IndexWorkerData } from './index-worker.ts';
import { compareIdentity, DamagedIndexError, type Manifest } from './manifest.ts';
import type { RetrieverControls, Serving } from './retriever.ts';
import { type Search, type SearchOptions, startSearch } from './search.ts';
import { serially } from './serially.ts';

/** Gets corpus, model and index ready for a running bot, and keeps them so. */
export interface Upkeep {
  /** Resolves once questions are answered in some way; everything else goes on in the background. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export type UpkeepOptions = {
  readonly retriever: RetrieverControls;
  readonly store: CommentStore;
  readonly storeFile: string;
  /** Where the index files lie. */
  readonly directory: string;
  readonly vectorIndex: SearchOptions['vectorIndex'];
  readonly model: ModelRequest;
  readonly openModel: ModelOpener;
  /** Named by the operator; empty: `defaultSource`, while the corpus is empty. */
  readonly sources: readonly string[];
  readonly defaultSource: string;
  readonly worker: Pick<IndexWorkerData, 'hub' | 'log'>;
  readonly log: Logger;
  readonly onProgress?: OnProgress | undefined;
  /** How often another process's changes are looked for. */
  readonly pollMs?: number;
  /** How long a first source may take before the sample corpus stands in for it. */
  readonly sampleAfterMs?: number;
  /** Waits between tries of what failed; the last one repeats. */
  readonly retryMs?: readonly number[];
};

const MINUTE_MS = 60_000;

export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { retriever, store, directory, log } = options;
  const { pollMs = 1000, sampleAfterMs = 10_000, retryMs = [5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS] } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Those open, the configured model's first; another one only while an older index needs it. */
  const embedders: PortableEmbedder[] = [];
  let wanted: PortableEmbedder | undefined;
  let keywordReason = 'the model is being made ready';
  let indexWorker: Remote | undefined;
  let stamp = '';
  /** The index whose other precision is in the log already. */
  let notedPrecision = '';
  const background: Promise<void>[] = [];
  const reload = serially(reloadNow);
  const makeIndex = serially(makeIndexNow);

  return {
    async start() {
      const manifest = await manifestOrNone();
      const onDisk = await openQuietly(options.model);
      const older = manifest && !(onDisk && serves(manifest, onDisk)) ? await openQuietly(manifest) : undefined;
      if (older) {
        log.warn(`answering from the index of ${older.identity.model} until the one of ${options.model.model} is made`);
      }
      embedders.push(...[onDisk, older].filter((embedder) => embedder !== undefined));
      await reload();
      background.push(watch(), fillCorpus(), useModel(onDisk));
    },
    async close() {
      stopping.abort();
      await Promise.allSettled(background);
      await indexWorker?.close();
      await Promise.allSettled(embedders.map((embedder) => embedder.close()));
    },
  };

  /** Serves what is on disk now. */
  async function reloadNow(): Promise<void> {
    stamp = await currentStamp();
    const manifest = await manifestOrNone();
    const search = await openSearch(manifest && embedderFor(manifest) !== undefined);
    // Another process may have replaced the index since its manifest was read.
    const loaded = search.status.manifest;
    const embedder = loaded && embedderFor(loaded);
    const sources = await store.sources();
    const next: Serving = {
      search,
      embedder,
      keywordReason: () => keywordReason,
      sample: sources.some(({ spec, comments }) => spec === SAMPLE_SOURCE && comments > 0),
    };
    retriever.serve(next, (previous) => void previous.search.close());
    if (embedder && embedder === wanted) await closeOthers(embedder);
  }

  /** A damaged index file is made again from the store; until then keyword search answers. */
  async function openSearch(useVectors = false): Promise<Search> {
    const { storeFile, vectorIndex } = options;
    try {
      return await startSearch({ storeFile, directory, vectorIndex, useVectors });
    } catch (error) {
      await discardDamaged(error);
      return startSearch({ storeFile, directory, vectorIndex, useVectors: false });
    }
  }

  async function manifestOrNone(): Promise<Manifest | undefined> {
    try {
      return await readManifest(directory);
    } catch (error) {
      await discardDamaged(error);
      return undefined;
    }
  }

  /** Only damage is mended by making the index again; a newer format, say, must not be thrown away. */
  async function discardDamaged(error: unknown): Promise<void> {
    if (!(error instanceof DamagedIndexError)) throw error;
    log.error(`${error.message} It is made again from the store.`);
    await discardIndex(directory);
  }

  function embedderFor(manifest: Manifest): PortableEmbedder | undefined {
    return embedders.find((embedder) => serves(manifest, embedder));
  }

  function serves(manifest: Manifest, { identity }: PortableEmbedder): boolean {
    const verdict = compareIdentity(manifest, identity);
    if (verdict === 'other-precision' && notedPrecision !== manifest.createdAt) {
      notedPrecision = manifest.createdAt;
      log.info(`the index was made in ${manifest.precision}; questions are embedded in ${identity.precision}`);
    }
    return verdict === 'same' || verdict === 'other-precision';
  }

  async function closeOthers(keep: PortableEmbedder): Promise<void> {
    const others = embedders.filter((embedder) => embedder !== keep);
    embedders.splice(0, embedders.length, keep);
    await Promise.allSettled(others.map((embedder) => embedder.close()));
  }

  async function currentStamp(): Promise<string> {
    return `${await store.version()} ${await indexStamp(directory)}`;
  }

  /** Picks up what this process or another one changed. */
  async function watch(): Promise<void> {
    while (await waited(pollMs)) {
      try {
        if ((await currentStamp()) !== stamp) await reload();
        await makeIndex();
      } catch (error) {
        report('the index could not be picked up', error);
      }
    }
  }

  /** Brings the index up to date with the corpus and the configured model, unless another process is at it. */
  async function makeIndexNow(): Promise<void> {
    if (!wanted || (await isCurrent(wanted)) || (await store.count()) === 0) return;
    if ((await store.sources()).some(({ run }) => run?.alive)) return;
    await retrying('the index could not be made', async () => {
      keywordReason = 'the index by meaning is being made';
      await (await worker()).call('update', undefined, { signal });
    });
    retriever.progress(undefined);
    await reload();
  }

  async function isCurrent(embedder: PortableEmbedder): Promise<boolean> {
    const manifest = await manifestOrNone();
    return manifest !== undefined && manifest.corpusVersion === (await store.version()) && serves(manifest, embedder);
  }

  /** Indexes with the configured model, fetching it where it must. */
  async function useModel(onDisk: PortableEmbedder | undefined): Promise<void> {
    const embedder = onDisk ?? (await fetchedModel());
    if (!embedder) return;
    if (!embedders.includes(embedder)) embedders.unshift(embedder);
    const port = await embedder.port();
    await (await worker()).call('embedder', port, { signal, transfer: [port] });
    wanted = embedder;
    keywordReason = 'the index by meaning is being made';
    await reload();
    await makeIndex();
  }

  /** The model if it is on this machine whole; nothing is fetched and no failure is an end. */
  async function openQuietly(request: ModelRequest): Promise<PortableEmbedder | undefined> {
    try {
      return await options.openModel(request, { fetch: false, signal });
    } catch (error) {
      report(`the model ${request.model} cannot be used`, error);
      return undefined;
    }
  }

  async function fetchedModel(): Promise<PortableEmbedder | undefined> {
    const onProgress = (progress: Progress) => {
      keywordReason =
        progress.total === undefined
          ? 'the model is being fetched'
          : `the model is being fetched, ${percent(progress.done, progress.total)} %`;
      options.onProgress?.(progress);
    };
    keywordReason = 'the model is being fetched';
    return retrying(
      'the model could not be had',
      () => options.openModel(options.model, { fetch: true, signal, onProgress }),
      () => {
        keywordReason = 'the model could not be fetched yet';
      },
    );
  }

  /** Reads sources that have no rows yet; while there is nothing at all, the sample corpus stands in. */
  async function fillCorpus(): Promise<void> {
    const present = (await store.sources()).filter(({ spec, comments }) => comments > 0 && spec !== SAMPLE_SOURCE);
    const specs = options.sources.length > 0 ? options.sources : present.length > 0 ? [] : [options.defaultSource];
    const missing = specs.filter((spec) => !present.some((source) => source.spec === spec));
    if (missing.length === 0) return;
    const standIn = options.sources.length === 0 ? standInAfter(sampleAfterMs) : undefined;
    for (const spec of missing) {
      await retrying(
        `${spec} could not be read`,
        () => load(spec),
        () => standIn?.now(),
      );
    }
    standIn?.cancel();
  }

  async function load(spec: string): Promise<void> {
    try {
      await (await worker()).call('load', { spec }, { signal });
    } finally {
      retriever.progress(undefined);
    }
  }

  /** Loads the sample corpus after a while, or at once when told so, unless there are rows by then. */
  function standInAfter(delayMs: number): { now(): void; cancel(): void } {
    let over = false;
    const standIn = async () => {
      clearTimeout(timer);
      if (over || signal.aborted) return;
      over = true;
      try {
        if ((await store.count()) === 0) await load(SAMPLE_SOURCE);
      } catch (error) {
        report('the sample corpus could not be read', error);
      }
    };
    const timer = setTimeout(() => void standIn(), delayMs);
    return {
      now: () => void standIn(),
      cancel() {
        over = true;
        clearTimeout(timer);
      },
    };
  }

  async function worker(): Promise<Remote> {
    if (indexWorker) return indexWorker;
    const { near, far } = channel();
    near.on('message', (progress: Progress) => {
      retriever.progress(progress);
      options.onProgress?.(progress);
    });
    near.unref();
    const data: IndexWorkerData = { ...options.worker, storeFile: options.storeFile, directory, progress: far };
    indexWorker = connect(startWorker('index-worker', import.meta.url, data, [far]));
    return indexWorker;
  }

  /** Tries until it works or the bot stops; undefined when it stops. */
  async function retrying<Result>(
    what: string,
    work: () => Promise<Result>,
    onFailure: (error: unknown) => void = () => {},
  ): Promise<Result | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return undefined;
        const waitMs = retryMs[Math.min(attempt, retryMs.length - 1)] ?? MINUTE_MS;
        report(`${what}; trying again in ${Math.round(waitMs / 1000)} s`, error);
        onFailure(error);
        if (!(await waited(waitMs))) return undefined;
      }
    }
  }

  /** False when the bot stopped meanwhile. */
  async function waited(milliseconds: number): Promise<boolean> {
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {});
    return !signal.aborted;
  }

  function report(message: string, error: unknown): void {
    if (signal.aborted || isAbort(error)) return;
    log.warn(`${message}: ${describeError(error)}`);
    log.debug(message, { error });
  }
}
