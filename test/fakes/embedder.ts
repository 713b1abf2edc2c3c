import { createHash } from 'node:crypto';
import type { Embedder, EmbedderIdentity, EmbedOptions } from '../../src/embedding/embedder.ts';

export type FakeEmbedderOptions = {
  readonly dimensions?: number;
  readonly device?: string;
  /** What of the identity matters to the test. */
  readonly identity?: Partial<EmbedderIdentity>;
  /** Waited for before every `embed`: a test can hold it back, count calls, or throw. */
  readonly beforeEmbed?: (texts: readonly string[], options: EmbedOptions) => void | Promise<void>;
};

const MAX_WORDS = 510;
const COMMON = new Set(
  'a an and are as at be but by can do for from has how if in is it not of on or that the this to was what when where which with you'.split(
    ' ',
  ),
);

/**
 * Hashes words to vectors: the same text gives the same vector everywhere, and the more distinct words two texts
 * share (small words and case apart), the larger their inner product. Each word stands for one random direction of
 * ±1, so unrelated words cancel out; give more `dimensions` where the ranking of long texts must be sharp.
 */
export function fakeEmbedder({
  dimensions = 16,
  device = 'cpu',
  identity = {},
  beforeEmbed = () => {},
}: FakeEmbedderOptions = {}): Embedder & { readonly closed: boolean } {
  let closed = false;
  return {
    get closed() {
      return closed;
    },
    identity: {
      model: 'fake/hash-of-words',
      revision: '',
      weightsSha256: createHash('sha256').update(`hash-of-words ${dimensions}`).digest('hex'),
      precision: 'fp32',
      pooling: 'mean',
      normalized: false,
      dimensions,
      maxTokens: MAX_WORDS + 2,
      ...identity,
    },
    device,
    async embed(texts, options = {}) {
      options.signal?.throwIfAborted();
      await beforeEmbed(texts, options);
      options.signal?.throwIfAborted();
      if (closed) throw new Error('the embedder was closed');
      const vectors = new Float32Array(texts.length * dimensions);
      texts.forEach((text, row) => {
        addWords(vectors.subarray(row * dimensions, (row + 1) * dimensions), text);
      });
      return vectors;
    },
    async truncates(text) {
      return wordsOf(text).length > MAX_WORDS;
    },
    async close() {
      closed = true;
    },
  };
}

function addWords(vector: Float32Array, text: string): void {
  const words = new Set(wordsOf(text).slice(0, MAX_WORDS));
  const meaningful = [...words].filter((word) => !COMMON.has(word));
  for (const word of meaningful.length > 0 ? meaningful : words) addWord(vector, word);
}

function addWord(vector: Float32Array, word: string): void {
  for (let block = 0; block * 256 < vector.length; block++) {
    const bits = createHash('sha256').update(`${block} ${word}`).digest();
    const end = Math.min(vector.length - block * 256, 256);
    for (let bit = 0; bit < end; bit++) {
      const sign = ((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1 ? 1 : -1;
      vector[block * 256 + bit] = (vector[block * 256 + bit] ?? 0) + sign;
    }
  }
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}
