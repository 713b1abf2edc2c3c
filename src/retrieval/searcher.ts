import { setTimeout as sleep } from 'node:timers/promises';
import type { CommentFilter } from '../corpus/comment-filter.ts';
import type { Comment, CommentStore } from '../corpus/store.ts';
import { aheadOfOthers } from './ahead.ts';
import type { Ranked } from './answer.ts';
import type { Ahead } from './bands.ts';
import type { CorpusWords } from './build-keywords.ts';
import { REPEATS } from './explain-order.ts';
import { type FoundComment, goneAmong, lookUp } from './look-up.ts';
import { BEFORE_COPIES, copiesLast, type Placed } from './near-copies.ts';
import { type Ranker, rankByBoth, rankByMeaning, rankByWords } from './rank.ts';
import type { Recipe } from './recipes.ts';
import type { RowFilters } from './row-filters.ts';
import type { VectorIndex } from './vector-index.ts';

export type SearchRequest = {
  /** How many comments to look up whole. */
  readonly limit: number;
  /** How long a ranking to give; at least `limit`. Default 50. */
  readonly depth?: number;
  /** Holds inside the search: as many comments come as pass it, up to `limit`. */
  readonly filter?: CommentFilter | undefined;
  /** The question, for its words. Alone: keyword search. */
  readonly text?: string | undefined;
  /** The question's vector: search by meaning, together with the words where the recipe says so and `text` is there. */
  readonly vector?: Float32Array | undefined;
};

export type SearchResult = {
  /** The first `limit`, best first. Fewer when there are fewer. */
  readonly comments: readonly ScoredComment[];
  /** The first `depth`, these included. */
  readonly ranking: readonly RankedAhead[];
  /** How many the whole ranking holds, before the filter: all of the index, or those that share a word. */
  readonly total: number;
  /** How many of those ranked have left the store since the index was made: with any, something newer should answer. */
  readonly gone: number;
};

type RankedAhead = Ranked & {
  /** Absent where what it is told from had no say, or the ranking is short. */
  readonly ahead?: Ahead | undefined;
};

type ScoredComment = { readonly comment: Comment; readonly score: number };

export type Searcher = {
  readonly store: CommentStore;
  /** Absent: no search by meaning. */
  readonly vectors: VectorIndex | undefined;
  /** Keyword questions wait for them; others only for a moment, then they do without. */
  readonly keywords: Promise<CorpusWords>;
  readonly filters: RowFilters;
  /** Whether comments that left the store may be in the rankings still. */
  lags(): Promise<boolean>;
  /** Of the index; of the configuration where there is none. */
  readonly recipe: Recipe;
  /** How much meaning decides beside words; 1: meaning alone. */
  readonly meaningWeight: number;
};

const DEFAULT_DEPTH = 50;
const WORDS_PATIENCE_MS = 2_000;

/**
 * Ranks what passes the filter, and looks the comments up in the store. Comments that have left it since the index was
 * made are skipped.
 */
export async function searchComments(
  searcher: Searcher,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchResult> {
  const { limit, filter } = request;
  const { store, recipe } = searcher;
  const depth = Math.max(limit, request.depth ?? DEFAULT_DEPTH);
  const rank = await rankerOf(searcher, request);
  const rowFilter = await searcher.filters(filter);
  const { found, gone, total } = await lookUp({
    store,
    rank: (count) => rank(count, rowFilter),
    depth: recipe.copiesLast ? Math.max(depth, BEFORE_COPIES) : depth,
    filter,
    onceOfSources: recipe.copiesLast,
    signal,
  });
  const ranked = placed(recipe, found.slice(0, Math.max(depth, BEFORE_COPIES))).slice(0, depth);
  const ahead = aheadOf(
    searcher,
    request,
    ranked.map(({ hit }) => hit),
  );
  const ranking = ranked.map(({ hit, copyOf }, place) => ({
    key: hit.comment.key,
    score: hit.score,
    ahead: ahead[place],
    ...(copyOf && { because: REPEATS }),
  }));
  return {
    comments: ranked.slice(0, limit).map(({ hit: { comment, score } }) => ({ comment, score })),
    ranking,
    total,
    // The filter lets through what the store has; how much has left it shows without.
    gone: rowFilter && (await searcher.lags()) ? await goneAmong(store, rank(depth).rows, ranking.length) : gone,
  };
}

function placed({ copiesLast: isLast }: Recipe, found: readonly FoundComment[]): readonly Placed<FoundComment>[] {
  return isLast ? copiesLast(found, ({ comment }) => comment) : found.map((hit) => ({ hit }));
}

/** How near comments are to a vector, in the order asked; undefined for what the index does not hold. */
export async function scoreComments(
  { store, vectors }: Searcher,
  vector: Float32Array,
  keys: readonly string[],
): Promise<readonly (number | undefined)[]> {
  const comments = await store.byKey(keys);
  const rows = comments.flatMap((comment) => comment?.row ?? []);
  const scores = new Map(vectors?.scores(vector, rows).map((score, place) => [rows[place], score]));
  return comments.map((comment) => {
    const score = comment && scores.get(comment.row);
    return Number.isFinite(score) ? score : undefined;
  });
}

/** Words that are to have their say and are not there yet leave it open how sure a hit is. */
function aheadOf(
  { vectors, meaningWeight }: Searcher,
  { vector }: SearchRequest,
  hits: readonly FoundComment[],
): readonly (Ahead | undefined)[] {
  if (!vectors || !vector || (meaningWeight < 1 && hits.some(({ words }) => words === undefined))) return [];
  return aheadOfOthers(
    // A copy in another issue is a rival: what is said in several is seldom the answer to one question.
    hits.map(({ comment, score, words = 0 }) => ({ issue: comment.issueUrl, score, words })),
    vectors.metric,
  );
}

async function rankerOf(searcher: Searcher, { text, vector }: SearchRequest): Promise<Ranker> {
  const { vectors, keywords, recipe, meaningWeight: weight } = searcher;
  if (!vector) return rankByWords(await keywords, text ?? '', recipe);
  if (!vectors) throw new Error('this search has no vectors, so it answers keyword questions alone');
  const words = weight < 1 && text !== undefined ? await soon(keywords) : undefined;
  if (!words || text === undefined) return rankByMeaning(vectors, vector);
  return rankByBoth({ vectors, vector, words, text, recipe, weight });
}

/** Right after a large corpus was opened its words are not there yet, and whoever asks has waited long enough. */
async function soon(keywords: Promise<CorpusWords>): Promise<CorpusWords | undefined> {
  const patience = new AbortController();
  try {
    return await Promise.race([keywords, sleep(WORDS_PATIENCE_MS, undefined, { signal: patience.signal, ref: false })]);
  } catch {
    return undefined;
  } finally {
    patience.abort();
  }
}
