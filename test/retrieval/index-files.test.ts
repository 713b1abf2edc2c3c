import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { openFaissIndex } from '../../src/retrieval/faiss-index.ts';
import { indexStamp, loadIndex, readIndex, readManifest, readVectors } from '../../src/retrieval/index-files.ts';
import { createIndexWriter } from '../../src/retrieval/index-writer.ts';
import { DamagedIndexError, type Manifest } from '../../src/retrieval/manifest.ts';
import { anIdentity } from '../fakes/identity.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'precedent-index-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const floats = [1, 2, 3, 4, 5, 6, 7, 8, 9];

async function write(corpusVersion = 1): Promise<Manifest> {
  const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip' });
  await writer.add([2, 5], Float32Array.from(floats.slice(0, 6)));
  await writer.add([9], Float32Array.from(floats).subarray(6));
  return writer.commit({ corpusVersion });
}

describe('an index on disk', () => {
  it('comes back as it was written, and FAISS reads it', async () => {
    const manifest = await write(42);
    expect(manifest).toMatchObject({ ...anIdentity(), metric: 'ip', recipe: 'seed', rows: 3, corpusVersion: 42 });
    const files = await readIndex(directory);
    if (!files) throw new Error('no index');
    expect(files.manifest).toEqual(manifest);
    expect([...files.rows]).toEqual([2, 5, 9]);
    expect([...(await readVectors(files))]).toEqual(floats);
    const index = await openFaissIndex({ file: files.vectorsFile, dimensions: 3, metric: 'ip', rows: files.rows });
    expect(index.search(Float32Array.of(1, 1, 1), 2)).toEqual({ rows: [9, 5], scores: [24, 15] });
    index.close();
  });

  it('may be empty', async () => {
    const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'l2' });
    await writer.commit({ corpusVersion: 0 });
    const files = await readIndex(directory);
    expect(files?.manifest.rows).toBe(0);
    expect(await readVectors(files as NonNullable<typeof files>)).toHaveLength(0);
  });

  it('is undefined where there is none', async () => {
    expect(await readIndex(directory)).toBeUndefined();
    expect(await readManifest(directory)).toBeUndefined();
    expect(await indexStamp(directory)).toBeUndefined();
    expect(await readIndex(path.join(directory, 'missing'))).toBeUndefined();
  });

  it('has another stamp whenever another index is in place, and the same one otherwise', async () => {
    await write();
    const first = await indexStamp(directory);
    expect(first).toBeDefined();
    expect(await indexStamp(directory)).toBe(first);
    await write();
    expect(await indexStamp(directory)).not.toBe(first);
  });

  it('does not replace the old one before it is whole, and leaves no old files afterwards', async () => {
    const first = await write(1);
    const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip' });
    await writer.add([1], Float32Array.of(1, 1, 1));
    expect((await readIndex(directory))?.manifest).toEqual(first);
    const second = await writer.commit({ corpusVersion: 2 });
    await writer.discard();
    expect((await readIndex(directory))?.manifest).toEqual(second);
    expect((await readdir(directory)).sort()).toEqual(
      ['index.json', second.files.vectors.name, second.files.rows.name].sort(),
    );
  });

  it('that was given up leaves nothing behind', async () => {
    const first = await write(1);
    const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip' });
    await writer.add([1], Float32Array.of(1, 1, 1));
    await writer.discard();
    expect(await readdir(directory)).toHaveLength(3);
    expect((await readIndex(directory))?.manifest).toEqual(first);
  });

  it('clears what a killed writer left an hour ago, and not what another one is writing', async () => {
    await writeFile(path.join(directory, 'index-dead.faiss'), 'x');
    await writeFile(path.join(directory, 'index-live.faiss'), 'x');
    await writeFile(path.join(directory, 'precedent.db'), 'x');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(path.join(directory, 'index-dead.faiss'), longAgo, longAgo);
    await utimes(path.join(directory, 'precedent.db'), longAgo, longAgo);
    await write();
    expect(existsSync(path.join(directory, 'index-dead.faiss'))).toBe(false);
    expect(existsSync(path.join(directory, 'index-live.faiss'))).toBe(true);
    expect(existsSync(path.join(directory, 'precedent.db'))).toBe(true);
  });

  it('read while another one takes its place is one of the two, whole', async () => {
    await write(1);
    let writing = true;
    const writer = (async () => {
      for (let version = 2; version < 30; version++) await write(version);
      writing = false;
    })();
    const versions = new Set<number>();
    while (writing) versions.add((await readIndex(directory))?.manifest.corpusVersion ?? -1);
    await writer;
    expect(versions).not.toContain(-1);
  });

  it('that is replaced between the check and the loading is loaded anew', async () => {
    await write(1);
    const versions: number[] = [];
    const loaded = await loadIndex(directory, async ({ manifest, vectorsFile }) => {
      versions.push(manifest.corpusVersion);
      if (versions.length === 1) await write(2);
      return readFile(vectorsFile);
    });
    expect(versions).toEqual([1, 2]);
    expect(loaded).toHaveLength(81);
  });

  it('that is sealed is nobody’s index before it is committed', async () => {
    const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip' });
    await writer.add([4], Float32Array.of(1, 2, 3));
    await writer.seal();
    expect(await readIndex(directory)).toBeUndefined();
    await writer.commit({ corpusVersion: 7 });
    expect((await readIndex(directory))?.manifest).toMatchObject({ rows: 1, corpusVersion: 7 });
  });

  it('refuses rows out of order and vectors of another length', async () => {
    const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip' });
    await expect(writer.add([1], Float32Array.of(1, 2))).rejects.toThrow(/1 x 3 floats expected/);
    await writer.add([4], Float32Array.of(1, 2, 3));
    await expect(writer.add([4], Float32Array.of(1, 2, 3))).rejects.toThrow(/row 4 comes out of order/);
    await writer.discard();
  });
});

