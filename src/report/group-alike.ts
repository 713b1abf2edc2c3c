import type { HelpOutcome } from '../memory/help-outcomes.ts';
import { ALIKE, cosine } from '../retrieval/cosine.ts';

/** Questions that ask the same, as far as their vectors tell; the first is the one that the others are alike to. */
export type AlikeGroup = readonly [HelpOutcome, ...HelpOutcome[]];

/**
 * Each question joins the group whose first one it is most alike to, or begins its own; what has no vector stands alone.
 * The largest group first.
 */
export function groupAlike(outcomes: readonly HelpOutcome[]): readonly AlikeGroup[] {
  const groups: [HelpOutcome, ...HelpOutcome[]][] = [];
  for (const outcome of outcomes) {
    let [nearest, best]: [HelpOutcome[] | undefined, number] = [undefined, ALIKE];
    for (const group of groups) {
      const alike = likeness(group[0], outcome);
      if (alike >= best) [nearest, best] = [group, alike];
    }
    if (nearest) nearest.push(outcome);
    else groups.push([outcome]);
  }
  return groups.sort((one, other) => other.length - one.length);
}

/** Vectors of different models have nothing to do with each other. */
function likeness(one: HelpOutcome, other: HelpOutcome): number {
  if (!one.vector || !other.vector || one.model !== other.model) return 0;
  return cosine(one.vector, other.vector);
}
