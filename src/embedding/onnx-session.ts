import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as runtimeTypes from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { describeError, OperatorError, toError } from '../errors.ts';
import { halfToFloat } from './pooling.ts';
import type { Provider } from './weights.ts';

/** A loaded graph: token ids in, one of its outputs out. Blocks its thread while it runs. */
export interface OnnxSession {
  readonly output: GraphOutput;
  /**
   * Rows of different lengths are padded at the end.
   *
   * @param secondFrom of each row of two texts, where the second begins
   */
  run(rows: readonly (readonly number[])[], padTokenId: number, secondFrom?: readonly number[]): Promise<Floats>;
  close(): Promise<void>;
}

/** What a graph says of an output: numbers where it knows a size. */
export type GraphOutput = { readonly name: string; readonly shape: readonly (number | string)[] };
export type Floats = { readonly data: Float32Array; readonly dims: readonly number[] };

export type SessionOptions = {
  readonly file: string;
  readonly provider: Provider;
  /** How many threads one run may use on the processor. */
  readonly threads: number;
  readonly output: OutputWanted;
};

/** Which output is read; what exporters call it differs. */
export type OutputWanted = {
  /** Undefined where the graph has none of the kind. */
  readonly find: (outputs: readonly GraphOutput[]) => GraphOutput | undefined;
  /** What was expected and what to do, for the error. */
  readonly expected: string;
};

type OnnxRuntime = typeof runtimeTypes;

const KNOWN_INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);

/**
 * Loads a graph on one provider; ONNX Runtime tries no other by itself.
 *
 * @throws OperatorError when onnxruntime-node is missing, or the file is no whole ONNX model of texts with such an output
 * @throws Error when the provider does not load; `explainProvider` says why
 */
export async function openOnnxSession(options: SessionOptions): Promise<OnnxSession> {
  const { file } = options;
  const runtime = await loadRuntime();
  const session = await createSession(runtime, options);
  const unknown = session.inputNames.find((name) => !KNOWN_INPUTS.has(name));
  if (unknown || !session.inputNames.includes('input_ids')) {
    throw new OperatorError(
      `${file} takes ${session.inputNames.join(', ')}: expected input_ids, attention_mask and perhaps token_type_ids. Choose another model.`,
    );
  }
  const output = outputOf(session, options);
  const types = new Map(session.inputMetadata.map((input) => [input.name, input.isTensor ? input.type : 'int64']));
  return {
    output,
    async run(rows, padTokenId, secondFrom = []) {
      const length = rows.reduce((longest, row) => Math.max(longest, row.length), 1);
      const feeds = Object.fromEntries(
        session.inputNames.map((name) => [
          name,
          integerTensor(
            runtime,
            types.get(name) ?? 'int64',
            inputValues(name, rows, { length, padTokenId, secondFrom }),
            [rows.length, length],
          ),
        ]),
      );
      const results = await session.run(feeds, [output.name]);
      const tensor = results[output.name];
      if (!tensor) throw new Error(`${file} gave no ${output.name}`);
      return { data: floatsOf(tensor), dims: tensor.dims };
    },
    close: () => session.release(),
  };
}

/**
 * Has a new encoder show that it runs, since not every fault shows on loading. Where it fails its session is closed.
 *
 * @throws OperatorError when the weights do not run, or what `prove` throws of that kind
 * @throws Error when a provider other than the processor fails; `explainProvider` says why
 */
export async function proven<Encoder>(
  session: OnnxSession,
  { file, provider }: Pick<SessionOptions, 'file' | 'provider'>,
  prove: () => Promise<Encoder>,
): Promise<Encoder> {
  try {
    return await prove();
  } catch (error) {
    await session.close();
    if (error instanceof OperatorError || provider !== 'cpu') throw error;
    throw new OperatorError(`The weights ${file} cannot be run: ${describeError(error)}. Fetch the model again.`, {
      cause: error,
    });
  }
}

