import type { CommentFilter } from '../corpus/comment-filter.ts';
import type { Comment } from '../corpus/store.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { isAbort } from '../errors.ts';
import type { JobQueue } from '../limits.ts';
import type { Logger } from '../log.ts';
import { type Progress, percent } from '../progress.ts';
import type { Answer } from './answer.ts';
import { explainOrder } from './explain-order.ts';
import { toHit } from './hit.ts';
import type { Search, SearchRequest } from './search.ts';

/** The door to the corpus: a question in, the nearest comments out. */
export interface Retriever {
  /**
   * Answers with the comments nearest to the question, by meaning where an index and its model serve, else by words;
   * the answer's notes say which and why. Questions wait for their turn in a bounded queue.
   *
   * @throws BusyError when too many wait already
   */
  ask(question: string, options: AskOptions): Promise<Answer>;
  /** Comments by key, in the order asked; undefined for what can no longer be found, or is of other sources. */
  comments(keys: readonly string[], sees: Sees): Promise<readonly (Comment | undefined)[]>;
  status(): RetrieverStatus;
}

/** The sources that may answer where something is asked or shown (`Access.sees`); `all` where everything may be seen. */
export type Sees = readonly string[] | 'all';

export type AskOptions = {
  readonly sees: Sees;
  /** Holds inside the search: as many hits come as pass it, up to `limit`. Nothing is embedded anew for another one. */
  readonly filter?: CommentFilter | undefined;
  /** How many hits to show. */
  readonly limit?: number;
  /** How long a ranking to keep for later pages. */
  readonly depth?: number;
  readonly signal?: AbortSignal | undefined;
};

/** What answers questions at this moment; replaced as a whole when the index or the model changes. */
export type Serving = {
  readonly search: Search;
  /** Absent: keyword search, for `keywordReason`. */
  readonly embedder?: Embedder | undefined;
  /** Said to askers while there is no embedder: "the model is still being fetched". */
  readonly keywordReason?: (() => string) | undefined;
  /** Said to askers when the corpus is not as fresh as it should be. */
  readonly freshness?: (() => string | undefined) | undefined;
  /** While the model in the box stands in for the configured one, why; said with every answer of its. */
  readonly standInReason?: (() => string) | undefined;
  /** True while the sample corpus stands in for a source. */
  readonly sample: boolean;
  /** The sources that comments are found of. */
  readonly sources?: readonly string[] | undefined;
  /** ISO 8601: when the corpus was last read. */
  readonly readAt?: string | undefined;
  /** Whether search by meaning has to wait for a model that is not on this machine. Absent: it does not. */
  readonly awaitsModel?: (() => boolean) | undefined;
  /**
   * Called when comments that the index knows have left the corpus, which then is a newer one: resolves once whatever
   * is newest serves. Absent where nobody looks after that.
   */
  readonly renew?: (() => Promise<void>) | undefined;
};

export type RetrieverStatus = {
  /** Whether questions are answered at all, if only by keyword search. */
  readonly serving: boolean;
  readonly mode: Answer['mode'];
  /** Why it is keyword search; undefined under `semantic`. */
  readonly keywordReason: string | undefined;
  /** Comments that can be found. */
  readonly rows: number;
  readonly sample: boolean;
  /** Those that comments are found of. */
  readonly sources: readonly string[];
  /** Under `keyword`: whether search by meaning waits for a model that is not on this machine. */
  readonly awaitsModel: boolean;
  readonly model: string | null;
  readonly precision: string | null;
  readonly device: string | null;
  readonly metric: Answer['metric'];
  readonly indexedAt: string | null;
  /** What is being made ready; undefined when nothing is. */
  readonly progress: Progress | undefined;
};

export type RetrieverControls = Retriever & {
  /** Answers from now on with `next`; what served before finishes its questions and is handed to `retire`. */
  serve(next: Serving, retire?: (previous: Serving) => void): void;
  /** What is being made ready, for the notes of answers. */
  progress(progress: Progress | undefined): void;
};

const NO_INDEX = 'there is no index by meaning yet';
const OLD_INDEX = 'the index by meaning is older than the comments';

