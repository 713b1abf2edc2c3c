import { measureOf, wrongDimensions } from './scan-index.ts';
import type { Neighbours, VectorIndex, VectorPile } from './vector-index.ts';

/** A vector index whose rows come and go: afterwards everything is as if it had been made anew. */
export interface ChangingVectors extends VectorIndex {
  /** From now on this is the row's vector, whatever it had before. */
  put(row: number, vector: Float32Array): void;
  /** The row is not there any more; does nothing where it was not. */
  remove(row: number): void;
}

/** So many that are passed over are kept at least, before what is left is piled up anew. */
const FEWEST_DEAD = 64;

/**
 * An index that was made, and beside it the rows that came since. Flat FAISS indexes would take both, but copy
 * themselves when they grow and when something is taken out, and others abort the process over a deletion: so what was
 * made stays untouched, what went is passed over, and what came lies in a pile of its own that is measured in the same
 * way, to the last bit.
 */
export function createChangingVectors(made: VectorIndex, createPile: () => VectorPile): ChangingVectors {
  const { dimensions, metric } = made;
  const measure = measureOf(metric);
  /** Rows of the made index that went or have another vector now. */
  const gone = new Set<number>();
  let pile = createPile();
  let rows: (number | undefined)[] = [];
  const labels = new Map<number, number>();
  /** Of those in the pile that are there. */
  const vectors = new Map<number, Float32Array>();

  const drop = (row: number): void => {
    const label = labels.get(row);
    if (label === undefined) return;
    rows[label] = undefined;
    labels.delete(row);
    vectors.delete(row);
  };

  const add = (row: number, vector: Float32Array): void => {
    labels.set(row, pile.size);
    rows.push(row);
    pile.add(vector);
    vectors.set(row, vector);
  };

  const tidy = (): void => {
    if (rows.length - labels.size <= Math.max(FEWEST_DEAD, labels.size)) return;
    const left = [...vectors];
    pile.close();
    pile = createPile();
    rows = [];
    labels.clear();
    vectors.clear();
    for (const [row, vector] of left) add(row, vector);
  };

  return {
    get size() {
      return made.size - gone.size + labels.size;
    },
    dimensions,
    metric,
    has: (row) => labels.has(row) || (made.has(row) && !gone.has(row)),
    search(vector, limit, filter) {
      const isThere = gone.size === 0 ? filter : (row: number) => !gone.has(row) && (!filter || filter(row));
      const before = made.search(vector, limit, isThere);
      if (labels.size === 0) return before;
      return best(
        before,
        pile.search(vector, limit, (label) => rows[label], filter),
        limit,
        metric,
      );
    },
    scores(vector, wanted) {
      const before = made.scores(vector, wanted);
      return wanted.map((row, place) => {
        const own = vectors.get(row);
        if (own) return Math.fround(measure(own, 0, vector));
        return gone.has(row) ? Number.NaN : (before[place] as number);
      });
    },
    put(row, vector) {
      if (vector.length !== dimensions) throw wrongDimensions(dimensions, vector.length);
      drop(row);
      if (made.has(row)) gone.add(row);
      add(row, vector);
      tidy();
    },
    remove(row) {
      drop(row);
      if (made.has(row)) gone.add(row);
      tidy();
    },
    close() {
      pile.close();
      made.close();
    },
  };
}

/** Both are in order. */
function best(one: Neighbours, other: Neighbours, limit: number, metric: 'ip' | 'l2'): Neighbours {
  const sign = metric === 'ip' ? -1 : 1;
  const all = [one, other].flatMap(({ rows, scores }) =>
    rows.map((row, place) => ({ row, score: scores[place] as number })),
  );
  const first = all.sort((a, b) => sign * (a.score - b.score) || a.row - b.row).slice(0, limit);
  return { rows: first.map(({ row }) => row), scores: first.map(({ score }) => score) };
}
