import type { Narrowing as Conditions } from '../corpus/comment-filter.ts';
import type { Comment } from '../corpus/store.ts';
import { isAbort } from '../errors.ts';
import type { JobQueue } from '../limits.ts';
import type { Logger } from '../log.ts';
import { mergeNarrowing, type Narrowing, readNarrowedQuestion } from '../narrowing.ts';
import type { Progress } from '../progress.ts';
import type { Answer } from './answer.ts';
import { bandsOf } from './bands-of.ts';
import { explainOrder } from './explain-order.ts';
import { asAsked, toHit } from './hit.ts';
import { narrow } from './narrow.ts';
import { questionNotes } from './question-notes.ts';
import { createQuestionVectors } from './question-vectors.ts';
import { recipeOf } from './recipes.ts';
import type { Reranking } from './reranking.ts';
import type { SearchRequest } from './search.ts';
import { NO_INDEX, notesOf, type RetrieverStatus, type Serving, statusOf } from './serving.ts';

/** The door to the corpus: a question in, the nearest comments out. */
export interface Retriever {
  /**
   * Answers with the comments nearest to the question, by meaning where an index and its model serve, else by words;
   * the answer's notes say which and why. Words in the question narrow it (`source:OWNER/REPO state:closed`). Questions
   * wait for their turn in a bounded queue.
   *
   * @throws BusyError when too many wait already; UserError for words that narrow to nothing that is there
   */
  ask(question: string, options: AskOptions): Promise<Answer>;
  /** Comments by key, in the order asked; undefined for what can no longer be found, or is of other sources. */
  comments(keys: readonly string[], sees: Sees): Promise<readonly (Comment | undefined)[]>;
  /**
   * The scores of comments, by key, for a question that was asked by this vector, in the order asked. Undefined for
   * those that have none: what answers now may be another index, or none.
   */
  scores(vector: Float32Array, keys: readonly string[]): Promise<readonly (number | undefined)[]>;
  status(): RetrieverStatus;
}

/** The sources that may answer where something is asked or shown (`Access.sees`); `all` where everything may be seen. */
export type Sees = readonly string[] | 'all';

export type AskOptions = {
  readonly sees: Sees;
  /**
   * Narrows the question beside the words in it (`readNarrowing`), which win. Holds inside the search: as many hits come
   * as pass it, up to `limit`. Nothing is embedded anew for another one.
   */
  readonly narrowing?: Narrowing | undefined;
  /** The question's words are all meant as they are: none narrows it. */
  readonly literal?: boolean | undefined;
  /** The sources that answer where none is named, as in a channel that has its own. */
  readonly defaultSources?: readonly string[] | undefined;
  /** How many hits to show. */
  readonly limit?: number;
  /** How long a ranking to keep for later pages. */
  readonly depth?: number;
  readonly signal?: AbortSignal | undefined;
};

export type RetrieverControls = Retriever & {
  /** Answers from now on with `next`; what served before finishes its questions and is handed to `retire`. */
  serve(next: Serving, retire?: (previous: Serving) => void): void;
  /** What is being made ready, for the notes of answers. */
  progress(progress: Progress | undefined): void;
};

const OLD_INDEX = 'the index by meaning is older than the comments';

export type RetrieverOptions = {
  readonly queue: JobQueue;
  readonly log: Logger;
  /** What holds for the comments of a source in any case. */
  readonly standing?: ((spec: string) => Conditions | undefined) | undefined;
  /** Reads the first hits again where the recipe says so. */
  readonly reranking?: Reranking | undefined;
};

