import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as runtimeTypes from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { OperatorError, toError } from '../errors.ts';
import { halfToFloat, type TokenVectors } from './pooling.ts';
import type { Provider } from './weights.ts';

/** A loaded graph: token ids in, a vector for each token out. Blocks its thread while it runs. */
export interface OnnxSession {
  /** Of a token's vector, where the graph says so. */
  readonly dimensions: number | undefined;
  /** Rows of different lengths are padded at the end. */
  run(rows: readonly (readonly number[])[], padTokenId: number): Promise<TokenVectors>;
  close(): Promise<void>;
}

export type SessionOptions = {
  readonly file: string;
  readonly provider: Provider;
  /** How many threads one run may use on the processor. */
  readonly threads: number;
};

type OnnxRuntime = typeof runtimeTypes;

const KNOWN_INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);

/**
 * Loads a graph on one provider; ONNX Runtime tries no other by itself.
 *
 * @throws OperatorError when onnxruntime-node is missing, or the file is no whole ONNX encoder
 * @throws Error when the provider does not load; `explainProvider` says why
 */
export async function openOnnxSession({ file, provider, threads }: SessionOptions): Promise<OnnxSession> {
  const runtime = await loadRuntime();
  const session = await createSession(runtime, { file, provider, threads });
  const unknown = session.inputNames.find((name) => !KNOWN_INPUTS.has(name));
  if (unknown || !session.inputNames.includes('input_ids')) {
    throw new OperatorError(
      `${file} takes ${session.inputNames.join(', ')}: expected input_ids, attention_mask and perhaps token_type_ids. Choose another MODEL.`,
    );
  }
  const output = tokenOutputOf(session, file);
  const types = new Map(session.inputMetadata.map((input) => [input.name, input.isTensor ? input.type : 'int64']));
  return {
    dimensions: output.dimensions,
    async run(rows, padTokenId) {
      const length = rows.reduce((longest, row) => Math.max(longest, row.length), 1);
      const feeds = Object.fromEntries(
        session.inputNames.map((name) => [
          name,
          integerTensor(runtime, types.get(name) ?? 'int64', inputValues(name, rows, length, padTokenId), [
            rows.length,
            length,
          ]),
        ]),
      );
      const results = await session.run(feeds, [output.name]);
      return tokenVectorsOf(results[output.name], file);
    },
    close: () => session.release(),
  };
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

/** Exporters name it differently; what counts is batch x tokens x dimensions. */
function tokenOutputOf(session: InferenceSession, file: string): { name: string; dimensions: number | undefined } {
  const outputs = session.outputMetadata.flatMap((output) => (output.isTensor ? [output] : []));
  const byName = ['last_hidden_state', 'token_embeddings'].map((name) =>
    outputs.find((output) => output.name === name),
  );
  const output = byName.find(Boolean) ?? outputs.find(({ shape }) => shape.length === 3);
  if (output?.shape.length !== 3) {
    throw new OperatorError(
      `${file} gives ${session.outputNames.join(', ')}: expected last_hidden_state, one vector a token. Export the encoder alone, without a head.`,
    );
  }
  const dimensions = output.shape[2];
  return { name: output.name, dimensions: typeof dimensions === 'number' && dimensions > 0 ? dimensions : undefined };
}

/** Row after row, padded at the end. */
function inputValues(
  name: string,
  rows: readonly (readonly number[])[],
  length: number,
  padTokenId: number,
): Int32Array {
  const values = new Int32Array(rows.length * length);
  if (name === 'token_type_ids') return values;
  if (name === 'input_ids') values.fill(padTokenId);
  rows.forEach((row, index) => {
    const start = index * length;
    if (name === 'input_ids') values.set(row, start);
    else values.fill(1, start, start + row.length);
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

function tokenVectorsOf(tensor: Tensor | undefined, file: string): TokenVectors {
  const [batch, length, dimensions] = tensor?.dims ?? [];
  if (!tensor || !batch || !length || !dimensions) throw new Error(`${file} gave no token vectors`);
  return { data: floatsOf(tensor), batch, length, dimensions };
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
