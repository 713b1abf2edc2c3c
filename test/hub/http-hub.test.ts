import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { createHub, type HubOptions } from '../../src/hub/http-hub.ts';
import type { HubFile, HubRepository } from '../../src/hub/hub.ts';
import { silentLogger } from '../../src/log.ts';
import type { Progress } from '../../src/progress.ts';
import { compiled } from '../../src/worker/channel.ts';
import { type HubServer, startHubServer } from '../fakes/hub-server.ts';

const MODEL: HubRepository = { kind: 'model', id: 'example/encoder' };
const DATASET: HubRepository = { kind: 'dataset', id: 'example/issues' };
const WEIGHTS = randomBytes(3_000_000);
const ROWS = '{"title":"one"}\n';

describe('the Hub client', () => {
  let server: HubServer;
  let cacheDir: string;

  beforeEach(async () => {
    cacheDir = await mkdtemp(path.join(tmpdir(), 'hub-cache-'));
    server = await startHubServer({
      token: 'hf_right',
      repositories: [
        { ...MODEL, files: { 'config.json': '{}', 'onnx/model.onnx': WEIGHTS } },
        { ...DATASET, files: { 'data/train part.jsonl': ROWS } },
        { kind: 'model', id: 'example/gated', gated: true, files: { 'config.json': '{}' } },
        { kind: 'model', id: 'example/private', private: true, files: { 'config.json': '{}' } },
      ],
    });
  });
  afterEach(async () => {
    await server.close();
    await rm(cacheDir, { recursive: true, force: true });
  });

  const hub = (options: Partial<HubOptions> = {}) =>
    createHub({ endpoint: server.url, cacheDir, log: silentLogger, retryDelayMs: 5, ...options });
  const weightsOf = async (options: Partial<HubOptions> = {}) => {
    const client = hub(options);
    const { commit, files } = await client.list(MODEL, 'main');
    const file = files.find(({ path }) => path === 'onnx/model.onnx') as HubFile;
    return {
      client,
      commit,
      file,
      fetch: (signal?: AbortSignal, onProgress?: (progress: Progress) => void) =>
        client.fetch(MODEL, commit, file, { signal, onProgress }),
    };
  };
  const partials = async () =>
    (await readdir(path.join(cacheDir, 'models--example--encoder', 'blobs'))).filter((name) =>
      name.endsWith('.incomplete'),
    );

  it('lists a repository with sizes and the commit a branch stands for', async () => {
    const { commit, files } = await hub().list(MODEL, 'main');
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(files).toEqual([
      { path: 'config.json', sizeBytes: 2 },
      { path: 'onnx/model.onnx', sizeBytes: WEIGHTS.length },
    ]);
    expect(await hub().list(MODEL, commit)).toEqual({ commit, files, isPrivate: false });
  });

  it('keeps files in the layout that the Python tools read', async () => {
    const { commit, fetch } = await weightsOf();
    const local = await fetch();
    const root = path.join(cacheDir, 'models--example--encoder');
    expect(local).toBe(path.join(root, 'snapshots', commit, 'onnx', 'model.onnx'));
    expect((await readFile(local)).equals(WEIGHTS)).toBe(true);
    expect(await readlink(local)).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(await readFile(path.join(root, 'refs', 'main'), 'utf8')).toBe(commit);
    expect(await partials()).toEqual([]);
  });

  it('fetches ordinary files of datasets, through a redirect within the Hub and with a space in the name', async () => {
    const client = hub();
    const { commit, files } = await client.list(DATASET, 'main');
    const local = await client.fetch(DATASET, commit, files[0] as HubFile);
    expect(await readFile(local, 'utf8')).toBe(ROWS);
    expect(local).toContain(path.join('datasets--example--issues', 'snapshots', commit, 'data', 'train part.jsonl'));
  });

  it('does not ask again for a file that is there', async () => {
    const { fetch } = await weightsOf();
    await fetch();
    const asked = server.requests.length;
    await fetch();
    expect(server.requests.length).toBe(asked);
  });

  it('sends the token to the Hub and never to the storage host', async () => {
    const { fetch } = await weightsOf({ token: 'hf_right' });
    await fetch();
    const own = server.requests.filter(({ storage }) => !storage);
    const storage = server.requests.filter((request) => request.storage);
    expect(own.map(({ authorization }) => authorization)).toEqual(own.map(() => 'Bearer hf_right'));
    expect(storage.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('tells how far a download is, in MB', async () => {
    const { fetch } = await weightsOf();
    const seen: Progress[] = [];
    await fetch(undefined, (progress) => seen.push(progress));
    expect(seen.at(-1)).toEqual({ what: 'fetching model.onnx', done: 3, total: 3, unit: 'MB' });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
  });

  describe('on a bad line', () => {
    it('goes on at the byte where the connection was cut', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'cut', atByte: 1_500_000 });
      const { fetch } = await weightsOf();
      expect((await readFile(await fetch())).equals(WEIGHTS)).toBe(true);
      const ranges = server.requests.filter(({ storage }) => storage).map(({ range }) => range);
      expect(ranges).toHaveLength(2);
      expect(ranges[0]).toBeUndefined();
      expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
    });

    it('keeps what arrived when it gives up, and the next start goes on there', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'cut', atByte: 900_000, times: 2 });
      const first = await weightsOf({ tries: 2 });
      await expect(first.fetch()).rejects.toThrow(/could not be fetched in 2 tries\. What arrived is kept/);
      expect(await partials()).toHaveLength(1);
      const second = await weightsOf();
      expect((await readFile(await second.fetch())).equals(WEIGHTS)).toBe(true);
      expect(server.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    });

    it('takes over what a process that is gone left behind', async () => {
      const { fetch, file } = await weightsOf();
      server.fault({ file: file.path, kind: 'cut', atByte: 900_000, times: 5 });
      await expect(fetch()).rejects.toThrow(OperatorError);
      const blobs = path.join(cacheDir, 'models--example--encoder', 'blobs');
      const [name = ''] = await partials();
      // No process has this number: it is above every system's limit.
      await rename(path.join(blobs, name), path.join(blobs, name.replace(/\.\d+-\d*-/, '.999999999-1-')));
      await fetch();
      expect(server.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
      expect(await partials()).toEqual([]);
    });

    it('refuses a damaged file and fetches it again', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'flip', atByte: 12_345 });
      const { fetch } = await weightsOf();
      expect((await readFile(await fetch())).equals(WEIGHTS)).toBe(true);
      expect(server.requests.filter(({ storage }) => storage).map(({ range }) => range)).toEqual([
        undefined,
        undefined,
      ]);
    });

    it('gives up on a file that arrives damaged every time, and keeps nothing of it', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'flip', atByte: 12_345, times: 9 });
      const { client, commit, fetch } = await weightsOf();
      await expect(fetch()).rejects.toThrow(/arrived damaged twice: expected 3000000 bytes with sha256/);
      expect(await partials()).toEqual([]);
      expect(await client.cached(MODEL, commit)).toBeUndefined();
    });

    it('gives up on a server that stops sending', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'stall', atByte: 70_000, times: 9 });
      const { fetch } = await weightsOf({ stallTimeoutMs: 300, tries: 2 });
      const error = await fetch().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OperatorError);
      expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('stopped sending') });
    });

    it('goes on after a server that stopped sending once', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'stall', atByte: 70_000 });
      const { fetch } = await weightsOf({ stallTimeoutMs: 300 });
      expect((await readFile(await fetch())).equals(WEIGHTS)).toBe(true);
    });

    it('tries again when the Hub is overloaded, and says so when it stays so', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'status', status: 503, times: 2 });
      const { fetch } = await weightsOf();
      expect((await readFile(await fetch())).equals(WEIGHTS)).toBe(true);
      server.fault({ file: 'config.json', kind: 'status', status: 503, times: 9 });
      const client = hub();
      const { commit } = await client.list(MODEL, 'main');
      await expect(client.fetch(MODEL, commit, { path: 'config.json', sizeBytes: 2 })).rejects.toThrow(
        /answered 503 for config\.json of example\/encoder\. Try again later/,
      );
    });

    it('starts again when the partial file is longer than the file', async () => {
      const { fetch, file } = await weightsOf();
      server.fault({ file: file.path, kind: 'cut', atByte: 900_000, times: 5 });
      await expect(fetch()).rejects.toThrow(OperatorError);
      const [name = ''] = await partials();
      await writeFile(path.join(cacheDir, 'models--example--encoder', 'blobs', name), Buffer.alloc(WEIGHTS.length + 1));
      expect((await readFile(await fetch())).equals(WEIGHTS)).toBe(true);
    });

    it('stops at once when it is told to, while nothing arrives', async () => {
      server.fault({ file: 'onnx/model.onnx', kind: 'stall', atByte: 70_000, times: 9 });
      const { fetch } = await weightsOf();
      const controller = new AbortController();
      const fetching = fetch(controller.signal, ({ done }) => {
        if (done > 0) controller.abort(new Error('the bot stops'));
      });
      await expect(fetching).rejects.toThrow('the bot stops');
      expect(await partials()).toHaveLength(1);
    });
  });

  describe('without an answer', () => {
    it('says after the time limit that the Hub does not answer', async () => {
      server.swallow(true);
      await expect(hub({ answerTimeoutMs: 50 }).list(MODEL, 'main')).rejects.toThrow(
        /The Hub \(http:.*\) does not answer \(waited 50 ms\)\. Check the network, or set HF_ENDPOINT/,
      );
      expect(server.requests).toHaveLength(1);
    });

    it('says that the Hub cannot be reached when nothing listens there', async () => {
      await server.close();
      await expect(hub().list(MODEL, 'main')).rejects.toThrow(/cannot be reached/);
    });

    it('falls back to what the cache holds of the branch', async () => {
      const { commit, file, fetch } = await weightsOf();
      await fetch();
      server.swallow(true);
      const offline = hub({ answerTimeoutMs: 50 });
      expect(await offline.list(MODEL, 'main')).toEqual({ commit, files: [file] });
      expect(await offline.list(MODEL, commit)).toEqual({ commit, files: [file] });
      expect((await readFile(await offline.fetch(MODEL, commit, file))).equals(WEIGHTS)).toBe(true);
    });

    it('stops at once when it is told to', async () => {
      server.swallow(true);
      await expect(hub().list(MODEL, 'main', AbortSignal.timeout(30))).rejects.toMatchObject({ name: 'TimeoutError' });
    });
  });

  describe('what is cached', () => {
    it('is nothing before anything was fetched, though the repository was listed', async () => {
      const client = hub();
      await client.list(MODEL, 'main');
      expect(await client.cached(MODEL, 'main')).toBeUndefined();
    });

    it('leaves out files whose content is gone or still on its way', async () => {
      const { client, commit, file, fetch } = await weightsOf();
      await client.fetch(MODEL, commit, { path: 'config.json', sizeBytes: 2 });
      server.fault({ file: file.path, kind: 'cut', atByte: 900_000, times: 9 });
      await expect(fetch()).rejects.toThrow(OperatorError);
      expect((await client.cached(MODEL, 'main'))?.files.map(({ path }) => path)).toEqual(['config.json']);
    });

    it('stays with the old commit until a file of the new one is there', async () => {
      const client = hub();
      const before = await client.list(DATASET, 'main');
      await client.fetch(DATASET, before.commit, before.files[0] as HubFile);
      await server.publish({ ...DATASET, files: { 'data/train part.jsonl': `${ROWS}${ROWS}` } });
      const after = await client.list(DATASET, 'main');
      expect((await client.cached(DATASET, 'main'))?.commit).toBe(before.commit);
      await client.fetch(DATASET, after.commit, after.files[0] as HubFile);
      expect((await client.cached(DATASET, 'main'))?.commit).toBe(after.commit);
    });

    it('is read where another tool copied files instead of linking them', async () => {
      const commit = 'a'.repeat(40);
      const root = path.join(cacheDir, 'models--example--encoder');
      await mkdir(path.join(root, 'snapshots', commit), { recursive: true });
      await mkdir(path.join(root, 'refs'), { recursive: true });
      await writeFile(path.join(root, 'snapshots', commit, 'config.json'), '{}');
      await writeFile(path.join(root, 'refs', 'main'), `${commit}\n`);
      expect(await hub().cached(MODEL, 'main')).toEqual({ commit, files: [{ path: 'config.json', sizeBytes: 2 }] });
    });
  });

  describe('refusals', () => {
    it.each([
      [
        'an unknown repository without a token',
        'example/nothing',
        undefined,
        /gives model example\/nothing at main to nobody without a token.*set HF_TOKEN/,
      ],
      ['an unknown repository with a token', 'example/nothing', 'hf_right', /does not know model example\/nothing/],
      ['a private repository without a token', 'example/private', undefined, /set HF_TOKEN/],
      [
        'a private repository with a wrong token',
        'example/private',
        'hf_wrong',
        /HF_TOKEN is not valid, or may not read it/,
      ],
    ])('of %s say what to do', async (_name, id, token, message) => {
      await expect(hub({ token }).list({ kind: 'model', id }, 'main')).rejects.toThrow(message);
    });

    it('of an unknown revision name it', async () => {
      await expect(hub().list(MODEL, 'v9')).rejects.toThrow(/no such revision of model example\/encoder at v9/);
    });

    it('of an unknown file name it', async () => {
      const { client, commit } = await weightsOf();
      await expect(client.fetch(MODEL, commit, { path: 'vocab.txt', sizeBytes: 9 })).rejects.toThrow(
        /does not know vocab\.txt of example\/encoder/,
      );
    });

    it('of a gated file ask for its terms', async () => {
      const client = hub({ token: 'hf_other' });
      const gated: HubRepository = { kind: 'model', id: 'example/gated' };
      const { commit, files } = await client.list(gated, 'main');
      await expect(client.fetch(gated, commit, files[0] as HubFile)).rejects.toThrow(/accept its terms/);
    });

    it('are not papered over with the cache', async () => {
      const { fetch } = await weightsOf();
      await fetch();
      await server.publish({ ...MODEL, private: true, files: { 'config.json': '{}' } });
      await expect(hub().list(MODEL, 'main')).rejects.toThrow(/private or gated/);
    });
  });

  it('gives every one of several callers at once the whole file, and fetches it once', async () => {
    const { fetch, client, commit, file } = await weightsOf();
    const other = hub();
    const paths = await Promise.all([
      fetch(),
      fetch(),
      other.fetch(MODEL, commit, file),
      client.fetch(MODEL, commit, file),
    ]);
    for (const local of paths) expect((await readFile(local)).equals(WEIGHTS)).toBe(true);
    expect(server.requests.filter(({ storage }) => storage)).toHaveLength(1);
  });

  it('gives two processes at once the whole file, each through a partial file of its own', async () => {
    // Both are held up in the middle, so that they are at it at the same time.
    server.fault({ file: 'onnx/model.onnx', kind: 'cut', atByte: 1_000_000, times: 4 });
    const child = fileURLToPath(compiled(new URL('fetch-child.ts', import.meta.url)));
    const fetchInChild = async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [child, server.url, cacheDir]);
      return stdout;
    };
    const paths = await Promise.all([fetchInChild(), fetchInChild()]);
    for (const local of paths) expect((await readFile(local)).equals(WEIGHTS)).toBe(true);
    expect(await partials()).toEqual([]);
  });

  it('leaves the partial file of a process that is at work alone', async () => {
    const { fetch, file } = await weightsOf({ tries: 1 });
    server.fault({ file: file.path, kind: 'cut', atByte: 900_000 });
    await expect(fetch()).rejects.toThrow(OperatorError);
    const blobs = path.join(cacheDir, 'models--example--encoder', 'blobs');
    const [name = ''] = await partials();
    // The same process, another thread.
    const others = name.replace(/-\d+\.incomplete$/, '-4711.incomplete');
    await rename(path.join(blobs, name), path.join(blobs, others));
    await fetch();
    expect(server.requests.at(-1)?.range).toBeUndefined();
    expect(await partials()).toEqual([others]);
  });

  it('leaves out files whose names would leave the folder', async () => {
    await server.publish({
      ...DATASET,
      files: { '../../escape.jsonl': ROWS, 'rows.jsonl': ROWS, '/etc/rows.jsonl': ROWS },
    });
    const { files } = await hub().list(DATASET, 'main');
    expect(files.map(({ path }) => path)).toEqual(['rows.jsonl']);
  });

  it('says that the cache folder cannot be written', async () => {
    await writeFile(path.join(cacheDir, 'file'), '');
    const client = hub({ cacheDir: path.join(cacheDir, 'file') });
    const { commit } = await client.list(MODEL, 'main');
    await expect(client.fetch(MODEL, commit, { path: 'config.json', sizeBytes: 2 })).rejects.toThrow(
      /could not be written\. Check that the folder may be written, or set HF_HOME/,
    );
  });

  it('does not take any web server for a Hub', async () => {
    const other = createServer((_request, response) => response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(hub({ endpoint: `http://127.0.0.1:${port}` }).list(MODEL, 'main')).rejects.toThrow(
      /did not list model example\/encoder at main as a Hub does\. Check HF_ENDPOINT/,
    );
    other.close();
  });
});
