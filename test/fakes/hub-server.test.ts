import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubServer, startHubServer } from './hub-server.ts';

const WEIGHTS = Buffer.from('weights '.repeat(1000));
const HEADERS = { authorization: 'Bearer hf_right' };

describe('the Hub of the tests', () => {
  let server: HubServer;
  let commit: string;
  beforeEach(async () => {
    server = await startHubServer({ token: 'hf_right' });
    commit = await server.publish({
      kind: 'model',
      id: 'example/encoder',
      files: { 'config.json': '{}', 'model.onnx': WEIGHTS },
    });
    await server.publish({ kind: 'model', id: 'example/gated', gated: true, files: { 'config.json': '{}' } });
    await server.publish({ kind: 'dataset', id: 'example/private', private: true, files: { 'a.jsonl': '{}' } });
  });
  afterEach(() => server.close());

  const ask = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: 'manual', ...init });
  const storageOf = async () =>
    (await ask(`/example/encoder/resolve/${commit}/model.onnx`)).headers.get('location') ?? '';

  it('lists names, and sizes only when asked for blobs', async () => {
    const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
    const plain = await (await ask('/api/models/example/encoder/revision/main')).json();
    const siblings = [{ rfilename: 'config.json' }, { rfilename: 'model.onnx' }];
    expect(plain).toEqual({ sha: commit, private: false, siblings });
    const full = await (await ask('/api/models/example/encoder/revision/main?blobs=true')).json();
    expect(full).toMatchObject({
      siblings: [{ size: 2 }, { size: WEIGHTS.length, lfs: { sha256, size: WEIGHTS.length } }],
    });
  });

  it('redirects large files to a storage host of another origin, with their own ETag and size', async () => {
    const response = await ask(`/example/encoder/resolve/${commit}/model.onnx`, { method: 'HEAD' });
    expect(response.status).toBe(302);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-linked-etag': `"${createHash('sha256').update(WEIGHTS).digest('hex')}"`,
      'x-linked-size': String(WEIGHTS.length),
      'x-repo-commit': commit,
    });
    expect(new URL(response.headers.get('location') ?? '').origin).not.toBe(server.url);
  });

  it('answers for ordinary files after a redirect within the Hub, with the ETag of their Git object', async () => {
    const first = await ask(`/example/encoder/resolve/${commit}/config.json`, { method: 'HEAD' });
    expect(first.status).toBe(307);
    const second = await ask(first.headers.get('location') ?? '', { method: 'HEAD' });
    expect(second.status).toBe(200);
    // What `printf '{}' | git hash-object --stdin` prints.
    expect(second.headers.get('etag')).toBe('"9e26dfeeb6e641a33dae4961196235bdb965b21b"');
  });

  it('sends ranges, and refuses one that starts after the end', async () => {
    const storage = await storageOf();
    const part = await fetch(storage, { headers: { range: 'bytes=8-15' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      'weights ',
      `bytes 8-15/${WEIGHTS.length}`,
    ]);
    expect((await fetch(storage, { headers: { range: `bytes=${WEIGHTS.length}-` } })).status).toBe(416);
  });

  it.each([
    ['a token for the storage host', 400, async () => fetch(await storageOf(), { headers: HEADERS })],
    ['an unknown file in storage', 403, async () => fetch(`${new URL(await storageOf()).origin}/blobs/0`)],
    ['an unknown repository without a token', 401, () => ask('/api/models/example/nothing/revision/main')],
    [
      'an unknown repository with a token',
      404,
      () => ask('/api/models/example/nothing/revision/main', { headers: HEADERS }),
    ],
    ['a private repository without a token', 401, () => ask('/api/datasets/example/private/revision/main')],
    [
      'a private repository with a wrong token',
      401,
      () => ask('/api/datasets/example/private/revision/main', { headers: { authorization: 'Bearer x' } }),
    ],
    [
      'a private repository with the token',
      200,
      () => ask('/api/datasets/example/private/revision/main', { headers: HEADERS }),
    ],
    ['a dataset asked for as a model', 401, () => ask('/api/models/example/private/revision/main')],
    ['the list of a gated repository', 200, () => ask('/api/models/example/gated/revision/main')],
    ['a gated file without a token', 401, () => ask('/example/gated/resolve/main/config.json')],
    [
      'a gated file with a wrong token',
      403,
      () => ask('/example/gated/resolve/main/config.json', { headers: { authorization: 'Bearer x' } }),
    ],
    ['an unknown revision', 404, () => ask('/api/models/example/encoder/revision/v2')],
    ['an unknown file', 404, () => ask(`/example/encoder/resolve/${commit}/vocab.txt`)],
    ['another method', 405, () => ask('/api/models/example/encoder/revision/main', { method: 'POST' })],
  ])('answers %s with %i', async (_name, status, request) => {
    expect((await request()).status).toBe(status);
  });
});
