/** Finds the rows nearest to a vector. Exact: every implementation gives the same rows in the same order. */
export interface VectorIndex {
  readonly size: number;
  readonly dimensions: number;
  readonly metric: 'ip' | 'l2';
  /**
   * The `limit` nearest rows, best first: largest inner product under `ip`, smallest squared distance under `l2`. Ties
   * go to the smaller row. Fewer when the index, or what `filter` lets through, is smaller; empty for an empty index.
   *
   * @param vector `dimensions` floats
   * @param filter which rows may be found; all when absent
   * @throws when the vector has another length
   */
  search(vector: Float32Array, limit: number, filter?: (row: number) => boolean): Neighbours;
  /**
   * How near rows are that something else has found, in the order given: as `search` tells it, but for rounding. NaN
   * for a row that the index does not hold.
   *
   * @throws when the vector has another length
   */
  scores(vector: Float32Array, rows: readonly number[]): readonly number[];
  has(row: number): boolean;
  close(): void;
}

/** Where vectors are added one by one, under labels from 0 on. Nothing is ever taken out. */
export interface VectorPile {
  readonly size: number;
  /** @param vector kept, not copied */
  add(vector: Float32Array): void;
  /** As `VectorIndex.search`; a label that has no row is passed over. Scores are those of the index it goes with. */
  search(
    vector: Float32Array,
    limit: number,
    rowOf: (label: number) => number | undefined,
    filter?: (row: number) => boolean,
  ): Neighbours;
  close(): void;
}

export type Neighbours = {
  /** The numbers given when the index was made: the store's comment rows, ascending in the index, best first here. */
  readonly rows: readonly number[];
  /** In the order of `rows`: inner products, or squared distances. */
  readonly scores: readonly number[];
};
