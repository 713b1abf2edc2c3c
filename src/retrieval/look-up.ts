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
  const add = onceOfSources ? adderOnce(found) : (one: FoundComment) => void found.push(one);
  let lookedUp = 0;
  let gone = 0;
  for (let count = depth + Math.ceil(depth / 10); ; count *= 4) {
    signal?.throwIfAborted();
    const { rows, scores, words, total } = rank(count);
    // A ranking by both holds up to four times as many as are needed, and looking them up is what takes longest.
    const comments = await store.byRow(rows.slice(lookedUp, count));
    for (const [place, comment] of comments.entries()) {
      if (!comment) gone++;
      else if (!filter || passes(comment, filter)) {
        add({ comment, score: scores[lookedUp + place] as number, words: words?.[lookedUp + place] });
      }
    }
    lookedUp += comments.length;
    if (found.length >= depth || lookedUp < count) return { found, gone, total };
  }
}

/**
 * Adds what is found; once where several sources have it, by its key or with the same words in the same issue. A followed
 * repository's comment stands for the others, since it alone is up to date: in the place of one that says the same, but not
 * of one with words that are no longer its own.
 */
function adderOnce(found: FoundComment[]): (one: FoundComment) => void {
  const known = new Map<string, FoundComment>();
  const namesOf = ({ comment: { key, issueUrl, text } }: FoundComment) => [key, `${issueUrl}\n${text}`];
  const isThere = (one: FoundComment | undefined) => one !== undefined && found.includes(one);
  const note = (one: FoundComment, names: readonly string[]) => {
    for (const name of names) if (!isThere(known.get(name))) known.set(name, one);
  };

  return (one) => {
    const { comment } = one;
    const names = namesOf(one);
    const there = names.map((name) => known.get(name)).find(isThere);
    if (there && there.comment.source !== comment.source) {
      if (!isFollowed(comment.source) || isFollowed(there.comment.source)) return;
      const place = found.indexOf(there);
      if (there.comment.text === comment.text) {
        const same = { ...there, comment };
        found[place] = same;
        note(same, [...names, ...namesOf(there)]);
        return;
      }
      found.splice(place, 1);
    }
    found.push(one);
    note(one, names);
  };
}

/** As many as it would be of `ranked` that are found. */
export async function goneAmong(store: CommentStore, rows: readonly number[], ranked: number): Promise<number> {
  const comments = await store.byRow(rows);
  const gone = comments.filter((comment) => comment === undefined).length;
  return ranked === 0 || gone === rows.length ? gone : Math.round((gone * ranked) / (rows.length - gone));
}
