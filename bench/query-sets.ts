import { readFileSync } from 'node:fs';
import { wordCount } from '../src/corpus/prepare.ts';

/** One comment that can be found. */
export type Passage = {
  readonly issue: number;
  /** Among all comments of the issue, from 0. */
  readonly position: number;
  readonly title: string;
  readonly body: string;
  readonly text: string;
};

export type Query = {
  readonly text: string;
  /** Issues whose comments answer it. */
  readonly issues: ReadonlySet<number>;
  /** The one comment that answers it; absent: every comment of `issues` does. */
  readonly position?: number;
  /** Its own issue, which must not be the answer. */
  readonly leftOut?: number;
};

export type QuerySet = {
  readonly name: string;
  readonly passages: readonly Passage[];
  /** What of a passage is embedded and searched. */
  readonly layout: 'document' | 'comment';
  readonly queries: readonly Query[];
};

type IssueRow = {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly comments: readonly string[];
  readonly is_pull_request: boolean;
};

export function readRows<Row>(file: string): readonly Row[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

export function readIssues(file: string): readonly IssueRow[] {
  return readRows<IssueRow>(file).filter((row) => !row.is_pull_request);
}

/** The comments that recipe `seed` keeps. */
export function passagesOf(issues: readonly IssueRow[]): readonly Passage[] {
  return issues.flatMap(({ number, title, body, comments }) =>
    comments
      .map((text, position) => ({ issue: number, position, title, body: body ?? '', text }))
      .filter(({ text }) => wordCount(text) > 15),
  );
}

/** Title of an issue whose comments point to #N; the comments of N answer it. */
export function linksSet(issues: readonly IssueRow[]): QuerySet {
  const passages = passagesOf(issues);
  const answering = new Set(passages.map(({ issue }) => issue));
  const queries = issues.flatMap(({ number, title, comments }) => {
    const named = comments.flatMap((text) =>
      [...text.matchAll(/(?<![\w/])#(\d+)\b/g)].map(([, digits]) => Number(digits)),
    );
    const targets = new Set(named.filter((target) => target !== number && answering.has(target)));
    return targets.size > 0 ? [{ text: title, issues: targets, leftOut: number }] : [];
  });
  return { name: 'links', passages, layout: 'document', queries };
}

/** An issue's title; its comments answer it, each of them standing alone. */
export function titlesSet(issues: readonly IssueRow[]): QuerySet {
  const passages = passagesOf(issues);
  const answering = new Set(passages.map(({ issue }) => issue));
  const queries = issues
    .filter(({ number }) => answering.has(number))
    .map(({ number, title }) => ({ text: title, issues: new Set([number]) }));
  return { name: 'titles', passages, layout: 'comment', queries };
}

type DuplicateRow = { readonly query_issue: number; readonly query_title: string; readonly relevant_issue: number };

/** Title of an issue that was closed as a duplicate; the comments of the other one answer it. */
export function duplicatesSet(issues: readonly IssueRow[], file: string): QuerySet {
  const numbers = new Set(issues.map(({ number }) => number));
  const queries = readRows<DuplicateRow>(file)
    .filter((row) => numbers.has(row.query_issue) && numbers.has(row.relevant_issue))
    .map((row) => ({ text: row.query_title, issues: new Set([row.relevant_issue]), leftOut: row.query_issue }));
  return { name: 'duplicates', passages: passagesOf(issues), layout: 'document', queries };
}

type ParaphraseRow = { readonly question: string; readonly issue: number; readonly comment: number };

/** Questions about the sample corpus that share no content word with the comment that answers them. */
export function paraphrasedSet(sampleFile: string, questionsFile: string): QuerySet {
  const queries = readRows<ParaphraseRow>(questionsFile).map(({ question, issue, comment }) => ({
    text: question,
    issues: new Set([issue]),
    position: comment,
  }));
  return { name: 'paraphrased', passages: passagesOf(readIssues(sampleFile)), layout: 'document', queries };
}
