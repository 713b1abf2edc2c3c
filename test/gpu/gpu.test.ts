import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { openOnnxEmbedder } from '../../src/embedding/onnx-embedder.ts';
import type { PrecisionSetting } from '../../src/embedding/weights.ts';
import { startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { embedderCloseContract, embedderContract } from '../contracts/embedder.ts';
import { decodeVectors, readGolden, rowsOf } from '../embedding/golden.ts';
import { resolveFolder, TINY_MODEL } from '../embedding/tiny-model.ts';
import { type GpuProvider, usableProviders } from './providers.ts';
import { trueShapeModel } from './true-shape.ts';

const { providers, reasons } = await usableProviders(path.join(TINY_MODEL, 'onnx/model.onnx'));
for (const reason of reasons) console.log(`not tested: ${reason}`);

describe.runIf(providers.length === 0)('no GPU can be used here', () => {
  it.skip(reasons.join(' ') || 'this platform has no provider for a GPU');
});

for (const provider of providers) {
  const open = async () =>
    startEmbedder({ model: await resolveFolder(TINY_MODEL), device: provider, log: silentLogger });
  embedderContract(`ONNX Runtime on ${provider}`, open);
  embedderCloseContract(`ONNX Runtime on ${provider}`, open);
  agreesWithReference(provider);
  runsTheTrueShape(provider);
}

function agreesWithReference(provider: GpuProvider): void {
  it(`on ${provider}, the small MPNet agrees with the Python reference`, async () => {
    const golden = readGolden<{ texts: { name: string; text: string; vector: string }[] }>('mpnet-tiny');
    const model = await resolveFolder(TINY_MODEL);
    const embedder = await startEmbedder({ model, device: provider, log: silentLogger });
    const vectors = rowsOf(await embedder.embed(golden.texts.map(({ text }) => text)), 32);
    await embedder.close();
    golden.texts.forEach(({ name, vector }, row) => {
      expect(cosine(vectors[row], decodeVectors(vector, 32)[0]), name).toBeGreaterThan(0.999);
    });
  });
}

function runsTheTrueShape(provider: GpuProvider): void {
  const texts = Array.from(
    { length: 40 },
    (_, index) => `text ${index} ${'about the index and its cache '.repeat(index * 3)}`,
  );
  const embedAll = async (embedder: Embedder) => {
    const vectors = rowsOf(await embedder.embed(texts, { priority: 'indexing' }), embedder.identity.dimensions);
    await embedder.close();
    return vectors;
  };
  const openWith = async (precision: PrecisionSetting, setting: GpuProvider | 'auto' | 'cpu') => {
    const tried = setting === 'cpu' ? [] : [provider];
    const model = await resolveFolder(await trueShapeModel(), { precision, providers: tried });
    return await openOnnxEmbedder({ model, setting, providers: [...tried, 'cpu'], threads: 2 });
  };

  it.each([
    ['fp32', 0.999],
    ['fp16', 0.98],
  ] as const)(
    `on ${provider}, an MPNet of the true shape in %s agrees with the processor`,
    async (precision, atLeast) => {
      const reference = await embedAll(await openWith('fp32', 'cpu'));
      const vectors = await embedAll(await openWith(precision, provider));
      vectors.forEach((vector, row) => {
        expect(cosine(vector, reference[row]), `text ${row}`).toBeGreaterThan(atLeast);
      });
    },
  );

  it(`DEVICE=auto decides for or against ${provider} with figures`, async () => {
    const embedder = await openWith('auto', 'auto');
    const [reason = ''] = embedder.reasons;
    console.log(`${reason} -> ${embedder.device}`);
    expect(['cpu', provider]).toContain(embedder.device);
    expect(reason).toMatch(/takes \d+ ms for \d+ texts, cpu \d+ ms|gives other vectors|does not load/);
    await embedder.close();
  });
}

function cosine(left: Float32Array | undefined, right: Float32Array | undefined): number {
  const product = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  if (!left || !right) return Number.NaN;
  return product(left, right) / Math.sqrt(product(left, left) * product(right, right));
}
