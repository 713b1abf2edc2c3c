// How fast questions are searched: FAISS and the plain scan by vector, BM25 by words. Takes the sizes as arguments:
//   npx tsx bench/search.ts [SIZE…]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom } from '../src/evaluation/random.ts';
import type { KeywordIndex } from '../src/retrieval/bm25.ts';
import { openFaissIndex } from '../src/retrieval/faiss-index.ts';
import { readIndex, readVectors } from '../src/retrieval/index-files.ts';
import { createIndexWriter } from '../src/retrieval/index-writer.ts';
import { createKeywordIndexBuilder } from '../src/retrieval/keyword-index-builder.ts';
import { createScanIndex } from '../src/retrieval/scan-index.ts';
import type { VectorIndex } from '../src/retrieval/vector-index.ts';
import { describeMachine, type Row, report, round, timeInTurns, timeOnce } from './harness.ts';
import { madeUpIdentity } from './local-models.ts';

const DIMENSIONS = 768;
const QUESTIONS = 100;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2000, 10_000, 50_000];
if (sizes.some((size) => !Number.isSafeInteger(size) || size < 1))
  throw new Error('sizes are whole numbers, for example 2000 10000');

// As `startWorker` does for the product; FAISS reads it when it loads.
process.env.OMP_NUM_THREADS ??= '1';
const machine = describeMachine();
const rows: Row[] = [];
for (const size of sizes) rows.push(await measure(size));
report('search', rows, machine);

async function measure(size: number): Promise<Row> {
  const directory = await mkdtemp(path.join(tmpdir(), 'precedent-bench-'));
  try {
    const [, writeMs] = await timeOnce(() => writeIndex(directory, size));
    const memoryBefore = process.memoryUsage().rss;
    const [faiss, faissLoadMs] = await timeOnce(() => openFaiss(directory));
    const faissMb = (process.memoryUsage().rss - memoryBefore) / 1e6;
    const [scan, scanLoadMs] = await timeOnce(() => openScan(directory));
    const [keywords, keywordBuildMs] = await timeOnce(() => buildKeywords(size));
    const questions = vectorsOf(QUESTIONS, createRandom(2));
    const texts = documentsOf(QUESTIONS, 8, createRandom(3));
    const questionAt = (turn: number) =>
      questions.subarray((turn % QUESTIONS) * DIMENSIONS, ((turn % QUESTIONS) + 1) * DIMENSIONS);
    const times = await timeInTurns(
      {
        faiss: (turn) => faiss.search(questionAt(turn), 50),
        scan: (turn) => scan.search(questionAt(turn), 50),
        bm25: (turn) => keywords.search(texts[turn % QUESTIONS] as string, 50),
      },
      { rounds: QUESTIONS },
    );
    faiss.close();
    return {
      documents: size,
      'write ms': writeMs,
      'FAISS load ms': faissLoadMs,
      'FAISS MB': round(faissMb, 0),
      'scan load ms': scanLoadMs,
      'BM25 build ms': keywordBuildMs,
      'FAISS p50': times.faiss.p50Ms,
      'FAISS p99': times.faiss.p99Ms,
      'scan p50': times.scan.p50Ms,
      'scan p99': times.scan.p99Ms,
      'BM25 p50': times.bm25.p50Ms,
      'BM25 p99': times.bm25.p99Ms,
      'FAISS : scan': round(times.faiss.p50Ms / times.scan.p50Ms, 2),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeIndex(directory: string, size: number): Promise<void> {
  const identity = madeUpIdentity(DIMENSIONS);
  const writer = await createIndexWriter({ directory, identity, metric: 'ip' });
  const random = createRandom(1);
  for (let start = 0; start < size; start += 1000) {
    const page = Array.from({ length: Math.min(1000, size - start) }, (_, place) => start + place);
    await writer.add(page, vectorsOf(page.length, random));
  }
  await writer.commit({ corpusVersion: 1 });
}

async function openFaiss(directory: string): Promise<VectorIndex> {
  const { vectorsFile: file, rows: rowNumbers } = await indexIn(directory);
  return openFaissIndex({ file, dimensions: DIMENSIONS, metric: 'ip', rows: rowNumbers });
}

async function openScan(directory: string): Promise<VectorIndex> {
  const files = await indexIn(directory);
  return createScanIndex({ dimensions: DIMENSIONS, metric: 'ip', rows: files.rows, vectors: await readVectors(files) });
}

async function indexIn(directory: string) {
  const files = await readIndex(directory);
  if (!files) throw new Error(`no index in ${directory}`);
  return files;
}

function buildKeywords(size: number): KeywordIndex {
  const builder = createKeywordIndexBuilder();
  for (const [row, document] of documentsOf(size, 150, createRandom(4)).entries()) builder.add(row, document);
  return builder.finish();
}

function vectorsOf(count: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count * DIMENSIONS }, () => random() - 0.5);
}

/** Texts whose words are as unevenly frequent as those of a language. */
function documentsOf(count: number, words: number, random: () => number): string[] {
  const word = () => `word${Math.floor(60_000 ** random())}`;
  return Array.from({ length: count }, () => Array.from({ length: words }, word).join(' '));
}
