import { describeError, OperatorError } from '../errors.ts';
import { chooseDevice, type Encoder } from './choose-device.ts';
import type { CrossEncoderFolder } from './cross-encoder-folder.ts';
import type { DeviceSetting } from './devices.ts';
import { type BatchLimits, EmbedQueue } from './embed-queue.ts';
import type { ResolvedModel } from './model-files.ts';
import { type OutputWanted, openOnnxSession, proven } from './onnx-session.ts';
import { loadPairTokenizer, type PairRow } from './pair-tokenizer.ts';
import { explainProvider } from './provider-fault.ts';
import type { Reranker } from './reranker.ts';
import { START_UP_TEXTS } from './start-up-texts.ts';
import type { Provider } from './weights.ts';

export type OnnxRerankerOptions = {
  readonly model: ResolvedModel<CrossEncoderFolder>;
  readonly setting: DeviceSetting;
  readonly providers: readonly Provider[];
  /** Threads for one run on the processor. */
  readonly threads: number;
  /** Pairs that run together; by default what suits the device. */
  readonly batch?: BatchLimits;
  /** Question and text together are cut here, whatever the model could read. */
  readonly pairTokens?: number;
};

/** A comment's beginning tells; twice the tokens take twice the time. */
const PAIR_TOKENS = 256;
const CPU_LIMITS: BatchLimits = { texts: 1, tokens: Number.POSITIVE_INFINITY };
const GPU_LIMITS: BatchLimits = { texts: 64, tokens: 16_384 };

const LOGITS: OutputWanted = {
  find: (outputs) => outputs.find(({ name }) => name === 'logits') ?? outputs.find(({ shape }) => shape.length === 2),
  expected: 'expected logits, one score a pair. Export the model with its head, as sentence-transformers does.',
};

/**
 * A cross-encoder in the calling thread, which it blocks while it runs: `startReranker` gives it a thread of its own.
 *
 * @throws OperatorError when the model cannot run here
 */
export async function openOnnxReranker({
  model,
  batch,
  pairTokens = PAIR_TOKENS,
  ...options
}: OnnxRerankerOptions): Promise<Reranker & { readonly reasons: readonly string[] }> {
  const { description, revision } = model;
  const maxTokens = Math.min(description.maxTokens, pairTokens);
  const tokenizer = await loadPairTokenizer({ ...description, maxTokens });
  const [question = '', ...texts] = START_UP_TEXTS;
  const { provider, weights, encoder, reasons } = await chooseDevice({
    ...options,
    weights: model.weights,
    // All scores as one vector: a score alone has no direction.
    dimensions: texts.length,
    rows: texts.map((text) => tokenizer.encode(question, text)),
    open: (candidate, file) => openScorer(description, candidate, file, options.threads),
    explain: explainProvider,
  });
  const encode: Encoder<PairRow>['encode'] = async (rows) => {
    try {
      return await encoder.encode(rows);
    } catch (error) {
      throw new OperatorError(`The re-ranking model failed on ${provider}: ${describeError(error)}.`, { cause: error });
    }
  };
  const queue = new EmbedQueue<PairRow>({
    encode,
    dimensions: 1,
    limits: provider === 'cpu' ? CPU_LIMITS : GPU_LIMITS,
  });
  return {
    identity: { model: model.model, revision, precision: weights.precision },
    device: provider,
    reasons,
    async score(asked, candidates, signal) {
      const rows = candidates.map((text) => tokenizer.encode(asked, text));
      return await queue.add(rows, 'question', signal);
    },
    async close() {
      if (queue.close(new Error('the re-ranking model was closed'))) await encoder.close();
    },
  };
}

/** Loads weights on a provider and runs them once: a head of another width shows here. */
async function openScorer(
  { padTokenId }: CrossEncoderFolder,
  provider: Provider,
  file: string,
  threads: number,
): Promise<Encoder<PairRow>> {
  const session = await openOnnxSession({ file, provider, threads, output: LOGITS });
  const encode: Encoder<PairRow>['encode'] = async (rows) => {
    const { data, dims } = await session.run(
      rows.map(({ ids }) => ids),
      padTokenId,
      rows.map(({ secondFrom }) => secondFrom),
    );
    if (data.length === rows.length) return data;
    throw new OperatorError(
      `The weights ${file} give ${dims.join(' x ')} numbers for ${rows.length} pairs: expected one score a pair. The folder mixes files of two models; fetch the model again.`,
    );
  };
  return proven(session, { file, provider }, async () => {
    await encode([{ ids: [padTokenId, padTokenId], secondFrom: 1, length: 2 }]);
    return { encode, close: session.close };
  });
}
