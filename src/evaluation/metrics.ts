import type { Passage } from './passages.ts';
import type { Query } from './query-sets.ts';
import { createRandom } from './random.ts';

/** How good one ranking is for its question; each from 0 to 1. */
export type Quality = {
  /** The part of the answering issues that stand among the first five hits. */
  readonly recall5: number;
  /** The part of the answering comments that do. */
  readonly commentRecall5: number;
  /**
   * Of the first five hits, an answering issue counts once, at its first hit: 1 / log2(rank + 1), over the best that
   * could be (Järvelin and Kekäläinen, 2002).
   */
  readonly ndcg5: number;
  /** One over the rank of the first hit that answers, among ten. */
  readonly mrr10: number;
  /** Whether any of the first five hits answers. */
  readonly answered: number;
};

export const MEASURES = [
  'recall5',
  'commentRecall5',
  'ndcg5',
  'mrr10',
  'answered',
] as const satisfies readonly (keyof Quality)[];

/** @param ranking passages by their place in `passages`, best first */
export function qualityOf(ranking: readonly number[], query: Query, passages: readonly Passage[]): Quality {
  const isRight = (place: number) => {
    const { issue, position } = passages[place] as Passage;
    return query.issues.has(issue) && (query.position === undefined || query.position === position);
  };
  const top = ranking.slice(0, 5);
  const right = passages.filter((_, place) => isRight(place)).length;
  const found = new Map<string, number>();
  for (const [index, place] of top.entries()) {
    const { issue } = passages[place] as Passage;
    if (isRight(place) && !found.has(issue)) found.set(issue, index);
  }
  const gained = [...found.values()].reduce((sum, index) => sum + gain(index), 0);
  const best = Array.from({ length: Math.min(5, query.issues.size) }, (_, index) => gain(index));
  const first = ranking.slice(0, 10).findIndex(isRight);
  return {
    recall5: found.size / query.issues.size,
    commentRecall5: right === 0 ? 0 : top.filter(isRight).length / right,
    ndcg5: gained / best.reduce((sum, value) => sum + value, 0),
    mrr10: first < 0 ? 0 : 1 / (first + 1),
    answered: found.size > 0 ? 1 : 0,
  };
}

function gain(index: number): number {
  return 1 / Math.log2(index + 2);
}

export type Estimate = {
  readonly mean: number;
  /** The 95 % interval, by the percentile bootstrap. */
  readonly low: number;
  readonly high: number;
};

const RESAMPLES = 2_000;

/**
 * The mean with its 95 % interval: the questions are drawn again with replacement, `RESAMPLES` times (Efron, 1979). The
 * same values give the same interval. Of a difference of two variants, hand in the differences question by question.
 */
export function estimate(values: readonly number[]): Estimate {
  if (values.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const random = createRandom(values.length);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let count = 0; count < values.length; count++) sum += values[Math.floor(random() * values.length)] as number;
    return sum / values.length;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.min(RESAMPLES - 1, Math.floor(share * RESAMPLES))] as number;
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, low: at(0.025), high: at(0.975) };
}
