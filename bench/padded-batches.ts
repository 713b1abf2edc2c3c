import { resolveModel } from '../src/embedding/model-files.ts';
import { openEncoder } from '../src/embedding/onnx-embedder.ts';
import { loadTokenizer } from '../src/embedding/tokenizer.ts';
import { defaultThreads } from '../src/embedding/worker-embedder.ts';
import { createHub } from '../src/hub/http-hub.ts';
import { silentLogger } from '../src/log.ts';
import { round } from './harness.ts';

export type Comparison = {
  /** Of all documents given, in tokens. */
  readonly tokens: number;
  /** Tokens a second, the padding not counted. */
  readonly oneByOne: number;
  readonly inBatches: number;
};

const BATCH = 16;
const DOCUMENTS_COMPARED = 96;

/**
 * The usual loop (batches of 16 in the order of the corpus, padded to the longest) beside what the bot does on a
 * processor (one text at a time, no padding): one session, one thread setting, the same documents in turns.
 */
export async function comparePadding(
  folder: string,
  precision: 'fp32' | 'int8',
  documents: readonly string[],
): Promise<Comparison> {
  const hub = createHub({ endpoint: 'http://127.0.0.1:9', cacheDir: folder, log: silentLogger });
  const { description, weights } = await resolveModel({ model: folder, revision: '', precision, hub });
  const tokenizer = await loadTokenizer(description);
  const rows = documents.map((text) => tokenizer.encode(text));
  const encoder = await openEncoder(description, 'cpu', weights.cpu.file, defaultThreads());
  const compared = rows.slice(0, DOCUMENTS_COMPARED);
  let oneByOneMs = 0;
  let inBatchesMs = 0;
  // The first batch warms up and does not count.
  for (let start = -BATCH; start < compared.length; start += BATCH) {
    const batch = compared.slice(Math.max(0, start), Math.max(0, start) + BATCH);
    const single = await timed(async () => {
      for (const row of batch) await encoder.encode([row]);
    });
    const whole = await timed(() => encoder.encode(batch));
    if (start < 0) continue;
    oneByOneMs += single;
    inBatchesMs += whole;
  }
  await encoder.close();
  const perSecond = (milliseconds: number) => round((1000 * tokensOf(compared)) / milliseconds, 0);
  return { tokens: tokensOf(rows), oneByOne: perSecond(oneByOneMs), inBatches: perSecond(inBatchesMs) };
}

function tokensOf(rows: readonly (readonly number[])[]): number {
  return rows.reduce((total, row) => total + row.length, 0);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
