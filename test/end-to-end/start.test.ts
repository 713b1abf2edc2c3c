import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/retrieval/answer.ts';
import { tinyModel } from '../embedding/tiny-model.ts';
import { type HubServer, startHubServer } from '../fakes/hub-server.ts';
import { issues, jsonl, until, writeRows } from '../fakes/issues.ts';
import { aBot, aFolder, closeLater, modelFiles, type RunningBot, runTerminal, settings, terminal } from './world.ts';

const DATASET = 'lewtun/github-issues';
const MODEL = 'example/mpnet-tiny';

async function aHub(): Promise<HubServer> {
  const hub = await startHubServer();
  closeLater(() => hub.close());
  return hub;
}

async function publishDataset(hub: HubServer, rows: readonly unknown[] = issues(20)): Promise<void> {
  await hub.publish({ kind: 'dataset', id: DATASET, files: { 'issues.jsonl': jsonl(rows), 'README.md': '# Issues' } });
}

async function publishModel(hub: HubServer): Promise<void> {
  await hub.publish({ kind: 'model', id: MODEL, files: await modelFiles() });
}

/** Asks until the answer is as wanted; gives all that came, that one last. */
async function askUntil(bot: RunningBot, wanted: (answer: Answer) => boolean): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  await until(
    async () => {
      const answer = await bot.ask('How does caching work without a network?');
      answers.push(answer);
      return wanted(answer);
    },
    () => `an answer; the last one has the notes ${answers.at(-1)?.notes.join(' ')} (${bot.logged.join('\n')})`,
  );
  return answers;
}

const byMeaning = ({ mode, notes, hits }: Answer) => mode === 'semantic' && notes.length === 0 && hits.length === 5;

