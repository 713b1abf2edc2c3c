import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Comment, CommentStore } from '../corpus/store.ts';
import { linkedIssues } from './linked-issues.ts';

/** An issue's title that is asked as a question, and its comments that would answer it. */
export type AskedTitle = {
  readonly title: string;
  readonly issue: string;
  /** Its comments, a few at most. */
  readonly comments: readonly Pick<Comment, 'row' | 'text'>[];
  /** The rows of those that are too many. */
  readonly others: readonly number[];
  /** Issues that its body and its comments name: they answer it as well. */
  readonly linked: readonly string[];
};

/** Embedding every comment of a long discussion would cost too much. */
const MOST_COMMENTS = 8;
const MOST_CHARACTERS = 4_000;

type Issue = { readonly title: string; readonly order: string; readonly comments: Comment[] };

/** Titles of issues: the same each time, those whose addresses have the smallest hashes. */
export async function askedTitles(
  store: Pick<CommentStore, 'scan'>,
  { most, signal }: { readonly most: number; readonly signal: AbortSignal },
): Promise<readonly AskedTitle[]> {
  let chosen = new Map<string, Issue>();
  /** Addresses with a larger hash have lost their chance. */
  let last = '~';
  for await (const page of store.scan()) {
    await nextTurn();
    signal.throwIfAborted();
    for (const comment of page) {
      const { issueUrl, title } = comment;
      const known = chosen.get(issueUrl);
      if (known) known.comments.push(comment);
      if (known || !/[\p{L}\p{N}]/u.test(title)) continue;
      const order = createHash('sha256').update(issueUrl).digest('hex');
      if (order < last) chosen.set(issueUrl, { title, order, comments: [comment] });
    }
    if (chosen.size > 2 * most) {
      chosen = smallest(chosen, most);
      last = [...chosen.values()].at(-1)?.order ?? last;
    }
  }
  return [...smallest(chosen, most)].map(([issue, { title, comments }]) => ({
    title,
    issue,
    comments: comments
      .slice(0, MOST_COMMENTS)
      .map(({ row, text }) => ({ row, text: text.slice(0, MOST_CHARACTERS).toWellFormed() })),
    others: comments.slice(MOST_COMMENTS).map(({ row }) => row),
    linked: [...linkedIssues([comments[0]?.body, ...comments.map(({ text }) => text)].join('\n'), issue)],
  }));
}

function smallest(issues: ReadonlyMap<string, Issue>, count: number): Map<string, Issue> {
  const sorted = [...issues].sort(([, one], [, other]) => (one.order < other.order ? -1 : 1));
  return new Map(sorted.slice(0, count));
}
