import { describe, expect, it, onTestFinished } from 'vitest';
import type { Comment } from '../../src/corpus/store.ts';
import type { Opener } from '../../src/embedding/open-model.ts';
import type { Reranker } from '../../src/embedding/reranker.ts';
import { UnavailableError } from '../../src/errors.ts';
import { createJobQueue } from '../../src/limits.ts';
import { createLogger, silentLogger } from '../../src/log.ts';
import { REPEATS } from '../../src/retrieval/explain-order.ts';
import type { Manifest } from '../../src/retrieval/manifest.ts';
import { placesToRerank, READS_BETTER, RERANKED, reorder } from '../../src/retrieval/rerank.ts';
import { createReranking, type RerankingOptions } from '../../src/retrieval/reranking.ts';
import { createRetriever } from '../../src/retrieval/retriever.ts';
import type { Search, SearchRequest } from '../../src/retrieval/search.ts';
import type { SearchResult } from '../../src/retrieval/searcher.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';

const comment = (row: number, issue = row): Comment => ({
  row,
  key: `key-${row}`,
  source: 'hub:example/issues',
  text: `comment ${row}`,
  title: `Title ${issue}`,
  body: '',
  issueUrl: `https://github.com/example/project/issues/${issue}`,
});

/** Scores fall from 30 on; `issues` of each hit, by default one of its own. */
function found(
  count: number,
  { issues = [] as readonly number[], repeats = [] as readonly number[] } = {},
): SearchResult {
  const comments = Array.from({ length: count }, (_, row) => ({ comment: comment(row, issues[row]), score: 30 - row }));
  const ranking = comments.map(({ comment: { key }, score }, row) => ({
    key,
    score,
    ...(repeats.includes(row) && { because: REPEATS }),
  }));
  return { comments, ranking, total: count, gone: 0 };
}

const keysOf = ({ ranking }: Pick<SearchResult, 'ranking'>) => ranking.map(({ key }) => Number(key.split('-')[1]));

const reordered = (result: SearchResult, scores: readonly number[]) =>
  reorder(result, { places: placesToRerank(result), scores, metric: 'ip' });

describe('hits that are read again', () => {
  it('stand by search and reading together, with the scores that they had, and the comments with them', () => {
    const result = reordered(found(4), [0, 2, 1, 3]);
    expect(keysOf(result)).toEqual([1, 0, 3, 2]);
    expect(result.ranking.map(({ score }) => score)).toEqual([29, 30, 27, 28]);
    expect(result.comments.map(({ comment: { key } }) => key)).toEqual(result.ranking.map(({ key }) => key));
  });

  it('say why where a better score that stood before them stands below', () => {
    expect(reordered(found(3), [0, 2, 1]).ranking.map(({ because }) => because)).toEqual([
      READS_BETTER,
      undefined,
      undefined,
    ]);
  });

  it('say nothing where the search had put them above it already', () => {
    const byWords = found(2);
    const ranking = byWords.ranking.map((hit, place) => ({ ...hit, score: 20 + place }));
    expect(reordered({ ...byWords, ranking }, [2, 1]).ranking).toEqual(ranking);
  });

  it('keep the best of each issue before all others of it, which is no better reading', () => {
    const result = reordered(found(3, { issues: [7, 7, 8] }), [3, 2, 1]);
    expect(keysOf(result)).toEqual([0, 2, 1]);
    expect(result.ranking.map(({ because }) => because)).toEqual([undefined, undefined, undefined]);
  });

  it('are the first ones alone, and none that repeats another', () => {
    const result = reordered(
      found(RERANKED + 2, { repeats: [1] }),
      Array.from({ length: RERANKED - 1 }, (_, index) => index),
    );
    const keys = keysOf(result);
    expect(keys.slice(0, 3)).toEqual([0, 1, RERANKED - 1]);
    expect(keys.slice(-2)).toEqual([RERANKED, RERANKED + 1]);
    expect(result.ranking[1]?.because).toBe(REPEATS);
  });
});

