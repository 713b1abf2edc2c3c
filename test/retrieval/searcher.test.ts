import { describe, expect, it } from 'vitest';
import type { Comment } from '../../src/corpus/store.ts';
import { buildKeywords } from '../../src/retrieval/build-keywords.ts';
import { recipeOf } from '../../src/retrieval/recipes.ts';
import { createRowFilters } from '../../src/retrieval/row-filters.ts';
import { createScanIndex } from '../../src/retrieval/scan-index.ts';
import { type Searcher, type SearchRequest, searchComments } from '../../src/retrieval/searcher.ts';
import { aComment, memoryStore } from '../fakes/memory-store.ts';

/** Rows 0 to `size` - 1 whose vectors are their row numbers, so that the last row is the nearest to [1]. */
function setUp(size: number, comments: Comment[] = rowsOf(size)): Searcher & { store: ReturnType<typeof memoryStore> } {
  const store = memoryStore(comments);
  const vectors = createScanIndex({
    dimensions: 1,
    metric: 'ip',
    rows: Uint32Array.from({ length: size }, (_, row) => row),
    vectors: Float32Array.from({ length: size }, (_, row) => row),
  });
  return {
    store,
    vectors,
    keywords: buildKeywords(store),
    filters: createRowFilters(store),
    lags: async () => true,
    recipe: recipeOf('seed'),
    meaningWeight: 1,
  };
}

function rowsOf(size: number): Comment[] {
  return Array.from({ length: size }, (_, row) => aComment({ row }));
}

const one = Float32Array.of(1);

