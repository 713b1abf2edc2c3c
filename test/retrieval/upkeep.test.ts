import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '../../src/corpus/files.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { CommentStore } from '../../src/corpus/store.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import type { ModelOpener } from '../../src/embedding/open-model.ts';
import { OperatorError } from '../../src/errors.ts';
import { createJobQueue } from '../../src/limits.ts';
import { createLogger, silentLogger } from '../../src/log.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { readIndex, readManifest } from '../../src/retrieval/index-files.ts';
import { createIndexThread } from '../../src/retrieval/index-thread.ts';
import { indexSource, removeSource } from '../../src/retrieval/indexer.ts';
import type { IndexMetric } from '../../src/retrieval/manifest.ts';
import { createRetriever, type RetrieverControls } from '../../src/retrieval/retriever.ts';
import { createUpkeep } from '../../src/retrieval/upkeep.ts';
import type { UpkeepOptions } from '../../src/retrieval/upkeep-options.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { type IssueOptions, issues, temporaryFolder, until, writeRows } from '../fakes/issues.ts';
import { portable } from '../fakes/portable-embedder.ts';

let folder: string;
let store: CommentStore;
/** What the indexing of the bot embedded. */
let embedded: string[];
let opened: { close(): Promise<void> }[];

beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openSqliteStore(path.join(folder, 'corpus.sqlite'));
  embedded = [];
  opened = [store];
});

afterEach(async () => {
  for (const part of opened.reverse()) await part.close();
  await rm(folder, { recursive: true });
});

const noFollowing = {
  github: { apiUrl: 'http://127.0.0.1:9' },
  rules: { dropBots: false, syncEveryMs: 60_000, sweepEveryMs: 3_600_000 },
  excludeAuthors: [],
};
const noHub = { endpoint: 'http://127.0.0.1:9', cacheDir: '/nowhere', tries: 1 };
/** One comment has the first of its rare words, a third of all has the other. */
const QUESTION = 'How does comment3x0 of group0 work here?';
/** Sharp enough to rank a comment first that shares the question's words. */
const dimensions = 64;

const model = (name = 'example/model', more: Partial<Parameters<typeof fakeEmbedder>[0]> = {}) =>
  fakeEmbedder({
    dimensions,
    identity: { model: name, revision: 'one' },
    // Documents; titles alone are embedded to measure how sure hits are.
    beforeEmbed: (texts, { priority }) =>
      void (priority === 'indexing' && embedded.push(...texts.filter((text) => text.includes('\n')))),
    ...more,
  });

const opener =
  (...models: readonly Embedder[]): ModelOpener =>
  async ({ model: name }) => {
    const found = models.find(({ identity }) => identity.model === name);
    return found && portable(found);
  };

type Serving = {
  readonly retriever: RetrieverControls;
  readonly logged: string[];
  ask(question: string): Promise<Answer>;
};

/** What keeps a running bot's index; and the retriever that it serves. */
async function start(options: Partial<UpkeepOptions> = {}): Promise<Serving> {
  const logged: string[] = [];
  const log = createLogger({ level: 'debug', write: (line) => void logged.push(line) });
  const retriever = createRetriever({ queue: createJobQueue({ concurrency: 4, capacity: 50 }), log });
  const upkeep = createUpkeep({
    retriever,
    store,
    storeFile: path.join(folder, 'corpus.sqlite'),
    directory: folder,
    vectorIndex: 'faiss',
    recipe: 'seed',
    model: { model: 'example/model', revision: 'one', precision: 'auto' },
    openModel: opener(model()),
    sources: [],
    defaultSource: path.join(folder, 'default.jsonl'),
    hub: noHub,
    follow: noFollowing,
    log,
    ...options,
    timing: { pollMs: 20, sampleAfterMs: 60_000, retryMs: [50], ...options.timing },
  });
  opened.push(upkeep);
  await upkeep.start();
  return { retriever, logged, ask: (question) => retriever.ask(question, { sees: 'all' }) };
}

async function source(name: string, count: number, more: IssueOptions = {}) {
  const file = path.join(folder, name);
  await writeRows(file, issues(count, { topic: path.parse(name).name, ...more }));
  return filesSource(file, [file], folder);
}

