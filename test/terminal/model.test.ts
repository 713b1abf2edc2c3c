import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  aBot,
  aFolder,
  closeLater,
  type Environment,
  modelFiles,
  runTerminal,
  settings,
  startTerminal,
  terminal,
} from '../end-to-end/world.ts';
import { startHubServer } from '../fakes/hub-server.ts';
import { issues, until, writeRows } from '../fakes/issues.ts';

const MODEL = 'example/mpnet-tiny';
const WEIGHTS = 'onnx/model.onnx';

/** A Hub that has the model, and a cache that has nothing. */
async function aHub() {
  const hub = await startHubServer();
  closeLater(() => hub.close());
  await hub.publish({ kind: 'model', id: MODEL, files: await modelFiles() });
  const environment = await settings({ MODEL, HF_ENDPOINT: hub.url, LOG_LEVEL: 'info' });
  return { hub, environment };
}

/** The sizes of files that came in part. */
async function partials({ HF_HUB_CACHE = '' }: Environment): Promise<readonly number[]> {
  const names = await readdir(HF_HUB_CACHE, { recursive: true }).catch(() => []);
  const partial = names.filter((name) => name.endsWith('.incomplete'));
  return Promise.all(partial.map(async (name) => (await stat(path.join(HF_HUB_CACHE, name))).size));
}

describe('npm run model -- fetch', () => {
  it('downloads the model with progress, and goes on where it was stopped', async () => {
    const { hub, environment } = await aHub();
    hub.fault({ file: WEIGHTS, kind: 'stall', atByte: 200_000 });
    const first = startTerminal(['model', 'fetch'], environment);
    const hasCome = async () => (await partials(environment).catch(() => [])).some((bytes) => bytes >= 100_000);
    await until(hasCome, 'a part of the weights');
    first.child.kill('SIGTERM');
    const { code, stderr } = await first.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fetching .*: [\d.]+ of [\d.]+ [kM]B \(\d+ %\)/m);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'Stopped; what is fetched is kept, and the next run goes on from there.',
    );

    const second = await terminal('model', ['fetch'], environment);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(`${MODEL} is here: fp32 on cpu`);
    expect(hub.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(await partials(environment)).toEqual([]);

    const asked = hub.requests.length;
    expect(await terminal('model', ['fetch'], environment)).toMatchObject({ code: 0 });
    expect(hub.requests.slice(asked).filter(({ storage }) => storage)).toEqual([]);
  });

  it('is all that a running bot needs whose own way to the Hub is closed: it takes the model over', async () => {
    const { hub, environment } = await aHub();
    const SOURCES = await writeRows(path.join(await aFolder(), 'own.jsonl'), issues(6));
    const bot = await aBot({ ...environment, SOURCES, HF_ENDPOINT: 'http://127.0.0.1:9' });
    await until(() => bot.retriever.status().model === 'box', 'the model in the box');
    expect(await terminal('model', ['fetch'], { ...environment, HF_ENDPOINT: hub.url })).toMatchObject({ code: 0 });
    await until(() => bot.retriever.status().model === MODEL, 'the model to serve');
    expect(await bot.ask('How does caching work?')).toMatchObject({ mode: 'semantic', model: MODEL, notes: [] });
  });

  it('ends where the second of the models cannot be had, as `npm run eval` does', async () => {
    const environment = await settings({ MODEL: 'box', RERANK: './no/such/model' });
    const from = await writeRows(path.join(await aFolder(), 'issues.jsonl'), issues(2));
    const commands = [
      ['model', 'fetch'],
      ['eval', '--from', from, '--mine', 'titles'],
    ];
    for (const { code, stderr } of await Promise.all(commands.map((args) => runTerminal(args, environment)))) {
      expect(code).toBe(1);
      expect(stderr).toContain('RERANK is "./no/such/model"');
    }
  });

  it.each([[[]], [['get']], [['fetch', 'another']]])('says what it expects instead of %j', async (args) => {
    await expect(terminal('model', args, await settings())).rejects.toThrow(
      'Expected `npm run model -- fetch`, which downloads the models that MODEL and RERANK name.',
    );
  });
});
