import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Neighbours, VectorIndex } from '../../src/retrieval/vector-index.ts';

export type VectorIndexInput = {
  readonly dimensions: number;
  readonly metric: 'ip' | 'l2';
  readonly rows: readonly number[];
  /** One vector a row. */
  readonly vectors: readonly (readonly number[])[];
};

export type CreateVectorIndex = (input: VectorIndexInput) => Promise<VectorIndex>;

/** What every `VectorIndex` keeps to. */
export function vectorIndexContract(name: string, createIndex: CreateVectorIndex): void {
  describe(name, () => {
    const open: VectorIndex[] = [];
    const create: CreateVectorIndex = async (input) => {
      const index = await createIndex(input);
      open.push(index);
      return index;
    };
    afterEach(() => {
      for (const index of open.splice(0)) index.close();
    });

    it('ranks by inner product, the largest first', async () => {
      const index = await create({
        dimensions: 2,
        metric: 'ip',
        rows: [10, 20, 30],
        vectors: [
          [1, 0],
          [3, 4],
          [0, 2],
        ],
      });
      expect(index).toMatchObject({ size: 3, dimensions: 2, metric: 'ip' });
      expect(index.search(Float32Array.of(1, 2), 3)).toEqual({ rows: [20, 30, 10], scores: [11, 4, 1] });
    });

    it('ranks by squared distance under l2, the smallest first', async () => {
      const index = await create({
        dimensions: 2,
        metric: 'l2',
        rows: [10, 20, 30],
        vectors: [
          [1, 0],
          [3, 4],
          [0, 2],
        ],
      });
      expect(index.search(Float32Array.of(1, 2), 3)).toEqual({ rows: [30, 10, 20], scores: [1, 4, 8] });
    });

    it('gives what there is when more is asked for', async () => {
      const index = await create({ dimensions: 1, metric: 'ip', rows: [5, 6], vectors: [[1], [2]] });
      expect(index.search(Float32Array.of(1), 50)).toEqual({ rows: [6, 5], scores: [2, 1] });
    });

    it('finds nothing in an empty index, and nothing when nothing is asked for', async () => {
      const empty = await create({ dimensions: 3, metric: 'ip', rows: [], vectors: [] });
      expect(empty.search(Float32Array.of(1, 2, 3), 5)).toEqual({ rows: [], scores: [] });
      const one = await create({ dimensions: 1, metric: 'ip', rows: [5], vectors: [[1]] });
      expect(one.search(Float32Array.of(1), 0)).toEqual({ rows: [], scores: [] });
    });

    it('refuses a vector of another length, naming both lengths', async () => {
      const index = await create({ dimensions: 3, metric: 'ip', rows: [1], vectors: [[1, 2, 3]] });
      expect(() => index.search(Float32Array.of(1, 2), 5)).toThrow(/3 dimensions.*has 2/);
    });

    it.each(['ip', 'l2'] as const)(
      'breaks ties by row under %s, also where the tie lies on the cut',
      async (metric) => {
        const rows = Array.from({ length: 500 }, (_, place) => 2 * place + 1);
        const index = await create({ dimensions: 2, metric, rows, vectors: rows.map(() => [1, 1]) });
        expect(index.search(Float32Array.of(1, 2), 5).rows).toEqual([1, 3, 5, 7, 9]);
        expect(index.search(Float32Array.of(1, 2), 5, (row) => row > 700).rows).toEqual([701, 703, 705, 707, 709]);
      },
    );

    it('finds only what the filter lets through, however far down it stands', async () => {
      const rows = Array.from({ length: 1000 }, (_, place) => place);
      const index = await create({ dimensions: 1, metric: 'ip', rows, vectors: rows.map((row) => [row]) });
      expect(index.search(Float32Array.of(1), 3, (row) => row === 4 || row === 700)).toEqual({
        rows: [700, 4],
        scores: [700, 4],
      });
      expect(index.search(Float32Array.of(1), 3, () => false)).toEqual({ rows: [], scores: [] });
    });

    it('leaves out broken vectors instead of ranking them', async () => {
      const vectors = [
        [Number.NaN, 1],
        [1, 1],
        [Number.POSITIVE_INFINITY, 1],
        [Number.NEGATIVE_INFINITY, 1],
        [2, 2],
      ];
      const ip = await create({ dimensions: 2, metric: 'ip', rows: [0, 1, 2, 3, 4], vectors });
      expect(ip.search(Float32Array.of(1, 1), 5)).toEqual({ rows: [4, 1], scores: [4, 2] });
      expect(ip.search(Float32Array.of(1, 1), 1)).toEqual({ rows: [4], scores: [4] });
      const l2 = await create({ dimensions: 2, metric: 'l2', rows: [0, 1, 2, 3, 4], vectors });
      expect(l2.search(Float32Array.of(1, 1), 5)).toEqual({ rows: [1, 4], scores: [0, 2] });
    });

    it.each(['ip', 'l2'] as const)(
      'tells under %s how near any rows are, in the order asked, as its search does',
      async (metric) => {
        const rows = Array.from({ length: 40 }, (_, place) => 3 * place + 2);
        const vectors = rows.map((row) => [Math.sin(row), Math.cos(row), row / 100]);
        const index = await create({ dimensions: 3, metric, rows, vectors });
        const question = Float32Array.of(0.5, -0.25, 2);
        const found = index.search(question, 40);
        const asked = [...found.rows].sort((a, b) => (a % 7) - (b % 7));
        const scores = index.scores(question, asked);
        for (const [place, row] of asked.entries()) {
          expect(scores[place]).toBeCloseTo(found.scores[found.rows.indexOf(row)] as number, 5);
        }
        expect(index.scores(question, [3, 500])).toEqual([Number.NaN, Number.NaN]);
        expect(() => index.scores(Float32Array.of(1), rows)).toThrow(/3 dimensions.*has 1/);
      },
    );

    it('gives the rows and scores of a plain sort, for any vectors, limit and filter', async () => {
      await fc.assert(
        fc.asyncProperty(exactCase, async ({ input, question, limit, modulus }) => {
          const filter = modulus === 1 ? undefined : (row: number) => row % modulus === 0;
          const index = await createIndex(input);
          try {
            expect(index.search(Float32Array.from(question), limit, filter)).toEqual(
              sortAll(input, question, filter, limit),
            );
          } finally {
            index.close();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Small whole numbers: their sums are exact in float32, and ties are frequent. */
const exactCase = fc
  .record({ dimensions: fc.integer({ min: 1, max: 9 }), size: fc.integer({ min: 0, max: 150 }) })
  .chain(({ dimensions, size }) => {
    const vector = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dimensions, maxLength: dimensions });
    return fc.record({
      input: fc.record({
        dimensions: fc.constant(dimensions),
        metric: fc.constantFrom('ip' as const, 'l2' as const),
        rows: fc
          .uniqueArray(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: size, maxLength: size })
          .map((rows) => rows.sort((a, b) => a - b)),
        vectors: fc.array(vector, { minLength: size, maxLength: size }),
      }),
      question: vector,
      limit: fc.integer({ min: 0, max: 60 }),
      modulus: fc.integer({ min: 1, max: 4 }),
    });
  });

function sortAll(
  { metric, rows, vectors }: VectorIndexInput,
  question: readonly number[],
  filter: ((row: number) => boolean) | undefined,
  limit: number,
): Neighbours {
  const score = (vector: readonly number[]) =>
    vector.reduce((sum, value, place) => {
      const other = question[place] as number;
      return sum + (metric === 'ip' ? value * other : (value - other) ** 2);
    }, 0);
  const all = rows
    .map((row, place) => ({ row, score: score(vectors[place] as readonly number[]) + 0 }))
    .filter(({ row }) => !filter || filter(row))
    .sort((a, b) => (metric === 'ip' ? b.score - a.score : a.score - b.score) || a.row - b.row)
    .slice(0, limit);
  return { rows: all.map(({ row }) => row), scores: all.map(({ score }) => score) };
}