describe('a damaged index', () => {
  const flip = async (file: string, position: number) => {
    const bytes = await readFile(file);
    bytes[position] = (bytes[position] as number) ^ 1;
    await writeFile(file, bytes);
  };
  const cases: [string, (file: { vectors: string; rows: string; manifest: string }) => Promise<unknown>, RegExp][] = [
    [
      'whose vectors are cut short',
      ({ vectors }) => truncate(vectors, 60),
      /faiss is damaged: 81 bytes expected, but it has 60/,
    ],
    ['whose vectors are longer', async ({ vectors }) => truncate(vectors, (await stat(vectors)).size + 4), /it has 85/],
    ['whose vectors changed by one bit', ({ vectors }) => flip(vectors, 70), /faiss is damaged: .*checksum/],
    ['whose FAISS header is another', ({ vectors }) => flip(vectors, 8), /faiss is damaged: its header/],
    ['whose rows changed by one bit', ({ rows }) => flip(rows, 1), /rows is damaged: .*checksum/],
    ['whose rows are cut short', ({ rows }) => truncate(rows, 8), /rows is damaged: 12 bytes expected/],
    ['whose vectors are gone', ({ vectors }) => rm(vectors), /faiss is missing/],
    ['whose rows are gone', ({ rows }) => rm(rows), /rows is missing/],
    [
      'whose manifest is cut short',
      ({ manifest }) => truncate(manifest, 100),
      /index\.json is damaged: it is not JSON/,
    ],
    ['whose manifest is empty', ({ manifest }) => truncate(manifest, 0), /index\.json is damaged: it is not JSON/],
  ];
  it.each(cases)('%s is refused with one line that says so', async (_what, damage, message) => {
    const { files } = await write();
    await damage({
      vectors: path.join(directory, files.vectors.name),
      rows: path.join(directory, files.rows.name),
      manifest: path.join(directory, 'index.json'),
    });
    const error = await readIndex(directory).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DamagedIndexError);
    expect((error as Error).message).toMatch(message);
    await write(2);
    expect((await readIndex(directory))?.manifest.corpusVersion).toBe(2);
  });
});

describe('a disk that cannot take the index', () => {
  it.skipIf(!existsSync('/dev/full'))('being full, is named, and the old index stays', async () => {
    const before = await write(1);
    const full = () => open('/dev/full', 'r+');
    await expect(
      createIndexWriter({ directory, identity: anIdentity(), metric: 'ip', openFile: full }),
    ).rejects.toThrow(/disk is full.*index from before is untouched/);

    const late = (file: string) => (file.endsWith('.rows') ? full() : open(file, 'wx'));
    const writer = await createIndexWriter({ directory, identity: anIdentity(), metric: 'ip', openFile: late });
    await writer.add([1], Float32Array.of(1, 2, 3));
    await expect(writer.commit({ corpusVersion: 2 })).rejects.toThrow(OperatorError);
    await writer.discard();
    expect((await readIndex(directory))?.manifest).toEqual(before);
    expect(await readdir(directory)).toHaveLength(3);
  });

  it('being missing, is named', async () => {
    const missing = path.join(directory, 'missing');
    await expect(createIndexWriter({ directory: missing, identity: anIdentity(), metric: 'ip' })).rejects.toThrow(
      /missing or may not be written/,
    );
  });
});