/** What `npm run index` does in another process. */
async function indexElsewhere(
  name: string,
  count: number,
  { embedder = model(), metric, ...more }: IssueOptions & { embedder?: Embedder; metric?: IndexMetric } = {},
): Promise<void> {
  const other = await openSqliteStore(path.join(folder, 'corpus.sqlite'), { runName: 'npm run index' });
  try {
    const options = { store: other, directory: folder, recipe: 'seed' as const, log: silentLogger, embedder, metric };
    await indexSource(await source(name, count, more), options);
  } finally {
    await other.close();
  }
  embedded.length = 0;
}

const semantic = ({ retriever }: Serving) => until(() => retriever.status().mode === 'semantic', 'search by meaning');
const topicsOf = ({ hits }: Answer) => [...new Set(hits.map(({ title }) => /about (\w+)/.exec(title)?.[1]))];

describe('the upkeep of a running bot', () => {
  it('reads the default source into an empty corpus, indexes it, and answers by meaning', async () => {
    await source('default.jsonl', 30);
    const bot = await start();
    expect(bot.retriever.status()).toMatchObject({ serving: false, mode: 'keyword' });
    await semantic(bot);
    const answer = await bot.ask('What does comment7x1 say?');
    expect(answer.hits[0]?.comment).toContain('comment7x1');
    expect(answer).toMatchObject({ notes: [], metric: 'ip', model: 'example/model' });
    const serves = bot.logged.filter((line) => line.includes('an index by meaning serves'));
    expect(serves).toEqual([expect.stringMatching(/INFO .*model=example\/model precision=\S+ device=\S+ comments=60/)]);
    expect(embedded).toHaveLength(60);
  });

  it('measures how sure hits are after an index is served, and marks those that are', async () => {
    await source('default.jsonl', 30);
    const bot = await start();
    await semantic(bot);
    const [hit] = (await bot.ask('What does comment7x1 say?')).hits;
    const whole = `${hit?.title} ${hit?.comment}`;
    await until(async () => (await bot.ask(whole)).band === 'strong', 'a strong hit');
    expect((await bot.ask('something else entirely')).band).toBeUndefined();
    expect((await readManifest(folder))?.strongAbove).toBeGreaterThan(0);
    const { createdAt } = (await readManifest(folder)) ?? {};
    expect(bot.retriever.status().indexedAt).toBe(createdAt);
  });

  it('reads each named source even while another one cannot be read', async () => {
    const a = await source('a.jsonl', 5);
    const unusable = await writeRows(path.join(folder, 'later.jsonl'), []);
    const bot = await start({ sources: [unusable, a.spec] });
    await semantic(bot);
    expect(topicsOf(await bot.ask('a'))).toEqual(['a']);
    expect(bot.logged.join('\n')).toContain(`${unusable} could not be read; trying again`);
    await source('later.jsonl', 5);
    await until(() => bot.retriever.status().rows === 20, 'the other source');
  });

  it('keeps trying for a model that cannot be had, and says so until it is there', async () => {
    await source('default.jsonl', 5);
    let there = false;
    const openModel: ModelOpener = async (request, { fetch, signal }) => {
      if (!fetch) return undefined;
      if (!there) throw new Error('no network');
      return opener(model())(request, { fetch, signal });
    };
    const bot = await start({ openModel });
    await until(async () => (await bot.ask(QUESTION)).hits.length > 0, 'an answer');
    await until(() => bot.logged.some((line) => line.includes('the model could not be had; trying again')));
    expect((await bot.ask(QUESTION)).notes).toEqual([
      'Keyword search: the model could not be had yet; the log says why.',
    ]);
    expect(bot.retriever.status().awaitsModel).toBe(true);
    there = true;
    await semantic(bot);
    expect(bot.retriever.status().awaitsModel).toBe(false);
  });

  it('says once why a model cannot be had that only the operator can mend', async () => {
    await source('default.jsonl', 5);
    const openModel = async () => Promise.reject(new OperatorError('MODEL: there is no folder /nowhere.'));
    const bot = await start({ openModel, timing: { retryMs: [1, 30] } });
    await until(() => bot.retriever.status().awaitsModel && bot.retriever.status().serving, 'an answer by keyword');
    await sleep(100);
    const said = bot.logged.filter((line) => line.includes('there is no folder') && !line.includes('DEBUG'));
    expect(said).toEqual([expect.stringContaining('the model could not be had; trying again in 0 s: MODEL:')]);
  });

  it('makes a missing index from the store, without embedding anything', async () => {
    await indexElsewhere('a.jsonl', 20);
    await rm(path.join(folder, 'index.json'));
    const bot = await start();
    await semantic(bot);
    expect(embedded).toEqual([]);
    expect((await bot.ask(QUESTION)).hits).toHaveLength(5);
  });

  it.each([
    ['vectors that are cut short', (file: string) => truncate(file, 100), /\.faiss$/],
    ['rows that changed', (file: string) => writeFile(file, 'something else'), /\.rows$/],
    ['a garbage index.json', (file: string) => writeFile(file, 'garbage'), /^index\.json$/],
  ])('makes an index with %s again from the store', async (_what, damage, name) => {
    await indexElsewhere('a.jsonl', 20, { metric: 'l2' });
    const file = (await readdir(folder)).find((candidate) => name.test(candidate)) ?? '';
    await damage(path.join(folder, file));
    const bot = await start();
    expect((await bot.ask(QUESTION)).hits).toHaveLength(5);
    await semantic(bot);
    expect(embedded).toEqual([]);
    expect(bot.logged.join('\n')).toMatch(/ERROR .*is damaged: .* It is made again from the store\./);
    // Only index.json knows the metric.
    expect(bot.retriever.status().metric).toBe(file === 'index.json' ? 'ip' : 'l2');
  });

  it('does not start on an index of a newer version', async () => {
    await indexElsewhere('a.jsonl', 2);
    const file = path.join(folder, 'index.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), format: 99 }));
    await expect(start()).rejects.toThrow(/has format 99, but this Precedent knows formats up to/);
  });

  it('serves an index of the same revision in another precision, with a line in the log', async () => {
    await indexElsewhere('a.jsonl', 5, {
      embedder: model('example/model', { identity: { model: 'example/model', revision: 'one', precision: 'fp16' } }),
    });
    const bot = await start();
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic', notes: [] });
    expect(bot.logged.join('\n')).toContain('the index was made in fp16; questions are embedded in fp32');
    await sleep(100);
    expect(embedded).toEqual([]);
  });
});

describe('an index of another document layout', () => {
  it('answers until the one of the recipe’s own is made', async () => {
    await indexElsewhere('a.jsonl', 20);
    const file = path.join(folder, 'index.json');
    const { layout: _seed, ...manifest } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...manifest, recipe: 'precedent' }));
    const bot = await start({ recipe: 'precedent' });
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic' });
    await until(async () => JSON.parse(await readFile(file, 'utf8')).layout === 'short-body', 'the new index');
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic' });
  });
});

