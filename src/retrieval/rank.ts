import type { CorpusWords } from './build-keywords.ts';
import { fuseRankings, oneOfEachFirst } from './fuse-rankings.ts';
import type { Recipe } from './recipes.ts';
import type { Neighbours, VectorIndex } from './vector-index.ts';

/** `total`: how many rows the whole ranking holds, before the filter. */
export type RankedRows = Neighbours & {
  readonly total: number;
  /** Of each row, what it scores by words as a part of what could be scored; absent where words had no say. */
  readonly words?: readonly number[];
};

/** The first `count` rows of a ranking, or a few more; a longer one begins as a shorter one does. */
export type Ranker = (count: number, filter?: (row: number) => boolean) => RankedRows;

/** So many rows of either ranking are fused; beyond them meaning alone decides. */
const FUSED = 100;

export function rankByMeaning(vectors: VectorIndex, vector: Float32Array): Ranker {
  return (count, filter) => ({ ...vectors.search(vector, count, filter), total: vectors.size });
}

/** By words alone, each issue's best comment first where the recipe says so. */
export function rankByWords(words: CorpusWords, text: string, { oneOfEachIssue }: Recipe): Ranker {
  return (count, filter) => {
    if (!oneOfEachIssue) return words.search(text, count, filter);
    const first = words.search(text, Math.max(FUSED, count), filter);
    const scores = new Map(first.rows.map((row, place) => [row, first.scores[place] as number]));
    const rows = oneOfEachFirst(first.rows.slice(0, FUSED), words.issueOf).concat(first.rows.slice(FUSED));
    return { rows, scores: rows.map((row) => scores.get(row) as number), total: first.total };
  };
}

export type FusedRequest = {
  readonly vectors: VectorIndex;
  readonly vector: Float32Array;
  readonly words: CorpusWords;
  readonly text: string;
  readonly recipe: Recipe;
  /** How much meaning decides. */
  readonly weight: number;
};

/** By meaning and by words together. Scores are by meaning, also of rows that only words have found. */
export function rankByBoth({ vectors, vector, words, text, recipe, weight }: FusedRequest): Ranker {
  return (count, filter) => {
    const near = vectors.search(vector, Math.max(FUSED, count), filter);
    const scores = new Map(near.rows.map((row, place) => [row, near.scores[place] as number]));
    const matching = words.search(text, FUSED, filter);
    const others = matching.rows.filter((row) => !scores.has(row));
    for (const [place, score] of vectors.scores(vector, others).entries()) {
      // The words are of a newer corpus than the vectors where something has come since.
      if (Number.isFinite(score)) scores.set(others[place] as number, score);
    }
    const known = matching.rows.map((row) => scores.has(row));
    const fused = fuseRankings(
      { rows: near.rows.slice(0, FUSED), scores: near.scores.slice(0, FUSED) },
      {
        rows: matching.rows.filter((_, place) => known[place]),
        scores: matching.scores.filter((_, place) => known[place]),
        bound: matching.bound,
      },
      weight,
    );
    const first = recipe.oneOfEachIssue ? oneOfEachFirst(fused, words.issueOf) : fused;
    const taken = new Set(first);
    const rows = [...first, ...near.rows.filter((row) => !taken.has(row))];
    const parts = new Map(
      matching.rows.map((row, place) => [row, (matching.scores[place] as number) / matching.bound]),
    );
    return {
      rows,
      scores: rows.map((row) => scores.get(row) as number),
      total: vectors.size,
      words: rows.map((row) => parts.get(row) ?? 0),
    };
  };
}