describe('a bot that starts on an empty folder', () => {
  it('fetches dataset and model, answers by the model in the box first, says so, and by its own without a restart', async () => {
    const hub = await aHub();
    await publishDataset(hub, [...issues(20), { ...issues(1)[0], is_pull_request: true }, { html_url: 'no title' }]);
    const bot = await aBot(await settings({ HF_ENDPOINT: hub.url, MODEL }));
    const [early] = (await askUntil(bot, ({ mode, hits }) => mode === 'semantic' && hits.length === 5)).slice(-1);
    expect(early).toMatchObject({ metric: 'ip', model: 'box', device: 'cpu' });
    expect(early?.notes.join(' ')).toMatch(
      /^The small model in the box answered: the model (is being|could not be had)/,
    );

    await publishModel(hub);
    const answers = await askUntil(bot, byMeaning);
    for (const answer of answers.filter(({ model }) => model !== MODEL)) {
      expect(answer.notes.join(' ')).toMatch(/Keyword search:|The small model in the box answered:/);
      expect(answer.hits).toHaveLength(5);
    }
    expect(answers.at(-1)).toMatchObject({ mode: 'semantic', model: MODEL, device: 'cpu', metric: 'ip' });
    const log = bot.logged.join('\n');
    expect(log).toContain('21 issues and pull requests -> 20 with comments -> 40 comments -> 40 kept');
    expect(log).toContain('1 bad row skipped: issues.jsonl line 22: `title` is missing');
    expect(bot.retriever.status()).toMatchObject({ serving: true, mode: 'semantic', rows: 40, sample: false });
  });

  it('marks every answer with how far it is', async () => {
    const hub = await aHub();
    await publishModel(hub);
    // Long comments, so that embedding takes longer than a few questions.
    const long = 'caching and offline loading of a data set '.repeat(60);
    await publishDataset(
      hub,
      issues(60, { comments: [long, `${long} again`] }).map((row, index) => ({ ...row, body: `${index}` })),
    );
    const bot = await aBot(await settings({ HF_ENDPOINT: hub.url, MODEL }));
    const answers = await askUntil(bot, ({ mode }) => mode === 'semantic');
    const notes = answers.flatMap((answer) => answer.notes);
    expect(notes).toContainEqual(expect.stringMatching(/^Indexing, \d{1,2} %\.$/));
    expect(notes).toContain('Keyword search: the index by meaning is being made.');
  });

  it('reads the dataset from parquet where that is what the repository has', async () => {
    const hub = await aHub();
    const rows = issues(12);
    const column = (name: 'html_url' | 'title' | 'body') => ({ name, data: rows.map((row) => row[name]) });
    const parquet = parquetWriteBuffer({
      columnData: [
        column('html_url'),
        column('title'),
        column('body'),
        { name: 'comments', data: rows.map((row) => [...row.comments]), type: 'JSON' },
        { name: 'is_pull_request', data: rows.map((row) => row.is_pull_request) },
      ],
    });
    await hub.publish({
      kind: 'dataset',
      id: DATASET,
      files: { 'data/train-00000-of-00001.parquet': new Uint8Array(parquet) },
    });
    const bot = await aBot(await settings({ HF_ENDPOINT: hub.url }));
    await askUntil(bot, byMeaning);
    expect(bot.retriever.status().rows).toBe(24);
  });

  it('reads the sources that the settings name, and nothing else', async () => {
    const hub = await aHub();
    const folder = await aFolder();
    const file = await writeRows(path.join(folder, 'own.jsonl'), issues(6, { topic: 'sharding' }));
    const environment = await settings({ HF_ENDPOINT: hub.url, SOURCES: path.relative(process.cwd(), file) });
    const bot = await aBot(environment);
    await askUntil(bot, byMeaning);
    expect(bot.retriever.status().rows).toBe(12);
    await bot.close();
    // Nothing is read twice: the second start finds the file's rows, however it is named.
    const again = await aBot(environment);
    await askUntil(again, byMeaning);
    expect(again.logged.join('\n')).not.toContain('kept');
    expect(hub.requests).toEqual([]);
  });

  it('says at once which file or folder is not there, and asks for no file whose comments it has', async () => {
    const folder = await aFolder();
    const file = await writeRows(path.join(folder, 'own.jsonl'), issues(6));
    const environment = await settings({ SOURCES: file });
    await expect(aBot({ ...environment, SOURCES: `${file}.json` })).rejects.toThrow(
      `SOURCES names ${file}.json, and there is no such file`,
    );
    for (const name of ['MODEL', 'RERANK'])
      await expect(aBot({ ...environment, [name]: './no/such/model' })).rejects.toThrow(
        `${name} is "./no/such/model": expected a folder or an id of the Hub (OWNER/NAME), and there is no such folder.`,
      );
    const bot = await aBot(environment);
    await askUntil(bot, byMeaning);
    await bot.close();
    await rm(file);
    await askUntil(await aBot(environment), byMeaning);
  });

  it('says at once which source is none', async () => {
    await expect(aBot(await settings({ SOURCES: 'issues.txt' }))).rejects.toThrow(/issues\.txt is no source: expected/);
  });
});

describe('a network that swallows packets', () => {
  it('leaves the bot with the sample corpus, which says so and leaves when the real one arrives, without a restart', async () => {
    const hub = await aHub();
    await publishDataset(hub);
    hub.swallow(true);
    const bot = await aBot(await settings({ HF_ENDPOINT: hub.url }));
    const [first] = (await askUntil(bot, ({ hits }) => hits.length > 0)).slice(-1);
    expect(first?.hits.every(({ sample }) => sample)).toBe(true);
    expect(first?.notes.join(' ')).toContain('These are sample data: no real source could be read yet.');

    hub.swallow(false);
    const answers = await askUntil(bot, (answer) => byMeaning(answer) && !answer.hits[0]?.sample);
    // Whoever asks in between gets hits, of the one or of the other.
    expect(answers.every(({ hits }) => hits.length === 5)).toBe(true);
    expect(bot.retriever.status()).toMatchObject({ rows: 40, sample: false });
    const log = bot.logged.join('\n');
    expect(log).toContain(`hub:${DATASET} could not be read; trying again`);
  });

  it('does not matter to a bot that has corpus and model: nobody is asked', async () => {
    const hub = await aHub();
    await publishDataset(hub);
    await publishModel(hub);
    const environment = await settings({ HF_ENDPOINT: hub.url, MODEL });
    const bot = await aBot(environment);
    await askUntil(bot, byMeaning);
    await bot.close();
    hub.swallow(true);
    const asked = hub.requests.length;
    const again = await aBot(environment);
    expect(await again.ask('How does caching work?')).toMatchObject({ mode: 'semantic', notes: [] });
    expect(hub.requests).toHaveLength(asked);
  });
});

