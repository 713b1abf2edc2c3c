import { type EvaluatedIssue, type Passage, passagesOf } from './passages.ts';

export type Query = {
  readonly text: string;
  /** Issues whose comments answer it, by address. */
  readonly issues: ReadonlySet<string>;
  /** The one comment that answers it, by its place in the issue; absent: every comment of `issues` does. */
  readonly position?: number | undefined;
  /** Its own issue, which must not be the answer. */
  readonly leftOut?: string | undefined;
};

/** Questions with what answers them, and what is searched for them. */
export type QuerySet = {
  readonly name: string;
  readonly passages: readonly Passage[];
  /** What of a passage is embedded and searched: title, body and comment, or the comment alone. */
  readonly layout: 'document' | 'comment';
  readonly queries: readonly Query[];
};

/**
 * `links`: the title of an issue whose comments point to `#N`; the comments of N answer it. Its own comments are left
 * out.
 */
export function linksSet(issues: readonly EvaluatedIssue[]): QuerySet {
  return pointing('links', issues, /(?<![\w/])#(\d+)\b/g);
}

/** `duplicates`: the title of an issue that somebody called a duplicate of `#N`; the comments of N answer it. */
export function duplicatesSet(issues: readonly EvaluatedIssue[]): QuerySet {
  return pointing('duplicates', issues, /\b(?:duplicates?|dup|dupe) of #(\d+)\b/gi);
}

/** `titles`: an issue's title; its comments answer it, each of them standing alone. */
export function titlesSet(issues: readonly EvaluatedIssue[]): QuerySet {
  const passages = passagesOf(issues);
  const answering = new Set(passages.map(({ issue }) => issue));
  const queries = issues
    .filter(({ url }) => answering.has(url))
    .map(({ url, title }) => ({ text: title, issues: new Set([url]) }));
  return { name: 'titles', passages, layout: 'comment', queries };
}

/** Questions that somebody wrote down, with the issues that answer them. */
export function writtenSet(name: string, issues: readonly EvaluatedIssue[], queries: readonly Query[]): QuerySet {
  const passages = passagesOf(issues);
  const answering = new Set(passages.map(({ issue }) => issue));
  const usable = queries.filter((query) => [...query.issues].some((issue) => answering.has(issue)));
  return { name, passages, layout: 'document', queries: usable };
}

function pointing(name: string, issues: readonly EvaluatedIssue[], pattern: RegExp): QuerySet {
  const passages = passagesOf(issues);
  const answering = new Set(passages.map(({ issue }) => issue));
  const queries = issues.flatMap(({ url, title, comments }) => {
    const named = comments.flatMap((text) =>
      [...text.matchAll(pattern)].map(([, number = '']) => numbered(url, number)),
    );
    const targets = new Set(named.filter((target) => target !== url && answering.has(target)));
    return targets.size > 0 ? [{ text: title, issues: targets, leftOut: url }] : [];
  });
  return { name, passages, layout: 'document', queries };
}

/** The issue of that number in the same repository. */
export function numbered(url: string, number: number | string): string {
  return url.replace(/\d+\/?$/, String(number));
}
