import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type HandlerContext, serve, withTransfer } from '../worker/channel.ts';
import type { Embedder, EmbedderIdentity, EmbedOptions } from './embedder.ts';
import { type OnnxEmbedderOptions, openOnnxEmbedder } from './onnx-embedder.ts';

/** What the other side learns of the embedder that it calls. */
export type EmbedderFacts = {
  readonly identity: EmbedderIdentity;
  readonly device: string;
  readonly reasons: readonly string[];
};

export type EmbedRequest = {
  readonly texts: readonly string[];
  readonly priority: NonNullable<EmbedOptions['priority']>;
};

/** Inference is synchronous, so it has a thread of its own. Other threads reach the same model through ports. */
function start(port: MessagePort, options: OnnxEmbedderOptions): void {
  const opening = openOnnxEmbedder(options);
  // Whoever asks for the facts is told; nobody may ask before it fails.
  opening.catch(() => {});
  const handlers = handlersFor(opening);
  serve(port, {
    ...handlers,
    attach(other: MessagePort) {
      serve(other, handlers);
    },
  });
}

function handlersFor(opening: Promise<Embedder & { readonly reasons: readonly string[] }>) {
  return {
    async facts(): Promise<EmbedderFacts> {
      const { identity, device, reasons } = await opening;
      return { identity, device, reasons };
    },
    async embed({ texts, priority }: EmbedRequest, { signal }: HandlerContext) {
      const embedder = await opening;
      const vectors = await embedder.embed(texts, { priority, signal });
      return withTransfer(vectors, [vectors.buffer as ArrayBuffer]);
    },
    async truncates(text: string) {
      return await (await opening).truncates(text);
    },
  };
}

if (parentPort) start(parentPort, workerData as OnnxEmbedderOptions);
