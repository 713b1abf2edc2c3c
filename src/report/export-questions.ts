import type { HelpOutcome } from '../memory/help-outcomes.ts';
import type { MessageSpot } from '../memory/posts.ts';
import { kindOf, type OutcomeKind, TROUBLE } from './outcome-kind.ts';

export type ExportOptions = {
  /** A message's text, read again by its ids; undefined when it is gone or cannot be read. */
  readonly read: (message: MessageSpot) => Promise<string | undefined>;
  /** The issue of a comment, by the comment's key; undefined when it is no longer known. */
  readonly issueOf: (comment: string) => Promise<string | undefined>;
};

/** A line as `npm run eval -- --queries` takes it, with where it comes from. */
export type ExportedQuestion = {
  readonly question: string;
  /** The issues that answer it, as far as people said so. */
  readonly issues: readonly string[];
  readonly kind: OutcomeKind;
  readonly message: string;
};

/**
 * What went wrong, and what else people named the issue of, with the question's text: those that cannot be read again
 * are counted alone.
 */
export async function exportQuestions(
  outcomes: readonly HelpOutcome[],
  { read, issueOf }: ExportOptions,
): Promise<{ readonly questions: readonly ExportedQuestion[]; readonly skipped: number }> {
  const questions: ExportedQuestion[] = [];
  let skipped = 0;
  for (const outcome of outcomes) {
    const kind = kindOf(outcome);
    const issues = await knownIssues(outcome, issueOf);
    if (issues.length === 0 && !TROUBLE.includes(kind)) continue;
    const question = await read(outcome.message);
    if (question === undefined) skipped++;
    else questions.push({ question, issues, kind, message: outcome.link });
  }
  return { questions, skipped };
}

/** Those that people linked for it, that of the comment that solved it, and the one that was judged right. */
async function knownIssues(
  { links, solution, judged, issues }: HelpOutcome,
  issueOf: ExportOptions['issueOf'],
): Promise<readonly string[]> {
  const solved = solution === undefined ? undefined : await issueOf(solution);
  const right = judged === 'right' ? issues[0] : undefined;
  return [...new Set([...links, solved, right])].filter((issue) => issue !== undefined);
}
