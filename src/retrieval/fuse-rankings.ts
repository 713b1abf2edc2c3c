/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): a row counts `weight / (RANK_CONSTANT + rank)` for
 * its rank by meaning and `(1 - weight) / (RANK_CONSTANT + rank)` for its rank by words, ranks from 1. A row that one of
 * the rankings lacks counts nothing there. Ties go to the smaller row.
 *
 * @param weight of the ranking by meaning, 0 to 1
 * @returns every row of either ranking, best first
 */
export function fuseRankings(
  byMeaning: readonly number[],
  byWords: readonly number[],
  weight: number,
): readonly number[] {
  const scores = new Map<number, number>();
  const count = (ranking: readonly number[], share: number) => {
    for (const [index, row] of ranking.entries()) {
      scores.set(row, (scores.get(row) ?? 0) + share / (RANK_CONSTANT + index + 1));
    }
  };
  count(byMeaning, weight);
  count(byWords, 1 - weight);
  return [...scores].sort(([a, left], [b, right]) => right - left || a - b).map(([row]) => row);
}

/** As in the paper. */
const RANK_CONSTANT = 60;

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
