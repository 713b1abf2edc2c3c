import type { VectorIndex } from '../src/retrieval/vector-index.ts';

export type PassageIndexOptions = {
  /** `owners.length` x `dimensions` floats. */
  readonly vectors: Float32Array;
  /** The row that each vector is a piece of, ascending. */
  readonly owners: Uint32Array;
  readonly dimensions: number;
};

/** Rows of several vectors each, of which the nearest counts; by inner product. A plain scan, for comparisons. */
export function indexOfPassages({ vectors, owners, dimensions }: PassageIndexOptions): VectorIndex {
  const size = (owners.at(-1) ?? -1) + 1;

  function scoresOf(vector: Float32Array): Float32Array {
    const scores = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
    for (const [piece, owner] of owners.entries()) {
      let product = 0;
      for (let place = 0; place < dimensions; place++) {
        product += (vectors[piece * dimensions + place] as number) * (vector[place] as number);
      }
      scores[owner] = Math.max(scores[owner] as number, product);
    }
    return scores;
  }

  return {
    size,
    dimensions,
    metric: 'ip',
    search(vector, limit, filter) {
      const scores = scoresOf(vector);
      const rows = [...scores.keys()]
        .filter((row) => !filter || filter(row))
        .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
        .slice(0, limit);
      return { rows, scores: rows.map((row) => scores[row] as number) };
    },
    scores(vector, rows) {
      const scores = scoresOf(vector);
      return rows.map((row) => scores[row] ?? Number.NaN);
    },
    has: (row) => row < size,
    close() {},
  };
}