/** Where onnxruntime-node keeps the libraries of its providers for this machine. */
export function providerFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  return path.resolve(path.dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

async function loadRuntime(): Promise<OnnxRuntime> {
  try {
    const runtime = await import('onnxruntime-node');
    // It prints to stderr what it also throws, and warnings about every operator that a GPU leaves to the processor.
    runtime.env.logLevel = 'fatal';
    return runtime;
  } catch (error) {
    throw new OperatorError(
      'onnxruntime-node cannot be loaded: expected it in node_modules, for Linux x64 or arm64 with glibc, macOS on arm64, or Windows. Run `npm ci --ignore-scripts` on such a machine.',
      { cause: toError(error) },
    );
  }
}

async function createSession(runtime: OnnxRuntime, options: SessionOptions): Promise<InferenceSession> {
  const { file, provider, threads } = options;
  try {
    return await runtime.InferenceSession.create(file, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Memory grows with the longest batch ever run and never shrinks again: not worth it for one text at a time.
      enableCpuMemArena: false,
      logSeverityLevel: 4,
      // Threads that wait by spinning take the processor from whatever else runs on a bot's host: twice as slow there.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (error) {
    throw (await explainFile(file, toError(error))) ?? error;
  }
}

/** What is wrong with the file, where it is the file. */
async function explainFile(file: string, cause: Error): Promise<OperatorError | undefined> {
  const sizeBytes = (await stat(file).catch(() => undefined))?.size;
  if (sizeBytes === undefined)
    return new OperatorError(`The weights ${file} are not there. Fetch the model again.`, { cause });
  if (/protobuf parsing failed|invalid protobuf|External data|External initializer/i.test(cause.message)) {
    return new OperatorError(
      `The weights ${file} are not a whole ONNX model (${sizeBytes.toLocaleString('en-US')} bytes here): expected the file as published, with its data file beside it where it has one. Delete it and fetch the model again.`,
      { cause },
    );
  }
  return undefined;
}

function outputOf(session: InferenceSession, { file, output: wanted }: SessionOptions): GraphOutput {
  const outputs = session.outputMetadata.flatMap((output) => (output.isTensor ? [output] : []));
  const output = wanted.find(outputs);
  if (output) return output;
  throw new OperatorError(`${file} gives ${session.outputNames.join(', ')}: ${wanted.expected}`);
}

/** Row after row, padded at the end. */
function inputValues(
  name: string,
  rows: readonly (readonly number[])[],
  { length, padTokenId, secondFrom }: { length: number; padTokenId: number; secondFrom: readonly number[] },
): Int32Array {
  const values = new Int32Array(rows.length * length);
  if (name === 'input_ids') values.fill(padTokenId);
  rows.forEach((row, index) => {
    const start = index * length;
    const end = start + row.length;
    if (name === 'input_ids') values.set(row, start);
    else if (name === 'attention_mask') values.fill(1, start, end);
    else values.fill(1, start + (secondFrom[index] ?? row.length), end);
  });
  return values;
}

function integerTensor(runtime: OnnxRuntime, type: string, values: Int32Array, shape: number[]): Tensor {
  if (type === 'int32') return new runtime.Tensor('int32', values, shape);
  const wide = new BigInt64Array(values.length);
  // By halves, the lower one first on every machine that there are builds for: BigInts would take longer than a small model.
  const halves = new Int32Array(wide.buffer);
  values.forEach((value, index) => {
    halves[2 * index] = value;
  });
  return new runtime.Tensor('int64', wide, shape);
}

function floatsOf({ type, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  // Bits where Node knows no half precision, numbers where it does.
  if (type === 'float16') {
    return data instanceof Uint16Array ? halfToFloat(data) : Float32Array.from(data as unknown as ArrayLike<number>);
  }
  throw new OperatorError(
    `The weights give vectors of ${type}: expected float32 or float16. Choose another PRECISION.`,
  );
}
