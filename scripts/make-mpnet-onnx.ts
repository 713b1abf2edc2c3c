import { createWriteStream } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type MpnetShape, mpnetOnnx, type WeightSource } from './onnx/mpnet-graph.ts';
import type { Message } from './onnx/protobuf.ts';

/** Of multi-qa-mpnet-base-dot-v1. */
export const BASE: MpnetShape = {
  vocabulary: 30_527,
  hidden: 768,
  layers: 12,
  heads: 12,
  intermediate: 3072,
  positions: 514,
  buckets: 32,
  layerNormEpsilon: 1e-5,
};

const TINY_MODEL = fileURLToPath(new URL('../test/golden/mpnet-tiny', import.meta.url));

/**
 * Writes a sentence-transformers folder with an MPNet of the given shape and seeded random weights, as fp32 and fp16:
 * for measuring speed and comparing providers. Needs nothing but Node; the tokenizer is that of our small model, so
 * ids stay below its vocabulary. The weights mean nothing.
 */
export async function makeMpnet(
  folder: string,
  { shape = BASE, seed = 824 }: { shape?: MpnetShape; seed?: number } = {},
): Promise<void> {
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  await cp(TINY_MODEL, folder, { recursive: true, filter: (file) => !/\.(onnx|safetensors)$/.test(file) });
  await writeJson(path.join(folder, 'config.json'), configOf(shape));
  await writeJson(path.join(folder, '1_Pooling/config.json'), {
    word_embedding_dimension: shape.hidden,
    pooling_mode_cls_token: true,
  });
  await writeMessage(path.join(folder, 'onnx/model.onnx'), mpnetOnnx(shape, randomWeights(seed)));
  await writeMessage(path.join(folder, 'onnx/model_fp16.onnx'), mpnetOnnx(shape, randomWeights(seed), 'float16'));
}

export async function writeMessage(file: string, { pieces }: Message): Promise<void> {
  await pipeline(pieces, createWriteStream(file));
}

/**
 * Seeded by the tensor's name, so that the order in which tensors are asked for does not matter. Spread as in trained
 * models: layer norms around 1, biases small, matrices by their width.
 */
export function randomWeights(seed: number): WeightSource {
  return (name, shape) => {
    const isNorm = /LayerNorm\.weight$/.test(name);
    const isTable = /embeddings?\.weight$|bias\.weight$/.test(name);
    const spread = shape.length < 2 ? 0.1 : isTable ? 0.5 : 1.5 / Math.sqrt(shape[1] ?? 1);
    const next = uniform(seed ^ hashOf(name));
    const size = shape.reduce((product, length) => product * length, 1);
    return Float32Array.from({ length: size }, () => (isNorm ? 1 : 0) + spread * next());
  };
}

/** From -√3 to √3, so that the standard deviation is 1 (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5) * 2 * Math.sqrt(3);
  };
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function configOf(shape: MpnetShape) {
  return {
    architectures: ['MPNetModel'],
    model_type: 'mpnet',
    hidden_act: 'gelu',
    hidden_size: shape.hidden,
    intermediate_size: shape.intermediate,
    layer_norm_eps: shape.layerNormEpsilon,
    max_position_embeddings: shape.positions,
    num_attention_heads: shape.heads,
    num_hidden_layers: shape.layers,
    pad_token_id: 1,
    relative_attention_num_buckets: shape.buckets,
    vocab_size: shape.vocabulary,
  };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [folder] = positionals;
  if (!folder) throw new Error('usage: tsx scripts/make-mpnet-onnx.ts FOLDER');
  await makeMpnet(folder);
  console.log(`${folder}: MPNet of the true shape, random weights, fp32 and fp16`);
}
