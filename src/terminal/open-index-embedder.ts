import type { Config } from '../config.ts';
import { BOX_MODEL } from '../embedding/box.ts';
import { createModelOpener, type ModelOpener, type PortableEmbedder } from '../embedding/open-model.ts';
import { describeError } from '../errors.ts';
import type { createHub } from '../hub/http-hub.ts';
import { TemporaryError } from '../hub/hub-http.ts';
import { readManifest } from '../retrieval/index-files.ts';
import type { IndexerOptions } from '../retrieval/indexer.ts';

/** Without the model the comments are still read, and the one in the box stands in unless an index has another. */
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
    const standIn = await openStandIn(config, openModel);
    const until = standIn ? 'the one in the box stands in' : 'only keyword search will find these comments';
    log.warn(`the model could not be had, so ${until}: ${describeError(error)}`);
    return standIn;
  }
}

async function openStandIn({ dataDir }: Config, openModel: ModelOpener): Promise<PortableEmbedder | undefined> {
  const manifest = await readManifest(dataDir).catch(() => undefined);
  if (manifest && manifest.model !== BOX_MODEL) return undefined;
  const request = { model: BOX_MODEL, revision: '', precision: 'auto' } as const;
  return openModel(request, { fetch: false, signal: new AbortController().signal });
}
