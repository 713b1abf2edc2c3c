import type { Embedder } from '../../src/embedding/embedder.ts';
import type { EmbedRequest } from '../../src/embedding/embedding-worker.ts';
import type { PortableEmbedder } from '../../src/embedding/open-model.ts';
import { channel, type HandlerContext, serve } from '../../src/worker/channel.ts';

/** An embedder of this thread that other threads can use as well, as they use the real one. */
export function portable(embedder: Embedder): PortableEmbedder {
  return {
    ...embedder,
    async port() {
      const { near, far } = channel();
      serve(near, {
        facts: async () => ({ identity: embedder.identity, device: embedder.device, reasons: [] }),
        embed: ({ texts, priority }: EmbedRequest, { signal }: HandlerContext) =>
          embedder.embed(texts, { priority, signal }),
        truncates: (text: string) => embedder.truncates(text),
      });
      near.unref();
      return far;
    },
  };
}
