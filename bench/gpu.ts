import path from 'node:path';
import { type ResolvedModel, resolveModel } from '../src/embedding/model-files.ts';
import { openEncoder } from '../src/embedding/onnx-embedder.ts';
import type { Provider } from '../src/embedding/weights.ts';
import { createHub } from '../src/hub/http-hub.ts';
import { silentLogger } from '../src/log.ts';
import { TINY_MODEL } from '../test/embedding/tiny-model.ts';
import { usableProviders } from '../test/gpu/providers.ts';
import { trueShapeModel } from '../test/gpu/true-shape.ts';
import { type Row, report, timeInTurns } from './harness.ts';

/**
 * `npm run bench:gpu`: texts and tokens a second by batch, on every GPU provider that loads here and on the processor
 * in the same run. An MPNet of the true shape with random weights, which do not matter for speed.
 */
const QUESTION_TOKENS = 12;
const DOCUMENT_TOKENS = 300;
const GPU_BATCHES = [1, 8, 32, 64];
const CPU_BATCHES = [1, 8];
const ROUNDS = 5;

const { providers, reasons } = await usableProviders(path.join(TINY_MODEL, 'onnx/model.onnx'));
for (const reason of reasons) console.log(`not measured: ${reason}`);
if (providers.length === 0) console.log('No GPU can be used here, so there is nothing to measure.');
else await measure();

async function measure(): Promise<void> {
  const folder = await trueShapeModel();
  const rows: Row[] = [];
  const processor = await measureDevice(folder, 'cpu', 'fp32', CPU_BATCHES);
  const best = Math.max(...processor.map((row) => Number(row['tokens/s'])));
  for (const provider of providers) {
    for (const precision of ['fp32', 'fp16'] as const)
      rows.push(...(await measureDevice(folder, provider, precision, GPU_BATCHES)));
  }
  report(
    'gpu',
    [...processor, ...rows].map((row) => ({ ...row, 'x cpu': Number((Number(row['tokens/s']) / best).toFixed(1)) })),
  );
}

async function measureDevice(
  folder: string,
  provider: Provider,
  precision: 'fp32' | 'fp16',
  batches: readonly number[],
): Promise<readonly Row[]> {
  const model = await modelIn(folder, precision, provider);
  const file = (model.weights[provider] ?? model.weights.cpu).file;
  const encoder = await openEncoder(model.description, provider, file, 2);
  const question = await timeInTurns({ run: () => encoder.encode([idsOf(QUESTION_TOKENS)]) }, { rounds: 4 * ROUNDS });
  const rows: Row[] = [];
  for (const texts of batches) {
    const batch = Array.from({ length: texts }, () => idsOf(DOCUMENT_TOKENS));
    const { run } = await timeInTurns({ run: () => encoder.encode(batch) }, { rounds: ROUNDS, warmUp: 1 });
    rows.push({
      device: provider,
      precision,
      'question ms': question.run.p50Ms,
      batch: texts,
      'batch ms': run.p50Ms,
      'texts/s': perSecond(texts, run.p50Ms),
      'tokens/s': perSecond(texts * DOCUMENT_TOKENS, run.p50Ms),
    });
  }
  await encoder.close();
  return rows;
}

async function modelIn(folder: string, precision: 'fp32' | 'fp16', provider: Provider): Promise<ResolvedModel> {
  const hub = createHub({ endpoint: 'http://127.0.0.1:9', cacheDir: folder, log: silentLogger });
  return await resolveModel({ model: folder, revision: '', precision, hub, providers: [provider] });
}

function idsOf(tokens: number): readonly number[] {
  return Array.from({ length: tokens }, (_, index) => 5 + ((index * 37) % 1000));
}

function perSecond(count: number, milliseconds: number): number {
  return Number(((1000 * count) / milliseconds).toFixed(1));
}