type Score = (texts: readonly string[], signal?: AbortSignal) => Promise<Float32Array>;

/** Reads the last text as the best. */
const LAST_FIRST: Score = async (texts) => Float32Array.from(texts.keys());

const reranker = (score: Score = LAST_FIRST): Reranker => ({
  identity: { model: 'example/cross-encoder', revision: '', precision: 'fp32' },
  device: 'cpu',
  score: (_question, texts, signal) => score(texts, signal),
  async close() {},
});

async function reranking(openReranker: Opener<Reranker>, options: Partial<RerankingOptions> = {}) {
  const model = { model: 'example/cross-encoder', revision: 'main', precision: 'auto' } as const;
  const controls = createReranking({ model, openReranker, log: silentLogger, retryMs: [1], ...options });
  onTestFinished(() => controls.close());
  return controls;
}

const ready = async (score?: Score, options?: Partial<RerankingOptions>) => {
  const controls = await reranking(async () => reranker(score), options);
  await controls.openQuietly();
  return controls;
};

describe('re-ranking', () => {
  it('is nothing where none is set', async () => {
    const off = await reranking(async () => reranker(), { model: undefined });
    await off.start();
    await off.openQuietly();
    expect(off).toMatchObject({ reads: 0 });
    expect(off.status()).toBeUndefined();
    const result = found(3);
    expect(await off.order('how?', result, { metric: 'ip' })).toBe(result);
  });

  it('reads title and comment, and says what it runs on', async () => {
    const read: string[][] = [];
    const controls = await ready(async (texts) => {
      read.push([...texts]);
      return LAST_FIRST(texts);
    });
    expect(controls.reads).toBe(RERANKED);
    expect(keysOf(await controls.order('how?', found(3), { metric: 'ip' }))).toEqual([0, 2, 1]);
    expect(read).toEqual([['Title 0\ncomment 0', 'Title 1\ncomment 1', 'Title 2\ncomment 2']]);
    expect(controls.status()).toEqual({
      model: 'example/cross-encoder',
      precision: 'fp32',
      device: 'cpu',
      reason: undefined,
    });
  });

  it.each([
    ['fails', (async () => Promise.reject(new Error('out of memory'))) as Score, 'out of memory'],
    [
      'takes too long',
      ((_, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))) as Score,
      'it took longer than 0.005 s',
    ],
    ['hears of no end', (() => new Promise(() => {})) as Score, 'it took longer than 0.005 s'],
  ])(
    'leaves the order of the search where it %s: status and log say so, the asker hears nothing',
    async (_, score, why) => {
      const lines: string[] = [];
      const log = createLogger({ write: (line) => lines.push(line) });
      const controls = await ready(score, { log, patienceMs: 5 });
      const result = found(3);
      expect(await controls.order('how?', result, { metric: 'ip' })).toBe(result);
      expect(controls.status()?.reason).toMatch(/could not be read again/);
      expect(lines.join()).toContain(`a question was answered without re-ranking: ${why}`);
      expect(lines.join()).not.toContain('how?');
    },
  );

  it.each([
    ['is left alone for a while', 60_000, 3],
    ['is asked again after a rest', 0, 5],
  ])('that fails again and again %s', async (_, restMs, most) => {
    let asked = 0;
    const failing: Score = async () => {
      asked++;
      throw new Error('out of memory');
    };
    const controls = await ready(failing, { restMs });
    for (let question = 0; question < 5; question++) await controls.order('how?', found(3), { metric: 'ip' });
    expect(asked).toBe(most);
  });

  it('ends with the question that nobody waits for any more', async () => {
    const controls = await ready();
    const signal = AbortSignal.abort(new Error('nobody waits'));
    await expect(controls.order('how?', found(3), { metric: 'ip', signal })).rejects.toThrow('nobody waits');
  });

  it('comes once its model could be had, and says until then why not', async () => {
    let tries = 0;
    const reasons: (string | undefined)[] = [];
    const controls = await reranking(async (_request, { fetch, onProgress }) => {
      if (!fetch) return undefined;
      reasons.push(controls.status()?.reason);
      if (++tries === 1) throw new UnavailableError('the Hub does not answer');
      onProgress?.({ what: 'fetching', done: 1, total: 2, unit: 'bytes' });
      reasons.push(controls.status()?.reason);
      return reranker();
    });
    await controls.start();
    await expect.poll(() => controls.reads, { interval: 1 }).toBe(RERANKED);
    expect(reasons).toEqual([
      'the model is being fetched',
      'the model could not be had yet; the log says why',
      'the model is being fetched, 50 %',
    ]);
    expect(controls.status()?.reason).toBeUndefined();
  });

  it('is refused where it names a folder that is not there, by a bot and by a command that only reads', async () => {
    const model = { model: './no/such/model', revision: 'main', precision: 'auto' } as const;
    const controls = await reranking(async () => undefined, { model });
    for (const begin of [controls.start, controls.openQuietly])
      await expect(begin()).rejects.toThrow(/^RERANK is ".\/no\/such\/model": .* there is no such folder\.$/);
  });

  it('says that a command which only reads did not find the model here', async () => {
    const controls = await reranking(async () => undefined);
    await controls.openQuietly();
    expect(controls).toMatchObject({ reads: 0 });
    expect(controls.status()?.reason).toBe('the model is not on this machine');
  });
});

