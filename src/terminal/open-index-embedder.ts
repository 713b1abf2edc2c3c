import type { Config } from '../config.ts';
import { createModelOpener, type PortableEmbedder } from '../embedding/open-model.ts';
import { describeError } from '../errors.ts';
import type { createHub } from '../hub/http-hub.ts';
import { TemporaryError } from '../hub/hub-http.ts';
import type { IndexerOptions } from '../retrieval/indexer.ts';

/** Without a model the comments are still read: keyword search finds them, and a later run embeds them. */
export async function openIndexEmbedder(
  config: Config,
  { log, signal, onProgress }: IndexerOptions,
  hub: ReturnType<typeof createHub>,
): Promise<PortableEmbedder | undefined> {
  const openModel = createModelOpener({ hub, device: config.embedding.device, directory: config.dataDir, log });
  try {
    return await openModel(config.embedding, {
      fetch: true,
      signal: signal ?? new AbortController().signal,
      onProgress,
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TemporaryError)) throw error;
    log.warn(`the model could not be had, so only keyword search will find these comments: ${describeError(error)}`);
    return undefined;
  }
}
