import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOX_MODEL, boxFolder } from '../../src/embedding/box.ts';
import { createModelOpener, type PortableEmbedder } from '../../src/embedding/open-model.ts';
import { loadTokenizer } from '../../src/embedding/tokenizer.ts';
import { silentLogger } from '../../src/log.ts';
import { temporaryFolder } from '../fakes/issues.ts';
import { readGolden } from './golden.ts';
import { noHub, resolveFolder } from './tiny-model.ts';

type GoldenRow = {
  readonly text: string;
  /** The first of them. */
  readonly ids: readonly number[];
  readonly tokens: number;
  readonly vector: readonly number[];
};

const golden = readGolden<readonly GoldenRow[]>('box');

describe('the model in the box', () => {
  let directory: string;
  let embedder: PortableEmbedder;
  beforeAll(async () => {
    directory = await temporaryFolder();
    const openModel = createModelOpener({ hub: noHub, device: 'cpu', directory, log: silentLogger });
    const request = { model: BOX_MODEL, revision: 'main', precision: 'auto' } as const;
    embedder = (await openModel(request, { fetch: false, signal: new AbortController().signal })) as PortableEmbedder;
  });
  afterAll(async () => {
    await embedder?.close();
    await rm(directory, { recursive: true });
  });

  it('is opened by its name as any folder with a model is, without asking anybody', () => {
    expect(embedder.identity).toMatchObject({ model: 'box', revision: '', pooling: 'mean', normalized: true });
    expect(embedder.identity).toMatchObject({ dimensions: 256, maxTokens: 512 });
  });

  it('takes at most 8 MB of the repository, with all that a sentence-transformers folder has', () => {
    const files = readdirSync(boxFolder(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
    expect(bytes).toBeLessThan(8_000_000);
    for (const name of ['modules.json', '1_Pooling/config.json', 'tokenizer.json', 'onnx/model.onnx', 'README.md'])
      expect(readFileSync(path.join(boxFolder(), name)).length).toBeGreaterThan(0);
  });

  it('gives the token ids and vectors of the Python reference', async () => {
    const tokenizer = await loadTokenizer((await resolveFolder(boxFolder())).description);
    const vectors = await embedder.embed(golden.map(({ text }) => text));
    for (const [row, { text, ids, tokens, vector }] of golden.entries()) {
      const encoded = tokenizer.encode(text);
      expect(encoded.slice(0, 20)).toEqual(ids);
      expect(encoded).toHaveLength(tokens);
      const difference = vector.map((value, place) => Math.abs(value - (vectors[row * vector.length + place] ?? 9)));
      expect(Math.max(...difference)).toBeLessThan(1e-5);
    }
  });

  it('gives a text of unknown signs no direction, rather than no number', async () => {
    const vector = await embedder.embed(['漢字']);
    expect([...vector].every((value) => value === 0)).toBe(true);
  });
});