describe('an answer with re-ranking', () => {
  const asked = async (recipe: string, { byWords = false } = {}) => {
    const embedder = fakeEmbedder();
    const manifest = { ...embedder.identity, metric: 'ip', recipe, createdAt: '' } as unknown as Manifest;
    const requests: SearchRequest[] = [];
    const search = {
      status: { rows: 60, manifest, corpusVersion: 1, loadedAt: '', keywordReady: true },
      async search(request: SearchRequest) {
        requests.push(request);
        const all = found(60);
        return {
          ...all,
          comments: all.comments.slice(0, request.limit),
          ranking: all.ranking.slice(0, request.depth),
        };
      },
    } as unknown as Search;
    const retriever = createRetriever({
      queue: createJobQueue({ concurrency: 1, capacity: 1 }),
      log: silentLogger,
      reranking: await ready(),
    });
    retriever.serve({ search, embedder: byWords ? undefined : embedder, sample: false });
    const answer = await retriever.ask('how?', { sees: 'all' });
    return { answer, requests, status: retriever.status() };
  };

  it('shows the first of what was read again, keeps the rest for later pages, and scores as before', async () => {
    const { answer, requests, status } = await asked('precedent');
    expect(requests).toMatchObject([{ limit: RERANKED, depth: 50 }]);
    expect(answer.hits.map(({ key, score, because }) => [key, score, because])).toEqual(
      [0, 19, 1, 18, 2].map((row) => [`key-${row}`, 30 - row, row > 9 ? READS_BETTER : undefined]),
    );
    expect(answer.more).toBe(true);
    expect(answer.ranking).toHaveLength(50);
    expect(
      keysOf(answer)
        .slice(0, RERANKED)
        .toSorted((a, b) => a - b),
    ).toEqual([...Array(RERANKED).keys()]);
    expect(keysOf(answer)[RERANKED]).toBe(RERANKED);
    expect(status.reranking).toMatchObject({ model: 'example/cross-encoder', reason: undefined });
  });

  it('is the same as without under the seed, and by words', async () => {
    for (const { answer, requests } of [await asked('seed'), await asked('precedent', { byWords: true })]) {
      expect(requests).toMatchObject([{ limit: 5 }]);
      expect(answer.hits.map(({ key }) => key)).toEqual([0, 1, 2, 3, 4].map((row) => `key-${row}`));
    }
  });
});
