import { rm } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { CommentStore, FeedChanges, FeedComment, FeedIssue } from '../../src/corpus/store.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { embedChanges, updateIndex } from '../../src/retrieval/indexer.ts';
import { type OpenedSearcher, openSearcher } from '../../src/retrieval/open-searcher.ts';
import type { RecipeName } from '../../src/retrieval/recipes.ts';
import { type SearchResult, searchComments } from '../../src/retrieval/searcher.ts';
import { copyDatabase } from '../../src/sqlite.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { temporaryFolder } from '../fakes/issues.ts';

const SPEC = 'github:example/project';
const WORDS = ['cache', 'tokenizer', 'offline', 'dataset', 'index', 'memory', 'proxy', 'certificate', 'shard'];
const QUESTIONS = ['tokenizer offline', 'the cache of a dataset and an unheard word', 'memory', 'title5 certificate'];

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** Vectors whose products are no whole numbers: another order of the same sums would show. */
function uneven(): Embedder {
  const embedder = fakeEmbedder({ dimensions: 37 });
  return {
    ...embedder,
    async embed(texts, options) {
      const vectors = await embedder.embed(texts, options);
      return vectors.map((value, place) => value * (0.37 + Math.sqrt(place % 37)));
    },
  };
}

const embedder = uneven();

type Change =
  | { readonly kind: 'comment'; readonly key: number; readonly issue: number; readonly words: readonly string[] }
  | { readonly kind: 'title'; readonly issue: number; readonly words: readonly string[] }
  | { readonly kind: 'remove'; readonly key: number }
  | { readonly kind: 'remove issue'; readonly issue: number }
  | { readonly kind: 'remove author'; readonly author: number }
  | { readonly kind: 'restart' | 'compact' };

const issueNumber = fc.integer({ min: 1, max: 6 });
const key = fc.integer({ min: 1, max: 40 });
const words = fc.array(fc.constantFrom(...WORDS), { minLength: 0, maxLength: 8 });
const aChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('comment' as const), key, issue: issueNumber, words }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('title' as const), issue: issueNumber, words }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove issue' as const), issue: issueNumber }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('remove author' as const), author: fc.integer({ min: 0, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'compact' as const) }) },
);

let clock = 0;
const now = () => new Date(Date.UTC(2026, 0, 1) + 1000 * clock++).toISOString();
const anIssue = (number: number, title: readonly string[] = []): FeedIssue => ({
  number,
  url: `https://github.com/example/project/issues/${number}`,
  title: `title${number} ${title.join(' ')}`,
  body: 'The body of all of them',
  state: 'open',
  stateReason: undefined,
  labels: [],
  updatedAt: now(),
});
const aComment = (id: number, issue: number, text: readonly string[]): FeedComment => ({
  key: String(id),
  issueNumber: issue,
  text: text.join(' '),
  url: `https://github.com/example/project/issues/${issue}#issuecomment-${id}`,
  author: `author${id % 10}`,
  authorAssociation: 'NONE',
  reactions: 0,
  createdAt: now(),
  updatedAt: now(),
});

function changesOf(change: Change): Omit<FeedChanges, 'sweep'> | undefined {
  if (change.kind === 'comment') return { comments: [aComment(change.key, change.issue, change.words)] };
  if (change.kind === 'title') return { issues: [anIssue(change.issue, change.words)] };
  if (change.kind === 'remove') return { removedComments: [String(change.key)] };
  if (change.kind === 'remove issue') return { removedIssues: [change.issue] };
  return undefined;
}

type Followed = {
  readonly store: CommentStore;
  readonly opened: () => OpenedSearcher;
  apply(change: Change): Promise<void>;
  close(): Promise<void>;
};

let numbers = 0;

