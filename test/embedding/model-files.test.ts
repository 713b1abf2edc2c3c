import { mkdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedModel, type ModelOptions, resolveModel } from '../../src/embedding/model-files.ts';
import type { CpuFeatures } from '../../src/embedding/weights.ts';
import { weightsSha256 } from '../../src/embedding/weights-sha256.ts';
import { OperatorError } from '../../src/errors.ts';
import { createHub } from '../../src/hub/http-hub.ts';
import { silentLogger } from '../../src/log.ts';
import type { Progress } from '../../src/progress.ts';
import { type HubContent, type HubServer, startHubServer } from '../fakes/hub-server.ts';
import { noHub, resolveFolder, TINY_MODEL, temporaryFolder, tinyModel } from './tiny-model.ts';

const VNNI: CpuFeatures = { arch: 'x64', avx2: true, avx512: true, vnni: true };
const AVX2: CpuFeatures = { arch: 'x64', avx2: true, avx512: false, vnni: false };
const DESCRIPTION = [
  'config.json',
  'modules.json',
  '1_Pooling/config.json',
  'sentence_bert_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

describe('a model on the Hub', () => {
  let server: HubServer;
  let files: Record<string, HubContent>;
  let cacheDir: string;
  let options: ModelOptions;

  beforeEach(async () => {
    const local = (name: string): HubContent => ({ localFile: path.join(TINY_MODEL, name) });
    files = Object.fromEntries(DESCRIPTION.map((name) => [name, local(name)]));
    // Each file in another size, so that a mix-up shows; only the first is ever run here.
    files['onnx/model.onnx'] = local('onnx/model.onnx');
    for (const name of ['O4', 'qint8_arm64', 'qint8_avx512', 'qint8_avx512_vnni', 'quint8_avx2']) {
      files[`onnx/model_${name}.onnx`] = `weights ${name}`;
    }
    files['pytorch_model.bin'] = 'not needed';
    server = await startHubServer();
    await server.publish({ kind: 'model', id: 'example/mpnet', files });
    cacheDir = await temporaryFolder();
    options = {
      model: 'example/mpnet',
      revision: 'main',
      precision: 'auto',
      cpu: VNNI,
      hub: createHub({ endpoint: server.url, cacheDir, log: silentLogger, retryDelayMs: 5 }),
    };
    return () => server.close();
  });
  afterEach(() => rm(cacheDir, { recursive: true, force: true }));

  it('is fetched with progress: its descriptions and the weights that serve, nothing else', async () => {
    const seen: Progress[] = [];
    const model = await resolveModel({ ...options, onProgress: (progress) => seen.push(progress) });
    expect(model).toMatchObject({
      model: 'example/mpnet',
      revision: expect.stringMatching(/^[0-9a-f]{40}$/),
      description: { dimensions: 32, pooling: 'cls' },
      weights: { cpu: { precision: 'fp32', sha256: await weightsSha256([path.join(TINY_MODEL, 'onnx/model.onnx')]) } },
      notes: [],
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(server.count('model_O4')).toBe(0);
    expect(server.count('model_q')).toBe(0);
    expect(server.count('pytorch_model')).toBe(0);
  });

  it('is used from the cache without asking anybody', async () => {
    const first = await resolveModel(options);
    const asked = server.requests.length;
    expect(await resolveModel(options)).toEqual(first);
    expect(await cachedModel(options)).toEqual(first);
    expect(server.requests).toHaveLength(asked);
  });

  it('is not there before it was fetched', async () => {
    expect(await cachedModel(options)).toBeUndefined();
    expect(server.requests).toHaveLength(0);
  });

  it('is served in int8 by the file that the processor runs best', async () => {
    const vnni = await resolveModel({ ...options, precision: 'int8' });
    expect(vnni.weights.cpu).toMatchObject({
      file: expect.stringMatching(/model_qint8_avx512_vnni\.onnx$/),
      precision: 'int8',
    });
    const avx2 = await resolveModel({ ...options, precision: 'int8', cpu: AVX2 });
    expect(await readFile(avx2.weights.cpu.file, 'utf8')).toBe('weights quint8_avx2');
  });

  it('brings the file for the GPU as well where there may be one', async () => {
    const model = await resolveModel({ ...options, providers: ['cuda', 'cpu'] });
    expect(model.weights).toMatchObject({ cuda: { precision: 'fp16' }, cpu: { precision: 'fp32' } });
    expect(await readFile(model.weights.cuda?.file ?? '', 'utf8')).toBe('weights O4');
  });

  it('falls to fp32 with a note when the precision is missing, and asks again next time', async () => {
    const model = await resolveModel({ ...options, precision: 'fp16' });
    expect(model.weights.cpu.precision).toBe('fp32');
    expect(model.notes).toEqual(['cpu: no fp16 weights for this machine in the model, fp32 serves']);
    expect(await cachedModel({ ...options, precision: 'fp16' })).toBeUndefined();
  });

  it('at a commit, whose files never change, is not asked for a missing precision twice', async () => {
    const commit = (await resolveModel(options)).revision;
    const memoryFile = path.join(cacheDir, 'models.json');
    const pinned = { ...options, revision: commit, precision: 'fp16', memoryFile } as const;
    const first = await resolveModel(pinned);
    const asked = server.requests.length;
    expect(await resolveModel(pinned)).toEqual(first);
    expect(server.requests).toHaveLength(asked);
    expect(first.notes).toHaveLength(1);
    // A precision that it has and the cache lacks is still fetched.
    expect((await resolveModel({ ...pinned, precision: 'int8' })).weights.cpu.precision).toBe('int8');
  });

  it('serves from the cache in another precision when the Hub cannot be reached', async () => {
    await resolveModel(options);
    await server.close();
    const model = await resolveModel({ ...options, precision: 'int8' });
    expect(model.weights.cpu.precision).toBe('fp32');
    expect(model.notes.join()).toMatch(/no int8 weights/);
  });

  it('counts as not there while its download is incomplete, and is completed by the next try', async () => {
    server.fault({ kind: 'status', file: 'onnx/model.onnx', status: 404 });
    await expect(resolveModel(options)).rejects.toBeInstanceOf(OperatorError);
    expect(await cachedModel(options)).toBeUndefined();
    expect((await resolveModel(options)).weights.cpu.precision).toBe('fp32');
    expect(await cachedModel(options)).toBeDefined();
  });

  it('brings the data file that its weights name, and counts as not there without it', async () => {
    files['onnx/model.onnx'] = 'location: model.onnx_data, offset 0';
    files['onnx/model.onnx_data'] = 'the numbers';
    await server.publish({ kind: 'model', id: 'example/large', files });
    const large = { ...options, model: 'example/large' };
    const model = await resolveModel(large);
    const data = path.join(path.dirname(model.weights.cpu.file), 'model.onnx_data');
    expect(await readFile(data, 'utf8')).toBe('the numbers');
    expect(model.weights.cpu.sha256).toBe(await weightsSha256([model.weights.cpu.file, data]));
    expect(await cachedModel(large)).toBeDefined();
    await rm(data);
    expect(await cachedModel(large)).toBeUndefined();
  });

  it('of a kind that cannot be run is refused before its weights are fetched', async () => {
    files['modules.json'] = JSON.stringify([
      { type: 'a.Transformer', path: '' },
      { type: 'a.Pooling', path: '1_Pooling' },
      { type: 'a.Dense', path: '2_Dense' },
    ]);
    await server.publish({ kind: 'model', id: 'example/dense', files });
    await expect(resolveModel({ ...options, model: 'example/dense' })).rejects.toThrow(/module "Dense"/);
    expect(server.count('model.onnx')).toBe(0);
  });

  it('without ONNX weights is refused with what was expected', async () => {
    const described = Object.fromEntries(DESCRIPTION.map((name) => [name, files[name] ?? '']));
    await server.publish({ kind: 'model', id: 'example/torch', files: { ...described, 'model.safetensors': 'x' } });
    await expect(resolveModel({ ...options, model: 'example/torch' })).rejects.toThrow(
      /expected onnx\/model\.onnx, found no file/,
    );
  });

  it('that is only a tokenizer is refused', async () => {
    await server.publish({ kind: 'model', id: 'example/tokenizer', files: { 'tokenizer.json': '{}' } });
    await expect(resolveModel({ ...options, model: 'example/tokenizer' })).rejects.toThrow(/lacks config\.json/);
  });
});

describe('a model in a folder', () => {
  it('is used as it lies there, named by its folder, and nobody is asked', async () => {
    const folder = await tinyModel();
    const model = await resolveFolder(folder);
    expect(model).toMatchObject({
      model: 'tiny',
      revision: '',
      weights: { cpu: { file: path.join(folder, 'onnx/model.onnx') } },
    });
    expect(await cachedModel({ model: folder, revision: 'main', precision: 'auto', hub: noHub })).toEqual(model);
  });

  it('that does not exist is named', async () => {
    await expect(resolveFolder('./models/nowhere')).rejects.toThrow(
      /MODEL is "\.\/models\/nowhere": expected a folder or an id of the Hub/,
    );
    await expect(resolveFolder('/models/nowhere/at/all')).rejects.toThrow(/there is no such folder/);
  });

  it('without weights says which file was expected', async () => {
    await expect(resolveFolder(await tinyModel({ onnx: null }))).rejects.toThrow(
      /expected onnx\/model\.onnx, found no file/,
    );
  });

  it('whose weights lack their data file says which one', async () => {
    const folder = await tinyModel({ 'onnx/model.onnx': 'location: model.onnx_data' });
    await expect(resolveFolder(folder)).rejects.toThrow(/model\.onnx_data.* cannot be read: expected whole files/);
  });
});

describe('the hash of weights', () => {
  it('is computed once for as long as the file stays the same', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'model.onnx');
    const memoryFile = path.join(folder, 'data', 'models.json');
    await writeFile(file, 'first');
    const first = await weightsSha256([file], { memoryFile });
    expect(first).toMatch(/^a7937b64/);

    const known = await readFile(memoryFile, 'utf8');
    await writeFile(memoryFile, known.replace('a7937b64', 'ffffffff'));
    expect(await weightsSha256([file], { memoryFile })).toMatch(/^ffffffff/);

    await writeFile(file, 'other');
    await utimes(file, new Date(), new Date(Date.now() + 60_000));
    expect(await weightsSha256([file], { memoryFile })).toBe(await weightsSha256([file]));
  });

  it('is computed all the same when it cannot be kept', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'model.onnx');
    await writeFile(file, 'first');
    await mkdir(path.join(folder, 'models.json'));
    expect(await weightsSha256([file], { memoryFile: path.join(folder, 'models.json') })).toMatch(/^a7937b64/);
    await truncate(file, 0);
    expect(await weightsSha256([file], { memoryFile: path.join(folder, 'models.json') })).toMatch(/^e3b0c442/);
  });
});
