import { setImmediate as nextTurn } from 'node:timers/promises';
import { describeError, OperatorError } from '../errors.ts';
import { type Choice, chooseDevice, type Encoder } from './choose-device.ts';
import type { DeviceSetting } from './devices.ts';
import { type BatchLimits, EmbedQueue } from './embed-queue.ts';
import type { Embedder, EmbedderIdentity, EmbedOptions } from './embedder.ts';
import type { ResolvedModel } from './model-files.ts';
import type { ModelFolder } from './model-folder.ts';
import { type OutputWanted, openOnnxSession, proven } from './onnx-session.ts';
import { pool } from './pooling.ts';
import { explainProvider } from './provider-fault.ts';
import { START_UP_TEXTS } from './start-up-texts.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';
import type { Provider } from './weights.ts';

export type OnnxEmbedderOptions = {
  readonly model: ResolvedModel;
  readonly setting: DeviceSetting;
  readonly providers: readonly Provider[];
  /** Threads for one run on the processor. */
  readonly threads: number;
};

const CPU_LIMITS: BatchLimits = { texts: 1, tokens: Number.POSITIVE_INFINITY };
const GPU_LIMITS: BatchLimits = { texts: 256, tokens: 16_384 };
/** Texts that are cut into tokens before the thread looks at what else has come in. */
const TEXTS_A_TURN = 8;

/**
 * An embedder in the calling thread, which it blocks while it runs: `startEmbedder` gives it a thread of its own.
 *
 * @throws OperatorError when the model cannot run here
 */
export async function openOnnxEmbedder(
  options: OnnxEmbedderOptions,
): Promise<Embedder & { readonly reasons: readonly string[] }> {
  const { model } = options;
  const { description } = model;
  const tokenizer = await loadTokenizer(description);
  const choice = await chooseDevice({
    ...options,
    weights: model.weights,
    dimensions: description.dimensions,
    rows: START_UP_TEXTS.map((text) => tokenizer.encode(text)),
    open: (provider, file) => openEncoder(description, provider, file, options.threads),
    explain: explainProvider,
  });
  const { provider, encoder, reasons } = choice;
  const limits = provider === 'cpu' ? CPU_LIMITS : GPU_LIMITS;
  const encode: Encoder['encode'] = async (rows) => {
    try {
      return await encoder.encode(rows);
    } catch (error) {
      throw new OperatorError(`The model failed on ${provider}: ${describeError(error)}.`, { cause: error });
    }
  };
  const queue = new EmbedQueue({ encode, dimensions: description.dimensions, limits });
  return {
    identity: identityOf(model, choice),
    device: provider,
    reasons,
    async embed(texts, { priority = 'question', signal }: EmbedOptions = {}) {
      const rows = await encodeInTurns(tokenizer, texts, signal);
      return await queue.add(rows, priority, signal);
    },
    truncates: async (text) => tokenizer.truncates(text),
    async close() {
      if (queue.close(new Error('the embedder was closed'))) await encoder.close();
    },
  };
}

function identityOf({ model, revision, description }: ResolvedModel, { weights }: Choice): EmbedderIdentity {
  const { pooling, normalized, dimensions, maxTokens } = description;
  const { sha256: weightsSha256, precision } = weights;
  return { model, revision, weightsSha256, precision, pooling, normalized, dimensions, maxTokens };
}

async function encodeInTurns(
  tokenizer: Tokenizer,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly (readonly number[])[]> {
  signal?.throwIfAborted();
  const rows: (readonly number[])[] = [];
  for (const text of texts) {
    if (rows.length > 0 && rows.length % TEXTS_A_TURN === 0) await nextTurn();
    signal?.throwIfAborted();
    rows.push(tokenizer.encode(text));
  }
  return rows;
}

/** Exporters name it differently; what counts is batch x tokens x dimensions. */
export const TOKEN_VECTORS: OutputWanted = {
  find(outputs) {
    const named = ['last_hidden_state', 'token_embeddings'].map((name) =>
      outputs.find((output) => output.name === name),
    );
    const output = named.find(Boolean) ?? outputs.find(({ shape }) => shape.length === 3);
    return output?.shape.length === 3 ? output : undefined;
  },
  expected: 'expected last_hidden_state, one vector a token. Export the encoder alone, without a head.',
};

/** Loads weights on a provider and runs them once: what does not fit the model's description shows here. */
export async function openEncoder(
  { dimensions, pooling, normalized, padTokenId }: ModelFolder,
  provider: Provider,
  file: string,
  threads: number,
): Promise<Encoder> {
  const session = await openOnnxSession({ file, provider, threads, output: TOKEN_VECTORS });
  const encode = async (rows: readonly (readonly number[])[]) => {
    const { data, dims } = await session.run(rows, padTokenId);
    const [batch, length, found] = dims;
    if (!batch || !length || !found) throw new Error(`${file} gave no token vectors`);
    if (found !== dimensions) throw wrongDimensions(found);
    const lengths = rows.map((row) => row.length);
    return pool({ data, batch, length, dimensions }, lengths, pooling, normalized);
  };
  const wrongDimensions = (found: number) =>
    new OperatorError(
      `The weights ${file} give ${found} dimensions: expected ${dimensions}, as config.json says. The folder mixes files of two models; fetch the model again.`,
    );
  return proven(session, { file, provider }, async () => {
    const said = session.output.shape[2];
    if (typeof said === 'number' && said > 0 && said !== dimensions) throw wrongDimensions(said);
    // Not every graph says its dimensions before it has run.
    await encode([[padTokenId, padTokenId]]);
    return { encode, close: session.close };
  });
}
