import type { Neighbours } from './vector-index.ts';

/**
 * A weighted sum of both rankings' scores, each brought to between 0 (the worst of those handed in) and 1 (its best): the
 * convex combination of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023). A row that
 * one of the rankings lacks counts 0 there. Ties go to the smaller row. How it compares with fusion by rank:
 * docs/quality.md.
 *
 * @param weight of the ranking by meaning, 0 to 1
 * @returns every row of either ranking, best first
 */
export function fuseRankings(byMeaning: Neighbours, byWords: Neighbours, weight: number): readonly number[] {
  const sums = new Map<number, number>();
  const count = ({ rows, scores }: Neighbours, share: number) => {
    const [best, worst] = [scores[0] ?? 0, scores.at(-1) ?? 0];
    for (const [index, row] of rows.entries()) {
      // The same for scores of which less is better: the best comes first.
      const part = best === worst ? 1 : ((scores[index] as number) - worst) / (best - worst);
      sums.set(row, (sums.get(row) ?? 0) + share * part);
    }
  };
  count(byMeaning, weight);
  count(byWords, 1 - weight);
  return [...sums].sort(([a, left], [b, right]) => right - left || a - b).map(([row]) => row);
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
