import { isAbort, OperatorError } from '../errors.ts';
import type { DeviceSetting } from './devices.ts';
import type { Precision } from './embedder.ts';
import type { ResolvedModel, Weights } from './model-files.ts';
import type { Provider } from './weights.ts';

/** Token ids to vectors, on one provider. */
export interface Encoder<Row = readonly number[]> {
  /** One batch: `rows.length` x dimensions floats. */
  encode(rows: readonly Row[]): Promise<Float32Array>;
  close(): Promise<void>;
}

export type Choice<Row = readonly number[]> = {
  readonly provider: Provider;
  readonly weights: Weights;
  readonly encoder: Encoder<Row>;
  /** Why the others were not taken, and how this one compares, one sentence each. */
  readonly reasons: readonly string[];
};

export type ChooseOptions<Row = readonly number[]> = {
  readonly setting: DeviceSetting;
  readonly providers: readonly Provider[];
  readonly weights: ResolvedModel['weights'];
  /** Floats whose direction is compared: a vector's, or all scores of the start-up texts as one. */
  readonly dimensions: number;
  /** Token ids of the start-up texts. */
  readonly rows: readonly Row[];
  readonly open: (provider: Provider, file: string) => Promise<Encoder<Row>>;
  /** What to tell the operator of a provider that did not load. */
  readonly explain: (provider: Provider, error: unknown) => Promise<OperatorError>;
  readonly now?: () => number;
};

/** Both run the same file, so that only rounding differs. */
const SAME_FILE_COSINE = 0.999;
/** The processor's file is another one: the same model in another precision. */
const OTHER_FILE_COSINE = 0.98;

/**
 * Takes the first provider that loads, gives the processor's vectors and is faster than it; the processor where none
 * does. A provider that was named need not be faster, but must load and agree.
 *
 * @throws OperatorError when the provider that was named does not load or gives other vectors
 */
export async function chooseDevice<Row>(options: ChooseOptions<Row>): Promise<Choice<Row>> {
  const { providers, open, weights } = options;
  const reasons: string[] = [];
  const cpu = await open('cpu', weights.cpu.file);
  for (const provider of providers) {
    if (provider === 'cpu') break;
    const outcome = await tryProvider(provider, cpu, options);
    reasons.push(outcome.reason);
    if (outcome.encoder) {
      await cpu.close();
      return { provider, weights: outcome.weights, encoder: outcome.encoder, reasons };
    }
  }
  return { provider: 'cpu', weights: weights.cpu, encoder: cpu, reasons };
}

type Outcome<Row> =
  | { readonly encoder: Encoder<Row>; readonly weights: Weights; readonly reason: string }
  | { readonly encoder?: undefined; readonly reason: string };

async function tryProvider<Row>(
  provider: Provider,
  cpu: Encoder<Row>,
  options: ChooseOptions<Row>,
): Promise<Outcome<Row>> {
  const weights = options.weights[provider] ?? options.weights.cpu;
  const named = options.setting === provider;
  let encoder: Encoder<Row> | undefined;
  try {
    encoder = await options.open(provider, weights.file);
    const { faster, reason } = await compare(provider, weights, encoder, cpu, options);
    if (faster || named) return { encoder, weights, reason };
    await encoder.close();
    return { reason: `${reason}: not used` };
  } catch (error) {
    if (isAbort(error)) throw error;
    await encoder?.close().catch(() => {});
    const explained = await options.explain(provider, error);
    if (named) {
      await cpu.close();
      throw explained;
    }
    return { reason: `not used: ${explained.message}` };
  }
}

/** @throws OperatorError when the vectors differ */
async function compare<Row>(
  provider: Provider,
  weights: Weights,
  encoder: Encoder<Row>,
  cpu: Encoder<Row>,
  options: ChooseOptions<Row>,
) {
  const { rows, dimensions, now = () => performance.now() } = options;
  const device = await timed(() => encoder.encode(rows), now);
  const processor = await timed(() => oneByOne(cpu, rows), now);
  const reference = await referenceFor(weights, processor.vectors, options);
  const cosine = lowestCosine(device.vectors, reference.vectors, dimensions);
  if (!(cosine >= reference.atLeast)) {
    throw new OperatorError(
      `${provider.toUpperCase()} gives other vectors than the processor (cosine ${cosine.toFixed(4)}, expected at least ${reference.atLeast}): update the driver of the GPU, or set DEVICE=auto or DEVICE=cpu.`,
    );
  }
  const reason = `${provider} takes ${device.ms.toFixed(0)} ms for ${rows.length} texts, cpu ${processor.ms.toFixed(0)} ms, lowest cosine ${cosine.toFixed(5)}`;
  return { faster: device.ms < processor.ms, reason };
}

/** What the vectors have to agree with: the same file on the processor, where it can run it. */
async function referenceFor<Row>(weights: Weights, processorVectors: Float32Array, options: ChooseOptions<Row>) {
  const served = options.weights.cpu;
  if (weights.file === served.file) return { vectors: processorVectors, atLeast: SAME_FILE_COSINE };
  const other = { vectors: processorVectors, atLeast: OTHER_FILE_COSINE };
  const coarse: Precision = 'int8';
  if (served.precision === coarse) return other;
  try {
    const same = await options.open('cpu', weights.file);
    try {
      return { vectors: await oneByOne(same, options.rows), atLeast: SAME_FILE_COSINE };
    } finally {
      await same.close();
    }
  } catch {
    return other;
  }
}

/** The better of two runs, after one that loads and compiles what is needed. */
async function timed(run: () => Promise<Float32Array>, now: () => number) {
  let vectors = await run();
  let ms = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 2; round++) {
    const start = now();
    vectors = await run();
    ms = Math.min(ms, now() - start);
  }
  return { vectors, ms };
}

/** As the processor is used: it gains nothing from batches. */
async function oneByOne<Row>(encoder: Encoder<Row>, rows: readonly Row[]): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (const row of rows) parts.push(await encoder.encode([row]));
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Of the rows of two matrices; NaN when a vector has no direction. */
function lowestCosine(left: Float32Array, right: Float32Array, dimensions: number): number {
  let lowest = left.length === right.length && left.length > 0 ? 1 : Number.NaN;
  for (let start = 0; start < left.length; start += dimensions) {
    let product = 0;
    let leftSquares = 0;
    let rightSquares = 0;
    for (let index = start; index < start + dimensions; index++) {
      const [a, b] = [left[index] ?? 0, right[index] ?? 0];
      product += a * b;
      leftSquares += a * a;
      rightSquares += b * b;
    }
    lowest = Math.min(lowest, product / Math.sqrt(leftSquares * rightSquares));
  }
  return lowest;
}
