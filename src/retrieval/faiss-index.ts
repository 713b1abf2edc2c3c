import { closeSync, openSync, readSync } from 'node:fs';
import { OperatorError } from '../errors.ts';
import { BestRows } from './best-rows.ts';
import { FAISS_HEADER_BYTES } from './faiss-file.ts';
import { measureOf, placeOf, wrongDimensions } from './scan-index.ts';
import type { Neighbours, VectorIndex, VectorPile } from './vector-index.ts';

export type FaissIndexOptions = {
  /** A flat index in FAISS's own format. */
  readonly file: string;
  readonly dimensions: number;
  readonly metric: 'ip' | 'l2';
  /** The row of each vector, ascending. */
  readonly rows: Uint32Array;
};

/** What is used of faiss-node. */
type FaissIndex = {
  add(vectors: number[]): void;
  ntotal(): number;
  getDimension(): number;
  search(vector: number[], count: number): { readonly distances: number[]; readonly labels: number[] };
};

/**
 * Loads a flat FAISS index: exact, by inner product or squared distance. Synchronous inside, so it belongs in a
 * worker thread. The only file that imports faiss-node.
 *
 * Reads the file by name: `Index.fromBuffer` keeps a copy of its buffer for as long as the process lives.
 *
 * A trap for whoever loads one in several threads of a process: faiss-node keeps its class in a global of the
 * process, so between loading the library and reading an index no other thread may load it.
 *
 * @throws OperatorError when faiss-node is missing
 */
export async function openFaissIndex({ file, dimensions, metric, rows }: FaissIndexOptions): Promise<VectorIndex> {
  const { Index, IndexFlatIP, IndexFlatL2 } = await loadFaiss();
  const Flat = metric === 'ip' ? IndexFlatIP : IndexFlatL2;
  let index: FaissIndex | undefined = Index.read(file);
  if (index.ntotal() !== rows.length || index.getDimension() !== dimensions) {
    throw new Error(
      `${file}: ${rows.length} vectors of ${dimensions} dimensions expected, ` +
        `but it holds ${index.ntotal()} of ${index.getDimension()}`,
    );
  }
  const stored = openVectors(file, dimensions);
  const measure = measureOf(metric);
  const sign = metric === 'ip' ? 1 : -1;

  /** Of these places, ascending, the `count` nearest but for rounding. */
  const nearest = (places: readonly number[], vector: Float32Array, count: number): readonly number[] => {
    if (places.length <= count) return places;
    const best = new BestRows(count);
    for (const place of places) {
      const score = Math.fround(measure(stored.at(place), 0, vector));
      if (Number.isFinite(score)) best.offer(place, sign * score);
    }
    return best.take().rows;
  };

  return {
    size: rows.length,
    dimensions,
    metric,
    search(vector, limit, filter) {
      if (!index) throw new Error('the index is closed');
      if (vector.length !== dimensions) throw wrongDimensions(dimensions, vector.length);
      const few = filter && fewPlaces(rows, filter);
      if (few) {
        const first = nearest(few, vector, limit + ROUNDED);
        const among: FaissIndex = new Flat(dimensions);
        for (const place of first) among.add(Array.from(stored.at(place)));
        const rowOf = (label: number) => rows[first[label] as number];
        return searchExactly(among, { vector: Array.from(vector), limit, filter: undefined, rowOf, metric });
      }
      const rowOf = (label: number) => rows[label];
      return searchExactly(index, { vector: Array.from(vector), limit, filter, rowOf, metric });
    },
    scores(vector, wanted) {
      if (!index) throw new Error('the index is closed');
      if (vector.length !== dimensions) throw wrongDimensions(dimensions, vector.length);
      return wanted.map((row) => {
        const place = placeOf(rows, row);
        return place < 0 ? Number.NaN : Math.fround(measure(stored.at(place), 0, vector));
      });
    },
    has: (row) => placeOf(rows, row) >= 0,
    close() {
      if (index) stored.close();
      index = undefined;
    },
  };
}

/**
 * What goes with a flat FAISS index: a second one, which is added to. It copies itself as it grows, so it is for what
 * came lately; and it is made by its constructor, which needs no global of the process.
 *
 * @throws OperatorError when faiss-node is missing
 */
export async function loadFaissPiles({
  dimensions,
  metric,
}: Pick<FaissIndexOptions, 'dimensions' | 'metric'>): Promise<() => VectorPile> {
  const { IndexFlatIP, IndexFlatL2 } = await loadFaiss();
  return () => {
    let index: FaissIndex = metric === 'ip' ? new IndexFlatIP(dimensions) : new IndexFlatL2(dimensions);
    return {
      get size() {
        return index.ntotal();
      },
      add: (vector) => index.add(Array.from(vector)),
      search: (vector, limit, rowOf, filter) =>
        searchExactly(index, { vector: Array.from(vector), limit, filter, rowOf, metric }),
      close() {
        index = new IndexFlatIP(dimensions);
      },
    };
  };
}

