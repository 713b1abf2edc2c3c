import { type CommentFilter, passes } from '../corpus/comment-filter.ts';
import type { Comment, CommentStore } from '../corpus/store.ts';
import { isFollowed } from './near-copies.ts';
import type { Ranker } from './rank.ts';

/** `words`: what it scores by words, as a part of what could be scored; absent where words had no say. */
export type FoundComment = {
  readonly comment: Comment;
  readonly score: number;
  readonly words?: number | undefined;
};

export type Found = { readonly found: readonly FoundComment[]; readonly gone: number; readonly total: number };

export type LookUpOptions = {
  readonly store: CommentStore;
  readonly rank: Ranker;
  readonly depth: number;
  readonly filter: CommentFilter | undefined;
  /** Whether a comment that several sources have is found once. */
  readonly onceOfSources: boolean;
  readonly signal: AbortSignal | undefined;
};

/** Goes down the ranking until `depth` comments are found. */
export async function lookUp({ store, rank, depth, filter, onceOfSources, signal }: LookUpOptions): Promise<Found> {
  const found: FoundComment[] = [];
  const isNew = onceOfSources ? newcomers(found) : () => true;
  let lookedUp = 0;
  let gone = 0;
  for (let count = depth + Math.ceil(depth / 10); ; count *= 4) {
    signal?.throwIfAborted();
    const { rows, scores, words, total } = rank(count);
    // A ranking by both holds up to four times as many as are needed, and looking them up is what takes longest.
    const comments = await store.byRow(rows.slice(lookedUp, count));
    for (const [place, comment] of comments.entries()) {
      if (!comment) gone++;
      else if ((!filter || passes(comment, filter)) && isNew(comment)) {
        found.push({ comment, score: scores[lookedUp + place] as number, words: words?.[lookedUp + place] });
      }
    }
    lookedUp += comments.length;
    if (found.length >= depth || lookedUp < count) return { found, gone, total };
  }
}

/**
 * Whether a comment is there yet from no other source: none with its key, nor the same words in the same issue. Where one
 * is there, the followed repository's takes its place: it alone is up to date.
 */
function newcomers(found: FoundComment[]): (comment: Comment) => boolean {
  const places = new Map<string, number>();
  return (comment) => {
    const names = [comment.key, `${comment.issueUrl}\n${comment.text}`];
    const place = names.map((name) => places.get(name)).find((known) => known !== undefined);
    const there = place === undefined ? undefined : found[place];
    if (place === undefined || !there || there.comment.source === comment.source) {
      for (const name of names) if (!places.has(name)) places.set(name, found.length);
      return true;
    }
    if (isFollowed(comment.source) && !isFollowed(there.comment.source)) found[place] = { ...there, comment };
    return false;
  };
}

/** As many as it would be of `ranked` that are found. */
export async function goneAmong(store: CommentStore, rows: readonly number[], ranked: number): Promise<number> {
  const comments = await store.byRow(rows);
  const gone = comments.filter((comment) => comment === undefined).length;
  return ranked === 0 || gone === rows.length ? gone : Math.round((gone * ranked) / (rows.length - gone));
}