export function createRetriever({ queue, log, standing, reranking }: RetrieverOptions): RetrieverControls {
  const vectors = createQuestionVectors();
  let serving: Serving | undefined;
  let progress: Progress | undefined;
  /** Questions that run on each serving, so that none loses its worker half-way. */
  const running = new Map<Serving, number>();
  const retiring = new Map<Serving, () => void>();

  const using = async <Result>(work: (current: Serving) => Promise<Result>): Promise<Result> => {
    if (!serving) throw new Error('the retriever serves nothing yet');
    const current = serving;
    running.set(current, (running.get(current) ?? 0) + 1);
    try {
      return await work(current);
    } finally {
      const left = (running.get(current) ?? 1) - 1;
      if (left > 0) running.set(current, left);
      else {
        running.delete(current);
        retiring.get(current)?.();
        retiring.delete(current);
      }
    }
  };

  /**
   * An answer from one state of the corpus. Where comments have left it since it was indexed, the newest state is asked
   * instead; and if even that has no index that fits yet, its words.
   */
  async function answerFromNewest(question: string, options: AskOptions): Promise<Answer> {
    let found = await using((current) => answer(current, question, options));
    if (isOutdated(found) && found.renew) {
      await found.renew();
      found = await using((current) => answer(current, question, options));
    }
    if (isOutdated(found) && found.answer.mode === 'semantic') {
      found = await using((current) => answer(current, question, { ...options, byWords: true }));
    }
    return found.answer;
  }

  async function answer(
    current: Serving,
    question: string,
    { limit = 5, depth = 50, signal, byWords = false, ...options }: AskOptions & { readonly byWords?: boolean },
  ): Promise<{ answer: Answer; gone: number; renew: Serving['renew'] }> {
    const startedAt = performance.now();
    const { filter, note, sources } = narrow({ served: current.sources, standing, ...options });
    const { vector, notes } = byWords
      ? { notes: [`Keyword search: ${OLD_INDEX}.`] }
      : await embed(current, question, signal);
    const { manifest } = current.search.status;
    const semantic = vector !== undefined;
    const metric = semantic && manifest ? manifest.metric : 'bm25';
    const reads = semantic && manifest && recipeOf(manifest.recipe).reranks ? (reranking?.reads ?? 0) : 0;
    const request: SearchRequest = {
      limit: Math.max(limit, reads),
      depth: Math.max(depth, limit, reads),
      filter,
      text: question,
      vector,
    };
    const searched = await current.search.search(request, signal);
    const found = reads > 0 && reranking ? await reranking.order(question, searched, { metric, signal }) : searched;
    const shown = found.comments.slice(0, limit);
    const { ranking, band, calibrated } = bandsOf(found.ranking, semantic ? manifest : undefined);
    const answered: Answer = {
      kind: 'answer',
      question,
      mode: semantic ? 'semantic' : 'keyword',
      model: semantic && current.embedder ? current.embedder.identity.model : null,
      device: semantic && current.embedder ? current.embedder.device : null,
      metric,
      tookMs: performance.now() - startedAt,
      indexedAt: (semantic && manifest ? manifest.createdAt : current.readAt) ?? null,
      lastingNotes: notes,
      narrowedNote: note,
      notes: [...(note ? [note.text] : []), ...notes, ...notesOf(current, progress, found.ranking.length > 0)],
      hits: explainOrder(
        asAsked(
          shown.map(({ comment, score }, index) => ({
            ...toHit(comment, index + 1, score, { sources }),
            band: ranking[index]?.band,
            because: ranking[index]?.because,
          })),
          question,
        ),
        metric,
      ),
      offset: 0,
      more: found.ranking.length > shown.length,
      ranking,
      vector,
      band,
      calibrated,
    };
    return { answer: answered, gone: found.gone, renew: current.renew };
  }

  /** The question's vector, or why there is none. A model that fails costs the meaning of one answer, not the answer. */
  async function embed(
    current: Serving,
    question: string,
    signal: AbortSignal | undefined,
  ): Promise<{ vector?: Float32Array; notes: string[] }> {
    const { embedder, keywordReason, search } = current;
    if (!embedder || !search.status.manifest) return { notes: [`Keyword search: ${keywordReason?.() ?? NO_INDEX}.`] };
    try {
      const vector = await vectors.of(question, embedder, signal);
      const reason = current.standInReason?.();
      const standIn = reason === undefined ? [] : [`The small model in the box answered: ${reason}.`];
      return { vector, notes: [...standIn, ...(await questionNotes(embedder, question))] };
    } catch (error) {
      if (isAbort(error)) throw error;
      log.error('the question could not be embedded; keyword search answers', { error });
      return { notes: ['Keyword search: the model failed on this question.'] };
    }
  }

  return {
    async ask(question, options) {
      const { text, narrowing } = options.literal ? { text: question, narrowing: {} } : readNarrowedQuestion(question);
      const asked = { ...options, narrowing: mergeNarrowing(options.narrowing ?? {}, narrowing) };
      return queue.run(() => answerFromNewest(text, asked), options.signal);
    },
    comments: (keys, sees) => using(({ search }) => search.comments(keys, sees === 'all' ? undefined : sees)),
    scores: (vector, keys) =>
      using(async ({ search }) => {
        if (search.status.manifest?.dimensions !== vector.length) return keys.map(() => undefined);
        return search.scores(vector, keys);
      }),
    status: () => ({ ...statusOf(serving, progress), reranking: reranking?.status() }),
    serve(next, retire = () => {}) {
      const previous = serving;
      serving = next;
      if (!previous || previous === next) return;
      if (running.has(previous)) retiring.set(previous, () => retire(previous));
      else retire(previous);
    },
    progress(next) {
      progress = next;
    },
  };
}

/**
 * Whether so much of what was ranked has left that something else has come in its place. A few deletions are passed
 * over: the others keep their order.
 */
function isOutdated({ answer, gone }: { readonly answer: Answer; readonly gone: number }): boolean {
  return gone > answer.ranking.length * MOST_GONE;
}

const MOST_GONE = 0.1;
