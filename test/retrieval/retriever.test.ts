import { describe, expect, it } from 'vitest';
import type { Comment } from '../../src/corpus/store.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { BusyError, UserError } from '../../src/errors.ts';
import { createJobQueue } from '../../src/limits.ts';
import { silentLogger } from '../../src/log.ts';
import type { Manifest } from '../../src/retrieval/manifest.ts';
import { createRetriever } from '../../src/retrieval/retriever.ts';
import type { Search, SearchRequest } from '../../src/retrieval/search.ts';
import type { Serving } from '../../src/retrieval/serving.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';

const comment = (row: number): Comment => ({
  row,
  key: `key-${row}`,
  source: 'hub:example/issues',
  text: `comment ${row}`,
  title: 'A title',
  body: 'A body',
  issueUrl: 'https://github.com/example/project/issues/1',
  author: 'someone',
  issueState: 'closed',
});

const manifestOf = (embedder: Embedder): Manifest => ({
  format: 1,
  ...embedder.identity,
  metric: 'ip',
  recipe: 'seed',
  rows: 8,
  corpusVersion: 1,
  createdAt: '2026-01-02T03:04:05.000Z',
  files: {
    vectors: { name: 'index-a.faiss', sizeBytes: 1, crc32: 1 },
    rows: { name: 'index-a.rows', sizeBytes: 1, crc32: 1 },
  },
});

const ALL = { sees: 'all' } as const;

type FakeSearch = {
  rows?: number;
  manifest?: Manifest;
  gate?: Promise<void>;
  gone?: number;
  ahead?: readonly number[];
};

/** `gone` comments have left since vectors were indexed. */
function fakeSearch({ rows = 8, manifest, gate, gone = 0, ahead }: FakeSearch = {}) {
  const requests: SearchRequest[] = [];
  let closed = false;
  const search: Search = {
    status: { rows, manifest, corpusVersion: 1, loadedAt: '2026-01-01T00:00:00.000Z', keywordReady: true },
    async search(request) {
      requests.push(request);
      await gate;
      const ranking = Array.from({ length: rows }, (_, row) => ({
        key: `key-${row}`,
        score: 30 - row,
        ...(ahead && { ahead: { meaning: ahead[row] ?? -1, words: 0 } }),
      }));
      const shown = ranking.slice(0, request.limit);
      return {
        comments: shown.map(({ score }, row) => ({ comment: comment(row), score })),
        ranking: ranking.slice(0, request.depth),
        total: rows,
        gone: request.vector ? gone : 0,
      };
    },
    comments: async (keys) => keys.map((key) => comment(Number(key.split('-')[1]))),
    tryTitle: () => Promise.reject(new Error('no title is tried here')),
    scores: async (_vector, keys) => keys.map((key) => 30 - Number(key.split('-')[1])),
    catchUp: async () => true,
    async keywordsReady() {},
    async close() {
      closed = true;
    },
  };
  return { search, requests, isClosed: () => closed };
}

const setUp = (serving: Partial<Serving> & { search: Search }, capacity = 5) => {
  const retriever = createRetriever({ queue: createJobQueue({ concurrency: 2, capacity }), log: silentLogger });
  retriever.serve({ sample: false, ...serving });
  return retriever;
};

describe('how sure the retriever is', () => {
  const MEASURED: Manifest['bands'] = {
    titles: 500,
    spread: 10,
    weight: 1,
    bands: [
      { name: 'strong', from: 0.5, pairs: 60, right: 54 },
      { name: 'fair', from: 0.2, pairs: 80, right: 48 },
      { name: 'weak', from: null, pairs: 2000, right: 100 },
    ],
  };
  const asked = async (about: Partial<Manifest>, ahead?: readonly number[]) => {
    const embedder = fakeEmbedder();
    const { search } = fakeSearch({ manifest: { ...manifestOf(embedder), ...about }, ...(ahead && { ahead }) });
    return setUp({ search, embedder }).ask('how?', ALL);
  };

  it('is what was measured of hits that are as far ahead, of each hit and of its like after the first page', async () => {
    const answer = await asked({ bands: MEASURED }, [5, 2, -3, -4, -5, -6]);
    expect(answer.band).toBe('strong');
    expect(answer.hits.map(({ band }) => band)).toEqual([
      { name: 'strong', precision: 0.9 },
      { name: 'fair', precision: 0.6 },
      ...Array.from({ length: 3 }, () => ({ name: 'weak', precision: 0.05 })),
    ]);
    expect(answer.ranking[5]).toEqual({ key: 'key-5', score: 25, band: { name: 'weak', precision: 0.05 } });
    expect((await asked({ bands: MEASURED }, [1, -3])).band).toBe('weak');
  });

  it('is not said where nothing is known of how far ahead they are', async () => {
    const answer = await asked({ bands: MEASURED, strongAbove: 0 });
    expect(answer).toMatchObject({ band: undefined, calibrated: true });
    expect(answer.hits[0]?.band).toBeUndefined();
  });

  it('is strong beyond coincidence where no bands could be measured, and says nothing of the hits', async () => {
    for (const bands of [undefined, { ...MEASURED, bands: [] }]) {
      const answer = await asked({ bands, strongAbove: 29 }, [5]);
      expect(answer.band).toBe('strong');
      expect(answer.hits[0]?.band).toBeUndefined();
      expect((await asked({ bands, strongAbove: 30 }, [5])).band).toBeUndefined();
      expect((await asked({ bands, strongAbove: 31, metric: 'l2' }, [5])).band).toBe('strong');
    }
    expect((await asked({}, [5])).band).toBeUndefined();
  });
});

