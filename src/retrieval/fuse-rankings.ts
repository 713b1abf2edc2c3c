import type { KeywordNeighbours } from './bm25.ts';
import type { Neighbours } from './vector-index.ts';

/**
 * A weighted sum of both rankings' scores, each between 0 and 1: the convex combination of Bruch, Gai and Ingber, "An
 * Analysis of Fusion Functions for Hybrid Retrieval" (2023). Of the nearness by meaning, 1 is the best of those handed in
 * and 0 the worst; a keyword score is taken by its bound, so that words count little where hardly any of the question's
 * are found. A row that one of the rankings lacks counts 0 there. Ties go to the smaller row. How it compares with fusion
 * by rank: docs/quality.md.
 *
 * @param weight of the ranking by meaning, 0 to 1
 * @returns every row of either ranking, best first
 */
export function fuseRankings(byMeaning: Neighbours, byWords: ByWords, weight: number): readonly number[] {
  return [...rankScores(byMeaning, byWords, weight)]
    .sort(([a, left], [b, right]) => right - left || a - b)
    .map(([row]) => row);
}

type ByWords = Pick<KeywordNeighbours, 'rows' | 'scores' | 'bound'>;

/** The sums, by row. */
export function rankScores(byMeaning: Neighbours, byWords: ByWords, weight: number): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  const [best, worst] = [byMeaning.scores[0] ?? 0, byMeaning.scores.at(-1) ?? 0];
  for (const [index, row] of byMeaning.rows.entries()) {
    // The same for scores of which less is better: the best comes first.
    const part = best === worst ? 1 : ((byMeaning.scores[index] as number) - worst) / (best - worst);
    sums.set(row, weight * part);
  }
  for (const [index, row] of byWords.rows.entries()) {
    const part = (byWords.scores[index] as number) / byWords.bound;
    sums.set(row, (sums.get(row) ?? 0) + (1 - weight) * part);
  }
  return sums;
}

/** The best row of each group first, in the order given; then the others. Nothing is left out. */
export function oneOfEachFirst(rows: readonly number[], groupOf: (row: number) => number): readonly number[] {
  const seen = new Set<number>();
  const others: number[] = [];
  const first = rows.filter((row) => {
    const group = groupOf(row);
    if (!seen.has(group)) return seen.add(group);
    others.push(row);
    return false;
  });
  return [...first, ...others];
}
