import { describe, expect, it } from 'vitest';
import type { Comment } from '../../src/corpus/store.ts';
import { buildKeywords } from '../../src/retrieval/build-keywords.ts';
import { explainOrder } from '../../src/retrieval/explain-order.ts';
import { recipeOf } from '../../src/retrieval/recipes.ts';
import { createRowFilters } from '../../src/retrieval/row-filters.ts';
import { createScanIndex } from '../../src/retrieval/scan-index.ts';
import { type Searcher, searchComments } from '../../src/retrieval/searcher.ts';
import { aHit } from '../fakes/answers.ts';
import { aComment, memoryStore } from '../fakes/memory-store.ts';

/** By vector, row 1 is the nearest and row 6 the farthest; row 6 alone has the word that is asked for. */
const TEXTS = ['', 'one', 'two', 'three', 'four', 'five', 'ERR_FROBNICATE'];
const COMMENTS: readonly Comment[] = TEXTS.flatMap((text, row) =>
  text === '' ? [] : [aComment({ row, text, issueUrl: `https://example.org/issues/${row < 4 ? 1 : row}` })],
);
const vector = Float32Array.of(1);

function searcherOf(recipe: 'precedent' | 'seed', comments = COMMENTS): Searcher {
  const store = memoryStore([...comments]);
  const rows = Uint32Array.from(comments, ({ row }) => row);
  const vectors = createScanIndex({
    dimensions: 1,
    metric: 'ip',
    rows,
    vectors: Float32Array.from(comments, ({ row }) => 10 - row),
  });
  const { meaningWeight } = recipeOf(recipe);
  return {
    store,
    vectors,
    keywords: buildKeywords(store),
    filters: createRowFilters(store),
    lags: async () => true,
    recipe: recipeOf(recipe),
    meaningWeight: meaningWeight('example/model'),
  };
}

const rowsOf = ({ comments }: Awaited<ReturnType<typeof searchComments>>) => comments.map(({ comment }) => comment.row);

describe('recipe seed', () => {
  it('ranks by vector alone, whatever words the question has and however many hits are of one issue', async () => {
    const found = await searchComments(searcherOf('seed'), { vector, text: 'ERR_FROBNICATE', limit: 5 });
    expect(rowsOf(found)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('recipe precedent', () => {
  it('finds by its words what is far by vector, and still tells how near it is', async () => {
    const found = await searchComments(searcherOf('precedent'), { vector, text: 'ERR_FROBNICATE', limit: 5 });
    expect(found.comments.slice(0, 2)).toMatchObject([{ comment: { row: 1 } }, { comment: { row: 6 }, score: 4 }]);
    expect(found.ranking).toHaveLength(6);
  });

  it('shows the best comment of each issue first, and the others of it after those', async () => {
    const found = await searchComments(searcherOf('precedent'), { vector, text: 'nothing known', limit: 6 });
    expect(rowsOf(found)).toEqual([1, 4, 5, 6, 2, 3]);
    const byWords = await searchComments(searcherOf('precedent'), { text: 'one two three four', limit: 6 });
    expect(rowsOf(byWords).slice(0, 2).sort()).toEqual([1, 4]);
  });

  it('holds to a filter in both rankings', async () => {
    const mine = COMMENTS.map((comment) => (comment.row === 6 ? { ...comment, source: 'other' } : comment));
    const request = { vector, text: 'ERR_FROBNICATE', limit: 5, filter: { sources: ['other'] } };
    expect(rowsOf(await searchComments(searcherOf('precedent', mine), request))).toEqual([6]);
  });

  it('passes over words of comments that the vectors do not know yet', async () => {
    const searcher = searcherOf('precedent');
    const vectors = createScanIndex({
      dimensions: 1,
      metric: 'ip',
      rows: Uint32Array.of(1, 2),
      vectors: Float32Array.of(2, 1),
    });
    const found = await searchComments({ ...searcher, vectors }, { vector, text: 'ERR_FROBNICATE', limit: 5 });
    expect(rowsOf(found)).toEqual([1, 2]);
  });

  it('answers by meaning alone where the words cannot be had', async () => {
    const keywords = Promise.reject(new Error('the disk'));
    keywords.catch(() => {});
    const found = await searchComments(
      { ...searcherOf('precedent'), keywords },
      { vector, text: 'ERR_FROBNICATE', limit: 3 },
    );
    expect(rowsOf(found)).toEqual([1, 2, 3]);
  });

  it('begins a longer ranking as a shorter one', async () => {
    const many = Array.from({ length: 900 }, (_, row) =>
      aComment({ row, text: `word${row % 7} word${row % 11}`, issueUrl: `https://example.org/issues/${row % 90}` }),
    );
    const rank = async (depth: number) => {
      const store = memoryStore(many);
      const searcher = { ...searcherOf('precedent', many), store };
      const { ranking } = await searchComments(searcher, { vector, text: 'word3 word5', limit: 5, depth });
      return ranking.map(({ key, score }) => ({ key, score }));
    };
    const short = await rank(20);
    expect((await rank(600)).slice(0, 20)).toEqual(short);
  });
});

describe('why a hit stands above a better score', () => {
  const hit = (rank: number, score: number, issue = rank) =>
    aHit({ rank, score, issueUrl: `https://example.org/issues/${issue}` });

  it('is its words, or that the better one is of an issue shown above; else nothing is said', () => {
    const explained = explainOrder([hit(1, 30), hit(2, 10), hit(3, 20), hit(4, 5, 9), hit(5, 6, 1)], 'ip');
    expect(explained.map(({ because }) => because)).toEqual([
      undefined,
      'same words used',
      undefined,
      'another issue first',
      undefined,
    ]);
  });

  it('takes less for better under l2', () => {
    expect(explainOrder([hit(1, 10), hit(2, 20)], 'l2').every(({ because }) => because === undefined)).toBe(true);
    expect(explainOrder([hit(1, 20), hit(2, 10)], 'l2')[0]?.because).toBe('same words used');
  });
});
