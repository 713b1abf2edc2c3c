import { type CommentFilter, passes } from '../corpus/comment-filter.ts';
import type { Comment, CommentStore } from '../corpus/store.ts';
import type { Ranked } from './answer.ts';
import type { KeywordIndex } from './bm25.ts';
import type { RowFilters } from './row-filters.ts';
import type { Neighbours, VectorIndex } from './vector-index.ts';

export type SearchRequest = {
  /** How many comments to look up whole. */
  readonly limit: number;
  /** How long a ranking to give; at least `limit`. Default 50. */
  readonly depth?: number;
  /** Holds inside the search: as many comments come as pass it, up to `limit`. */
  readonly filter?: CommentFilter | undefined;
} & (
  | {
      /** The question's vector: search by meaning. */
      readonly vector: Float32Array;
      readonly text?: undefined;
    }
  | {
      /** The question: keyword search. */
      readonly text: string;
      readonly vector?: undefined;
    }
);

export type SearchResult = {
  /** The first `limit`, best first. Fewer when there are fewer. */
  readonly comments: readonly ScoredComment[];
  /** The first `depth`, these included. */
  readonly ranking: readonly Ranked[];
  /** How many the whole ranking holds, before the filter: all of the index, or those that share a word. */
  readonly total: number;
  /** How many of those ranked have left the store since the index was made: with any, something newer should answer. */
  readonly gone: number;
};

type ScoredComment = { readonly comment: Comment; readonly score: number };

export type Searcher = {
  readonly store: CommentStore;
  /** Absent: no search by meaning. */
  readonly vectors: VectorIndex | undefined;
  /** Waited for by keyword questions alone. */
  readonly keywords: Promise<KeywordIndex>;
  readonly filters: RowFilters;
};

const DEFAULT_DEPTH = 50;

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
  const depth = Math.max(limit, request.depth ?? DEFAULT_DEPTH);
  const rank = await rankerOf(searcher, request);
  const rowFilter = await searcher.filters(filter);
  const { found, gone, total } = await lookUp(searcher, (count) => rank(count, rowFilter), { depth, filter, signal });
  const ranking = found.slice(0, depth).map(({ comment: { key }, score }) => ({ key, score }));
  return {
    comments: found.slice(0, limit),
    ranking,
    total,
    // The filter lets through what the store has; how much has left it shows without.
    gone: rowFilter ? await goneAmong(searcher, rank(depth).rows, ranking.length) : gone,
  };
}

type Ranker = (
  count: number,
  filter?: (row: number) => boolean,
) => Neighbours & {
  readonly total: number;
};

type Found = { readonly found: readonly ScoredComment[]; readonly gone: number; readonly total: number };
type LookUpOptions = Pick<SearchRequest, 'filter'> & {
  readonly depth: number;
  readonly signal: AbortSignal | undefined;
};

/** Goes down the ranking until `depth` comments are found. */
async function lookUp({ store }: Searcher, rank: Ranker, { depth, filter, signal }: LookUpOptions): Promise<Found> {
  const found: ScoredComment[] = [];
  let lookedUp = 0;
  let gone = 0;
  for (let count = depth + Math.ceil(depth / 10); ; count *= 4) {
    signal?.throwIfAborted();
    const { rows, scores, total } = rank(count);
    const comments = await store.byRow(rows.slice(lookedUp));
    for (const [place, comment] of comments.entries()) {
      if (!comment) gone++;
      else if (!filter || passes(comment, filter)) found.push({ comment, score: scores[lookedUp + place] as number });
    }
    lookedUp = rows.length;
    if (found.length >= depth || rows.length < count) return { found, gone, total };
  }
}

/** As many as it would be of `ranked` that are found. */
async function goneAmong({ store }: Searcher, rows: readonly number[], ranked: number): Promise<number> {
  const comments = await store.byRow(rows);
  const gone = comments.filter((comment) => comment === undefined).length;
  return ranked === 0 || gone === rows.length ? gone : Math.round((gone * ranked) / (rows.length - gone));
}

async function rankerOf({ vectors, keywords }: Searcher, request: SearchRequest): Promise<Ranker> {
  if (request.text !== undefined) {
    const index = await keywords;
    return (count, filter) => index.search(request.text, count, filter);
  }
  if (!vectors) throw new Error('this search has no vectors, so it answers keyword questions alone');
  return (count, filter) => ({ ...vectors.search(request.vector, count, filter), total: vectors.size });
}
