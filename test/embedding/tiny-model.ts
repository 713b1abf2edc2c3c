import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ModelOptions, type ResolvedModel, resolveModel } from '../../src/embedding/model-files.ts';
import type { Hub } from '../../src/hub/hub.ts';

/** The repository's own MPNet: the true architecture, random weights. */
export const TINY_MODEL = fileURLToPath(new URL('../golden/mpnet-tiny', import.meta.url));

/** The repository's own cross-encoder: BERT with a head that scores pairs, random weights. */
export const TINY_CROSS_ENCODER = fileURLToPath(new URL('../golden/bert-cross-tiny', import.meta.url));

/** A copy of it that a test may change: a string or bytes replace a file, an object is merged into a JSON file, null removes. */
export async function tinyModel(
  changes: Readonly<Record<string, string | Uint8Array | null | Readonly<Record<string, unknown>>>> = {},
): Promise<string> {
  const folder = path.join(await temporaryFolder(), 'tiny');
  await cp(TINY_MODEL, folder, { recursive: true });
  for (const [name, change] of Object.entries(changes)) {
    const file = path.join(folder, name);
    if (change === null) await rm(file, { recursive: true });
    else if (typeof change === 'string' || change instanceof Uint8Array) await writeFile(file, change);
    else
      await writeFile(file, JSON.stringify({ ...(await import(file, { with: { type: 'json' } })).default, ...change }));
  }
  return folder;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'precedent-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Fails the test when anybody asks the Hub. */
export const noHub: Hub = {
  list: () => Promise.reject(new Error('the Hub was asked')),
  cached: () => Promise.reject(new Error('the cache was asked')),
  fetch: () => Promise.reject(new Error('the Hub was asked')),
};

export function resolveFolder(folder: string, options: Partial<ModelOptions> = {}): Promise<ResolvedModel> {
  return resolveModel({ model: folder, revision: '', precision: 'auto', hub: noHub, ...options });
}
