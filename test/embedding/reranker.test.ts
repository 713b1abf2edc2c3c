import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CROSS_ENCODER } from '../../src/embedding/cross-encoder-folder.ts';
import { cachedModel, type ModelOptions, resolveModel } from '../../src/embedding/model-files.ts';
import { openOnnxReranker } from '../../src/embedding/onnx-reranker.ts';
import { loadPairTokenizer } from '../../src/embedding/pair-tokenizer.ts';
import type { Reranker } from '../../src/embedding/reranker.ts';
import { startReranker } from '../../src/embedding/worker-reranker.ts';
import { createHub } from '../../src/hub/http-hub.ts';
import { silentLogger } from '../../src/log.ts';
import { startHubServer } from '../fakes/hub-server.ts';
import { readGolden } from './golden.ts';
import { noHub, TINY_CROSS_ENCODER, TINY_MODEL, temporaryFolder } from './tiny-model.ts';

type Pair = readonly [question: string, text: string];
/** Its ids, and how many of them at the end are of the second type. */
type Ids = readonly [ids: readonly number[], second: number];
type Golden = {
  readonly maxTokens: number;
  readonly pairs: readonly Pair[];
  readonly 'bert-cross-tinyIds': readonly Ids[];
  readonly 'mpnet-tinyIds': readonly Ids[];
  readonly scores: string;
};

const golden = readGolden<Golden>('bert-cross-tiny');
const scores = new Float32Array(new Uint8Array(Buffer.from(golden.scores, 'base64')).buffer);

const resolve = (folder: string) =>
  resolveModel({ model: folder, revision: '', precision: 'auto', hub: noHub }, CROSS_ENCODER);

const expectScores = (found: Float32Array, expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((score, index) => {
    expect(found[index], `score ${index}`).toBeCloseTo(score, 4);
  });
};

describe('a cross-encoder', () => {
  let reranker: Reranker;
  beforeAll(async () => {
    reranker = await startReranker({
      model: await resolve(TINY_CROSS_ENCODER),
      setting: 'cpu',
      providers: ['cpu'],
      log: silentLogger,
    });
  });
  afterAll(() => reranker.close());

  it('scores as the Python reference does, whatever is cut and in whichever order texts come', async () => {
    for (const [index, [question, text]] of golden.pairs.entries()) {
      expectScores(await reranker.score(question, [text]), [scores[index] as number]);
    }
    const many = golden.pairs.map(([, text]) => text);
    const together = await reranker.score('offline', many);
    const backwards = await reranker.score('offline', [...many].reverse());
    expect([...backwards].reverse()).toEqual([...together]);
    expect(await reranker.score('offline', [])).toHaveLength(0);
  });

  it('says what it is, and gives up what nobody waits for any more', async () => {
    expect(reranker).toMatchObject({ identity: { model: 'bert-cross-tiny', precision: 'fp32' }, device: 'cpu' });
    const gone = AbortSignal.abort(new Error('nobody waits'));
    await expect(reranker.score('a', ['b'], gone)).rejects.toThrow('nobody waits');
  });

  it('gives texts of different length that run together the scores that they have alone', async () => {
    const folder = path.join(await temporaryFolder(), 'cross');
    await cp(TINY_CROSS_ENCODER, folder, { recursive: true });
    const alone = await openOnnxReranker({
      model: await resolve(folder),
      setting: 'cpu',
      providers: ['cpu'],
      threads: 1,
      batch: { texts: 8, tokens: 4096 },
    });
    const [, ...texts] = golden.pairs.map(([, text]) => text);
    expectScores(await alone.score('offline', texts), [...(await reranker.score('offline', texts))]);
    await alone.close();
  });
});

describe('a pair of texts', () => {
  it.each([
    ['bert-cross-tinyIds', TINY_CROSS_ENCODER],
    ['mpnet-tinyIds', TINY_MODEL],
  ] as const)('has the ids and types of the Python reference (%s)', async (name, folder) => {
    const tokenizer = await loadPairTokenizer({
      tokenizerFile: path.join(folder, 'tokenizer.json'),
      tokenizerConfigFile: path.join(folder, 'tokenizer_config.json'),
      maxTokens: golden.maxTokens,
    });
    golden.pairs.forEach(([question, text], index) => {
      const { ids, secondFrom } = tokenizer.encode(question, text);
      expect([ids, ids.length - secondFrom], `pair ${index}`).toEqual(golden[name][index]);
    });
  });
});

describe('a cross-encoder on the Hub', () => {
  it('is fetched from the Hub with what describes it, and is then there', async () => {
    const server = await startHubServer();
    onTestFinished(() => server.close());
    const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'];
    const local = (name: string) => [name, { localFile: path.join(TINY_CROSS_ENCODER, name) }] as const;
    await server.publish({ kind: 'model', id: 'example/cross', files: Object.fromEntries(names.map(local)) });
    const hub = createHub({ endpoint: server.url, cacheDir: await temporaryFolder(), log: silentLogger });
    const options: ModelOptions = { model: 'example/cross', revision: 'main', precision: 'auto', hub };
    expect(await cachedModel(options, CROSS_ENCODER)).toBeUndefined();
    const fetched = await resolveModel(options, CROSS_ENCODER);
    expect(fetched.description).toMatchObject({ architecture: 'bert', maxTokens: golden.maxTokens });
    expect(await cachedModel(options, CROSS_ENCODER)).toEqual(fetched);
  });
});

describe('a model that scores no pairs', () => {
  const changed = async (change: Readonly<Record<string, unknown>>) => {
    const folder = path.join(await temporaryFolder(), 'cross');
    await cp(TINY_CROSS_ENCODER, folder, { recursive: true });
    const file = path.join(folder, 'config.json');
    const config = (await import(file, { with: { type: 'json' } })).default;
    await writeFile(file, JSON.stringify({ ...config, ...change }));
    return resolve(folder);
  };

  it('is refused with what was expected: an encoder, more labels than one, no such folder', async () => {
    await expect(resolve(TINY_MODEL)).rejects.toThrow(/is a MPNetModel: expected a cross-encoder/);
    await expect(changed({ id2label: { 0: 'no', 1: 'yes' } })).rejects.toThrow(/has 2 labels: expected one/);
    await expect(changed({ id2label: undefined })).rejects.toThrow(/has 2 labels: expected one/);
    await expect(resolve('/no/such/folder')).rejects.toThrow(/^RERANK is "\/no\/such\/folder"/);
  });
});
