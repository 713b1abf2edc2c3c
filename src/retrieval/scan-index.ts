import { BestRows } from './best-rows.ts';
import type { Neighbours, VectorIndex, VectorPile } from './vector-index.ts';

export type ScanIndexOptions = {
  readonly dimensions: number;
  readonly metric: 'ip' | 'l2';
  /** The row of each vector, ascending. */
  readonly rows: Uint32Array;
  /** `rows.length` x `dimensions` floats, row by row; kept, not copied. */
  readonly vectors: Float32Array;
};

/** A plain loop over a typed array: the oracle of the tests, and what serves under `VECTOR_INDEX=scan`. */
export function createScanIndex({ dimensions, metric, rows, vectors }: ScanIndexOptions): VectorIndex {
  if (vectors.length !== rows.length * dimensions) {
    throw new Error(
      `${rows.length} vectors of ${dimensions} dimensions expected, but there are ${vectors.length} floats`,
    );
  }
  const measure = measureOf(metric);
  const sign = metric === 'ip' ? 1 : -1;
  return {
    size: rows.length,
    dimensions,
    metric,
    search(vector, limit, filter): Neighbours {
      if (vector.length !== dimensions) throw wrongDimensions(dimensions, vector.length);
      const best = new BestRows(limit);
      for (let place = 0; place < rows.length; place++) {
        const row = rows[place] as number;
        if (filter && !filter(row)) continue;
        const score = Math.fround(measure(vectors, place * dimensions, vector));
        // A broken vector (NaN, overflow) is near to nothing.
        if (Number.isFinite(score)) best.offer(row, sign * score);
      }
      const { rows: found, scores } = best.take();
      return { rows: found, scores: scores.map((score) => sign * score) };
    },
    scores(vector, wanted) {
      if (vector.length !== dimensions) throw wrongDimensions(dimensions, vector.length);
      return wanted.map((row) => {
        const place = placeOf(rows, row);
        return place < 0 ? Number.NaN : Math.fround(measure(vectors, place * dimensions, vector));
      });
    },
    has: (row) => placeOf(rows, row) >= 0,
    close() {},
  };
}

/** What goes with a scan index. */
export function createScanPile(metric: 'ip' | 'l2'): VectorPile {
  const measure = measureOf(metric);
  const sign = metric === 'ip' ? 1 : -1;
  const vectors: Float32Array[] = [];
  return {
    get size() {
      return vectors.length;
    },
    add: (vector) => void vectors.push(vector),
    search(vector, limit, rowOf, filter) {
      const best = new BestRows(limit);
      for (const [label, stored] of vectors.entries()) {
        const row = rowOf(label);
        if (row === undefined || (filter && !filter(row))) continue;
        const score = Math.fround(measure(stored, 0, vector));
        if (Number.isFinite(score)) best.offer(row, sign * score);
      }
      const { rows, scores } = best.take();
      return { rows, scores: scores.map((score) => sign * score) };
    },
    close() {
      vectors.length = 0;
    },
  };
}

/** Where a row stands among rows that ascend; -1 when it does not. */
export function placeOf(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows[middle] as number;
    if (found === row) return middle;
    if (found < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** How near a question's vector is to the one that begins at `start`. */
export function measureOf(metric: 'ip' | 'l2'): (vectors: Float32Array, start: number, vector: Float32Array) => number {
  return metric === 'ip' ? innerProduct : squaredDistance;
}

export function wrongDimensions(expected: number, found: number): Error {
  return new Error(`the index holds vectors of ${expected} dimensions, but the question's vector has ${found}`);
}

// Four sums run side by side in the processor; one sum would wait for each addition.
function innerProduct(vectors: Float32Array, start: number, vector: Float32Array): number {
  const whole = vector.length & ~3;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    a += at(vectors, start + i) * at(vector, i);
    b += at(vectors, start + i + 1) * at(vector, i + 1);
    c += at(vectors, start + i + 2) * at(vector, i + 2);
    d += at(vectors, start + i + 3) * at(vector, i + 3);
  }
  for (let i = whole; i < vector.length; i++) a += at(vectors, start + i) * at(vector, i);
  return a + b + (c + d);
}

function squaredDistance(vectors: Float32Array, start: number, vector: Float32Array): number {
  const whole = vector.length & ~1;
  let a = 0;
  let b = 0;
  for (let i = 0; i < whole; i += 2) {
    const first = at(vectors, start + i) - at(vector, i);
    const second = at(vectors, start + i + 1) - at(vector, i + 1);
    a += first * first;
    b += second * second;
  }
  for (let i = whole; i < vector.length; i++) {
    const difference = at(vectors, start + i) - at(vector, i);
    a += difference * difference;
  }
  return a + b;
}

function at(floats: Float32Array, place: number): number {
  return floats[place] as number;
}
