import { CROSS_ENCODER } from '../embedding/cross-encoder-folder.ts';
import { modelFolder } from '../embedding/model-files.ts';
import type { ModelRequest, Opener } from '../embedding/open-model.ts';
import type { Reranker } from '../embedding/reranker.ts';
import type { Logger } from '../log.ts';
import type { Metric } from './answer.ts';
import { createModelsAtHand } from './models-at-hand.ts';
import { placesToRerank, RERANKED, reorder, textToRead } from './rerank.ts';
import { createPersistence } from './retrying.ts';
import type { SearchResult } from './searcher.ts';

/**
 * The second look: a cross-encoder reads the first hits beside the question, and its order counts as the search's does.
 * Where it is not ready, too slow or fails, the search's order stands: whoever asks never hears of it, `status` and the
 * log tell.
 */
export interface Reranking {
  /** How many comments a search has to look up for it; 0 while it does nothing. */
  readonly reads: number;
  /** The result in the new order, or as it is. @throws only the signal's reason */
  order(question: string, found: SearchResult, options: OrderOptions): Promise<SearchResult>;
  /** Undefined where none is set. */
  status(): RerankingStatus | undefined;
}

export type OrderOptions = { readonly metric: Metric; readonly signal?: AbortSignal | undefined };

export type RerankingStatus = {
  readonly model: string;
  /** Null until it is loaded. */
  readonly precision: string | null;
  readonly device: string | null;
  /** Why hits stand as the search found them; undefined while they are read again. */
  readonly reason: string | undefined;
};

export type RerankingControls = Reranking & {
  /**
   * Gets the model in the background, fetching it where it must, however long that takes.
   *
   * @throws OperatorError when it names a folder that is not there: that one comes by no waiting
   */
  start(): Promise<void>;
  /** Takes the model if it is on this machine whole; fetches nothing. @throws as `start` */
  openQuietly(): Promise<void>;
  close(): Promise<void>;
};

export type RerankingOptions = {
  /** Undefined: hits stay as they are found. */
  readonly model: ModelRequest | undefined;
  readonly openReranker: Opener<Reranker>;
  readonly log: Logger;
  /** How long a question waits for it. */
  readonly patienceMs?: number;
  /** How long it is left alone after it failed again and again: each failure may cost whoever asks `patienceMs`. */
  readonly restMs?: number;
  /** Waits between tries to get the model; the last one repeats. */
  readonly retryMs?: readonly number[];
};

const MINUTE_MS = 60_000;
/** So many failures in a row, and it rests. */
const MOST_FAILURES = 3;
const NOT_HERE = 'the model is not on this machine';

export function createReranking({
  model,
  openReranker,
  log,
  patienceMs = 3_000,
  restMs = MINUTE_MS,
  retryMs = [5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS],
}: RerankingOptions): RerankingControls {
  const stopping = new AbortController();
  const { signal } = stopping;
  const persistence = createPersistence({ log, signal, retryMs });
  let reranker: Reranker | undefined;
  let reason: string | undefined = 'the model is being made ready';
  let failures = 0;
  let restsUntil = 0;
  let getting: Promise<void> = Promise.resolve();
  const models = model && createModelsAtHand({ ...persistence, model, openModel: openReranker, log, signal });

  async function requireFolder(): Promise<void> {
    if (model) await modelFolder(model.model, CROSS_ENCODER.setting);
  }

  async function use(next: Reranker | undefined): Promise<void> {
    if (!next) return;
    if (signal.aborted) return next.close();
    reranker = next;
    reason = undefined;
  }

  return {
    get reads() {
      return reranker ? RERANKED : 0;
    },
    async order(question, found, { metric, signal: asked }) {
      const places = placesToRerank(found);
      if (!reranker || places.length < 2 || performance.now() < restsUntil) return found;
      const texts = places.flatMap((place) => found.comments[place] ?? []).map(({ comment }) => textToRead(comment));
      try {
        const scores = await withPatience((stop) => (reranker as Reranker).score(question, texts, stop), {
          patienceMs,
          signal: asked,
        });
        reason = undefined;
        failures = 0;
        return reorder(found, { places, scores, metric });
      } catch (error) {
        if (asked?.aborted) throw error;
        reason = 'the last question could not be read again; the log says why';
        failures++;
        if (failures >= MOST_FAILURES) restsUntil = performance.now() + restMs;
        persistence.report('a question was answered without re-ranking', error);
        return found;
      }
    },
    status: () =>
      model && {
        model: reranker?.identity.model ?? model.model,
        precision: reranker?.identity.precision ?? null,
        device: reranker?.device ?? null,
        reason,
      },
    async start() {
      await requireFolder();
      if (!models) return;
      getting = models
        .fetched((next) => {
          reason = next;
        })
        .then(use)
        .catch((error: unknown) => persistence.report('re-ranking could not be made ready', error));
    },
    async openQuietly() {
      await requireFolder();
      reason = NOT_HERE;
      await use(await models?.openQuietly());
    },
    async close() {
      stopping.abort();
      await getting;
      await reranker?.close();
    },
  };
}

/**
 * The work may go on for longer, as a thread that takes the place of a failed one does while it loads its model.
 *
 * @throws an error that says so once it takes longer than `patienceMs`; the signal's reason
 */
async function withPatience<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal | undefined },
): Promise<Result> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`it took longer than ${patienceMs / 1000} s`)), patienceMs);
  const stop = AbortSignal.any([late.signal, ...(signal ? [signal] : [])]);
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
  });
  try {
    return await Promise.race([work(stop), stopped]);
  } finally {
    clearTimeout(timer);
  }
}
