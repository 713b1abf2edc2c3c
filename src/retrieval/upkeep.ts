import { repositoryOf } from '../corpus/github.ts';
import { sourceName } from '../corpus/open-source.ts';
import type { PortableEmbedder } from '../embedding/open-model.ts';
import type { Delivery } from '../github/webhooks.ts';
import { corpusFacts } from './corpus-facts.ts';
import { fillCorpus } from './fill-corpus.ts';
import { freshnessNote } from './freshness.ts';
import { indexStamp } from './index-files.ts';
import { createIndexMaker } from './index-maker.ts';
import { createIndexThread } from './index-thread.ts';
import { createKnownIndex } from './known-index.ts';
import type { Manifest } from './manifest.ts';
import { createMeasuring } from './measuring.ts';
import { createModelChoice } from './model-choice.ts';
import { createModelsAtHand, differing } from './models-at-hand.ts';
import { requireNamedPaths } from './named-paths.ts';
import { createOpenEmbedders } from './open-embedders.ts';
import { createPersistence } from './retrying.ts';
import type { Search } from './search.ts';
import { createSearchOpener } from './search-opener.ts';
import { serially } from './serially.ts';
import { createSyncing } from './syncing.ts';
import type { UpkeepOptions } from './upkeep-options.ts';

/** Gets corpus, model and index ready for a running bot, and keeps them so. */
export interface Upkeep {
  /** Resolves once questions are answered in some way; everything else goes on in the background, until it aborts. */
  start(signal?: AbortSignal): Promise<void>;
  /** Applies a webhook to the repositories that are followed, and has the index follow. */
  take(delivery: Delivery): Promise<void>;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** Every so many polls the age of the corpus is looked at. */
const FRESHNESS_POLLS = 30;

/** @throws OperatorError when a source that the operator named is none */
export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { retriever, store, directory, log } = options;
  const named = options.sources.map((spec) => sourceName(spec));
  const {
    pollMs = 1000,
    sampleAfterMs = 2_000,
    retryMs = [5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS],
    quietMs = 10 * MINUTE_MS,
  } = options.timing ?? {};
  const stopping = new AbortController();
  const { signal } = stopping;
  const persistence = createPersistence({ log, signal, retryMs });
  const { retrying, waited, report } = persistence;
  const known = createKnownIndex({ directory, log });
  const { usableManifest, serves, noteServing } = known;
  const { model, openModel, onProgress } = options;
  const models = createModelsAtHand({ model, openModel, log, signal, retrying, report, onProgress });
  const { openQuietly } = models;
  const choice = createModelChoice({ ...options, models, indexWith, report });
  const embedders = createOpenEmbedders();
  const openSearch = createSearchOpener({
    ...options,
    known,
    onLost() {
      opened = '';
    },
  });
  /** Lets go of the embedder that serves. */
  let release = () => {};
  let wanted: PortableEmbedder | undefined;
  let search: Search | undefined;
  /** The index that `search` was opened from, and how often the embedders changed by then. */
  let opened = '';
  let facts = corpusFacts([]);
  let embedderChanges = 0;
  let freshness: string | undefined;
  const background: Promise<void>[] = [];
  let working: Promise<unknown> = Promise.resolve();
  const reload = serially(reloadNow);
  const thread = createIndexThread({
    data: { hub: options.hub, follow: options.follow, recipe: options.recipe, storeFile: options.storeFile, directory },
    log,
    onProgress(progress) {
      retriever.progress(progress);
      if (progress) options.onProgress?.(progress);
    },
  });

  const measuring = createMeasuring({ thread, directory, search: () => search, log, signal });
  const maker = createIndexMaker({
    store,
    known,
    thread,
    recipe: options.recipe,
    signal,
    persistence,
    measure: measuring.once,
    quietMs,
    wanted: () => wanted,
    onMake: choice.noteMaking,
    onChange: reload,
  });

  const syncing = createSyncing({
    thread,
    everyMs: options.follow.rules.syncEveryMs,
    signal,
    report,
    waited,
    onChange: followStore,
  });