describe('the retriever', () => {
  it('scores comments for a vector of the index that serves, and has no scores for another', async () => {
    const manifest = manifestOf(fakeEmbedder());
    const { search } = fakeSearch({ manifest });
    const retriever = setUp({ search });
    expect(await retriever.scores(new Float32Array(manifest.dimensions), ['key-3'])).toEqual([27]);
    expect(await retriever.scores(new Float32Array(3), ['key-3'])).toEqual([undefined]);
  });

  it('searches within the sources that may answer, however the question is narrowed', async () => {
    const { search, requests } = fakeSearch();
    const retriever = setUp({ search });
    await retriever.ask('a', { sees: ['x', 'y'] });
    await retriever.ask('a source:Y', { sees: ['x', 'y'], narrowing: { sources: ['x'], state: 'open' } });
    await retriever.ask('a', { sees: ['x', 'y', 'z'], defaultSources: ['y', 'secret'] });
    await retriever.ask('a source:x', { sees: ['x', 'y', 'z'], defaultSources: ['y'] });
    await retriever.ask('a', { sees: ['x'], defaultSources: ['secret'] });
    await retriever.ask('a', { sees: [] });
    await retriever.ask('a', { sees: 'all', narrowing: { author: 'someone' } });
    expect(requests.map(({ filter }) => filter)).toEqual([
      { sources: ['x', 'y'] },
      { sources: ['y'], state: 'open' },
      { sources: ['y'] },
      { sources: ['x'] },
      { sources: ['x'] },
      { sources: [] },
      { author: 'someone' },
    ]);
  });

  it('takes the words that narrow a question out of it, and says with the answer what it was narrowed to', async () => {
    const { search, requests } = fakeSearch();
    const retriever = setUp({ search, sources: ['github:acme/app', 'hub:acme/data', '/home/me/team.jsonl'] });
    const answer = await retriever.ask('how? source:app state:closed label:bug since:2024', ALL);
    expect(answer.question).toBe('how?');
    expect(requests[0]).toMatchObject({
      text: 'how?',
      filter: { sources: ['github:acme/app'], state: 'closed', labels: ['bug'], since: '2024' },
    });
    expect(answer.notes).toContain('Narrowed to source github:acme/app, state closed, label bug, since 2024.');
    expect(answer.narrowedNote?.sources).toEqual(['github:acme/app']);
    await expect(retriever.ask('state:closed', ALL)).rejects.toThrow('There is no question beside the words');
  });

  it('names no source that may not answer when it does not know the one that is asked for', async () => {
    const { search } = fakeSearch();
    const retriever = setUp({ search, sources: ['github:acme/app', 'github:acme/secret', '/home/me/team.jsonl'] });
    const sees = ['github:acme/app', '/home/me/team.jsonl'];
    for (const name of ['github:acme/secret', 'secret', 'nothing']) {
      const failure = retriever.ask(`how? source:${name}`, { sees });
      await expect(failure).rejects.toThrow(`${name} is none of the sources here: github:acme/app, team.jsonl.`);
      await expect(failure).rejects.toThrow(UserError);
    }
  });

  it('embeds nothing when the same question is narrowed in another way', async () => {
    const embedded: string[] = [];
    const embedder = fakeEmbedder({ beforeEmbed: (texts) => void embedded.push(...texts) });
    const { search, requests } = fakeSearch({ manifest: manifestOf(embedder) });
    const retriever = setUp({ search, embedder, sources: ['x', 'y'] });
    await retriever.ask('how do I stream?', ALL);
    await retriever.ask('how do I stream? state:closed source:x', ALL);
    await retriever.ask('how do I stream?', { ...ALL, narrowing: { author: 'someone' } });
    expect(embedded).toEqual(['how do I stream?']);
    expect(new Set(requests.map(({ vector }) => vector?.join())).size).toBe(1);
    await retriever.ask('how do I stream twice?', ALL);
    expect(embedded).toHaveLength(2);
  });

  it('keeps to what holds for a source in any case, whatever is asked', async () => {
    const { search, requests } = fakeSearch();
    const retriever = createRetriever({
      queue: createJobQueue({ concurrency: 2, capacity: 5 }),
      log: silentLogger,
      standing: (spec) => (spec === 'x' ? { state: 'closed' } : undefined),
    });
    retriever.serve({ search, sample: false, sources: ['x', 'y'] });
    await retriever.ask('a', ALL);
    await retriever.ask('a source:y', ALL);
    expect(requests.map(({ filter }) => filter)).toEqual([
      { standing: { x: { state: 'closed' } } },
      { sources: ['y'] },
    ]);
  });

  it('names the source of each hit where several may answer', async () => {
    const sources = ['hub:example/issues', 'github:acme/app'];
    const retriever = setUp({ search: fakeSearch().search, sources });
    expect((await retriever.ask('a', ALL)).hits[0]).toMatchObject({ sourceName: 'hub:example/issues' });
    expect((await retriever.ask('a', { sees: sources.slice(0, 1) })).hits[0]?.sourceName).toBeUndefined();
  });

  it('answers by meaning: hits best first, with score, title, link and what else is known', async () => {
    const embedder = fakeEmbedder();
    const { search, requests } = fakeSearch({ manifest: manifestOf(embedder) });
    const answer = await setUp({ search, embedder }).ask('how do I stream?', ALL);
    expect(answer).toMatchObject({
      mode: 'semantic',
      metric: 'ip',
      model: embedder.identity.model,
      notes: [],
      more: true,
    });
    expect(answer.indexedAt).toBe('2026-01-02T03:04:05.000Z');
    expect(answer.hits.map(({ rank, score }) => [rank, score])).toEqual([
      [1, 30],
      [2, 29],
      [3, 28],
      [4, 27],
      [5, 26],
    ]);
    expect(answer.hits[0]).toMatchObject({
      comment: 'comment 0',
      title: 'A title',
      author: 'someone',
      state: 'closed',
      sample: false,
    });
    expect(answer.ranking).toHaveLength(8);
    expect(requests[0]?.vector).toEqual(await embedder.embed(['how do I stream?']));
  });

  it('answers by keyword while there is no model, and says why', async () => {
    const { search, requests } = fakeSearch();
    const answer = await setUp({ search, keywordReason: () => 'the model is being fetched, 34 %' }).ask(
      'streaming',
      ALL,
    );
    expect(answer).toMatchObject({ mode: 'keyword', metric: 'bm25', model: null, device: null });
    expect(answer.notes).toEqual(['Keyword search: the model is being fetched, 34 %.']);
    expect(requests[0]).toMatchObject({ text: 'streaming' });
  });

  it('dates a keyword answer by when the corpus was last read', async () => {
    const { search } = fakeSearch();
    const readAt = '2026-01-05T06:07:08.000Z';
    expect((await setUp({ search, readAt }).ask('streaming', ALL)).indexedAt).toBe(readAt);
    expect((await setUp({ search }).ask('streaming', ALL)).indexedAt).toBeNull();
  });

  it('marks every answer while it is indexing', async () => {
    const { search } = fakeSearch();
    const retriever = setUp({ search, keywordReason: () => 'the index by meaning is being made' });
    retriever.progress({ what: 'indexing', done: 34, total: 100, unit: 'comments' });
    expect((await retriever.ask('streaming', ALL)).notes).toContain('Indexing, 34 %.');
    retriever.progress(undefined);
    expect((await retriever.ask('streaming', ALL)).notes).not.toContain('Indexing, 34 %.');
  });

  it('says that it shows sample data, and when nothing is indexed', async () => {
    expect((await setUp({ search: fakeSearch().search, sample: true }).ask('a', ALL)).notes.join()).toContain(
      'sample data',
    );
    const empty = await setUp({ search: fakeSearch({ rows: 0 }).search }).ask('a', ALL);
    expect(empty.hits).toEqual([]);
    expect(empty.notes).toContain('Nothing is indexed yet.');
  });

  it('says when an index that was stopped in the making knows only some of the comments', async () => {
    const embedder = fakeEmbedder();
    const { search } = fakeSearch({ manifest: manifestOf(embedder) });
    const retriever = setUp({ search: { ...search, status: { ...search.status, indexed: 2 } }, embedder });
    const { notes } = await retriever.ask('streaming', ALL);
    expect(notes).toEqual(['Only 2 of 8 comments are found by meaning so far: the index is not whole.']);
    retriever.progress({ what: 'indexing', done: 34, total: 100, unit: 'comments' });
    expect((await retriever.ask('streaming', ALL)).notes).toEqual(['Indexing, 34 %.']);
  });

  it('says when a question was cut, and when the model hardly knows its language', async () => {
    const embedder = fakeEmbedder();
    const { search } = fakeSearch({ manifest: manifestOf(embedder) });
    const retriever = setUp({ search, embedder: { ...embedder, truncates: async () => true } });
    const long = await retriever.ask('word '.repeat(1000), ALL);
    expect(long.notes.join()).toContain('The question is longer than the model reads');
    expect((await retriever.ask('如何离线加载数据集？', ALL)).notes.join()).toContain('The model knows mainly English');
    expect((await retriever.ask('Wie lade ich einen Datensatz?', ALL)).notes.join()).toContain(
      'The model knows mainly English',
    );
    expect((await retriever.ask('How do I load a dataset?', ALL)).notes).toEqual([]);
  });

  it('answers by keyword when the model fails on a question', async () => {
    const embedder = fakeEmbedder();
    const { search } = fakeSearch({ manifest: manifestOf(embedder) });
    const broken = { ...embedder, embed: async () => Promise.reject(new Error('out of memory')) };
    const answer = await setUp({ search, embedder: broken }).ask('streaming', ALL);
    expect(answer.mode).toBe('keyword');
    expect(answer.notes.join()).toContain('the model failed');
  });

  it('asks the newest state of the corpus when comments have left the one that serves', async () => {
    const embedder = fakeEmbedder();
    const manifest = manifestOf(embedder);
    const retriever = createRetriever({ queue: createJobQueue({ concurrency: 1, capacity: 1 }), log: silentLogger });
    const newer = fakeSearch({ manifest, rows: 6 });
    const renew = async () => retriever.serve({ search: newer.search, embedder, sample: false });
    retriever.serve({ search: fakeSearch({ manifest, gone: 2 }).search, embedder, sample: false, renew });
    const answer = await retriever.ask('streaming', ALL);
    expect(answer).toMatchObject({ mode: 'semantic', notes: [] });
    expect(answer.ranking).toHaveLength(6);
  });

  it('answers by keyword, saying so, while even the newest index still has comments that have left', async () => {
    const embedder = fakeEmbedder();
    const { search, requests } = fakeSearch({ manifest: manifestOf(embedder), gone: 2 });
    const answer = await setUp({ search, embedder }).ask('streaming', ALL);
    expect(answer).toMatchObject({ mode: 'keyword', metric: 'bm25' });
    expect(answer.notes).toEqual(['Keyword search: the index by meaning is older than the comments.']);
    expect(requests.at(-1)?.text).toBe('streaming');
  });

  it('turns questions away when too many wait', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const retriever = setUp({ search: fakeSearch({ gate }).search }, 1);
    const waiting = [retriever.ask('1', ALL), retriever.ask('2', ALL), retriever.ask('3', ALL)];
    await expect(retriever.ask('4', ALL)).rejects.toThrow(BusyError);
    open();
    expect(await Promise.all(waiting)).toHaveLength(3);
  });

  it('lets questions finish on the index that they began with', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = fakeSearch({ rows: 3, gate });
    const second = fakeSearch({ rows: 8 });
    const retriever = setUp({ search: first.search });
    const early = retriever.ask('early', ALL);
    retriever.serve({ search: second.search, sample: false }, (previous) => void previous.search.close());
    expect((await retriever.ask('late', ALL)).ranking).toHaveLength(8);
    expect(first.isClosed()).toBe(false);
    open();
    expect((await early).ranking).toHaveLength(3);
    expect(first.isClosed()).toBe(true);
  });
});
