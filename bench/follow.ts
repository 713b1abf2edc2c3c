// How soon a comment that comes or goes shows in answers, beside what making the index again takes; and questions that
// few comments pass the filter of; and from a webhook to the answer. Vectors are made up. Takes the sizes as arguments:
//   npx tsx bench/follow.ts [SIZE…]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CommentFilter } from '../src/corpus/comment-filter.ts';
import { createFollower } from '../src/corpus/follower.ts';
import { openDeliveries } from '../src/corpus/sqlite-deliveries.ts';
import { openSqliteStore } from '../src/corpus/sqlite-store.ts';
import type { CommentStore, FeedComment, FeedIssue, SourceFeed } from '../src/corpus/store.ts';
import type { SyncState } from '../src/corpus/sync-state.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import { createRandom } from '../src/evaluation/random.ts';
import { createGithub } from '../src/github/client.ts';
import { type Delivery, serveWebhooks } from '../src/github/webhooks.ts';
import { silentLogger as log } from '../src/log.ts';
import { embedChanges, updateIndex } from '../src/retrieval/indexer.ts';
import { type Search, startSearch } from '../src/retrieval/search.ts';
import { openPublicListener } from '../src/web/public-listener.ts';
import { FakeGitHub } from '../test/fakes/github-server.ts';
import { describeMachine, type Row, report, round, timeInTurns, timeOnce } from './harness.ts';
import { madeUpIdentity } from './local-models.ts';

const SPEC = 'github:example/project';
const DIMENSIONS = 768;
const ROUNDS = 20;
const COMMENTS_OF_AN_ISSUE = 5;
const AT = '2026-01-01T00:00:00Z';
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [5_000, 150_000];
if (sizes.some((size) => !Number.isSafeInteger(size) || size < 1000))
  throw new Error('sizes are whole numbers from 1000');

const machine = describeMachine();
const rows: Row[] = [];
for (const size of sizes) rows.push(await measure(size));
report('follow', rows, machine);

