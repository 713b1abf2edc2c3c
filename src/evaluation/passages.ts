import { isKept } from '../corpus/prepare.ts';

/** An issue with all its comments, also those too short to be found: they may say which other issue answers it. */
export type EvaluatedIssue = {
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly comments: readonly string[];
};

/** One comment that can be found. */
export type Passage = {
  /** The issue's address. */
  readonly issue: string;
  /** Among all comments of the issue, from 0. */
  readonly position: number;
  readonly title: string;
  readonly body: string;
  readonly text: string;
};

/** The comments that are long enough to be kept. */
export function passagesOf(issues: readonly EvaluatedIssue[]): readonly Passage[] {
  return issues.flatMap(({ url, title, body, comments }) =>
    comments.map((text, position) => ({ issue: url, position, title, body, text })).filter(({ text }) => isKept(text)),
  );
}
