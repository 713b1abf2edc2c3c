import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeDiscord } from '../fakes/discord-server.ts';
import { startHubServer } from '../fakes/hub-server.ts';
import { issues, jsonl, until, writeRows } from '../fakes/issues.ts';
import { closeLater, isPrivate, modelFiles, runTerminal, settings, startTerminal, terminal } from './world.ts';

const DATASET = 'lewtun/github-issues';
const MODEL = 'example/mpnet-tiny';

async function aHub() {
  const hub = await startHubServer();
  closeLater(() => hub.close());
  return hub;
}

/** Settings of a folder in which 12 issues are indexed. */
async function indexed() {
  const environment = await settings({ LOG_LEVEL: 'info' });
  const file = await writeRows(path.join(environment.DATA_DIR as string, 'own.jsonl'), issues(12));
  await terminal('index', ['--from', file], environment);
  return environment;
}

describe('npm start', () => {
  it('serves without any token, shows the question of the course, refuses a second bot but no reader, and ends with 0 on SIGTERM', async () => {
    const hub = await aHub();
    await hub.publish({ kind: 'dataset', id: DATASET, files: { 'issues.jsonl': jsonl(issues(12)) } });
    await hub.publish({ kind: 'model', id: MODEL, files: await modelFiles() });
    const environment = await settings({ HF_ENDPOINT: hub.url, MODEL, LOG_LEVEL: 'info' });
    const bot = startTerminal(['start'], environment);
    await bot.says(/the local page is at http:\/\/127\.0\.0\.1:\d+\//);
    await bot.says('no chat is configured: set DISCORD_TOKEN or the SLACK_ tokens in .env');
    await bot.says('12 issues and pull requests -> 12 with comments -> 24 comments -> 24 kept');
    // The one that ships may be the quicker one.
    await bot.says(/(mpnet-tiny|box) on cpu ·/);
    const { stdout } = bot.output();
    expect(stdout).toMatch(/^\nHow can I load a dataset offline\?\n/);
    for (const [label, count] of Object.entries({ COMMENT: 5, SCORE: 5, TITLE: 5, URL: 5 })) {
      expect(stdout.match(new RegExp(`^${label}: `, 'gm')), label).toHaveLength(count);
    }

    // Readers refuse the index of another model.
    await bot.says(new RegExp(`an index by meaning serves model=${MODEL} `));
    const [second, reader] = await Promise.all([
      runTerminal(['start'], environment),
      runTerminal(['ask', '--json', isPrivate('How does caching work here?')], environment),
    ]);
    expect(second.code).toBe(1);
    expect(second.stderr.trim().split('\n').at(-1)).toMatch(
      new RegExp(`^Another bot already uses ${environment.DATA_DIR}: process ${bot.child.pid} on `),
    );
    expect(reader).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(reader.stdout)).toMatchObject({ mode: 'semantic', model: MODEL });

    bot.child.kill('SIGTERM');
    expect(await bot.finished).toMatchObject({ code: 0 });
    expect(bot.output().stderr.trim().split('\n').at(-1)).toMatch(/ INFO {2}stopping$/);
  });

  it('does not ask the question of the course of an own corpus', async () => {
    const bot = startTerminal(['start'], await indexed());
    await bot.says('no chat is configured');
    await bot.says('an index by meaning serves');
    // It looks four times a second.
    await sleep(1000);
    bot.child.kill('SIGTERM');
    expect((await bot.finished).code).toBe(0);
    expect(bot.output().stdout).toBe('');
  });

  it('ends with 0 on SIGINT, also while it waits for a Hub that does not answer', async () => {
    const hub = await aHub();
    hub.swallow(true);
    const bot = startTerminal(['start'], await settings({ HF_ENDPOINT: hub.url }));
    await bot.says('the local page is at');
    bot.child.kill('SIGINT');
    expect(await bot.finished).toMatchObject({ code: 0 });
  });

  it('names the port that is in use, and ends with 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closeLater(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runTerminal(['start'], await settings({ PORT: String(port) }));
    expect(code).toBe(1);
    expect(stderr).toContain(
      `PORT: ${port} on 127.0.0.1 is in use by another program → Stop what uses it, or set PORT`,
    );
  });

  it('names the wrong token, and ends with 1', async () => {
    const discord = await FakeDiscord.start();
    closeLater(() => discord.close());
    const token = isPrivate('MTIz.wrong.token');
    const environment = await settings({ DISCORD_TOKEN: token, DISCORD_API_URL: discord.apiUrl });
    const { code, stderr } = await runTerminal(['start'], environment);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/DISCORD_TOKEN/);
    expect(stderr).not.toContain('    at ');
  });

  it('names all faults of the settings at once, and ends with 1', async () => {
    const environment = await settings({
      PORT: 'eighty',
      DEVICE: 'gpu',
      HF_ENDPOINT: 'huggingface.co',
      SLACK_BOT_TOKEN: isPrivate('a-bot-token'),
      HOST: '0.0.0.0',
    });
    const { code, stdout, stderr } = await runTerminal(['start'], environment);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual(['The', 'DEVICE', 'HF_ENDPOINT', 'SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'PORT', 'PAGE_TOKEN']);
  });
});

describe('npm run ask', () => {
  it('--json prints one object on stdout and nothing else, logs included', async () => {
    const environment = { ...(await indexed()), LOG_LEVEL: 'debug' };
    const question = isPrivate('What does comment3x1 say?');
    const { code, stdout } = await runTerminal(['ask', '--json', '--top', '2', question], environment);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as { hits: unknown[] };
    expect(answer).toMatchObject({ question, mode: 'semantic', hits: [{ rank: 1 }, { rank: 2 }] });
    expect(answer.hits).toHaveLength(2);
  });

  it('says what is wrong in one sentence on stderr, and ends with 1', async () => {
    const environment = await indexed();
    const { code, stdout, stderr } = await runTerminal(['ask', '--json', '  '], environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('There is no question. Ask one, for example: How can I load a dataset offline?\n');
  });
});

describe('npm run index', () => {
  it('that is told to stop says that what is done is kept, and ends with 1', async () => {
    const hub = await aHub();
    hub.swallow(true);
    const environment = await settings({ HF_ENDPOINT: hub.url });
    const run = startTerminal(['index', '--from', `hub:${DATASET}`], environment);
    await until(() => hub.requests.length > 0, 'the Hub to be asked');
    run.child.kill('SIGTERM');
    const { code, stderr } = await run.finished;
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      'Stopped; what is done is kept, and the next run goes on from there.',
    );
  });

  it('of nonsense says so and ends with 1', async () => {
    const environment = await settings();
    const file = path.join(environment.DATA_DIR as string, 'rows.jsonl');
    await writeFile(file, 'not JSON\n');
    const { code, stdout, stderr } = await runTerminal(['index', '--from', file], environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `${file} holds no usable row. The first bad row is line 1 of ${file}: not JSON. Expected one issue a row, with html_url, title, body, comments (a list of texts) and is_pull_request.`,
    );
  });
});
