import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../src/corpus/prepare.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { loadTokenizer } from '../../src/embedding/tokenizer.ts';
import { startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { decodeVectors, expectSameTopFive, expectSameVector, readGolden, rowsOf, type TopFive } from './golden.ts';
import { resolveFolder, TINY_MODEL } from './tiny-model.ts';

type Golden = {
  readonly maxTokens: number;
  readonly texts: readonly { name: string; text: string; tokens: number; ids: readonly number[]; vector: string }[];
  readonly corpus: readonly { title: string; body: string; comment: string }[];
  readonly documents: string;
  readonly questions: readonly { text: string; vector: string; ip: TopFive; l2: TopFive }[];
};

const golden = readGolden<Golden>('mpnet-tiny');

describe('our own MPNet agrees with the Python reference', () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await startEmbedder({ model: await resolveFolder(TINY_MODEL), device: 'cpu', log: silentLogger });
  });
  afterAll(() => embedder.close());

  const embed = async (texts: readonly string[]) => rowsOf(await embedder.embed(texts), embedder.identity.dimensions);
  const decode = (base64: string) => decodeVectors(base64, embedder.identity.dimensions);

  it.each(golden.texts)('in the token ids of $name', async ({ text, tokens, ids }) => {
    const { description } = await resolveFolder(TINY_MODEL);
    const tokenizer = await loadTokenizer(description);
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.truncates(text)).toBe(tokens > golden.maxTokens);
  });

  it('in the vector of every text', async () => {
    const vectors = await embed(golden.texts.map(({ text }) => text));
    golden.texts.forEach(({ name, vector }, row) => {
      expectSameVector(vectors[row], decode(vector)[0], name);
    });
  });

  it('in the vectors of a corpus, and in the five nearest by inner product and by distance as FAISS has them', async () => {
    const documents = await embed(
      golden.corpus.map(({ title, body, comment }) => documentOf({ title, body, text: comment })),
    );
    decode(golden.documents).forEach((expected, row) => {
      expectSameVector(documents[row], expected, `document ${row}`);
    });
    const questions = await embed(golden.questions.map(({ text }) => text));
    golden.questions.forEach(({ text, vector, ip, l2 }, row) => {
      expectSameVector(questions[row], decode(vector)[0], text);
      expectSameTopFive(documents, questions[row], 'ip', ip, text);
      expectSameTopFive(documents, questions[row], 'l2', l2, text);
    });
  });
});