export function createRetriever({ queue, log }: { queue: JobQueue; log: Logger }): RetrieverControls {
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
    { sees, filter, limit = 5, depth = 50, signal, byWords = false }: AskOptions & { readonly byWords?: boolean },
  ): Promise<{ answer: Answer; gone: number; renew: Serving['renew'] }> {
    const startedAt = performance.now();
    const { vector, notes } = byWords
      ? { notes: [`Keyword search: ${OLD_INDEX}.`] }
      : await embed(current, question, signal);
    const request: SearchRequest = {
      limit,
      depth: Math.max(depth, limit),
      filter: within(filter, sees),
      text: question,
      vector,
    };
    const found = await current.search.search(request, signal);
    const { manifest } = current.search.status;
    const semantic = vector !== undefined;
    const metric = semantic && manifest ? manifest.metric : 'bm25';
    const answered: Answer = {
      kind: 'answer',
      question,
      mode: semantic ? 'semantic' : 'keyword',
      model: semantic && current.embedder ? current.embedder.identity.model : null,
      device: semantic && current.embedder ? current.embedder.device : null,
      metric,
      tookMs: performance.now() - startedAt,
      indexedAt: (semantic && manifest ? manifest.createdAt : current.readAt) ?? null,
      notes: [...notes, ...notesOf(current, progress, found.ranking.length > 0)],
      hits: explainOrder(
        found.comments.map(({ comment, score }, index) => toHit(comment, index + 1, score)),
        metric,
      ),
      offset: 0,
      more: found.ranking.length > found.comments.length,
      ranking: found.ranking,
      vector,
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
      const vector = await embedder.embed([question], { priority: 'question', signal });
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
    ask: (question, options) => queue.run(() => answerFromNewest(question, options), options.signal),
    comments: (keys, sees) => using(({ search }) => search.comments(keys, sees === 'all' ? undefined : sees)),
    status: () => statusOf(serving, progress),
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

/** The filter, which names sources, narrowed to those that may answer. */
function within(filter: CommentFilter | undefined, sees: Sees): CommentFilter | undefined {
  if (sees === 'all') return filter;
  const { sources = sees } = filter ?? {};
  return { ...filter, sources: sources.filter((spec) => sees.includes(spec)) };
}

async function questionNotes(embedder: Embedder, question: string): Promise<string[]> {
  const notes: string[] = [];
  // A token is at least one character, so a short question cannot be cut.
  if (question.length > embedder.identity.maxTokens - 2 && (await embedder.truncates(question))) {
    notes.push(
      `The question is longer than the model reads: only its first ${embedder.identity.maxTokens} tokens counted.`,
    );
  }
  if (isMainlyNotLatin(question) && isEnglishModel(embedder.identity.model)) {
    notes.push('The model knows mainly English: an English question may find more.');
  }
  return notes;
}

function isEnglishModel(model: string): boolean {
  return !/multilingual|xlm|bge-m3|labse|gte-multi/i.test(model);
}

function isMainlyNotLatin(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter));
  return letters.length > 0 && latin.length < letters.length / 2;
}

function notesOf({ sample, search, freshness }: Serving, progress: Progress | undefined, found: boolean): string[] {
  const notes: string[] = [];
  if (progress) notes.push(progressNote(progress));
  if (sample) notes.push('These are sample data: no real source could be read yet.');
  const age = freshness?.();
  if (age && found) notes.push(age);
  if (!found && !progress && search.status.rows === 0) notes.push('Nothing is indexed yet.');
  return notes;
}

/** `Indexing, 34 %.` */
export function progressNote({ what, done, total }: Progress): string {
  const head = what.charAt(0).toUpperCase() + what.slice(1);
  return total === undefined ? `${head}.` : `${head}, ${percent(done, total)} %.`;
}

function statusOf(serving: Serving | undefined, progress: Progress | undefined): RetrieverStatus {
  const manifest = serving?.search.status.manifest;
  const embedder = manifest ? serving?.embedder : undefined;
  const semantic = embedder !== undefined && manifest !== undefined;
  return {
    serving: serving !== undefined && serving.search.status.rows > 0,
    mode: semantic ? 'semantic' : 'keyword',
    keywordReason: semantic ? undefined : (serving?.keywordReason?.() ?? NO_INDEX),
    rows: serving?.search.status.rows ?? 0,
    sample: serving?.sample ?? false,
    sources: serving?.sources ?? [],
    awaitsModel: !semantic && (serving?.awaitsModel?.() ?? false),
    model: embedder?.identity.model ?? null,
    precision: embedder?.identity.precision ?? null,
    device: embedder?.device ?? null,
    metric: semantic ? manifest.metric : 'bm25',
    indexedAt: (semantic ? manifest.createdAt : serving?.readAt) ?? null,
    progress,
  };
}
