import type { Logger } from '../log.ts';
import { startWorker } from '../worker/channel.ts';
import { runModel } from './model-thread.ts';
import type { OnnxRerankerOptions } from './onnx-reranker.ts';
import type { RerankerFacts, ScoreRequest } from './rerank-worker.ts';
import type { Reranker } from './reranker.ts';
import { defaultThreads } from './worker-embedder.ts';

export type StartRerankerOptions = Omit<OnnxRerankerOptions, 'threads'> & {
  /** Threads for one run on the processor. */
  readonly threads?: number;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Runs a cross-encoder in a worker thread, on the best device that gives the right scores.
 *
 * @throws OperatorError when the model cannot run here, or the device that was named cannot be used
 */
export async function startReranker({
  threads = defaultThreads(),
  log,
  signal,
  ...model
}: StartRerankerOptions): Promise<Reranker> {
  signal?.throwIfAborted();
  const options: OnnxRerankerOptions = { ...model, threads };
  const running = await runModel<RerankerFacts>({
    startWorker: () => startWorker('rerank-worker', import.meta.url, options),
    signal,
    onLost: () => log.error('the thread that re-ranks has failed; the next question starts another one'),
  });
  const { identity, device, reasons } = running.facts;
  for (const note of [...model.model.notes, ...reasons]) log.info(`re-ranking: ${note}`);
  log.info('the re-ranking model is ready', { model: identity.model, device, precision: identity.precision });
  return {
    identity,
    device,
    async score(question, texts, stop) {
      stop?.throwIfAborted();
      if (texts.length === 0) return new Float32Array(0);
      const request: ScoreRequest = { question, texts };
      return await (await running.remote()).call<Float32Array>('score', request, { signal: stop });
    },
    close: running.close,
  };
}
