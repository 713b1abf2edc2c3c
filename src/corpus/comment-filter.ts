import type { Comment } from './store.ts';

/** Which comments may be found: they pass every part that is there. */
export type CommentFilter = Narrowing & {
  /** Only of these sources. */
  readonly sources?: readonly string[] | undefined;
  /** By source, what holds for its comments beside the rest. */
  readonly standing?: Readonly<Record<string, Narrowing>> | undefined;
};

export type Narrowing = {
  /** Of the issue: `open` or `closed`. */
  readonly state?: string | undefined;
  /** The issue has all of these; upper and lower case are the same. */
  readonly labels?: readonly string[] | undefined;
  /** ISO 8601: written then or later. A comment without a date does not pass. */
  readonly since?: string | undefined;
  /** Who wrote the comment, by login; upper and lower case are the same. */
  readonly author?: string | undefined;
};

/** What a filter looks at. */
export type Filtered = Pick<Comment, 'source' | 'issueState' | 'labels' | 'createdAt' | 'author'>;

/** Whether a comment passes. The store's `rowsOf` gives exactly the rows of those that do. */
export function passes(comment: Filtered, filter: CommentFilter): boolean {
  const { sources, standing = {} } = filter;
  if (sources && !sources.includes(comment.source)) return false;
  const own = Object.hasOwn(standing, comment.source) ? standing[comment.source] : undefined;
  return fits(comment, filter) && (own === undefined || fits(comment, own));
}

function fits(comment: Filtered, { state, labels = [], since, author }: Narrowing): boolean {
  if (state !== undefined && comment.issueState !== state) return false;
  if (author !== undefined && folded(comment.author ?? '') !== folded(author)) return false;
  if (since !== undefined && !(comment.createdAt !== undefined && comment.createdAt >= since)) return false;
  const own = new Set((comment.labels ?? []).map(folded));
  return labels.every((label) => own.has(folded(label)));
}

/** All that comments of a source have to fit, as one; undefined: no comment can. */
export function narrowingOf(source: string, { standing = {}, ...filter }: CommentFilter): Narrowing | undefined {
  const own: Narrowing = Object.hasOwn(standing, source) ? (standing[source] ?? {}) : {};
  const differ = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && one !== other;
  if (
    differ(filter.state, own.state) ||
    differ(filter.author && folded(filter.author), own.author && folded(own.author))
  )
    return undefined;
  return {
    state: filter.state ?? own.state,
    labels: [...(filter.labels ?? []), ...(own.labels ?? [])],
    since: [filter.since, own.since]
      .filter((since) => since !== undefined)
      .sort()
      .at(-1),
    author: filter.author ?? own.author,
  };
}

/** Whether a filter lets everything through but what its sources leave out. */
export function isOfSourcesAlone({ state, labels = [], since, author, standing = {} }: CommentFilter): boolean {
  return (
    state === undefined &&
    labels.length === 0 &&
    since === undefined &&
    author === undefined &&
    Object.keys(standing).length === 0
  );
}

function folded(text: string): string {
  return text.toLowerCase();
}
