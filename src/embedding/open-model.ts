import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Hub } from '../hub/hub.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import { BOX_MODEL } from './box.ts';
import { type DeviceSetting, providersFor } from './devices.ts';
import { cachedModel, type ModelOptions, resolveModel } from './model-files.ts';
import { recall, remember } from './model-memory.ts';
import type { PrecisionSetting } from './weights.ts';
import { type PortableEmbedder, startEmbedder } from './worker-embedder.ts';

export type { PortableEmbedder } from './worker-embedder.ts';

/** Which model: as configured, or as the manifest of an index names it. */
export type ModelRequest = {
  readonly model: string;
  readonly revision: string;
  readonly precision: PrecisionSetting;
};

export type OpenOptions = {
  /** Whether missing files may be fetched; if not, an incomplete model is none. */
  readonly fetch: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress | undefined;
};

/**
 * From a model's name to a running one; undefined when it is not on this machine and may not be fetched.
 *
 * @throws OperatorError when it cannot be had or cannot run
 */
export type Opener<Opened> = (request: ModelRequest, options: OpenOptions) => Promise<Opened | undefined>;
export type ModelOpener = Opener<PortableEmbedder>;

export type OpenerOptions = {
  readonly hub: Hub;
  readonly device: DeviceSetting;
  /** Where what is known of weights is kept between starts: DATA_DIR. */
  readonly directory: string;
  readonly log: Logger;
};

export const MEMORY_FILE = 'models.json';

export function createModelOpener({ hub, device, directory, log }: OpenerOptions): ModelOpener {
  const memoryFile = path.join(directory, MEMORY_FILE);
  return async (request, { fetch, signal, onProgress }) => {
    const model = await whereabouts(request, memoryFile);
    if (model === undefined) return undefined;
    const { providers, notes } = providersFor(device);
    const options: ModelOptions = { ...request, model, hub, providers, memoryFile, signal, onProgress };
    const resolved = await (fetch ? resolveModel(options) : cachedModel(options));
    if (!resolved) return undefined;
    for (const note of notes) log.info(note);
    const embedder = await startEmbedder({ model: resolved, device, providers, log, signal });
    if (resolved.revision === '') await remember(memoryFile, folderKey(resolved.model), resolved.description.folder);
    return embedder;
  };
}

/** A manifest names a folder by its last part and has no revision then; where it lay is remembered. */
async function whereabouts({ model, revision }: ModelRequest, memoryFile: string): Promise<string | undefined> {
  if (revision !== '' || model === BOX_MODEL) return model;
  const folder = await recall(memoryFile, folderKey(model));
  return typeof folder === 'string' && existsSync(folder) ? folder : undefined;
}

function folderKey(name: string): string {
  return `folder of ${name}`;
}
