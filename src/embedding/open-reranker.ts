import path from 'node:path';
import { CROSS_ENCODER } from './cross-encoder-folder.ts';
import { providersFor } from './devices.ts';
import { cachedModel, type ModelOptions, resolveModel } from './model-files.ts';
import { MEMORY_FILE, type Opener, type OpenerOptions } from './open-model.ts';
import type { Reranker } from './reranker.ts';
import { startReranker } from './worker-reranker.ts';

/** From a cross-encoder's name to a running one, by the same rules as `createModelOpener`. */
export function createRerankerOpener({ hub, device, directory, log }: OpenerOptions): Opener<Reranker> {
  return async (request, { fetch, signal, onProgress }) => {
    const { providers } = providersFor(device);
    const memoryFile = path.join(directory, MEMORY_FILE);
    const options: ModelOptions = { ...request, hub, providers, memoryFile, signal, onProgress };
    const model = await (fetch ? resolveModel : cachedModel)(options, CROSS_ENCODER);
    return model && (await startReranker({ model, setting: device, providers, log, signal }));
  };
}
