import type { HelpOutcome, HelpRecords } from '../memory/help-outcomes.ts';
import { ALIKE } from '../retrieval/cosine.ts';

/** Questions that ask the same, as far as their vectors tell; the first is the one that the others are alike to. */
export type AlikeGroup = readonly [HelpOutcome, ...HelpOutcome[]];

type Direction = { readonly model: string; readonly unit: Float32Array };

/**
 * Each question joins the group whose first one it is most alike to, or begins its own; what has no vector stands alone.
 * The largest group first.
 */
export function groupAlike(outcomes: readonly HelpOutcome[], vectorOf: HelpRecords['vectorOf']): readonly AlikeGroup[] {
  const groups: { readonly members: [HelpOutcome, ...HelpOutcome[]]; readonly first: Direction | undefined }[] = [];
  for (const outcome of outcomes) {
    const direction = directionOf(vectorOf(outcome.id));
    let [nearest, best]: [HelpOutcome[] | undefined, number] = [undefined, ALIKE];
    for (const { members, first } of groups) {
      const alike = likeness(first, direction);
      if (alike >= best) [nearest, best] = [members, alike];
    }
    if (nearest) nearest.push(outcome);
    else groups.push({ members: [outcome], first: direction });
  }
  return groups.map(({ members }) => members).sort((one, other) => other.length - one.length);
}

/** Made once for each, so that likeness is one product. */
function directionOf(found: ReturnType<HelpRecords['vectorOf']>): Direction | undefined {
  const length = found ? Math.sqrt(product(found.vector, found.vector)) : 0;
  return found && length > 0 ? { model: found.model, unit: found.vector.map((value) => value / length) } : undefined;
}

/** Vectors of different models have nothing to do with each other. */
function likeness(one: Direction | undefined, other: Direction | undefined): number {
  if (!one || !other || one.model !== other.model) return 0;
  return product(one.unit, other.unit);
}

function product(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += (one[place] as number) * (other[place] ?? 0);
  return sum;
}
