import type { Passage, Query } from './query-sets.ts';

/** Passages by their place, best first. */
export type Ranking = readonly number[];

export type Quality = {
  /** The part of the answering issues that stand among the first five hits. */
  readonly recall5: number;
  readonly ndcg5: number;
  readonly mrr10: number;
};

const RANK_CONSTANT = 60;

/**
 * Weighted reciprocal rank fusion: a place counts `weight / (60 + rank)` by meaning and `(1 - weight) / (60 + rank)` by
 * words. Ties go to the smaller place.
 */
export function fuse(byMeaning: Ranking, byWords: Ranking, weight: number): Ranking {
  const scores = new Map<number, number>();
  const count = (ranking: Ranking, share: number) => {
    for (const [index, place] of ranking.entries()) {
      scores.set(place, (scores.get(place) ?? 0) + share / (RANK_CONSTANT + index + 1));
    }
  };
  count(byMeaning, weight);
  count(byWords, 1 - weight);
  return [...scores].sort(([a, left], [b, right]) => right - left || a - b).map(([place]) => place);
}

export function qualityOf(ranking: Ranking, query: Query, passages: readonly Passage[]): Quality {
  const isRight = (place: number) => {
    const { issue, position } = passages[place] as Passage;
    return query.issues.has(issue) && (query.position === undefined || query.position === position);
  };
  const right = passages.filter((_, place) => isRight(place)).length;
  const found = new Set(ranking.slice(0, 5).map((place) => passages[place]?.issue as number));
  const gain = (rank: number) => 1 / Math.log2(rank + 2);
  const gains = (count: number) => Array.from({ length: count }, (_, rank) => gain(rank)).reduce((a, b) => a + b, 0);
  const got = ranking.slice(0, 5).reduce((sum, place, rank) => sum + (isRight(place) ? gain(rank) : 0), 0);
  const first = ranking.slice(0, 10).findIndex(isRight);
  return {
    recall5: [...query.issues].filter((issue) => found.has(issue)).length / query.issues.size,
    ndcg5: got / gains(Math.min(5, right)),
    mrr10: first < 0 ? 0 : 1 / (first + 1),
  };
}

export function meanQuality(all: readonly Quality[]): Quality {
  const mean = (key: keyof Quality) => all.reduce((sum, quality) => sum + quality[key], 0) / all.length;
  return { recall5: mean('recall5'), ndcg5: mean('ndcg5'), mrr10: mean('mrr10') };
}
