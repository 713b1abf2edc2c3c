import type { SourceComment, SourceIssue } from './source.ts';
import type { PipelineCounts } from './store.ts';

/**
 * Recipe `seed`, the course's pipeline: no pull requests, no issues without comments, one row per comment, comments of
 * more than 15 words.
 */
const MOST_WORDS_DROPPED = 15;

export type PreparedIssue = {
  readonly issue: SourceIssue;
  readonly kept: readonly {
    readonly comment: SourceComment;
    /** Among all comments of the issue, from 0. */
    readonly position: number;
  }[];
};

/** What is kept of some issues, and how many each step let through. */
export function prepare(
  issues: readonly SourceIssue[],
  { dropBots = false } = {},
): {
  readonly prepared: readonly PreparedIssue[];
  readonly counts: Omit<PipelineCounts, 'bad'>;
} {
  const withComments = issues.filter(({ isPullRequest, comments }) => !isPullRequest && comments.length > 0);
  const prepared = withComments.map((issue) => ({
    issue,
    kept: issue.comments
      .map((comment, position) => ({ comment, position }))
      .filter(({ comment }) => isKept(comment.text) && !(dropBots && comment.byBot)),
  }));
  return {
    prepared,
    counts: {
      rows: issues.length,
      issuesWithComments: withComments.length,
      comments: sum(withComments.map(({ comments }) => comments.length)),
      kept: sum(prepared.map(({ kept }) => kept.length)),
    },
  };
}

/** Whether a comment is long enough. */
export function isKept(text: string): boolean {
  return wordCount(text) > MOST_WORDS_DROPPED;
}

/** The text of a comment as it is embedded. */
export function documentOf({ title, body, text }: { title: string; body: string; text: string }): string {
  return `${title} \n ${body} \n ${text}`;
}

/** As Python's `len(text.split())` counts. */
export function wordCount(text: string): number {
  let words = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index++) {
    const space = isPythonSpace(text.charCodeAt(index));
    if (!space && !inWord) words++;
    inWord = !space;
  }
  return words;
}

/** Not the same as JavaScript's `\s`: U+001C to U+001F and U+0085 count, U+FEFF does not. */
function isPythonSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
