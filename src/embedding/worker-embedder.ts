import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import type { Logger } from '../log.ts';
import { channel, connect, type Remote, startWorker } from '../worker/channel.ts';
import { type DeviceSetting, providersFor } from './devices.ts';
import type { Embedder } from './embedder.ts';
import type { EmbedderFacts, EmbedRequest } from './embedding-worker.ts';
import type { ResolvedModel } from './model-files.ts';
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
  const remote = connect(startWorker('embedding-worker', import.meta.url, options));
  try {
    const facts = await remote.call<EmbedderFacts>('facts', undefined, { signal });
    for (const note of [...model.notes, ...facts.reasons]) log.info(`embedding: ${note}`);
    log.info('the model is ready', {
      model: facts.identity.model,
      device: facts.device,
      precision: facts.identity.precision,
    });
    return {
      ...embedderOver(remote, facts),
      async port() {
        const { near, far } = channel();
        await remote.call('attach', far, { transfer: [far] });
        return near;
      },
    };
  } catch (error) {
    await remote.close();
    throw error;
  }
}

/** The embedder behind a port of `PortableEmbedder.port`. Closing it closes the port and leaves the model running. */
export async function connectEmbedder(port: MessagePort): Promise<Embedder> {
  const remote = connect(port);
  return embedderOver(remote, await remote.call<EmbedderFacts>('facts'));
}

function embedderOver(remote: Remote, { identity, device }: EmbedderFacts): Embedder {
  return {
    identity,
    device,
    async embed(texts, { priority = 'question', signal } = {}) {
      signal?.throwIfAborted();
      if (texts.length === 0) return new Float32Array(0);
      const request: EmbedRequest = { texts, priority };
      return await remote.call<Float32Array>('embed', request, { signal });
    },
    truncates: (text) => remote.call<boolean>('truncates', text),
    close: () => remote.close(),
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