describe('an index of another model', () => {
  const old = () => model('example/old', { dimensions: 48, identity: { model: 'example/old', revision: 'zero' } });

  it('goes on answering with its own model while the new one is made, and is then replaced', async () => {
    await indexElsewhere('a.jsonl', 20, { embedder: old() });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const held = model('example/model', {
      beforeEmbed: (_texts, { priority }) => (priority === 'indexing' ? gate : undefined),
    });
    const bot = await start({ openModel: opener(held, old()) });
    await until(() => bot.retriever.status().progress !== undefined, 'indexing to begin');
    const answer = await bot.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'semantic', model: 'example/old' });
    expect(answer.hits[0]?.comment).toContain('comment3x0');
    expect(answer.notes).toEqual(['Indexing, 0 %.']);
    expect(bot.logged.join('\n')).toContain(
      'answering from the index of example/old until the one of example/model is made',
    );
    open();
    await until(() => bot.retriever.status().model === 'example/model', 'the new index');
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic', model: 'example/model', notes: [] });
  });

  it('answers what was asked of its own model by meaning, also when the new index takes over meanwhile', async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = model('example/old', {
      identity: { model: 'example/old', revision: 'zero' },
      async beforeEmbed(_texts, { priority }) {
        if (priority !== 'question') return;
        asked();
        await gate;
      },
    });
    await indexElsewhere('a.jsonl', 5, { embedder: slow });
    const bot = await start({ openModel: opener(model(), slow) });
    const answer = bot.ask(QUESTION);
    await isAsked;
    await until(() => bot.retriever.status().model === 'example/model', 'the new index');
    expect(slow.closed).toBe(false);
    open();
    expect(await answer).toMatchObject({ mode: 'semantic', model: 'example/old', hits: { length: 5 } });
    await until(() => slow.closed, 'the old model to be closed');
  });

  it('names the precisions where only they differ', async () => {
    const identity = { model: 'example/model', revision: 'one', precision: 'int8' } as const;
    const small = model('example/model', { identity });
    await indexElsewhere('a.jsonl', 5, { embedder: small });
    const wanted = { model: 'example/model', revision: 'one', precision: 'fp32' } as const;
    const openModel: ModelOpener = async ({ precision }) => (precision === 'int8' ? portable(small) : undefined);
    const bot = await start({ openModel, model: wanted });
    expect(bot.retriever.status()).toMatchObject({ mode: 'semantic', precision: 'int8', awaitsModel: false });
    expect(bot.logged.join('\n')).toContain(
      'answering from the index of example/model in int8 until the one of example/model in fp32 is made',
    );
  });

  it('is answered by keyword, saying so, where its model is gone', async () => {
    await indexElsewhere('a.jsonl', 20, { embedder: old() });
    const held = model('example/model', {
      beforeEmbed: (_texts, { priority, signal }) =>
        priority === 'indexing' ? sleep(60_000, undefined, { signal, ref: false }) : undefined,
    });
    const bot = await start({ openModel: opener(held) });
    await until(() => bot.retriever.status().progress !== undefined, 'indexing to begin');
    const answer = await bot.ask(QUESTION);
    expect(answer.mode).toBe('keyword');
    expect(answer.hits[0]?.comment).toContain('comment3x0');
    expect(answer.notes).toEqual(['Keyword search: the index by meaning is being made.', 'Indexing, 0 %.']);
  });
});

