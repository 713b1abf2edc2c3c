import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeywordIndex } from '../../src/retrieval/bm25.ts';
import { createKeywordIndexBuilder } from '../../src/retrieval/keyword-index-builder.ts';
import { tokenizeWords } from '../../src/retrieval/tokenize-words.ts';

describe('keyword search', () => {
  it('puts the document with the rarest words of the question first', () => {
    const index = build([
      'the cache folder is full',
      'the cache of the tokenizer',
      'set HF_DATASETS_OFFLINE to work without a connection',
      'the connection was closed',
    ]);
    expect(index.search('any connection with HF_DATASETS_OFFLINE?', 2).rows).toEqual([2, 3]);
  });

  it('finds an identifier as a whole, by its parts, and across languages by pairs of characters', () => {
    const index = build([
      'call datasets.load_dataset first',
      'pip install --no-cache torch',
      '离线时怎样加载数据集',
      'CUDA_ERROR_12 again',
    ]);
    expect(index.search('load_dataset', 1).rows).toEqual([0]);
    expect(index.search('dataset', 1).rows).toEqual([0]);
    expect(index.search('no-cache', 1).rows).toEqual([1]);
    expect(index.search('如何离线加载？', 1).rows).toEqual([2]);
    expect(index.search('cuda error', 1).rows).toEqual([3]);
  });

  it('breaks ties by row and gives fewer when fewer match', () => {
    const index = build(['same words', 'other', 'same words', 'same words'], (place) => 10 * place + 7);
    expect(index.search('same', 2)).toMatchObject({ rows: [7, 27], total: 3 });
    expect(index.search('same', 9).rows).toEqual([7, 27, 37]);
    expect(index.search('same', 9, (row) => row > 7)).toMatchObject({ rows: [27, 37], total: 2 });
    expect(index.search('same', 0).rows).toEqual([]);
  });

  it('tells what no score can exceed, counting unknown words as the rarest', () => {
    const index = build(['alpha beta', 'alpha gamma', 'delta']);
    const { scores, bound } = index.search('beta', 3);
    expect(scores[0]).toBeLessThan(bound);
    expect(index.search('beta unheard', 3).bound).toBeGreaterThan(2 * bound);
    expect(index.search('unheard', 3)).toMatchObject({ rows: [], bound: expect.any(Number) });
  });

  it('finds nothing for unknown words, no words, and in an empty corpus', () => {
    const index = build(['some text']);
    for (const question of ['unknown', '', '🙂', '   ']) {
      expect(index.search(question, 5)).toMatchObject({ rows: [], scores: [], total: 0 });
    }
    expect(build([]).search('some', 5)).toMatchObject({ rows: [], scores: [], total: 0 });
    expect(build(['🙂', '']).search('some', 5).rows).toEqual([]);
  });

  it('passes over words that most documents have, unless the question has no other', () => {
    const documents = Array.from({ length: 30 }, (_, place) => (place < 20 ? `common word${place}` : `rare${place}`));
    const index = build(documents);
    expect(index.search('common word3', 30).rows).toEqual([3]);
    expect(index.search('common', 30).total).toBe(20);
    expect(index.search('common unknown', 30).total).toBe(20);
  });

  it('refuses rows out of order, which would break ties wrongly', () => {
    const builder = createKeywordIndexBuilder();
    builder.add(5, 'a');
    expect(() => builder.add(5, 'b')).toThrow(/row 5/);
  });

  it('ranks and scores as the formula written out does, for any corpus and question', () => {
    const word = fc.constantFrom(
      'load',
      'dataset',
      'load_dataset',
      'cache',
      'v1.2',
      '数据集',
      'the',
      'a',
      'error',
      'x',
    );
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 60 }),
        text,
        fc.integer({ min: 1, max: 70 }),
        (documents, question, limit) => {
          const found = build(documents).search(question, limit);
          const all = naiveRanking(documents, question);
          expect(found.total).toBe(all.length);
          const expected = all.slice(0, limit);
          expect(found.scores).toHaveLength(expected.length);
          for (const [place, { score }] of expected.entries()) expect(found.scores[place]).toBeCloseTo(score, 9);
          // Scores that differ by rounding alone may change places: compare what a row scored.
          const scoreOf = new Map(all.map(({ row, score }) => [row, score]));
          for (const [place, row] of found.rows.entries()) {
            expect(scoreOf.get(row)).toBeCloseTo(found.scores[place] as number, 9);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function build(documents: readonly string[], rowOf = (place: number) => place): KeywordIndex {
  const builder = createKeywordIndexBuilder();
  for (const [place, document] of documents.entries()) builder.add(rowOf(place), document);
  return builder.finish();
}

/** BM25 as textbooks write it, document by document. */
function naiveRanking(documents: readonly string[], question: string): { row: number; score: number }[] {
  const split = documents.map(tokenizeWords);
  const average = split.reduce((sum, words) => sum + words.length, 0) / split.length;
  const frequency = (word: string) => split.filter((words) => words.includes(word)).length;
  const known = [...new Set(tokenizeWords(question))].filter((word) => frequency(word) > 0);
  const telling = known.filter((word) => split.length <= 20 || frequency(word) <= split.length / 2);
  const scores = split.map((words, row) => ({
    row,
    score: (telling.length > 0 ? telling : known)
      .map((word) => {
        const tf = words.filter((other) => other === word).length;
        const idf = Math.log(1 + (split.length - frequency(word) + 0.5) / (frequency(word) + 0.5));
        return (idf * (tf * (1.2 + 1))) / (tf + 1.2 * (1 - 0.75 + (0.75 * words.length) / average));
      })
      .reduce((sum, share) => sum + share, 0),
  }));
  return scores.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.row - b.row);
}
