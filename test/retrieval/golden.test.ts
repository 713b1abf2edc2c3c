import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openFaissIndex } from '../../src/retrieval/faiss-index.ts';
import { readIndex, readVectors } from '../../src/retrieval/index-files.ts';
import { createIndexWriter } from '../../src/retrieval/index-writer.ts';
import { createScanIndex } from '../../src/retrieval/scan-index.ts';
import type { VectorIndex } from '../../src/retrieval/vector-index.ts';
import { anIdentity } from '../fakes/identity.ts';

/** Made by the Python reference (faiss-cpu): vectors as little-endian float32 in base64, rows and scores of the top five. */
type Golden = {
  readonly documents: string;
  readonly corpus: readonly unknown[];
  readonly questions: readonly {
    readonly text: string;
    readonly vector: string;
    readonly ip: TopFive;
    readonly l2: TopFive;
  }[];
};
type TopFive = { readonly rows: readonly number[]; readonly scores: readonly number[] };

const golden: Golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('../golden/mpnet-tiny.json', import.meta.url)), 'utf8'),
);
const documents = floatsOf(golden.documents);
const size = golden.corpus.length;
const dimensions = documents.length / size;

const folder = mkdtempSync(path.join(tmpdir(), 'precedent-golden-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function openIndex(kind: 'faiss' | 'scan', metric: 'ip' | 'l2'): Promise<VectorIndex> {
  const writer = await createIndexWriter({ directory: folder, identity: anIdentity({ dimensions }), metric });
  await writer.add(
    Array.from({ length: size }, (_, row) => row),
    documents,
  );
  await writer.commit({ corpusVersion: 1 });
  const files = await readIndex(folder);
  if (!files) throw new Error('no index');
  const { rows, vectorsFile: file } = files;
  if (kind === 'faiss') return openFaissIndex({ file, dimensions, metric, rows });
  return createScanIndex({ dimensions, metric, rows, vectors: await readVectors(files) });
}

describe.each(['faiss', 'scan'] as const)('the %s index', (kind) => {
  it.each(['ip', 'l2'] as const)(
    'gives the five nearest of the Python reference under %s, scores within 1e-4',
    async (metric) => {
      const index = await openIndex(kind, metric);
      expect(golden.questions.length).toBeGreaterThan(0);
      for (const question of golden.questions) {
        const { rows, scores } = index.search(floatsOf(question.vector), 5);
        expect(rows).toEqual(question[metric].rows);
        for (const [place, score] of scores.entries()) {
          expect(Math.abs(score - (question[metric].scores[place] as number))).toBeLessThan(1e-4);
        }
      }
      index.close();
    },
  );
});

function floatsOf(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(4 * place));
}
