import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeMpnet, writeMessage } from '../../scripts/make-mpnet-onnx.ts';
import { floatToHalf } from '../../scripts/onnx/half.ts';
import { type MpnetShape, mpnetOnnx, type WeightSource } from '../../scripts/onnx/mpnet-graph.ts';
import { openOnnxEmbedder } from '../../src/embedding/onnx-embedder.ts';
import { halfToFloat } from '../../src/embedding/pooling.ts';
import { decodeVectors, expectSameVector, readGolden, rowsOf } from './golden.ts';
import { resolveFolder, TINY_MODEL, temporaryFolder, tinyModel } from './tiny-model.ts';

const SHAPE: MpnetShape = {
  vocabulary: 1200,
  hidden: 32,
  layers: 3,
  heads: 4,
  intermediate: 128,
  positions: 514,
  buckets: 32,
  layerNormEpsilon: 1e-5,
};
const golden = readGolden<{ texts: { name: string; text: string; vector: string }[] }>('mpnet-tiny');

async function vectorsOf(folder: string, precision: 'fp32' | 'fp16', texts: readonly string[]) {
  const model = await resolveFolder(folder, { precision });
  const embedder = await openOnnxEmbedder({ model, setting: 'cpu', providers: ['cpu'], threads: 1 });
  const vectors = rowsOf(await embedder.embed(texts), embedder.identity.dimensions);
  await embedder.close();
  return { vectors, precision: embedder.identity.precision };
}

describe('the MPNet that Node makes', () => {
  it('is the true architecture: with the reference weights it gives the reference vectors', async () => {
    const folder = await tinyModel();
    const weights = await readSafetensors(path.join(TINY_MODEL, 'model.safetensors'));
    await writeMessage(path.join(folder, 'onnx/model.onnx'), mpnetOnnx(SHAPE, weights));
    const { vectors } = await vectorsOf(
      folder,
      'fp32',
      golden.texts.map(({ text }) => text),
    );
    golden.texts.forEach(({ name, vector }, row) => {
      expectSameVector(vectors[row], decodeVectors(vector, 32)[0], name);
    });
  });

  it('comes as a whole folder, in fp32 and fp16, the same for the same seed', async () => {
    const folder = await temporaryFolder();
    const again = await temporaryFolder();
    const shape = { ...SHAPE, layers: 1 };
    await makeMpnet(folder, { shape });
    await makeMpnet(again, { shape });
    const bytes = (where: string) => readFile(path.join(where, 'onnx/model.onnx'));
    expect((await bytes(folder)).equals(await bytes(again))).toBe(true);

    const texts = golden.texts.map(({ text }) => text);
    const full = await vectorsOf(folder, 'fp32', texts);
    const half = await vectorsOf(folder, 'fp16', texts);
    expect(half.precision).toBe('fp16');
    full.vectors.forEach((vector, row) => {
      const apart = Math.max(
        ...vector.map((value, index) => Math.abs(value - (half.vectors[row]?.[index] ?? Number.NaN))),
      );
      expect(apart).toBeLessThan(0.05);
    });
    expect(full.vectors).not.toEqual(half.vectors);
  });
});

describe('half precision', () => {
  it('is written rounded to the nearest, and read back exactly', () => {
    const exact = [0, 1, -2, 0.5, 65_504, 2 ** -24, -1023 * 2 ** -24, 0.333251953125];
    expect([...halfToFloat(floatToHalf(Float32Array.from(exact)))]).toEqual(exact);
    expect([...halfToFloat(floatToHalf(Float32Array.of(0.1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1e6, -1e-9)))]).toEqual([
      0.0999755859375,
      1,
      1 + 2 ** -9,
      Number.POSITIVE_INFINITY,
      -0,
    ]);
  });
});

async function readSafetensors(file: string): Promise<WeightSource> {
  const content = await readFile(file);
  const headerBytes = Number(content.readBigUInt64LE(0));
  const header = JSON.parse(content.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return (name, shape) => {
    const entry = header[name];
    if (!entry || entry.shape.join() !== shape.join())
      throw new Error(`${name}: expected ${shape}, found ${entry?.shape}`);
    const [start, end] = entry.data_offsets.map((offset) => offset + 8 + headerBytes) as [number, number];
    return new Float32Array(Uint8Array.from(content.subarray(start, end)).buffer);
  };
}
