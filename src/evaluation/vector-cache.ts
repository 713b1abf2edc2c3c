import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Embedder } from '../embedding/embedder.ts';
import type { OnProgress } from '../progress.ts';
import type { Embed } from './variants.ts';

export type CachedEmbedOptions = {
  readonly embedder: Embedder;
  /** Where vectors are kept between runs: a large corpus takes many minutes. */
  readonly directory: string;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** So much is lost when a run is stopped. */
const BATCH = 256;

/** Embeds texts that were not embedded before by this model at this length. */
export function cachedEmbed({ embedder, directory, onProgress, signal }: CachedEmbedOptions): Embed {
  const { weightsSha256, maxTokens, dimensions } = embedder.identity;

  async function batch(texts: readonly string[]): Promise<Float32Array> {
    const key = createHash('sha256')
      .update(JSON.stringify([weightsSha256, maxTokens, texts]))
      .digest('hex');
    const file = path.join(directory, `${key.slice(0, 24)}.f32`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept?.length === 4 * dimensions * texts.length) return new Float32Array(new Uint8Array(kept).buffer);
    const vectors = await embedder.embed(texts, { priority: 'indexing', signal });
    await mkdir(directory, { recursive: true });
    await writeFile(`${file}.part`, new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
    await rename(`${file}.part`, file);
    return vectors;
  }

  return async (texts) => {
    const all = new Float32Array(texts.length * dimensions);
    for (let start = 0; start < texts.length; start += BATCH) {
      all.set(await batch(texts.slice(start, start + BATCH)), start * dimensions);
      const done = Math.min(texts.length, start + BATCH);
      onProgress?.({ what: 'embedding', done, total: texts.length, unit: 'texts' });
    }
    return all;
  };
}
