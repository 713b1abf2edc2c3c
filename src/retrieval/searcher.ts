import type { Comment, CommentStore } from '../corpus/store.ts';
import type { Ranked } from './answer.ts';
import type { KeywordIndex } from './bm25.ts';
import type { Neighbours, VectorIndex } from './vector-index.ts';

export type SearchRequest = {
  /** How many comments to look up whole. */
  readonly limit: number;
  /** How long a ranking to give; at least `limit`. Default 50. */
  readonly depth?: number;
  readonly filter?: SearchFilter | undefined;
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

type SearchFilter = {
  /** Only comments of these sources. */
  readonly sources: readonly string[];
};

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
};

const DEFAULT_DEPTH = 50;

/** Ranks, and looks the comments up in the store. Comments that have left it since the index was made are skipped. */
export async function searchComments(
  searcher: Searcher,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchResult> {
  const { limit, filter } = request;
  const depth = Math.max(limit, request.depth ?? DEFAULT_DEPTH);
  const rank = await rankerOf(searcher, request);
  const found: ScoredComment[] = [];
  let lookedUp = 0;
  let gone = 0;
  for (let count = depth + Math.ceil(depth / 10); ; count *= 4) {
    signal?.throwIfAborted();
    const { rows, scores, total } = rank(count);
    const comments = await searcher.store.byRow(rows.slice(lookedUp));
    for (const [place, comment] of comments.entries()) {
      if (!comment) gone++;
      else if (isWanted(comment, filter)) found.push({ comment, score: scores[lookedUp + place] as number });
    }
    lookedUp = rows.length;
    if (found.length < depth && rows.length === count) continue;
    const ranking = found.slice(0, depth).map(({ comment: { key }, score }) => ({ key, score }));
    return { comments: found.slice(0, limit), ranking, total, gone };
  }
}

type Ranker = (count: number) => Neighbours & { readonly total: number };

async function rankerOf({ vectors, keywords }: Searcher, request: SearchRequest): Promise<Ranker> {
  if (request.text !== undefined) {
    const index = await keywords;
    return (count) => index.search(request.text, count);
  }
  if (!vectors) throw new Error('this search has no vectors, so it answers keyword questions alone');
  return (count) => ({ ...vectors.search(request.vector, count), total: vectors.size });
}

function isWanted(comment: Comment, filter: SearchFilter | undefined): boolean {
  return !filter || filter.sources.includes(comment.source);
}
