import { existsSync } from 'node:fs';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { TINY_CROSS_ENCODER, tinyModel } from '../embedding/tiny-model.ts';
import { aFolder, type Environment, settings, terminal } from '../end-to-end/world.ts';
import { anIssue, issues, writeRows } from '../fakes/issues.ts';

/** A folder with 12 issues of two comments each, indexed. */
async function indexed(more: Environment = {}, ...args: readonly string[]): Promise<Environment> {
  const environment = await settings({ LOG_LEVEL: 'info', ...more });
  const rows = [
    ...issues(12),
    {
      ...anIssue(13, {
        comments: [
          '@everyone should know: with `HF_HOME` set, the cache lies where you want it, and nothing has to be fetched twice.',
        ],
      }),
      comment_meta: [
        {
          author: 'someone',
          created_at: '2021-02-03T04:05:06Z',
          html_url: 'https://github.com/example/project/issues/13#issuecomment-1',
        },
      ],
      state: 'closed',
    },
  ];
  const file = await writeRows(path.join(environment.DATA_DIR as string, 'own.jsonl'), rows);
  await terminal('index', ['--from', file, ...args], environment);
  return environment;
}

async function askJson(environment: Environment, ...args: readonly string[]) {
  const { stdout } = await terminal('ask', [...args, '--json'], environment);
  return JSON.parse(stdout) as { notes: string[]; hits: Record<string, unknown>[] } & Record<string, unknown>;
}

async function indexFile(environment: Environment, ending: string): Promise<string> {
  const folder = environment.DATA_DIR as string;
  const name = (await readdir(folder)).find((candidate) => candidate.endsWith(ending) && candidate.startsWith('index'));
  return path.join(folder, name ?? '');
}

