import { OperatorError } from '../errors.ts';
import type { FeedIssue } from './store.ts';

/** The driver ends a text at its first NUL, and UTF-8 has no halves of surrogate pairs. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

export function optional(text: string | null | undefined): string | null {
  return text === undefined || text === null ? null : storable(text);
}

/** What is kept of an issue where it is not told. */
type KeptIssue = Readonly<Record<'labels' | 'closed_at' | 'closed_by' | 'answer', string | null>>;

/** The columns of a followed issue from `url` to `seen`. */
export function issueValues(issue: FeedIssue, kept: KeptIssue | undefined, sweep: number) {
  const { state, labels, closedBy, answer, author } = issue;
  return [
    storable(issue.url),
    storable(issue.title),
    storable(issue.body),
    state,
    issue.stateReason ?? null,
    optional(author),
    state === 'open' ? null : optional(issue.closedAt ?? kept?.closed_at),
    labels ? storable(JSON.stringify(labels)) : (kept?.labels ?? null),
    state === 'open' ? null : optional(closedBy === undefined ? kept?.closed_by : closedBy),
    optional(answer === undefined ? kept?.answer : answer),
    issue.updatedAt,
    sweep,
  ] as const;
}

export function takenOver(spec: string): OperatorError {
  return new OperatorError(
    `Another process has taken over the run of ${spec}. Look there how far it is: npm run sources`,
  );
}
