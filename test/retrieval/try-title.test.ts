import { beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../src/corpus/prepare.ts';
import type { Comment } from '../../src/corpus/store.ts';
import { askedTitles } from '../../src/retrieval/asked-titles.ts';
import { buildKeywords } from '../../src/retrieval/build-keywords.ts';
import { recipeOf } from '../../src/retrieval/recipes.ts';
import { createRowFilters } from '../../src/retrieval/row-filters.ts';
import { createScanIndex } from '../../src/retrieval/scan-index.ts';
import { type Searcher, searchComments } from '../../src/retrieval/searcher.ts';
import { tryTitle } from '../../src/retrieval/try-title.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { memoryStore } from '../fakes/memory-store.ts';

const embedder = fakeEmbedder({ dimensions: 256 });
const { signal } = new AbortController();
const ISSUES = 60;
const word = (name: string, issue: number) => `${name}${issue}`;

const wordsOf = (issue: number) => ['red', 'green', 'blue'].map((name) => word(name, issue)).join(' ');

/** Of an even issue the comment has the title's words; of an odd one another issue's comment has. */
const comments: readonly Comment[] = Array.from({ length: ISSUES }, (_, issue) => {
  const answered = issue % 2 === 0 ? issue : issue - 1;
  const own = `${wordsOf(answered)} ${word('own', issue)}`;
  return {
    row: issue,
    key: `key-${issue}`,
    source: 'a.jsonl',
    issueUrl: `https://github.com/o/r/issues/${issue}`,
    title: wordsOf(issue),
    body: issue === 9 ? 'The same as #10' : '',
    text: issue === 10 ? `${own} ${wordsOf(9)}` : own,
  };
});

async function searcherOf(recipe: 'seed' | 'precedent', metric: 'ip' | 'l2' = 'ip'): Promise<Searcher> {
  const store = memoryStore([...comments]);
  const vectors = await embedder.embed(comments.map((comment) => documentOf(comment)));
  const rows = Uint32Array.from(comments, ({ row }) => row);
  const { dimensions } = embedder.identity;
  return {
    store,
    vectors: createScanIndex({ dimensions, metric, rows, vectors }),
    keywords: buildKeywords(store),
    filters: createRowFilters(store),
    lags: async () => true,
    recipe: recipeOf(recipe),
    meaningWeight: recipeOf(recipe).meaningWeight('any'),
  };
}

async function tried(searcher: Searcher, issue: number) {
  const titles = await askedTitles(searcher.store, { most: 100, signal });
  const asked = titles.find(({ issue: url }) => url.endsWith(`/${issue}`)) as (typeof titles)[number];
  const vector = await embedder.embed([asked.title]);
  return tryTitle(searcher, { asked, vector, comments: await embedder.embed(asked.comments.map(({ text }) => text)) });
}

describe.each(['seed', 'precedent'] as const)('a title that is tried under recipe %s', (recipe) => {
  let searcher: Searcher;
  beforeAll(async () => {
    searcher = await searcherOf(recipe);
  });

  it('finds its issue by what the comment says, ahead of all others', async () => {
    const { pairs, spread } = await tried(searcher, 8);
    expect(pairs).toHaveLength(5);
    expect(pairs[0]?.right).toBe(true);
    expect(pairs[0]?.ahead.meaning).toBeGreaterThan(0);
    expect(pairs.slice(1).map(({ right }) => right)).toEqual([false, false, false, false]);
    for (const { ahead } of pairs.slice(1)) expect(ahead.meaning).toBeLessThan(0);
    expect(spread).toBeGreaterThan(0);
  });

  it('does not find itself: its own title and body are not there', async () => {
    const asked = comments[7] as Comment;
    const [vector] = [await embedder.embed([asked.title])];
    const usual = await searchComments(searcher, { limit: 1, text: asked.title, vector });
    expect(usual.comments[0]?.comment.row).toBe(7);
    const { pairs } = await tried(searcher, 7);
    expect(pairs.some(({ right }) => right)).toBe(false);
  });

  it('counts an issue that its discussion names as right', async () => {
    const { pairs } = await tried(searcher, 9);
    expect(pairs.map(({ right }) => right)).toEqual([true, false, false, false, false]);
  });
});

describe('a title that is tried', () => {
  it('tells how near the nearest comment of another issue comes, under either metric', async () => {
    const [ip, l2] = await Promise.all([searcherOf('seed'), searcherOf('seed', 'l2')]);
    const [byProduct, byDistance] = [await tried(ip, 8), await tried(l2, 8)];
    const title = await embedder.embed([comments[8]?.title ?? '']);
    const documents = await embedder.embed(comments.map((comment) => documentOf(comment)));
    const products = comments.map((_, row) =>
      title.reduce((sum, value, place) => sum + value * (documents[row * title.length + place] as number), 0),
    );
    expect(byProduct.nearestOther).toBeCloseTo(Math.max(...products.filter((_, row) => row !== 8)), 3);
    expect(byDistance.nearestOther).toBeGreaterThan(0);
    expect(byDistance.pairs[0]).toMatchObject({ right: true });
    expect(byDistance.pairs[0]?.ahead.meaning).toBeGreaterThan(0);
  });
});