describe('a search', () => {
  it('gives the best comments whole and a longer ranking of keys and scores', async () => {
    const result = await searchComments(setUp(200), { vector: one, limit: 2, depth: 4 });
    expect(result.comments).toEqual([
      { comment: aComment({ row: 199 }), score: 199 },
      { comment: aComment({ row: 198 }), score: 198 },
    ]);
    expect(result.ranking).toEqual([199, 198, 197, 196].map((row) => ({ key: `key-${row}`, score: row })));
    expect(result.total).toBe(200);
  });

  it('ranks fifty by default, and never fewer than are to be shown', async () => {
    expect((await searchComments(setUp(200), { vector: one, limit: 5 })).ranking).toHaveLength(50);
    expect((await searchComments(setUp(200), { vector: one, limit: 9, depth: 3 })).ranking).toHaveLength(9);
  });

  it('gives fewer when there are fewer, and none from nothing', async () => {
    expect((await searchComments(setUp(3), { vector: one, limit: 5 })).comments).toHaveLength(3);
    const nothing = { comments: [], ranking: [], total: 0, gone: 0 };
    expect(await searchComments(setUp(0), { vector: one, limit: 5 })).toEqual(nothing);
  });

  it('skips comments that left the store, still finds five when five are there, and counts those that are gone', async () => {
    const left = rowsOf(1000).filter(({ row }) => row < 6 || row === 500);
    const { comments, ranking, gone } = await searchComments(setUp(1000, left), { vector: one, limit: 5, depth: 5 });
    expect(gone).toBe(993);
    expect(comments.map(({ comment }) => comment.row)).toEqual([500, 5, 4, 3, 2]);
    expect(ranking).toHaveLength(5);
  });

  it('looks each comment up once, however far it has to go', async () => {
    const searcher = setUp(1000, rowsOf(3));
    expect((await searchComments(searcher, { vector: one, limit: 5 })).comments).toHaveLength(3);
    expect(searcher.store.lookedUp).toBe(1000);
  });

  it('looks no more up than it ranks, though a ranking by meaning and words holds more', async () => {
    const searcher = setUp(1000);
    const request = { vector: one, text: 'text', limit: 5 };
    const { ranking } = await searchComments({ ...searcher, meaningWeight: 0.5 }, request);
    expect(ranking).toHaveLength(50);
    expect(searcher.store.lookedUp).toBeLessThan(60);
  });

  it('finds only comments of the sources that the filter names', async () => {
    const comments = rowsOf(500).map((comment) => (comment.row % 100 === 7 ? { ...comment, source: 'mine' } : comment));
    const filter = { sources: ['mine'] };
    const byVector = await searchComments(setUp(500, comments), { vector: one, limit: 3, depth: 4, filter });
    expect(byVector.ranking.map(({ key }) => key)).toEqual(['key-407', 'key-307', 'key-207', 'key-107']);
    const byWords = await searchComments(setUp(500, comments), { text: 'comment loading', limit: 9, filter });
    expect(byWords.comments.map(({ comment }) => comment.row)).toEqual([7, 107, 207, 307, 407]);
    const none = await searchComments(setUp(500, comments), { vector: one, limit: 3, filter: { sources: [] } });
    expect(none.comments).toEqual([]);
  });

  it('finds five when five pass the filter, however deep in the ranking they stand', async () => {
    const comments = rowsOf(3000).map((comment) => (comment.row < 5 ? { ...comment, issueState: 'closed' } : comment));
    const filter = { state: 'closed' };
    const searcher = setUp(3000, comments);
    const byVector = await searchComments(searcher, { vector: one, limit: 5, filter });
    expect(byVector.comments.map(({ comment }) => comment.row)).toEqual([4, 3, 2, 1, 0]);
    const byWords = await searchComments(searcher, { text: 'comment loading', limit: 5, filter });
    expect(byWords.comments.map(({ comment }) => comment.row)).toEqual([0, 1, 2, 3, 4]);
    // Those found and, to see how much has left, the best fifty: not the whole corpus.
    expect(searcher.store.lookedUp).toBeLessThan(200);
  });

  it('counts what has left the store also where a filter leaves it out', async () => {
    const left = rowsOf(1000).filter(({ row }) => row < 500);
    const filter = { sources: ['hub:example/issues'], state: undefined };
    const { ranking, gone } = await searchComments(setUp(1000, left), { vector: one, limit: 5, filter });
    expect(ranking).toHaveLength(50);
    expect(gone).toBeGreaterThanOrEqual(50);
    // What knows the store is not ranked a second time for that.
    const upToDate = { ...setUp(1000, left), lags: async () => false };
    expect((await searchComments(upToDate, { vector: one, limit: 5, filter })).gone).toBe(0);
    const closed = await searchComments(setUp(1000, rowsOf(1000)), { vector: one, limit: 5, filter });
    expect(closed.gone).toBe(0);
  });

  it('by words finds words of the title, the body and the comment', async () => {
    const comments = rowsOf(30).map((comment) => (comment.row === 4 ? { ...comment, body: 'a segfault' } : comment));
    const searcher = setUp(30, comments);
    for (const [text, row] of [
      ['number12', 12],
      ['issue20', 20],
      ['segfault?', 4],
    ] as const) {
      const { comments: found, total } = await searchComments(searcher, { text, limit: 5 });
      expect(found.map(({ comment }) => comment.row)).toEqual([row]);
      expect(total).toBe(1);
    }
  });

  it('by vector does not wait for the keyword index; by words it does', async () => {
    let build: (() => void) | undefined;
    const ready = new Promise<void>((resolve) => {
      build = resolve;
    });
    const { keywords, ...rest } = setUp(10);
    const searcher: Searcher = { ...rest, keywords: ready.then(() => keywords) };
    const byWords = searchComments(searcher, { text: 'number3', limit: 1 });
    expect((await searchComments(searcher, { vector: one, limit: 1 })).ranking).toHaveLength(10);
    expect(await Promise.race([byWords, 'waiting'])).toBe('waiting');
    build?.();
    expect((await byWords).comments).toHaveLength(1);
  });

  it('by vector fails clearly where there are no vectors, and for a vector of another length', async () => {
    const without: Searcher = { ...setUp(3), vectors: undefined };
    await expect(searchComments(without, { vector: one, limit: 1 })).rejects.toThrow(/no vectors/);
    await expect(searchComments(setUp(3), { vector: Float32Array.of(1, 2), limit: 1 })).rejects.toThrow(/has 2/);
  });

  it('stops when its signal aborts', async () => {
    const signal = AbortSignal.abort();
    await expect(searchComments(setUp(3), { vector: one, limit: 1 }, signal)).rejects.toThrow(signal.reason);
  });
});

