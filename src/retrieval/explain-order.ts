import type { Hit, Metric } from './answer.ts';

/** Of a hit that tells nothing beside one before it, and so stands last. */
export const REPEATS = 'repeats another';

/**
 * Says of each hit that stands above one with a better score why it does: the better one is another comment of an issue
 * that was shown already, or this one has more of the question's words. Under `seed` there is nothing to say.
 */
export function explainOrder(hits: readonly Hit[], metric: Metric): readonly Hit[] {
  const isBetter = (one: Hit, other: Hit) => (metric === 'l2' ? one.score < other.score : one.score > other.score);
  return hits.map((hit, place) => {
    // Whoever put it there has said why; and what votes moved down stands below no fault of the others.
    if (hit.because !== undefined) return hit;
    const better = hits.slice(place + 1).filter((later) => later.because !== REPEATS && isBetter(later, hit));
    if (better.length === 0) return hit;
    const shown = new Set(hits.slice(0, place).map(({ issueUrl }) => issueUrl));
    const repeats = better.every(({ issueUrl }) => shown.has(issueUrl));
    return { ...hit, because: repeats ? 'another issue first' : 'same words used' };
  });
}