  return {
    async start(stop) {
      stop?.addEventListener('abort', () => stopping.abort(), { once: true });
      await requireNamedPaths({ store, named, model: options.model.model });
      const manifest = await usableManifest();
      const onDisk = await openQuietly(options.model);
      const older = manifest && !(onDisk && serves(manifest, onDisk)) ? await openQuietly(manifest) : undefined;
      if (older) {
        log.warn(
          `answering from the index of ${differing(older.identity, options.model).join(' until the one of ')} is made`,
        );
      }
      if (older) choice.noteOlder(older);
      for (const embedder of [older, onDisk]) if (embedder) embedders.add(embedder);
      await reload();
      const load = async (spec: string) => {
        if (repositoryOf(spec) === undefined) return thread.call('load', { spec }, signal);
        syncing.hear(spec);
        await thread.call('sync', { spec }, signal);
        syncing.add(spec);
      };
      for (const { spec, comments } of await store.sources()) {
        if (comments > 0 && repositoryOf(spec) !== undefined) syncing.add(spec);
      }
      const { defaultSource } = options;
      background.push(
        watch(),
        syncing.run(),
        fillCorpus({ store, named, defaultSource, sampleAfterMs, load, persistence, signal }),
        choice.use(onDisk, older),
      );
    },
    take: (delivery) => syncing.take(delivery),
    async close() {
      stopping.abort();
      await Promise.allSettled(background);
      await working;
      await measuring.ended();
      await thread.close();
      await search?.close();
      await embedders.close();
    },
  };

  /** Serves what is on disk now, if that is not served already. */
  async function reloadNow(): Promise<void> {
    const stamp = `${await indexStamp(directory)} ${embedderChanges}`;
    const followed = search !== undefined && opened !== '' && (await search.catchUp(signal));
    facts = corpusFacts(await store.sources());
    if (followed && stamp === opened) return;
    const manifest = await usableManifest();
    const next = await openSearch(manifest !== undefined && embedderFor(manifest) !== undefined);
    // Another process may have replaced the index since its manifest was read.
    const loaded = next.status.manifest;
    const embedder = loaded && embedderFor(loaded);
    // The one before answers as well: another index shall not cost an answer the words.
    if (followed) await next.keywordsReady(signal).catch(() => {});
    if (signal.aborted) return next.close();
    const letGo = release;
    release = embedder ? embedders.hold(embedder) : () => {};
    retriever.serve(
      {
        search: next,
        embedder,
        keywordReason: () => choice.keywordReason,
        standInReason: embedder && embedder === choice.standIn ? () => choice.standInReason : undefined,
        awaitsModel: () => choice.awaitsModel,
        get sample() {
          return facts.sample;
        },
        get sources() {
          return facts.sources;
        },
        get readAt() {
          return facts.readAt;
        },
        freshness: () => freshness,
        renew: () => reload().catch((error: unknown) => report('the index could not be picked up', error)),
      },
      // Once its last question is answered, which may need the model that it was asked with.
      (previous) => {
        void previous.search.close();
        letGo();
      },
    );
    search = next;
    opened = stamp;
    if (loaded && embedder) noteServing(loaded, embedder);
    if (embedder && embedder === wanted) embedders.keepOnly(embedder);
  }

  function embedderFor(manifest: Manifest): PortableEmbedder | undefined {
    return embedders.find((embedder) => serves(manifest, embedder));
  }

  /** At once, after this process changed the corpus. */
  async function followStore(): Promise<void> {
    await pickUp();
    keepUp();
  }

  async function pickUp(): Promise<void> {
    await reload().catch((error: unknown) => report('the index could not be picked up', error));
  }

  /** Not waited for: what changes meanwhile is picked up meanwhile. */
  function keepUp(): void {
    working = Promise.all([
      maker.embedNews().catch((error: unknown) => report('new comments could not be embedded', error)),
      maker.make().catch((error: unknown) => report('the index could not be made', error)),
    ]);
  }

  /** Picks up what this process or another one changed. */
  async function watch(): Promise<void> {
    for (let polls = 0; await waited(pollMs); polls++) {
      if (polls % FRESHNESS_POLLS === 0) freshness = freshnessNote(await store.sources());
      await pickUp();
      keepUp();
    }
  }

  async function indexWith(embedder: PortableEmbedder): Promise<void> {
    embedders.add(embedder);
    // What is being made with the one before comes to its end first: an index has one model.
    wanted = undefined;
    await Promise.all([maker.embedNews(), maker.make()]);
    if (signal.aborted) return;
    embedderChanges++;
    await thread.embedThrough(() => embedder.port());
    wanted = embedder;
    choice.noteMaking();
    await reload();
    await maker.make();
  }
}