describe('npm run ask', () => {
  it('prints comment, score, title and link of the five best, in the shape of the course', async () => {
    const { code, stdout } = await terminal('ask', ['How', 'does', 'caching', 'work?'], await indexed());
    expect(code).toBe(0);
    const labels = stdout.split('\n').map((line) => /^([A-Z]+): /.exec(line)?.[1] ?? (line.startsWith('=') ? '=' : ''));
    const shape = labels.filter((label) => label !== '' && label !== 'ABOUT');
    expect(shape).toEqual(Array.from({ length: 5 }, () => ['COMMENT', 'SCORE', 'TITLE', 'URL', '=']).flat());
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^mpnet-tiny on cpu · \d+ ms · not calibrated$/);
  });

  it('re-ranks with the cross-encoder that is set, and npm run sources says so', async () => {
    const environment = await settings();
    // No two with a word in common: what repeats another is not read again.
    const said = (number: number) => Array.from({ length: 18 }, (_, word) => `w${number}x${word}`).join(' ');
    const rows = [1, 2, 3, 4, 5, 6].map((number) => anIssue(number, { comments: [said(number)] }));
    const file = await writeRows(path.join(environment.DATA_DIR as string, 'own.jsonl'), rows);
    await terminal('index', ['--from', file], environment);
    const withReranking = { ...environment, RERANK: TINY_CROSS_ENCODER };
    const shown = async (where: Environment) =>
      (await askJson(where, 'Where is the cache?', '--top', '6')).hits.map(({ comment }) => comment as string);
    const found = await shown(environment);
    const reranked = await shown(withReranking);
    expect(reranked).not.toEqual(found);
    expect(reranked.toSorted()).toEqual(found.toSorted());
    const { stdout } = await terminal('sources', [], withReranking);
    expect(stdout).toContain('Re-ranking: bert-cross-tiny (fp32) on cpu');
  });

  it('--json has the fields of the documented object, and of each hit what is known', async () => {
    // By nothing but the score.
    const environment = await indexed({ RECIPE: 'seed' });
    const answer = await askJson(environment, 'Where is the cache?', '--top', '100');
    expect(answer).toEqual({
      question: 'Where is the cache?',
      mode: 'semantic',
      model: 'mpnet-tiny',
      device: 'cpu',
      metric: 'ip',
      tookMs: expect.any(Number),
      indexedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      band: null,
      notes: [],
      hits: expect.any(Array),
    });
    expect(answer.hits).toHaveLength(25);
    expect(answer.hits.map(({ rank }) => rank)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    const scores = answer.hits.map(({ score }) => score as number);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const known = answer.hits.find(({ issueUrl }) => issueUrl === 'https://github.com/example/project/issues/13');
    expect(known).toEqual({
      rank: expect.any(Number),
      score: expect.any(Number),
      comment: expect.stringContaining('@everyone should know'),
      title: 'A question about caching, number 13',
      issueUrl: 'https://github.com/example/project/issues/13',
      commentUrl: 'https://github.com/example/project/issues/13#issuecomment-1',
      author: 'someone',
      createdAt: '2021-02-03T04:05:06Z',
      state: 'closed',
    });
  });

  it.each([
    ['nothing', '', 'There is no question.'],
    ['white space', ' \t\n', 'There is no question.'],
    ['emoji', '🤷🏽‍♀️ 🔥', 'There are no words in that question.'],
    ['punctuation', '???', 'There are no words in that question.'],
  ])('refuses %s with one sentence', async (_what, question, message) => {
    await expect(terminal('ask', [question], await settings())).rejects.toThrow(message);
  });

  it.each(['0', '-1', '1.5', 'five', '101'])('refuses --top %s', async (top) => {
    await expect(terminal('ask', [`--top=${top}`, 'a question'], await settings())).rejects.toThrow(
      /--top is ".+": expected a whole number from 1 to 100/,
    );
  });

  it('answers a question of 5,000 characters, and says that only its start counted', async () => {
    const answer = await askJson(await indexed(), 'caching works '.repeat(360).slice(0, 5000));
    expect(answer.hits).toHaveLength(5);
    expect(answer.notes).toEqual(['The question is longer than the model reads: only its first 512 tokens counted.']);
  });

  it('answers a question in Chinese, and says that the model knows mainly English', async () => {
    const answer = await askJson(await indexed(), '如何离线加载数据集？');
    expect(answer.hits).toHaveLength(5);
    expect(answer.notes).toEqual(['The model knows mainly English: an English question may find more.']);
  });

  it.each(['ask', 'sources'] as const)('npm run %s makes nothing in a folder that was mistyped', async (command) => {
    const DATA_DIR = path.join(await aFolder(), 'mistyped');
    const environment = await settings({ DATA_DIR, HF_HUB_CACHE: await aFolder() });
    await expect(terminal(command, command === 'ask' ? ['anything'] : [], environment)).rejects.toThrow(
      `Nothing is indexed in ${DATA_DIR}: check DATA_DIR, or run \`npm start\` or \`npm run index\` first.`,
    );
    expect(existsSync(DATA_DIR)).toBe(false);
  });

  it('says why there is no answer while nothing is indexed', async () => {
    const environment = await settings();
    await (await openSqliteStore(path.join(environment.DATA_DIR as string, 'corpus.sqlite'))).close();
    const { code, stdout } = await terminal('ask', ['anything'], environment);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toBe(
      'Note: Keyword search: there is no index by meaning yet; `npm start` or `npm run index` makes it. Note: Nothing is indexed yet. No comments found. ',
    );
    expect(await askJson(environment, 'anything')).toMatchObject({ hits: [], mode: 'keyword', model: null });
  });

  it('answers by keyword, saying so, where the model of the index is not on this machine', async () => {
    const environment = await indexed();
    const answer = await askJson({ ...environment, MODEL: 'example/absent' }, 'What does comment3x1 say?');
    expect(answer).toMatchObject({ mode: 'keyword', metric: 'bm25' });
    expect(answer.hits[0]?.comment).toContain('comment3x1');
    expect(answer.notes).toEqual([
      'Keyword search: the model example/absent is not on this machine; `npm start` or `npm run index` fetches it.',
    ]);
  });

  it('shows squared distances under the metric l2, nearest first', async () => {
    const answer = await askJson(await indexed({ RECIPE: 'seed' }, '--metric', 'l2'), 'How does caching work?');
    expect(answer.metric).toBe('l2');
    const scores = answer.hits.map(({ score }) => score as number);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  it('links sample hits to the local page', async () => {
    const environment = await settings({ PORT: '3456' });
    await terminal('index', ['--from', 'sample'], environment);
    const answer = await askJson(environment, 'How can I load a dataset offline?');
    for (const { issueUrl } of answer.hits) expect(issueUrl).toMatch(/^http:\/\/127\.0\.0\.1:3456\/sample\/\d+$/);
    const { stdout } = await terminal('ask', ['How can I load a dataset offline?'], environment);
    expect(stdout.match(/^URL: http:\/\/127\.0\.0\.1:3456\/sample\/\d+$/gm)).toHaveLength(5);
    expect(stdout).toContain('Note: These are sample data: no real source could be read yet.');
  });
});

describe('npm run ask refuses, with one sentence that says what to do,', () => {
  it('an index of another model', async () => {
    const environment = await indexed();
    const other = await tinyModel({ 'sentence_bert_config.json': { max_seq_length: 128 } });
    await expect(terminal('ask', ['anything'], { ...environment, MODEL: other })).rejects.toThrow(
      /^The index was built with model mpnet-tiny, but model tiny is configured: configure what it was built with, or run `npm run index` to build it anew\.$/,
    );
  });

  it('a model folder without its tokenizer', async () => {
    const environment = await indexed();
    const MODEL = await tinyModel({ 'tokenizer.json': null });
    await expect(terminal('ask', ['anything'], { ...environment, MODEL })).rejects.toThrow(/lacks .*tokenizer\.json/);
  });

  it('weights of another dimension than the model says', async () => {
    const environment = await indexed();
    const MODEL = await tinyModel({
      'config.json': { hidden_size: 64 },
      '1_Pooling/config.json': { word_embedding_dimension: 64 },
    });
    await expect(terminal('ask', ['anything'], { ...environment, MODEL })).rejects.toThrow(
      /give 32 dimensions: expected 64/,
    );
  });

  it('weights that are cut off', async () => {
    const environment = await indexed();
    const MODEL = await tinyModel();
    await truncate(path.join(MODEL, 'onnx/model.onnx'), 100_000);
    await expect(terminal('ask', ['anything'], { ...environment, MODEL })).rejects.toThrow(
      /model\.onnx are not a whole ONNX model \(100,000 bytes here\).* fetch the model again\./,
    );
  });

  it('an index whose vectors are cut off', async () => {
    const environment = await indexed();
    await truncate(await indexFile(environment, '.faiss'), 200);
    await expect(terminal('ask', ['anything'], environment)).rejects.toThrow(
      /\.faiss is damaged: \d+ bytes expected, but it has 200\. `npm run index` makes it again, and so does a bot when it starts\.$/,
    );
  });

  it('an index.json that is garbage', async () => {
    const environment = await indexed();
    await writeFile(await indexFile(environment, '.json'), '<html>');
    await expect(terminal('ask', ['anything'], environment)).rejects.toThrow(
      /index\.json is damaged: it is not JSON\. `npm run index` makes it again/,
    );
  });

  it('a corpus that is no database', async () => {
    const environment = await settings();
    const file = path.join(environment.DATA_DIR as string, 'corpus.sqlite');
    await writeFile(file, 'Notes of somebody, in a place where a database is expected. '.repeat(99));
    await expect(terminal('ask', ['anything'], environment)).rejects.toThrow(
      /corpus\.sqlite \(the corpus\) is not a readable database\. Restore it from a backup, or move it away/,
    );
  });
});
