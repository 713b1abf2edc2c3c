import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** The five nearest of a question, by FAISS. */
export type TopFive = { readonly rows: readonly number[]; readonly scores: readonly number[] };
export type Metric = 'ip' | 'l2';

/** A golden file, made by scripts/golden/make_golden.py. */
export function readGolden<Golden>(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')) as Golden;
}

/** Little-endian float32 in base64, as rows. */
export function decodeVectors(base64: string, dimensions: number): readonly Float32Array[] {
  const bytes = Buffer.from(base64, 'base64');
  const floats = Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  return rowsOf(floats, dimensions);
}

export function rowsOf(vectors: Float32Array, dimensions: number): readonly Float32Array[] {
  return Array.from({ length: vectors.length / dimensions }, (_, row) =>
    vectors.subarray(row * dimensions, (row + 1) * dimensions),
  );
}

/** Cosine of at least 0.99999, and no number more than 1e-4 away. */
export function expectSameVector(
  actual: Float32Array | undefined,
  expected: Float32Array | undefined,
  what: string,
): void {
  if (!actual || !expected) throw new Error(`a vector is missing: ${what}`);
  expect(actual.length, what).toBe(expected.length);
  const cosine =
    innerProduct(actual, expected) / Math.sqrt(innerProduct(actual, actual) * innerProduct(expected, expected));
  const apart = Math.max(...actual.map((value, index) => Math.abs(value - (expected[index] ?? Number.NaN))));
  expect(cosine, what).toBeGreaterThanOrEqual(0.99999);
  expect(apart, what).toBeLessThanOrEqual(1e-4);
}

/** A plain scan finds the same rows in the same order, with scores within 1e-4. */
export function expectSameTopFive(
  documents: readonly Float32Array[],
  question: Float32Array | undefined,
  metric: Metric,
  expected: TopFive | undefined,
  what: string,
): void {
  if (!question || !expected) throw new Error(`a ranking is missing: ${what}`);
  const scored = documents.map((document, row) => ({ row, score: scoreOf(document, question, metric) }));
  const best = scored
    .sort((a, b) => (metric === 'ip' ? b.score - a.score : a.score - b.score) || a.row - b.row)
    .slice(0, 5);
  expect(
    best.map(({ row }) => row),
    what,
  ).toEqual(expected.rows);
  for (const [index, { score }] of best.entries()) {
    expect(Math.abs(score - (expected.scores[index] ?? Number.NaN)), what).toBeLessThanOrEqual(1e-4);
  }
}

function scoreOf(document: Float32Array, question: Float32Array, metric: Metric): number {
  if (metric === 'ip') return innerProduct(document, question);
  let sum = 0;
  for (let index = 0; index < document.length; index++) sum += ((document[index] ?? 0) - (question[index] ?? 0)) ** 2;
  return sum;
}

function innerProduct(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}
