import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import faiss from 'faiss-node';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { faissHeader } from '../../src/retrieval/faiss-file.ts';
import { openFaissIndex } from '../../src/retrieval/faiss-index.ts';
import { createScanIndex } from '../../src/retrieval/scan-index.ts';
import { type CreateVectorIndex, type VectorIndexInput, vectorIndexContract } from '../contracts/vector-index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'precedent-vector-index-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const createFaiss: CreateVectorIndex = ({ dimensions, metric, rows, vectors }) => {
  const file = path.join(folder, 'index.faiss');
  const floats = Float32Array.from(vectors.flat());
  const header = faissHeader({ metric, dimensions, size: rows.length });
  writeFileSync(file, Buffer.concat([header, Buffer.from(floats.buffer)]));
  return openFaissIndex({ file, dimensions, metric, rows: Uint32Array.from(rows) });
};
const createScan: CreateVectorIndex = async ({ dimensions, metric, rows, vectors }) =>
  createScanIndex({ dimensions, metric, rows: Uint32Array.from(rows), vectors: Float32Array.from(vectors.flat()) });

vectorIndexContract('the FAISS index', createFaiss);
vectorIndexContract('the scan index', createScan);

describe('the FAISS index and the scan index', () => {
  it('rank the same rows with the same scores to a millionth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom('ip' as const, 'l2' as const), async (seed, metric) => {
        const input = randomInput(seed, metric);
        const question = Float32Array.from(input.vectors[0] as number[], (value) => value + 0.25);
        const [found, expected] = [await createFaiss(input), await createScan(input)].map((index) =>
          index.search(question, 20),
        );
        expect(found?.rows).toEqual(expected?.rows);
        for (const [place, score] of (expected?.scores ?? []).entries()) {
          expect(Math.abs((found?.scores[place] ?? 0) - score)).toBeLessThanOrEqual(
            1e-6 * Math.max(100, Math.abs(score)),
          );
        }
      }),
      // A fixed seed: two scores closer together than float32 can tell may rank either way.
      { numRuns: 20, seed: 7 },
    );
  });
});

describe('a filter that few rows pass', () => {
  it.each(['ip', 'l2'] as const)('leaves the scores under %s as they are without it', async (metric) => {
    const input = randomInput(11, metric);
    const index = await createFaiss(input);
    const question = Float32Array.from(input.vectors[0] as number[], (value) => value + 0.25);
    const wanted = new Set([0, 9, 300, 600, 891]);
    const all = index.search(question, input.rows.length);
    const rows = all.rows.filter((row) => wanted.has(row));
    const scores = rows.map((row) => all.scores[all.rows.indexOf(row)]);
    const filter = (row: number) => wanted.has(row);
    expect(index.search(question, 50, filter)).toEqual({ rows, scores });
    expect(index.search(question, 2, filter)).toEqual({ rows: rows.slice(0, 2), scores: scores.slice(0, 2) });
    index.close();
  });
});

describe('a filter that more rows pass than are asked for', () => {
  it.each(['ip', 'l2'] as const)('leaves the scores under %s as they are without it', async (metric) => {
    const input = randomInput(12, metric);
    const index = await createFaiss(input);
    const question = Float32Array.from(input.vectors[0] as number[], (value) => value + 0.25);
    const all = index.search(question, input.rows.length);
    for (const modulus of [2, 3, 4, 5, 7]) {
      const filter = (row: number) => (row / 3) % modulus === 0;
      const rows = all.rows.filter(filter).slice(0, 4);
      const scores = rows.map((row) => all.scores[all.rows.indexOf(row)]);
      expect(index.search(question, 4, filter)).toEqual({ rows, scores });
    }
    index.close();
  });
});

describe('FAISS that is not installed', () => {
  it('is named, with what to install', async () => {
    vi.resetModules();
    vi.doMock('faiss-node', () => {
      throw new Error('no such library');
    });
    const { openFaissIndex: openWithout } = await import('../../src/retrieval/faiss-index.ts');
    const opening = openWithout({ file: 'any', dimensions: 1, metric: 'ip', rows: new Uint32Array(0) });
    await expect(opening).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringMatching(/npm start.*libfaiss-dev.*VECTOR_INDEX=scan/),
    });
    vi.doUnmock('faiss-node');
  });
});

describe('the FAISS file', () => {
  it.each([
    ['ip', faiss.IndexFlatIP],
    ['l2', faiss.IndexFlatL2],
  ] as const)('is byte by byte what FAISS itself writes for %s', (metric, Index) => {
    const index = new Index(3);
    index.add([1, 2, 3, 4, 5, 6]);
    const ours = Buffer.concat([
      faissHeader({ metric, dimensions: 3, size: 2 }),
      Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
    ]);
    expect(ours.equals(index.toBuffer())).toBe(true);
  });
});

/** 300 vectors of roughly normal values. */
function randomInput(seed: number, metric: 'ip' | 'l2'): VectorIndexInput {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const dimensions = 37;
  const vectors = Array.from({ length: 300 }, () =>
    Array.from({ length: dimensions }, () => Math.fround(3 * (random() + random() + random()))),
  );
  return { dimensions, metric, rows: vectors.map((_, place) => 3 * place), vectors };
}
