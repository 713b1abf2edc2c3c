import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/embedding/embedder.ts';

/** What every embedder keeps. `open` gives a new one for the whole suite. */
export function embedderContract(name: string, open: () => Promise<Embedder>): void {
  describe(`${name} keeps the contract of embedders`, () => {
    let embedder: Embedder;
    beforeAll(async () => {
      embedder = await open();
    });
    afterAll(() => embedder.close());

    const rowsOf = (vectors: Float32Array) => {
      const { dimensions } = embedder.identity;
      return Array.from({ length: vectors.length / dimensions }, (_, row) =>
        vectors.slice(row * dimensions, (row + 1) * dimensions),
      );
    };
    const closeTo = (actual: Float32Array | undefined, expected: Float32Array | undefined) => {
      expect(actual?.length).toBe(embedder.identity.dimensions);
      const apart = Math.max(
        ...(actual ?? []).map((value, index) => Math.abs(value - (expected?.[index] ?? Number.NaN))),
      );
      expect(apart).toBeLessThan(1e-4);
    };

    it('says what its vectors are', () => {
      const { identity, device } = embedder;
      expect(identity.model).not.toBe('');
      expect(identity.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
      expect(identity.dimensions).toBeGreaterThan(0);
      expect(identity.maxTokens).toBeGreaterThan(2);
      expect(device).toMatch(/^[a-z]+$/);
    });

    it('gives no vectors for no texts', async () => {
      expect(await embedder.embed([])).toEqual(new Float32Array(0));
    });

    it('gives one vector a text, in the order of the texts, whatever their lengths', async () => {
      const texts = ['a long line of words about caches and folders '.repeat(20), 'short', 'a few words more', ''];
      const together = rowsOf(await embedder.embed(texts, { priority: 'indexing' }));
      expect(together).toHaveLength(texts.length);
      for (const [row, text] of texts.entries()) closeTo(together[row], rowsOf(await embedder.embed([text]))[0]);
    });

    it('gives different texts different vectors, and the same text the same one', async () => {
      const [one, two, again] = rowsOf(
        await embedder.embed(['load a dataset', 'the port is in use', 'load a dataset']),
      );
      closeTo(again, one);
      expect(one).not.toEqual(two);
    });

    it('cuts what is longer than the model takes, and says so', async () => {
      const limit = embedder.identity.maxTokens;
      const long = 'the '.repeat(2 * limit);
      expect(await embedder.truncates(long)).toBe(true);
      expect(await embedder.truncates('the '.repeat(limit - 2))).toBe(false);
      const [cut, longer] = rowsOf(await embedder.embed([long, `${long} and something else`]));
      closeTo(longer, cut);
    });

    it('answers many calls at once, each with its own vectors', async () => {
      const texts = Array.from(
        { length: 12 },
        (_, index) => `question number ${index} about ${'the index '.repeat(index)}`,
      );
      const apart = await Promise.all(
        texts.map((text, index) => embedder.embed([text], { priority: index % 2 ? 'indexing' : 'question' })),
      );
      const together = rowsOf(await embedder.embed(texts));
      apart.forEach((vectors, index) => {
        closeTo(vectors, together[index]);
      });
    });

    it('rejects with the reason of a signal that is aborted already', async () => {
      const reason = new Error('nobody waits any more');
      await expect(embedder.embed(['text'], { signal: AbortSignal.abort(reason) })).rejects.toThrow(reason.message);
    });

    it('takes texts that are no clean text', async () => {
      const odd = ['\u{d800} alone', '\u0000\u0007', '<s></s><mask>', '\u202e\u200b', '🎉'.repeat(50)];
      const vectors = await embedder.embed(odd);
      expect(vectors.length).toBe(odd.length * embedder.identity.dimensions);
      expect(vectors.every(Number.isFinite)).toBe(true);
    });
  });
}

/** Apart, since it ends the embedder. */
export function embedderCloseContract(name: string, open: () => Promise<Embedder>): void {
  it(`${name} refuses work after it was closed, and closes twice without harm`, async () => {
    const embedder = await open();
    await embedder.embed(['text']);
    await embedder.close();
    await embedder.close();
    await expect(embedder.embed(['text'])).rejects.toThrow(/closed/);
  });
}
