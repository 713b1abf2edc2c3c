import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { channel, connect, type Remote, startWorker } from '../worker/channel.ts';
import { type DeviceSetting, providersFor } from './devices.ts';
import type { Embedder } from './embedder.ts';
import type { EmbedderFacts, EmbedRequest } from './embedding-worker.ts';
import type { ResolvedModel } from './model-files.ts';
import { runModel } from './model-thread.ts';
import type { OnnxEmbedderOptions } from './onnx-embedder.ts';
import type { Provider } from './weights.ts';

/** An embedder that other threads can use as well. */
export type PortableEmbedder = Embedder & {
  /** A port to hand to another thread, which makes an embedder of it with `connectEmbedder`. */
  port(): Promise<MessagePort>;
};

export type StartEmbedderOptions = {
  readonly model: ResolvedModel;
  readonly device?: DeviceSetting;
  /** What is tried, in this order; by default what this machine can have. */
  readonly providers?: readonly Provider[];
  /** Threads for one run on the processor. */
  readonly threads?: number;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Runs a model in a worker thread, on the best device that gives the right vectors.
 *
 * @throws OperatorError when the model cannot run here, or the device that was named cannot be used
 */
export async function startEmbedder({
  model,
  device = 'auto',
  providers = providersFor(device).providers,
  threads = defaultThreads(),
  log,
  signal,
}: StartEmbedderOptions): Promise<PortableEmbedder> {
  signal?.throwIfAborted();
  const options: OnnxEmbedderOptions = { model, setting: device, providers, threads };
  const running = await runModel<EmbedderFacts>({
    startWorker: () => startWorker('embedding-worker', import.meta.url, options),
    signal,
    onLost: () => log.error('the thread that embeds has failed; the next question starts another one'),
    check: expectSameModel,
  });
  const { facts } = running;
  for (const note of [...model.notes, ...facts.reasons]) log.info(`embedding: ${note}`);
  const { identity } = facts;
  log.info('the model is ready', { model: identity.model, device: facts.device, precision: identity.precision });
  return {
    ...embedderOver(running.remote, facts),
    async port() {
      const { near, far } = channel();
      await (await running.remote()).call('attach', far, { transfer: [far] });
      return near;
    },
    close: running.close,
  };
}

/** With a GPU gone another file may serve, whose vectors are not those of the index. */
function expectSameModel({ identity: found }: EmbedderFacts, { identity }: EmbedderFacts): void {
  if (found.weightsSha256 === identity.weightsSha256) return;
  throw new OperatorError(
    `The model came back in ${found.precision} instead of ${identity.precision}: restart the bot.`,
  );
}

/** The embedder behind a port of `PortableEmbedder.port`. Closing it closes the port and leaves the model running. */
export async function connectEmbedder(port: MessagePort): Promise<Embedder> {
  const remote = connect(port);
  const facts = await remote.call<EmbedderFacts>('facts');
  return { ...embedderOver(async () => remote, facts), close: () => remote.close() };
}

function embedderOver(running: () => Promise<Remote>, { identity, device }: EmbedderFacts): Omit<Embedder, 'close'> {
  return {
    identity,
    device,
    async embed(texts, { priority = 'question', signal } = {}) {
      signal?.throwIfAborted();
      if (texts.length === 0) return new Float32Array(0);
      const request: EmbedRequest = { texts, priority };
      return await (await running()).call<Float32Array>('embed', request, { signal });
    },
    truncates: async (text) => (await running()).call<boolean>('truncates', text),
  };
}

/**
 * Half of the cores, and both of two: more than the real cores (hyper-threads) only get in each other's way, and
 * whatever else runs on a bot's host keeps its share.
 */
export function defaultThreads(): number {
  const cores = availableParallelism();
  return cores <= 2 ? cores : Math.max(2, Math.ceil(cores / 2));
}