/**
 * The vectors one by one, which faiss-node does not give: read from the file that the index was loaded from, which is
 * kept open, so that it is there also when a newer index has taken its place.
 */
function openVectors(file: string, dimensions: number) {
  const descriptor = openSync(file, 'r');
  const vector = new Float32Array(dimensions);
  const bytes = new Uint8Array(vector.buffer);
  return {
    /** Until the next call. */
    at(place: number): Float32Array {
      readSync(descriptor, bytes, 0, bytes.length, FAISS_HEADER_BYTES + place * bytes.length);
      return vector;
    },
    close: () => closeSync(descriptor),
  };
}

/**
 * Where the rows that pass stand, ascending, if they are few: then they are scored one by one, and an index of the best
 * alone, made for the moment, has the last word, so that every score is FAISS's own.
 */
function fewPlaces(rows: Uint32Array, filter: (row: number) => boolean): readonly number[] | undefined {
  const most = rows.length * MOST_FEW;
  const places: number[] = [];
  for (const [place, row] of rows.entries()) {
    if (!filter(row)) continue;
    if (places.length + 1 > most) return undefined;
    places.push(place);
  }
  return places;
}

/**
 * Of all rows. To read and score one takes some 3 µs, and FAISS, which has to look at all, 0.7 µs for each; but where
 * fewer than this pass, its first search does not reach down to enough of them, and a second one is as long.
 */
const MOST_FEW = 1 / 4;
/** So many more are taken along as rounding might put in another order. */
const ROUNDED = 16;

type Request = {
  readonly vector: number[];
  readonly limit: number;
  readonly filter: ((row: number) => boolean) | undefined;
  readonly rowOf: (label: number) => number | undefined;
  readonly metric: 'ip' | 'l2';
};

/**
 * FAISS neither filters a flat index nor orders ties, and where a tie lies on the cut, which of its rows come is
 * chance. So more are fetched, until enough of those let through are strictly better than the last one fetched.
 */
function searchExactly(index: FaissIndex, request: Request): Neighbours {
  const { vector, limit, filter, metric } = request;
  const size = index.ntotal();
  if (limit <= 0 || size === 0) return { rows: [], scores: [] };
  let count = Math.min(size, filter ? 4 * limit + 16 : limit + 4);
  for (;;) {
    const { distances, labels } = index.search(vector, count);
    const found = candidates(distances, labels, request);
    const last = distances[count - 1];
    const certain = found.filter(({ score }) => score !== last).length;
    const exhausted = count === size || labels[count - 1] === -1;
    if (exhausted || certain >= limit) return best(found, limit, metric);
    // What passed so far says how far down enough of them will stand; where next to nothing did, at the very end.
    const needed = certain > 0 ? Math.ceil((1.5 * limit * count) / certain) : size;
    count = Math.min(size, Math.max(4 * count, needed));
  }
}

type Candidate = { readonly row: number; readonly score: number };

/** In FAISS's order. Its labels are -1 where it found nothing, as for vectors with NaN. */
function candidates(
  distances: readonly number[],
  labels: readonly number[],
  { rowOf, filter }: Request,
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const [place, label] of labels.entries()) {
    const score = distances[place] as number;
    if (label < 0 || !Number.isFinite(score)) continue;
    const row = rowOf(label);
    if (row !== undefined && (!filter || filter(row))) found.push({ row, score });
  }
  return found;
}

function best(found: readonly Candidate[], limit: number, metric: 'ip' | 'l2'): Neighbours {
  const sign = metric === 'ip' ? -1 : 1;
  const sorted = [...found].sort((a, b) => sign * (a.score - b.score) || a.row - b.row).slice(0, limit);
  return { rows: sorted.map(({ row }) => row), scores: sorted.map(({ score }) => score) };
}

async function loadFaiss(): Promise<typeof import('faiss-node')> {
  try {
    const library = await import('faiss-node');
    return library.default;
  } catch (cause) {
    throw new OperatorError(
      'FAISS (faiss-node) does not load. Run `npm start` or `npm test` once to install it; on Debian or Ubuntu it ' +
        'needs the packages g++, libfaiss-dev and libopenblas-dev. VECTOR_INDEX=scan does without it.',
      { cause },
    );
  }
}