describe('under precedent a search', () => {
  const LONG = 'Save it with save_to_disk, copy the folder, and open it there with load_from_disk, as the manual says.';
  const precedent = (comments: Comment[]): Searcher => ({
    ...setUp(comments.length, comments),
    recipe: recipeOf('precedent'),
  });
  const keys = async (searcher: Searcher, request: Partial<SearchRequest> = {}) => {
    const { comments, ranking } = await searchComments(searcher, { vector: one, limit: 5, ...request });
    expect(comments.map(({ comment }) => comment.key)).toEqual(ranking.slice(0, comments.length).map(({ key }) => key));
    return ranking.map(({ key, because }) => (because ? [key, because] : key));
  };

  it('puts last what repeats or quotes a better one, and says so', async () => {
    const quoting = { 7: LONG, 8: `> ${LONG}\n\nThanks, that works.`, 9: LONG };
    const comments = rowsOf(10).map((comment) => ({ ...comment, text: quoting[comment.row as 7] ?? comment.text }));
    const copies = [
      ['key-8', 'repeats another'],
      ['key-7', 'repeats another'],
    ];
    const rest = [6, 5, 4, 3, 2, 1, 0].map((row) => `key-${row}`);
    expect(await keys(precedent(comments))).toEqual(['key-9', ...rest, ...copies]);
    expect(await keys(precedent(comments), { depth: 2, limit: 2 })).toEqual(['key-9', 'key-6']);
    expect(await keys({ ...precedent(comments), recipe: recipeOf('seed') }, { limit: 2 })).toHaveLength(10);
  });

  it('finds once what two sources have, as the followed repository has it, and where its words belong', async () => {
    const followed = { source: 'github:example/project', issueState: 'closed' };
    const twins: Record<number, Partial<Comment>> = {
      9: { key: 'a', text: 'as it is' },
      8: { ...followed, key: 'a', text: 'as it is' },
      7: { key: 'hash', text: LONG, issueUrl: 'https://github.com/example/project/issues/1' },
      6: { ...followed, key: 'b', text: LONG, issueUrl: 'https://github.com/example/project/issues/1' },
      5: { ...followed, key: 'c' },
      4: { key: 'c' },
      3: { key: 'd', text: 'as it was' },
      1: { ...followed, key: 'd', text: 'edited since' },
    };
    const searcher = precedent(rowsOf(10).map((comment) => ({ ...comment, ...twins[comment.row] })));
    expect(await keys(searcher)).toEqual(['a', 'b', 'c', 'key-2', 'd', 'key-0']);
    const { comments } = await searchComments(searcher, { vector: one, limit: 5 });
    expect(comments.map(({ comment, score }) => [comment.source, score])).toEqual([
      [followed.source, 9],
      [followed.source, 7],
      [followed.source, 5],
      ['hub:example/issues', 2],
      [followed.source, 1],
    ]);
    expect(await keys(searcher, { filter: { sources: ['hub:example/issues'] }, limit: 2 })).toContain('hash');
  });

  it('takes what repeats a hit in another issue for its rival, though it stands last', async () => {
    const comments = rowsOf(60).map((comment) => (comment.row < 58 ? comment : { ...comment, text: LONG }));
    const { ranking } = await searchComments(precedent(comments), { vector: one, limit: 5 });
    expect(ranking[0]?.ahead?.meaning).toBe(1);
  });
});

describe('building the keyword index', () => {
  it('lets other work of the thread in between, and stops when told to', async () => {
    const long = 'several words of a long body '.repeat(300);
    const comments = rowsOf(400).map((comment) => ({ ...comment, body: `${long} ${comment.row}` }));
    const stop = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      turns++;
      if (turns === 2) stop.abort();
    }, 0);
    await expect(buildKeywords(memoryStore(comments), stop.signal)).rejects.toThrow(stop.signal.reason);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(2);
  });
});
