import type { Comment } from '../corpus/store.ts';
import type { Metric } from './answer.ts';
import { REPEATS } from './explain-order.ts';
import { oneOfEachFirst } from './fuse-rankings.ts';
import type { SearchResult } from './searcher.ts';

/** So many of the first hits are read again; what they cost and bring: docs/quality.md. */
export const RERANKED = 20;

/**
 * Added to every rank before one is divided by it, as in fusion by reciprocal ranks: the smaller, the more the first
 * places of either order count.
 */
const RANK_CONSTANT = 10;

/** Of a hit that a cross-encoder put above one that the search had before it. */
export const READS_BETTER = 'answers more directly';

/** What of a comment is read beside the question. */
export function textToRead({ title, text }: Pick<Comment, 'title' | 'text'>): string {
  return `${title}\n${text}`;
}

/** The hits that may change places: those at the beginning that were looked up, but for what repeats another. */
export function placesToRerank({ comments, ranking }: Pick<SearchResult, 'comments' | 'ranking'>): readonly number[] {
  return comments.slice(0, RERANKED).flatMap((_, place) => (ranking[place]?.because === REPEATS ? [] : [place]));
}

/**
 * The result with those hits in the order of search and reading together, each issue's best one first, on the places
 * that they had together; all others stay where they are. What is shown as the score does not change.
 *
 * @param places as `placesToRerank` gives them
 * @param scores of the hits there, in the same order; more is better
 */
export function reorder(
  found: SearchResult,
  { places, scores, metric }: { places: readonly number[]; scores: ArrayLike<number>; metric: Metric },
): SearchResult {
  const order = inOrderOf(scores, places, (place) => found.comments[place]?.comment.issueUrl ?? '');
  const comments = [...found.comments];
  const ranking = [...found.ranking];
  for (const [index, place] of order.entries()) {
    const target = places[index] as number;
    const hit = found.ranking[place];
    const comment = found.comments[place];
    if (!hit || !comment) continue;
    comments[target] = comment;
    ranking[target] = isLifted(index, order, found, metric) ? { ...hit, because: READS_BETTER } : hit;
  }
  return { ...found, comments, ranking };
}

/**
 * By the place that a hit had and the one that its score gives it, both counting the same; the best of each issue stands
 * before all others, and of equals the one that stood first.
 */
export function inOrderOf(
  scores: ArrayLike<number>,
  places: readonly number[],
  issueOf: (place: number) => string,
): readonly number[] {
  const found = [...places.keys()];
  const read = found.toSorted((one, other) => (scores[other] as number) - (scores[one] as number) || one - other);
  const worth = found.map((index) => 1 / (RANK_CONSTANT + index) + 1 / (RANK_CONSTANT + read.indexOf(index)));
  const sorted = found
    .toSorted((one, other) => (worth[other] as number) - (worth[one] as number) || one - other)
    .map((index) => places[index] as number);
  const issues = [...new Set(sorted.map(issueOf))];
  return oneOfEachFirst(sorted, (place) => issues.indexOf(issueOf(place)));
}

/**
 * Whether the hit at `index` now stands above one that was before it and has a better score, and not only since that one
 * is another comment of an issue that stands higher still.
 */
function isLifted(
  index: number,
  order: readonly number[],
  { comments, ranking }: SearchResult,
  metric: Metric,
): boolean {
  const place = order[index] as number;
  const score = (at: number) => (ranking[at]?.score ?? 0) * (metric === 'l2' ? -1 : 1);
  const issueOf = (at: number) => comments[at]?.comment.issueUrl;
  const higher = new Set(order.slice(0, index).map(issueOf));
  return order
    .slice(index + 1)
    .some((other) => other < place && score(other) > score(place) && !higher.has(issueOf(other)));
}