describe('a model that cannot be used', () => {
  it('leaves the model in the box, which says so, while the log says what is wrong with it', async () => {
    const MODEL = await tinyModel({ 'tokenizer.json': null });
    const SOURCES = await writeRows(path.join(await aFolder(), 'own.jsonl'), issues(6));
    const bot = await aBot(await settings({ MODEL, SOURCES }));
    const answer = (await askUntil(bot, ({ model }) => model === 'box')).at(-1);
    expect(answer?.hits).toHaveLength(5);
    expect(answer?.notes).toContain(
      'The small model in the box answered: the model could not be had yet; the log says why.',
    );
    expect(bot.logged.join('\n')).toMatch(
      /WARN {2}the model could not be had; trying again in .*lacks .*tokenizer\.json/,
    );
  });
});

describe('a bot that is given another model', () => {
  it('answers by meaning with the old one, which it finds by itself, until the new index is made', async () => {
    const environment = await settings({ LOG_LEVEL: 'info' });
    const file = await writeRows(path.join(environment.DATA_DIR as string, 'own.jsonl'), issues(30));
    await terminal('index', ['--from', file], environment);
    const MODEL = await tinyModel({ 'sentence_bert_config.json': { max_seq_length: 64 } });
    const bot = await aBot({ ...environment, MODEL });
    const answers = await askUntil(bot, (answer) => byMeaning(answer) && answer.model === 'tiny');
    expect(answers.filter(({ mode, hits }) => mode === 'keyword' || hits.length < 5)).toEqual([]);
    expect(bot.logged.join('\n')).toMatch(
      /WARN {2}answering from the index of mpnet-tiny until the one of .*\/tiny is made/,
    );
  });
});

describe('npm run index beside a running bot', () => {
  it('changes what it answers from, without a restart and without an answer that lacks hits', async () => {
    const environment = await settings({ LOG_LEVEL: 'info' });
    const file = await writeRows(path.join(environment.DATA_DIR as string, 'own.jsonl'), issues(30, { topic: 'old' }));
    await terminal('index', ['--from', file], environment);
    const bot = await aBot(environment);
    expect(await bot.ask('How does it work?')).toMatchObject({ mode: 'semantic' });
    await writeRows(file, issues(30, { topic: 'new' }));
    const run = runTerminal(['index', '--from', file], environment);
    const answers = await askUntil(
      bot,
      (answer) => byMeaning(answer) && answer.hits[0]?.title.includes('new') === true,
    );
    expect(await run).toMatchObject({ code: 0 });
    expect(answers.filter(({ hits }) => hits.length < 5)).toEqual([]);
    expect(answers.length).toBeGreaterThan(1);
  });
});

describe('what another command has indexed', () => {
  it('is served as it is: the default source is not fetched, not even by a bot that was waiting for it', async () => {
    const hub = await aHub();
    await publishDataset(hub);
    hub.swallow(true);
    const environment = await settings({ HF_ENDPOINT: hub.url });
    // The try that is under way ends in vain, at its first request; the next one sees that it is not needed any more.
    const bot = await aBot(environment, { tries: 1 });
    await askUntil(bot, ({ hits }) => hits.length === 5);
    const file = await writeRows(path.join(await aFolder(), 'own.jsonl'), issues(7, { topic: 'sharding' }));
    await terminal('index', ['--from', file], environment);
    await askUntil(bot, (answer) => byMeaning(answer) && !answer.hits[0]?.sample);
    hub.swallow(false);
    await sleep(500);
    expect(bot.retriever.status().rows).toBe(14);
  });
});