async function measure(size: number): Promise<Row> {
  const directory = await mkdtemp(path.join(tmpdir(), 'precedent-bench-'));
  const storeFile = path.join(directory, 'corpus.sqlite');
  const store = await openSqliteStore(storeFile);
  const options = { store, directory, recipe: 'precedent' as const, log, embedder: madeUpEmbedder() };
  const open = async () => {
    const search = await startSearch({
      storeFile,
      directory,
      vectorIndex: 'faiss',
      useVectors: true,
      recipe: 'precedent',
    });
    await search.keywordsReady();
    return search;
  };
  try {
    const feed = await fill(store, size);
    await updateIndex(options);
    const [search, rebuildMs] = await timeOnce(async () => {
      await updateIndex(options);
      return open();
    });
    const times = await timeInTurns(
      {
        insert: (round) => insert(feed, options, search, { number: size + round, size }),
        remove: (round) => remove(feed, search, size + round),
      },
      { rounds: ROUNDS },
    );
    const questions = await questionTimes(search);
    // As large as it grows before the index is made again.
    const late = Math.min(2_000, Math.max(200, round(size / 20, 0)));
    await feed.apply({ comments: numbered(2 * size, late, size), sweep: 1 });
    await embedChanges(options);
    const [, lateMs] = await timeOnce(() => search.catchUp());
    const lateQuestions = await questionTimes(search);
    await feed.release();
    const heard = await hear(options, search, storeFile);
    await search.close();
    return {
      comments: size,
      'rebuild ms': rebuildMs,
      'insert p50': times.insert.p50Ms,
      'insert p99': times.insert.p99Ms,
      'delete p50': times.remove.p50Ms,
      'delete p99': times.remove.p99Ms,
      'insert : rebuild': round(times.insert.p50Ms / rebuildMs, 4),
      'delete : rebuild': round(times.remove.p50Ms / rebuildMs, 4),
      'question p50': questions.all.p50Ms,
      '50 % pass (state) p50': questions.half.p50Ms,
      '33 % pass (label) p50': questions.third.p50Ms,
      '1 % pass p50': questions.percent.p50Ms,
      '0.1 % pass p50': questions.perMille.p50Ms,
      'webhook to answer p50': heard.came.p50Ms,
      'webhook to deletion p50': heard.went.p50Ms,
      'late rows': late,
      'take in ms': lateMs,
      'question p50 with them': lateQuestions.all.p50Ms,
    };
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Until the new comment is the first hit. */
async function insert(
  feed: SourceFeed,
  options: Parameters<typeof embedChanges>[0],
  search: Search,
  { number, size }: { readonly number: number; readonly size: number },
): Promise<void> {
  await feed.apply({ comments: numbered(number, 1, size), sweep: 1 });
  await embedChanges(options);
  if ((await bestKey(search, number)) !== `${number}`) throw new Error(`comment ${number} came and is not found`);
}

/** Until it is none any more. */
async function remove(feed: SourceFeed, search: Search, number: number): Promise<void> {
  await feed.apply({ removedComments: [`${number}`], sweep: 1 });
  if ((await bestKey(search, number)) === `${number}`) throw new Error(`comment ${number} went and is found`);
}

async function bestKey(search: Search, number: number): Promise<string | undefined> {
  const { comments } = await search.search({ vector: vectorOf(number), text: `token${number}`, limit: 5 });
  return comments[0]?.comment.key;
}

async function questionTimes(search: Search) {
  const ask = (filter?: CommentFilter) => async (turn: number) => {
    const request = { vector: vectorOf(1e9 + turn), text: textOf(1e9 + turn), limit: 5, filter };
    const { comments } = await search.search(request);
    if (comments.length < 5)
      throw new Error(`${comments.length} hits of ${JSON.stringify(filter ?? 'all')}, but five are there`);
  };
  return timeInTurns(
    {
      all: ask(),
      half: ask({ state: 'closed' }),
      third: ask({ labels: ['docs'] }),
      percent: ask({ author: 'one of a hundred' }),
      perMille: ask({ author: 'one of a thousand' }),
    },
    { rounds: ROUNDS },
  );
}

/** A repository that is followed. */
async function fill(store: CommentStore, size: number): Promise<SourceFeed> {
  const feed = await store.follow(SPEC);
  const page = 1000;
  for (let first = 0; first < size; first += page) {
    const comments = numbered(first, Math.min(page, size - first), size);
    const numbers = new Set(comments.map(({ issueNumber }) => issueNumber));
    await feed.apply({ issues: [...numbers].map(issueOf), comments, sweep: 1 });
  }
  await feed.apply({ sweep: 1 }, syncedState());
  await feed.publish();
  return feed;
}

/** As after a sync, so that webhooks are taken. */
function syncedState(): SyncState {
  const sweep = { number: 1, phase: 'done', since: null, startedAt: new Date().toISOString() } as const;
  return { repository: { id: 0, name: 'example/project' }, issuesSince: AT, commentsSince: AT, marks: {}, sweep };
}

/** From when something happens on GitHub until answers know of it, through a webhook; embedding costs nothing here. */
async function hear(options: Parameters<typeof embedChanges>[0], search: Search, storeFile: string) {
  const github = await FakeGitHub.start();
  const listener = await openPublicListener({ host: '127.0.0.1', port: 0, log });
  const deliveries = await openDeliveries(storeFile);
  const follower = createFollower({
    store: options.store,
    github: createGithub({ apiUrl: github.apiUrl, log }),
    rules: { dropBots: false, sweepEveryMs: 24 * 3_600_000, syncEveryMs: 300_000 },
    log,
  });
  const take = async (delivery: Delivery) => {
    const unfinished = await follower.take(delivery, [SPEC]);
    if (unfinished.length > 0) throw new Error('a webhook was not enough');
    await embedChanges(options);
  };
  const { settled } = serveWebhooks({ listener, secret: 'secret', take, deliveries, log });
  try {
    const repo = github.repo('example', 'project');
    const issue = repo.createIssue({ title: 'Question 1', body: textOf(-1) });
    const hook = repo.webhooks(`${listener.url}webhooks/github`, 'secret');
    const know = async (number: number, comment: number, there: boolean) => {
      await hook.settled();
      await settled();
      if (((await bestKey(search, number)) === `${comment}`) !== there)
        throw new Error(`comment ${number} lags behind`);
    };
    const ids = new Map<number, number>();
    const numberOf = (turn: number) => 2e9 + turn;
    return await timeInTurns(
      {
        came(turn) {
          const number = numberOf(turn);
          const id = repo.comment(issue, { body: `token${number} ${textOf(number)}` });
          ids.set(turn, id);
          return know(number, id, true);
        },
        went(turn) {
          const id = ids.get(turn) ?? 0;
          repo.deleteComment(id);
          return know(numberOf(turn), id, false);
        },
      },
      { rounds: ROUNDS },
    );
  } finally {
    await listener.close();
    await deliveries.close();
    await github.close();
  }
}

function issueOf(number: number): FeedIssue {
  return {
    number,
    url: `https://github.com/example/project/issues/${number}`,
    title: `Question ${number}`,
    body: textOf(-number),
    state: number % 2 === 0 ? 'open' : 'closed',
    stateReason: undefined,
    labels: number % 3 === 0 ? ['bug', 'docs'] : ['bug'],
    updatedAt: AT,
  };
}

/** New comments beyond those of the beginning belong to the first issues. */
function numbered(first: number, count: number, size: number): FeedComment[] {
  return Array.from({ length: count }, (_, place) => {
    const number = first + place;
    const issueNumber = 1 + Math.floor((number % size) / COMMENTS_OF_AN_ISSUE);
    return {
      key: `${number}`,
      issueNumber,
      text: `token${number} ${textOf(number)}`,
      url: `https://github.com/example/project/issues/${issueNumber}#issuecomment-${number}`,
      author: number % 1000 === 1 ? 'one of a thousand' : number % 100 === 0 ? 'one of a hundred' : 'somebody',
      authorAssociation: 'NONE',
      reactions: 0,
      createdAt: AT,
      updatedAt: AT,
    };
  });
}

/** Words as unevenly frequent as those of a language. */
function textOf(number: number): string {
  const random = createRandom(number);
  return Array.from({ length: 60 }, () => `word${Math.floor(60_000 ** random())}`).join(' ');
}

function vectorOf(number: number): Float32Array {
  const random = createRandom(number);
  return Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
}

/** Knows the vector of a comment by the first number in it. */
function madeUpEmbedder(): Embedder {
  return {
    identity: madeUpIdentity(DIMENSIONS),
    device: 'none',
    async embed(texts) {
      const vectors = new Float32Array(texts.length * DIMENSIONS);
      for (const [place, text] of texts.entries()) {
        vectors.set(vectorOf(Number(/token(\d+)/.exec(text)?.[1] ?? 0)), place * DIMENSIONS);
      }
      return vectors;
    },
    truncates: async () => false,
    async close() {},
  };
}