/** A corpus of 30 comments on six issues with its index, open for questions. */
async function followed(recipe: RecipeName): Promise<Followed & { readonly directory: string }> {
  const directory = path.join(folder, `${numbers++}`);
  const storeFile = path.join(directory, 'corpus.sqlite');
  const store = await openSqliteStore(storeFile);
  const feed = await store.follow(SPEC);
  const apply = (changes: Omit<FeedChanges, 'sweep'>) => feed.apply({ ...changes, sweep: 1 });
  await apply({
    issues: [1, 2, 3, 4, 5, 6].map((number) => anIssue(number)),
    comments: Array.from({ length: 30 }, (_, place) =>
      aComment(place + 1, 1 + (place % 6), [WORDS[place % 9] as string, WORDS[(place * 5) % 7] as string]),
    ),
  });
  await feed.publish();
  const options = { store, directory, recipe, log: silentLogger, embedder };
  const open = () => openSearcher({ storeFile, directory, vectorIndex: 'faiss', useVectors: true, recipe });
  await updateIndex(options);
  let opened = await open();
  const reopen = async () => {
    const before = opened;
    opened = await open();
    await before.close();
  };
  return {
    directory,
    store,
    opened: () => opened,
    async apply(change) {
      const changes = changesOf(change);
      if (changes) await apply(changes);
      if (change.kind === 'remove author') await store.removeAuthors([`author${change.author}`]);
      if (change.kind === 'compact') await updateIndex(options);
      if (change.kind === 'compact' || change.kind === 'restart') return reopen();
      await embedChanges(options);
      expect(await opened.catching.catchUp()).toBe(true);
    },
    async close() {
      await opened.close();
      await feed.release();
      await store.close();
    },
  };
}

async function answersOf({ searcher }: OpenedSearcher): Promise<readonly SearchResult[]> {
  const vectors = await embedder.embed(QUESTIONS);
  const results: SearchResult[] = [];
  for (const [place, text] of QUESTIONS.entries()) {
    const vector = vectors.slice(37 * place, 37 * (place + 1));
    results.push(await searchComments(searcher, { text, vector, limit: 5 }));
    results.push(await searchComments(searcher, { text, limit: 5 }));
    results.push(await searchComments(searcher, { text, vector, limit: 5, filter: { author: 'author3' } }));
  }
  return results;
}

/** Of the same store, with an index that was made just now. */
async function freshAnswers(directory: string, recipe: RecipeName): Promise<readonly SearchResult[]> {
  const copy = path.join(folder, `${numbers++}`);
  const storeFile = path.join(copy, 'corpus.sqlite');
  await (await openSqliteStore(storeFile)).close();
  await rm(storeFile);
  await copyDatabase(path.join(directory, 'corpus.sqlite'), storeFile, { what: 'the corpus' });
  const store = await openSqliteStore(storeFile);
  await updateIndex({ store, directory: copy, recipe, log: silentLogger, embedder });
  const opened = await openSearcher({ storeFile, directory: copy, vectorIndex: 'faiss', useVectors: true, recipe });
  const answers = await answersOf(opened);
  await opened.close();
  await store.close();
  return answers;
}

describe('an index that follows its corpus', () => {
  it.each(['seed', 'precedent'] as const)(
    'of recipe %s answers as one that was made anew: the same hits, scores and order',
    async (recipe) => {
      await fc.assert(
        fc.asyncProperty(fc.array(aChange, { minLength: 4, maxLength: 20 }), async (changes) => {
          const corpus = await followed(recipe);
          try {
            for (const change of changes) await corpus.apply(change);
            expect(await answersOf(corpus.opened())).toEqual(await freshAnswers(corpus.directory, recipe));
          } finally {
            await corpus.close();
          }
        }),
        { numRuns: 5 },
      );
    },
  );

  it('is known to lag where what changed cannot be told row by row, also when it is opened after that', async () => {
    const { store, opened, apply, close } = await followed('seed');
    const lags = () => opened().searcher.lags();
    expect(await lags()).toBe(false);
    const run = await store.beginRun('a.jsonl', 'a fingerprint');
    await run.publish();
    await run.release();
    expect(await lags()).toBe(true);
    await apply({ kind: 'restart' });
    expect(await lags()).toBe(true);
    await apply({ kind: 'compact' });
    expect(await lags()).toBe(false);
    await close();
  });
});
