import type { CommentStore } from '../corpus/store.ts';
import type { PortableEmbedder } from '../embedding/open-model.ts';
import { comparedWith, indexLag } from './index-lag.ts';
import type { IndexThread } from './index-thread.ts';
import type { KnownIndex } from './known-index.ts';
import type { Manifest } from './manifest.ts';
import type { RecipeName } from './recipes.ts';
import type { Persistence } from './retrying.ts';
import { serially } from './serially.ts';

/** Keeps the index on disk, and the vectors that go with it, in step with the corpus and the configured model. */
export interface IndexMaker {
  /** Makes the index again where it has to be, unless another process is at it. Calls meanwhile share one more run. */
  make(): Promise<void>;
  /** Embeds what changed since the index was made; what serves takes that in. Does nothing where nothing has. */
  embedNews(): Promise<void>;
}

export type IndexMakerOptions = {
  readonly store: CommentStore;
  readonly known: KnownIndex;
  readonly thread: IndexThread;
  readonly recipe: RecipeName;
  readonly signal: AbortSignal;
  readonly persistence: Persistence;
  /** What the index is to be made with; undefined: nothing for now. */
  readonly wanted: () => PortableEmbedder | undefined;
  /** For how long nothing may have changed, before the index is made again of an older one and what came since. */
  readonly quietMs: number;
  /** Called while the index is as it should be: there is time to measure how sure its hits are. */
  readonly measure: (embedder: PortableEmbedder) => Promise<void>;
  readonly onMake: () => void;
  /** Another index is in place, or vectors are there that were not. */
  readonly onChange: () => Promise<void>;
};

export function createIndexMaker(options: IndexMakerOptions): IndexMaker {
  const { store, known, thread, recipe, signal, persistence, wanted, quietMs, measure, onMake, onChange } = options;
  let version = -1;
  let changedAt = performance.now();
  /** The version, index and model up to which everything was embedded. */
  let embedded = '';

  /** Whether the corpus has been left alone for so long that tidying up is in nobody's way. */
  async function isQuiet(): Promise<boolean> {
    const now = await store.version();
    if (now !== version) changedAt = performance.now();
    version = now;
    return performance.now() - changedAt >= quietMs;
  }

  async function isDue(embedder: PortableEmbedder): Promise<boolean> {
    const quiet = await isQuiet();
    const manifest = await known.usableManifest();
    const compared = manifest && comparedWith(manifest, embedder.identity, recipe);
    if (typeof compared !== 'string') return true;
    const lag = await indexLag(store, manifest as Manifest);
    // Vectors of another precision do not go with those that are there.
    if (compared === 'other-precision') return lag !== 'none';
    return lag === 'large' || (lag === 'small' && quiet);
  }

  async function make(): Promise<void> {
    const embedder = wanted();
    if (!embedder) return;
    if (!(await isDue(embedder))) return measure(embedder);
    if ((await store.count()) === 0) return;
    if ((await store.sources()).some(({ run }) => run?.alive)) return;
    onMake();
    await throughThread('the index could not be made', 'update', embedder);
    await onChange();
  }

  async function embedNews(): Promise<void> {
    const embedder = wanted();
    const manifest = await known.usableManifest();
    if (!embedder || !manifest || comparedWith(manifest, embedder.identity, recipe) !== 'same') return;
    const { model, precision } = embedder.identity;
    const state = `${await store.version()} ${manifest.createdAt} ${model} ${precision}`;
    if (state === embedded) return;
    await throughThread('new comments could not be embedded', 'embed', embedder);
    embedded = state;
    await onChange();
  }

  async function throughThread(what: string, method: 'update' | 'embed', embedder: PortableEmbedder): Promise<void> {
    let failed = false;
    await persistence.retrying(what, async () => {
      // The way to the embedder goes with the thread that embeds, if that was what failed.
      if (failed) await thread.embedThrough(() => embedder.port());
      failed = true;
      await thread.call(method, undefined, signal);
    });
  }

  return {
    make: serially(make),
    embedNews: serially(embedNews),
  };
}
