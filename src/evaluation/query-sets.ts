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
  /** Its questions are some of that set's: beside it they do not count again for all sets together. */
  readonly partOf?: 'links';
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
  return { ...pointing('duplicates', issues, DUPLICATE_OF), partOf: 'links' };
}

/** `duplicates-with-body`: the same, asked with the issue's title and body, as a whole message in a help channel asks. */
export function duplicatesWithBodySet(issues: readonly EvaluatedIssue[]): QuerySet {
  const set = pointing('duplicates-with-body', issues, DUPLICATE_OF, ({ title, body }) => `${title}\n${body}`.trim());
  return { ...set, partOf: 'links' };
}

const DUPLICATE_OF = /\b(?:duplicates?|dup|dupe) of #(\d+)\b/gi;

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

function pointing(
  name: string,
  issues: readonly EvaluatedIssue[],
  pattern: RegExp,
  textOf: (issue: EvaluatedIssue) => string = ({ title }) => title,
): QuerySet {
  const passages = passagesOf(issues);
  const answering = new Set(passages.map(({ issue }) => issue));
  const queries = issues.flatMap((issue) => {
    const { url, comments } = issue;
    const named = comments.flatMap((text) =>
      [...text.matchAll(pattern)].map(([, number = '']) => numbered(url, number)),
    );
    const targets = new Set(named.filter((target) => target !== url && answering.has(target)));
    return targets.size > 0 ? [{ text: textOf(issue), issues: targets, leftOut: url }] : [];
  });
  return { name, passages, layout: 'document', queries };
}

/** The issue of that number in the same repository. */
export function numbered(url: string, number: number | string): string {
  return url.replace(/\d+\/?$/, String(number));
}

/** What can be mined of issues, by its name in tables. */
export const MINED_SETS: Readonly<Record<string, (issues: readonly EvaluatedIssue[]) => QuerySet>> = {
  links: linksSet,
  titles: titlesSet,
  duplicates: duplicatesSet,
  'duplicates-with-body': duplicatesWithBodySet,
};
