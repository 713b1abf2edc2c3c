import type { PortableEmbedder } from '../embedding/open-model.ts';
import type { Logger } from '../log.ts';
import { readManifest } from './index-files.ts';
import type { IndexThread } from './index-thread.ts';
import { keepMeasures } from './kept-measures.ts';
import { compareIdentity, type Manifest } from './manifest.ts';
import { measureSureness, rememberingEmbed } from './measure-sureness.ts';
import type { Search } from './search.ts';

/** Measures at leisure how sure hits are, once for each index of which it is not known. */
export interface Measuring {
  /** Starts if it has to; returns at once. */
  once(embedder: PortableEmbedder): Promise<void>;
  /** Resolves once nothing runs any more, after the signal. */
  ended(): Promise<void>;
}

export type MeasuringOptions = {
  readonly thread: Pick<IndexThread, 'titles'>;
  readonly directory: string;
  /** What answers at this moment; another one after every change. */
  readonly search: () => Search | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** After a failure the same index is left alone for so long. */
  readonly retryMs?: number;
};

/** More tell little more, and each costs some embedding. */
const MOST_TITLES = 500;
/** So often a search may be replaced while it tries a title. */
const ATTEMPTS = 3;
const RETRY_MS = 10 * 60_000;

export function createMeasuring({
  thread,
  directory,
  search,
  log,
  signal,
  retryMs = RETRY_MS,
}: MeasuringOptions): Measuring {
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  /** The index that was measured, or tried to be. */
  let measured = '';
  /** When that one may be tried again. */
  let againAt = Number.POSITIVE_INFINITY;
  let embed: { readonly of: PortableEmbedder; readonly with: ReturnType<typeof rememberingEmbed> } | undefined;

  async function measure(manifest: Manifest, embedder: PortableEmbedder): Promise<void> {
    const startedAt = performance.now();
    if (embed?.of !== embedder) embed = { of: embedder, with: rememberingEmbed(embedder) };
    const titles = await thread.titles(MOST_TITLES, signal);
    const measures = await measureSureness({
      manifest,
      titles,
      embed: embed.with,
      tryTitle: (trial) => tryOn(manifest, trial),
      signal,
    });
    await keepMeasures(directory, manifest, measures);
    embed = undefined;
    const bands = measures.bands?.bands.map(({ name, pairs, right }) => `${name} ${right}/${pairs}`).join(', ');
    log.info('how sure hits are was measured', {
      titles: measures.bands?.titles,
      bands: bands || 'not calibrated',
      seconds: Math.round((performance.now() - startedAt) / 1000),
    });
  }

  /** The index goes on being replaced meanwhile: the next one serves as well, if it is alike. */
  async function tryOn(manifest: Manifest, trial: Parameters<Search['tryTitle']>[0]) {
    for (let attempt = 1; ; attempt++) {
      const current = search();
      const serving = current?.status.manifest;
      if (!current || !serving || compareIdentity(manifest, serving) !== 'same' || serving.recipe !== manifest.recipe) {
        throw new Error('another index has taken its place');
      }
      try {
        return await current.tryTitle(trial, signal);
      } catch (error) {
        if (signal.aborted || attempt === ATTEMPTS || search() === current) throw error;
      }
    }
  }

  return {
    async once(embedder) {
      if (isRunning) return;
      const manifest = await readManifest(directory);
      if (!manifest || manifest.bands !== undefined || isRunning) return;
      if (manifest.createdAt === measured && performance.now() < againAt) return;
      if (search()?.status.manifest?.createdAt !== manifest.createdAt) return;
      measured = manifest.createdAt;
      againAt = Number.POSITIVE_INFINITY;
      isRunning = true;
      running = measure(manifest, embedder)
        .catch((error: unknown) => {
          againAt = performance.now() + retryMs;
          if (!signal.aborted) log.warn('how sure hits are could not be measured', { error });
        })
        .finally(() => {
          isRunning = false;
        });
    },
    ended: () => running,
  };
}
