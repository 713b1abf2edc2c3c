import type { Passage, Query } from './query-sets.ts';

/** Passages by their place, best first. */
export type Ranking = readonly number[];

export type Quality = {
  /** The part of the answering issues that stand among the first five hits. */
  readonly recall5: number;
  readonly ndcg5: number;
  readonly mrr10: number;
};

/** An issue counts once, at its first hit, as in `src/evaluation/metrics.ts`. */
export function qualityOf(ranking: Ranking, query: Query, passages: readonly Passage[]): Quality {
  const isRight = (place: number) => {
    const { issue, position } = passages[place] as Passage;
    return query.issues.has(issue) && (query.position === undefined || query.position === position);
  };
  const found = new Map<number, number>();
  for (const [rank, place] of ranking.slice(0, 5).entries()) {
    const { issue } = passages[place] as Passage;
    if (isRight(place) && !found.has(issue)) found.set(issue, rank);
  }
  const gain = (rank: number) => 1 / Math.log2(rank + 2);
  const got = [...found.values()].reduce((sum, rank) => sum + gain(rank), 0);
  const best = Array.from({ length: Math.min(5, query.issues.size) }, (_, rank) => gain(rank));
  const first = ranking.slice(0, 10).findIndex(isRight);
  return {
    recall5: found.size / query.issues.size,
    ndcg5: got / best.reduce((sum, value) => sum + value, 0),
    mrr10: first < 0 ? 0 : 1 / (first + 1),
  };
}

export function meanQuality(all: readonly Quality[]): Quality {
  const mean = (key: keyof Quality) => all.reduce((sum, quality) => sum + quality[key], 0) / all.length;
  return { recall5: mean('recall5'), ndcg5: mean('ndcg5'), mrr10: mean('mrr10') };
}