describe('a model that stands in', () => {
  const box = (more: Partial<Parameters<typeof fakeEmbedder>[0]> = {}) => model('box', { dimensions: 48, ...more });
  const standIn = { model: 'box', revision: 'one', precision: 'auto' } as const;

  /** The configured model can be had once `arrive` was called: fetched, or found because another process fetched it. */
  function arriving(stand = box()) {
    let there = false;
    const openModel: ModelOpener = async (request, options) => {
      if (request.model === 'example/model' && !there) {
        if (options.fetch) throw new Error('no network');
        return undefined;
      }
      return opener(model(), stand)(request, options);
    };
    return {
      openModel,
      arrive() {
        there = true;
      },
    };
  }

  it('answers by meaning until the configured one is there, saying so, and gives way to it without a restart', async () => {
    await source('default.jsonl', 20);
    const { openModel, arrive } = arriving();
    const bot = await start({ openModel, standIn });
    await semantic(bot);
    const answer = await bot.ask(QUESTION);
    expect(answer).toMatchObject({ mode: 'semantic', model: 'box' });
    expect(answer.hits[0]?.comment).toContain('comment3x0');
    expect(answer.notes.join(' ')).toMatch(/^The small model in the box answered: the model (is being|could not)/);
    arrive();
    const answers: Answer[] = [];
    await until(async () => {
      answers.push(await bot.ask(QUESTION));
      return answers.at(-1)?.model === 'example/model';
    }, 'the configured model');
    expect(answers.every(({ mode, hits }) => mode === 'semantic' && hits.length === 5)).toBe(true);
    expect(answers.at(-1)?.notes).toEqual([]);
  });

  it('goes on with the index that it made before, also for comments that come in later', async () => {
    await indexElsewhere('a.jsonl', 10, { embedder: box() });
    const bot = await start({ openModel: arriving().openModel, standIn });
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic', model: 'box' });
    await indexElsewhere('b.jsonl', 10, { embedder: box() });
    await until(async () => topicsOf(await bot.ask('What is this question about b?')).includes('b'));
    expect((await bot.ask(QUESTION)).notes.join(' ')).toContain('The small model in the box answered:');
  });

  it('ends the index that it is making before the configured one begins', async () => {
    await source('default.jsonl', 20);
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = box({ beforeEmbed: (_texts, { priority }) => (priority === 'indexing' ? gate : undefined) });
    const { openModel, arrive } = arriving(slow);
    const bot = await start({ openModel, standIn });
    await until(() => bot.retriever.status().progress !== undefined, 'indexing to begin');
    arrive();
    await sleep(150);
    expect(bot.retriever.status().model).toBeNull();
    open();
    await until(() => bot.retriever.status().model === 'example/model', 'the configured model');
    expect(bot.logged.join('\n')).not.toContain('the index could not be made');
  });

  it('leaves an index of another model that still serves alone', async () => {
    const old = () => model('example/old', { identity: { model: 'example/old', revision: 'zero' } });
    await indexElsewhere('a.jsonl', 10, { embedder: old() });
    const openModel: ModelOpener = async (request, options) => {
      if (request.model === 'example/model') throw new Error('no network');
      return opener(old(), box())(request, options);
    };
    const bot = await start({ openModel, standIn });
    await sleep(150);
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic', model: 'example/old' });
    expect(embedded).toEqual([]);
  });
});

