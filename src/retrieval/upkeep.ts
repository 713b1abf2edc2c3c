import { repositoryOf } from '../corpus/github.ts';
import { sourceName } from '../corpus/open-source.ts';
import type { PortableEmbedder } from '../embedding/open-model.ts';
import type { Delivery } from '../github/webhooks.ts';
import { corpusFacts } from './corpus-facts.ts';
import { fillCorpus } from './fill-corpus.ts';
import { createFollowing } from './following.ts';
import { freshnessNote } from './freshness.ts';
import { indexStamp } from './index-files.ts';
import { createIndexThread } from './index-thread.ts';
import { createKnownIndex } from './known-index.ts';
import { embeddedLayout, type Manifest } from './manifest.ts';
import { createModelsAtHand, differing } from './models-at-hand.ts';
import { createOpenEmbedders } from './open-embedders.ts';
import { recipeOf } from './recipes.ts';
import { createPersistence } from './retrying.ts';
import { type Search, startSearch } from './search.ts';
import { serially } from './serially.ts';
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
  } = options.timing ?? {};
  const stopping = new AbortController();
  const { signal } = stopping;
  const persistence = createPersistence({ log, signal, retryMs });
  const { retrying, waited, report } = persistence;
  const { usableManifest, serves, noteDamage } = createKnownIndex({ directory, log });
  const { model, openModel, onProgress } = options;
  const models = createModelsAtHand({ model, openModel, log, signal, retrying, report, onProgress });
  const { openQuietly } = models;
  const embedders = createOpenEmbedders();
  /** Lets go of the embedder that serves. */
  let release = () => {};
  let wanted: PortableEmbedder | undefined;
  let standIn: PortableEmbedder | undefined;
  let standInReason = 'the model is being made ready';
  /** Whether a model will answer that is on this machine; false once there is none. */
  let modelAtHand = true;
  let standInAtHand = true;
  let keywordReason = 'the model is being made ready';
  let search: Search | undefined;
  /** What `search` was opened from, and how often the embedders changed by then. */
  let opened = '';
  let embedderChanges = 0;
  /** The index that is in the log as the one that serves. */
  let notedIndex = '';
  let freshness: string | undefined;
  const background: Promise<void>[] = [];
  let making = Promise.resolve();
  /** The index whose bar was measured, or tried to be. */
  let measured = '';
  let measuring: Promise<unknown> = Promise.resolve();
  const reload = serially(reloadNow);
  const makeIndex = serially(makeIndexNow);
  const thread = createIndexThread({
    data: { hub: options.hub, follow: options.follow, recipe: options.recipe, storeFile: options.storeFile, directory },
    log,
    onProgress(progress) {
      retriever.progress(progress);
      if (progress) options.onProgress?.(progress);
    },
  });

  const following = createFollowing({
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
      const manifest = await usableManifest();
      const onDisk = await openQuietly(options.model);
      const older = manifest && !(onDisk && serves(manifest, onDisk)) ? await openQuietly(manifest) : undefined;
      if (older) {
        log.warn(
          `answering from the index of ${differing(older.identity, options.model).join(' until the one of ')} is made`,
        );
      }
      if (older?.identity.model === options.standIn?.model) standIn = older;
      for (const embedder of [older, onDisk]) if (embedder) embedders.add(embedder);
      await reload();
      const load = async (spec: string) => {
        if (repositoryOf(spec) === undefined) return thread.call('load', { spec }, signal);
        await thread.call('sync', { spec }, signal);
        following.add(spec);
      };
      for (const { spec, comments } of await store.sources()) {
        if (comments > 0 && repositoryOf(spec) !== undefined) following.add(spec);
      }
      const { defaultSource } = options;
      background.push(
        watch(),
        following.run(),
        fillCorpus({ store, named, defaultSource, sampleAfterMs, load, persistence, signal }),
        useModel(onDisk, older),
      );
    },
    take: (delivery) => following.take(delivery),
    async close() {
      stopping.abort();
      await Promise.allSettled(background);
      await making;
      await measuring;
      await thread.close();
      await search?.close();
      await embedders.close();
    },
  };

  /** Serves what is on disk now, if that is not served already. */
  async function reloadNow(): Promise<void> {
    const stamp = await currentStamp();
    if (stamp === opened) return;
    const manifest = await usableManifest();
    const next = await openSearch(manifest !== undefined && embedderFor(manifest) !== undefined);
    // Another process may have replaced the index since its manifest was read.
    const loaded = next.status.manifest;
    const embedder = loaded && embedderFor(loaded);
    const sources = await store.sources();
    if (signal.aborted) return next.close();
    const letGo = release;
    release = embedder ? embedders.hold(embedder) : () => {};
    retriever.serve(
      {
        search: next,
        embedder,
        keywordReason: () => keywordReason,
        standInReason: embedder && embedder === standIn ? () => standInReason : undefined,
        awaitsModel: () => !modelAtHand && !standInAtHand,
        ...corpusFacts(sources),
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
    if (loaded && embedder) noteIndex(loaded, embedder);
    if (embedder && embedder === wanted) embedders.keepOnly(embedder);
  }

  function noteIndex({ createdAt, rows }: Manifest, { identity, device }: PortableEmbedder): void {
    const { model, precision } = identity;
    const index = `${createdAt} ${model} ${precision}`;
    if (index === notedIndex) return;
    notedIndex = index;
    log.info('an index by meaning serves', { model, precision, device, comments: rows });
  }

  /** A damaged index is made again from the store; until then keyword search answers. */
  async function openSearch(useVectors: boolean): Promise<Search> {
    const { storeFile, vectorIndex, recipe } = options;
    const stamp = await indexStamp(directory);
    const onLost = () => {
      log.error('the thread that searches has failed; another one takes its place');
      opened = '';
    };
    try {
      return await startSearch({ storeFile, directory, vectorIndex, useVectors, recipe }, onLost);
    } catch (error) {
      noteDamage(error, stamp);
      return startSearch({ storeFile, directory, vectorIndex, useVectors: false, recipe }, onLost);
    }
  }

  function embedderFor(manifest: Manifest): PortableEmbedder | undefined {
    return embedders.find((embedder) => serves(manifest, embedder));
  }

  async function currentStamp(): Promise<string> {
    return `${await store.version()} ${await indexStamp(directory)} ${embedderChanges}`;
  }

  /** At once, after this process changed the corpus. */
  async function followStore(): Promise<void> {
    making = makeIndex().catch((error: unknown) => report('the index could not be made', error));
    await making;
    await reload().catch((error: unknown) => report('the index could not be picked up', error));
  }

  /** Picks up what this process or another one changed. */
  async function watch(): Promise<void> {
    for (let polls = 0; await waited(pollMs); polls++) {
      if (polls % FRESHNESS_POLLS === 0) freshness = freshnessNote(await store.sources());
      await reload().catch((error: unknown) => report('the index could not be picked up', error));
      // Not waited for: what changes while it is made is picked up meanwhile.
      making = makeIndex().catch((error: unknown) => report('the index could not be made', error));
    }
  }

  /** Brings the index up to date with the corpus and the configured model, unless another process is at it. */
  async function makeIndexNow(): Promise<void> {
    if (!wanted) return;
    if (await isCurrent(wanted)) return measureOnce();
    if ((await store.count()) === 0) return;
    if ((await store.sources()).some(({ run }) => run?.alive)) return;
    keywordReason = 'the index by meaning is being made';
    const embedder = wanted;
    let failed = false;
    await retrying('the index could not be made', async () => {
      // The way to the embedder goes with the thread that embeds, if that was what failed.
      if (failed) await thread.embedThrough(() => embedder.port());
      failed = true;
      await thread.call('update', undefined, signal);
    });
    await reload();
  }

  /** Once for each index that has no bar yet. Nothing waits for it: it embeds hundreds of titles. */
  async function measureOnce(): Promise<void> {
    const manifest = await usableManifest();
    if (!manifest || manifest.strongAbove !== undefined || manifest.createdAt === measured) return;
    measured = manifest.createdAt;
    measuring = thread.call('measure', undefined, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn('how sure hits are could not be measured', { error });
    });
  }

  async function isCurrent(embedder: PortableEmbedder): Promise<boolean> {
    const manifest = await usableManifest();
    if (manifest === undefined || manifest.recipe !== options.recipe) return false;
    if (embeddedLayout(manifest) !== recipeOf(options.recipe).layout(embedder.identity.model)) return false;
    return manifest.corpusVersion === (await store.version()) && serves(manifest, embedder);
  }

  /** Indexes with the configured model, fetching it where it must; until it is there, with the one that stands in. */
  async function useModel(onDisk: PortableEmbedder | undefined, older: PortableEmbedder | undefined): Promise<void> {
    const standingIn = onDisk ? undefined : useStandIn(older);
    const embedder = onDisk ?? (await fetchedModel());
    modelAtHand = true;
    await standingIn;
    standInReason = 'the index of the configured model is being made';
    if (embedder) await indexWith(embedder);
  }

  /** Not where the index of another model serves: that one knows the corpus already. */
  async function useStandIn(older: PortableEmbedder | undefined): Promise<void> {
    const { standIn: request } = options;
    if (request && request.model !== options.model.model && (!older || older === standIn)) {
      standIn ??= await openQuietly(request);
    }
    standInAtHand = standIn !== undefined;
    if (!standIn) return;
    log.info(`the model ${standIn.identity.model} answers until ${options.model.model} is there`);
    await indexWith(standIn).catch((error: unknown) => report('the index could not be made', error));
  }

  async function indexWith(embedder: PortableEmbedder): Promise<void> {
    embedders.add(embedder);
    // What is being made with the one before comes to its end first: an index has one model.
    wanted = undefined;
    await makeIndex();
    if (signal.aborted) return;
    embedderChanges++;
    await thread.embedThrough(() => embedder.port());
    wanted = embedder;
    keywordReason = 'the index by meaning is being made';
    await reload();
    await makeIndex();
  }

  async function fetchedModel(): Promise<PortableEmbedder | undefined> {
    modelAtHand = false;
    return models.fetched((reason) => {
      keywordReason = reason;
      standInReason = reason;
    });
  }
}
