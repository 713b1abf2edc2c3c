import type { HelpFacts } from '../memory/help-outcomes.ts';

/** What came of a question: exactly one of these. */
export type OutcomeKind =
  | 'success'
  | 'assist'
  | 'right'
  | 'linked'
  | 'unknown'
  | 'noise'
  | 'wrong'
  | 'missed'
  | 'weak'
  | 'held'
  | 'answered';

/** What each word of a report means, for its readers: the definitions exclude each other. */
export const DEFINITIONS: Readonly<Record<OutcomeKind, string>> = {
  success: 'shown, and the last word of who asked, a helper or a manager is that it is solved',
  assist:
    'shown, neither solved nor disliked, and more thumbs up than down, or a helper posted it from a suggestion, or within a day a person linked one of the issues shown',
  right: 'shadow: would have been shown, and a manager judged it right',
  linked: 'shadow: would have been shown, not judged, and within a day a person linked one of its five issues',
  unknown:
    'shown, or under shadow would have been, and none of the others is known; a suggestion is never taken for seen',
  noise:
    'shown, not solved, and disliked: the last word is that it was removed, not helpful, dismissed or "not here", or there are more thumbs down than up; or it was posted in a thread, is no assist, and within a day another person replied to the message or wrote in the thread',
  wrong: 'shadow: would have been shown, and a manager judged it wrong',
  missed:
    'not shown because it could not be searched or posted; or not near enough or held back, and within a day a person linked one of the issues found, or replied with a link to an issue',
  weak: 'not shown, nothing was near enough, and not missed',
  held: 'not shown because of a cooldown, or because its writer is not new, and not missed',
  answered: 'not shown: a person was faster',
};

export const KINDS = Object.keys(DEFINITIONS) as readonly OutcomeKind[];

/** Those to look at: what could have been answered, or should not have been. */
export const TROUBLE: readonly OutcomeKind[] = ['missed', 'weak', 'noise', 'wrong'];

export type KindFacts = Pick<
  HelpFacts,
  'mode' | 'decision' | 'verdict' | 'judged' | 'thumbs' | 'linked' | 'replied' | 'repliedWithIssue'
>;

export function kindOf(facts: KindFacts): OutcomeKind {
  const { mode, decision } = facts;
  if (decision === 'answered') return 'answered';
  if (decision === 'spoke') return mode === 'shadow' ? kindOfUnsaid(facts) : kindOfSaid(facts);
  if (decision === 'failed' || facts.linked || facts.repliedWithIssue) return 'missed';
  return decision;
}

function kindOfUnsaid({ judged, linked }: KindFacts): OutcomeKind {
  return judged ?? (linked ? 'linked' : 'unknown');
}

const REFUSED: readonly KindFacts['verdict'][] = ['not-helpful', 'removed', 'not-here', 'dismissed'];

/** Whether anybody saw a suggestion is not known: that a person answered says nothing of it. */
function kindOfSaid({ mode, verdict, thumbs, linked, replied }: KindFacts): OutcomeKind {
  if (verdict === 'solved') return 'success';
  if (REFUSED.includes(verdict) || thumbs < 0) return 'noise';
  if (thumbs > 0 || verdict === 'posted' || linked) return 'assist';
  return replied && mode === 'auto' ? 'noise' : 'unknown';
}