describe('beside another process that indexes', () => {
  /** Asks without a pause while the work goes on and for a while after it. */
  async function askingDuring(bot: Serving, work: () => Promise<void>): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    let over = false;
    const asking = (async () => {
      while (!over) answers.push(await bot.ask(QUESTION));
    })();
    await work();
    over = true;
    await asking;
    return answers;
  }

  it('answers from the old rows until the new index is there, and from that by itself, never without hits', async () => {
    await indexElsewhere('a.jsonl', 30, { topic: 'old' });
    const bot = await start();
    await semantic(bot);
    for (const topic of ['new', 'newer', 'newest']) {
      const answers = await askingDuring(bot, async () => {
        await indexElsewhere('a.jsonl', 30, { topic });
        await until(async () => topicsOf(await bot.ask(QUESTION))[0] === topic, 'the new rows');
      });
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.filter(({ hits }) => hits.length < 5)).toEqual([]);
      // All of one state: never some comments of the old rows and some of the new.
      for (const answer of answers) expect(topicsOf(answer)).toHaveLength(1);
    }
    await until(() => bot.retriever.status().mode === 'semantic');
    expect(embedded).toEqual([]);
  });

  it('picks up a second source, whose rows are found by meaning once they are indexed', async () => {
    await indexElsewhere('a.jsonl', 10);
    const bot = await start();
    await semantic(bot);
    const answers = await askingDuring(bot, async () => {
      await indexElsewhere('b.jsonl', 10);
      await until(() => bot.retriever.status().rows === 40, 'the rows of both');
    });
    expect(answers.filter(({ hits }) => hits.length < 5)).toEqual([]);
    await until(async () => topicsOf(await bot.ask('What is this question about b?')).includes('b'));
  });

  it('follows what changes row by row without making the index again, until nothing has changed for a while', async () => {
    const feed = await store.follow('github:example/project');
    opened.push({ close: () => feed.release() });
    const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
    const of = (number: number, text: string, second: number) => ({
      comments: [
        {
          key: `${number}`,
          issueNumber: 1,
          text: `Here is what ${text} is for, in a few words more than fifteen so that it is long enough.`,
          url: `https://github.com/example/project/issues/1#issuecomment-${number}`,
          author: 'somebody',
          authorAssociation: 'NONE',
          reactions: 0,
          createdAt: at(0),
          updatedAt: at(second),
        },
      ],
      sweep: 1,
    });
    const issue = { number: 1, url: 'https://github.com/example/project/issues/1', title: 'About it', body: 'How?' };
    const more = { state: 'open', stateReason: undefined, labels: [], updatedAt: at(0) };
    await feed.apply({ issues: [{ ...issue, ...more }], ...of(1, 'alpha', 0) });
    await feed.publish();
    await indexElsewhere('a.jsonl', 10);
    const made = await readManifest(folder);
    const bot = await start();
    await semantic(bot);
    const best = async (question: string) => (await bot.ask(question)).hits[0]?.comment ?? '';
    await feed.apply(of(2, 'bravo', 0));
    await until(async () => (await best('bravo')).includes('what bravo'), 'the new comment, by meaning');
    expect(embedded).toHaveLength(1);
    await feed.apply(of(2, 'charlie', 1));
    await until(async () => (await best('charlie')).includes('what charlie'), 'its new words');
    await until(() => embedded.length === 2, 'their vector');
    await feed.apply({ removedComments: ['1'], sweep: 1 });
    expect((await bot.ask('alpha')).hits.filter(({ comment }) => comment.includes('alpha'))).toEqual([]);
    await until(() => bot.retriever.status().rows === 21, 'the status');
    expect((await readManifest(folder))?.createdAt).toBe(made?.createdAt);
    await start({ timing: { quietMs: 1 } });
    await until(async () => (await readManifest(folder))?.createdAt !== made?.createdAt, 'an index of them all');
    expect((await readIndex(folder))?.rows.at(-1)).toBe((await store.byKey(['2']))[0]?.row);
    expect(await best('charlie')).toContain('what charlie');
    expect(embedded).toHaveLength(2);
  });

  it('forgets a source that is removed, and never answers without hits', async () => {
    await indexElsewhere('a.jsonl', 10);
    await indexElsewhere('b.jsonl', 10);
    const bot = await start();
    await semantic(bot);
    const answers = await askingDuring(bot, async () => {
      await removeSource(path.join(folder, 'b.jsonl'), { store, directory: folder, recipe: 'seed', log: silentLogger });
      await until(() => bot.retriever.status().rows === 20, 'the rest');
    });
    expect(answers.filter(({ hits }) => hits.length < 5)).toEqual([]);
    expect(topicsOf(await bot.ask('What is this question about b?'))).toEqual(['a']);
  });

  it('makes the index that a killed run left behind the corpus', async () => {
    await indexElsewhere('a.jsonl', 10, { topic: 'old' });
    const bot = await start();
    await semantic(bot);
    // The rows were published, and the process died before the index was in place.
    const run = await store.beginRun(path.join(folder, 'a.jsonl'), 'another');
    const rows = issues(10, { topic: 'new' });
    await run.append(
      rows.map(({ html_url: url, is_pull_request: isPullRequest, comments, ...row }) => ({
        ...row,
        url,
        isPullRequest,
        body: row.body ?? '',
        comments: comments.map((text) => ({ text })),
      })),
      null,
      0,
    );
    await run.publish();
    const answer = await bot.ask(QUESTION);
    expect(answer.hits).toHaveLength(5);
    expect(topicsOf(answer)).toEqual(['new']);
    await until(() => bot.retriever.status().mode === 'semantic' && bot.retriever.status().progress === undefined);
    await run.release();
    expect(await bot.ask(QUESTION)).toMatchObject({ mode: 'semantic' });
  });
});

describe('the thread for indexing', () => {
  it('starts anew after it failed', async () => {
    const storeFile = path.join(folder, 'other.sqlite');
    // Something that is no database.
    await mkdir(storeFile);
    const a = await source('a.jsonl', 3);
    const thread = createIndexThread({
      data: { hub: noHub, follow: noFollowing, recipe: 'seed', storeFile, directory: folder },
      log: silentLogger,
      onProgress() {},
    });
    opened.push(thread);
    const { signal } = new AbortController();
    await expect(thread.call('load', { spec: a.spec }, signal)).rejects.toThrow();
    await rm(storeFile, { recursive: true });
    await until(() =>
      thread.call('load', { spec: a.spec }, signal).then(
        () => true,
        () => false,
      ),
    );
    const other = await openSqliteStore(storeFile);
    opened.push(other);
    expect(await other.count()).toBe(6);
  });
});
