import { SAMPLE_SOURCE } from '../corpus/source.ts';
import type { CommentStore } from '../corpus/store.ts';
import { createJobQueue } from '../limits.ts';
import type { Persistence } from './retrying.ts';

export type FillCorpusOptions = {
  readonly store: CommentStore;
  /** By the operator; none: `defaultSource`, while the corpus is empty. */
  readonly named: readonly string[];
  readonly defaultSource: string;
  /** How long a first source may take before the sample corpus stands in for it. */
  readonly sampleAfterMs: number;
  /** Reads a source and publishes its rows. */
  readonly load: (spec: string) => Promise<void>;
  readonly persistence: Persistence;
  readonly signal: AbortSignal;
};

/** Reads the sources that have no rows yet; while there is nothing at all, the sample corpus stands in. */
export async function fillCorpus(options: FillCorpusOptions): Promise<void> {
  const { named, sampleAfterMs, load, persistence, signal } = options;
  const missing = await missingSources(options);
  if (missing.length === 0) return;
  const standIn = named.length === 0 ? standInAfter(sampleAfterMs, options) : undefined;
  // One at a time, and none waits for the next try of one that failed.
  const turns = createJobQueue({ concurrency: 1, capacity: Number.POSITIVE_INFINITY });
  const read = async (spec: string) => {
    // While it could not be read, another process may have indexed something, so that it is not needed any more.
    if ((await missingSources(options)).includes(spec)) await load(spec);
  };
  await Promise.all(
    missing.map((spec) =>
      persistence.retrying(`${spec} could not be read`, () => turns.run(() => read(spec), signal), {
        onFailure: () => standIn?.now(),
      }),
    ),
  );
  standIn?.cancel();
}

async function missingSources({ store, named, defaultSource }: FillCorpusOptions): Promise<readonly string[]> {
  const present = (await store.sources()).filter(({ spec, comments }) => comments > 0 && spec !== SAMPLE_SOURCE);
  const wanted = named.length > 0 ? named : present.length > 0 ? [] : [defaultSource];
  return wanted.filter((spec) => !present.some((source) => source.spec === spec));
}

/** Loads the sample corpus after a while, or at once when told so, unless there are rows by then. */
function standInAfter(
  delayMs: number,
  { store, load, persistence, signal }: FillCorpusOptions,
): { now(): void; cancel(): void } {
  let over = false;
  const standIn = async () => {
    clearTimeout(timer);
    if (over || signal.aborted) return;
    over = true;
    try {
      if ((await store.count()) === 0) await load(SAMPLE_SOURCE);
    } catch (error) {
      persistence.report('the sample corpus could not be read', error);
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
