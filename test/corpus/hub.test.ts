import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFiles } from '../../src/corpus/hub.ts';
import { openSource } from '../../src/corpus/open-source.ts';
import { createHub, type HubOptions } from '../../src/hub/http-hub.ts';
import { silentLogger } from '../../src/log.ts';
import type { Progress } from '../../src/progress.ts';
import { type HubServer, startHubServer } from '../fakes/hub-server.ts';

const row = (number: number) =>
  `${JSON.stringify({ html_url: `https://x/${number}`, title: `Title ${number}`, body: '', comments: [], is_pull_request: false })}\n`;

describe('a dataset on the Hub', () => {
  let server: HubServer;
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'hub-source-'));
    server = await startHubServer();
  });
  afterEach(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });

  const publish = (files: Readonly<Record<string, string>>) =>
    server.publish({ kind: 'dataset', id: 'example/issues', files });
  const open = (spec = 'hub:example/issues', options: Partial<HubOptions> = {}) =>
    openSource(spec, {
      stagingDir: dir,
      hub: createHub({ endpoint: server.url, cacheDir: dir, log: silentLogger, retryDelayMs: 5, ...options }),
    });
  it('says whether it is private, as the Hub told when it was asked', async () => {
    await publish({ 'issues.jsonl': row(1) });
    const source = open();
    expect(source.isPrivate?.()).toBeUndefined();
    await source.fingerprint();
    expect(source.isPrivate?.()).toBe(false);
    const guarded = await startHubServer({ token: 'hf_token' });
    await guarded.publish({ kind: 'dataset', id: 'example/secret', files: { 'issues.jsonl': row(1) }, private: true });
    const secret = open('hub:example/secret', { endpoint: guarded.url, token: 'hf_token' });
    await secret.fingerprint();
    expect(secret.isPrivate?.()).toBe(true);
    await guarded.close();
  });

  const openOffline = () => {
    server.swallow(true);
    return open('hub:example/issues', { answerTimeoutMs: 50 });
  };
  const titlesOf = async (source = open(), onProgress?: (progress: Progress) => void) => {
    const titles: string[] = [];
    for await (const { issues } of source.read({ onProgress })) titles.push(...issues.map(({ title }) => title));
    return titles;
  };

  it('is read from the files that its repository lists', async () => {
    await publish({ 'README.md': '# Issues', '.gitattributes': '', 'issues.jsonl': row(1) + row(2) });
    const seen: Progress[] = [];
    expect(await titlesOf(open(), (progress) => seen.push(progress))).toEqual(['Title 1', 'Title 2']);
    expect(seen.at(-1)).toMatchObject({ what: 'fetching issues.jsonl', unit: 'MB' });
    expect(server.count('README.md')).toBe(0);
  });

  it('is read at the revision that is asked for', async () => {
    const first = await publish({ 'issues.jsonl': row(1) });
    await publish({ 'issues.jsonl': row(2) });
    expect(await titlesOf(open(`hub:example/issues@${first}`))).toEqual(['Title 1']);
    expect(await titlesOf()).toEqual(['Title 2']);
  });

  it('is read as it was when its fingerprint was taken', async () => {
    await publish({ 'issues.jsonl': row(1) });
    const source = open();
    const before = await source.fingerprint();
    await publish({ 'issues.jsonl': row(2) });
    expect(await titlesOf(source)).toEqual(['Title 1']);
    expect(await source.fingerprint()).not.toBe(before);
    expect(await titlesOf(source)).toEqual(['Title 2']);
  });

  it('is read from the cache when the Hub does not answer', async () => {
    await publish({ 'issues.jsonl': row(1) });
    const source = open();
    const before = await source.fingerprint();
    await titlesOf(source);
    const offline = openOffline();
    expect(await offline.fingerprint()).toBe(before);
    expect(await titlesOf(offline)).toEqual(['Title 1']);
  });

  it('is an error when the Hub does not answer and the cache holds nothing', async () => {
    await expect(openOffline().fingerprint()).rejects.toThrow(/does not answer/);
  });
});

describe('the files of a dataset', () => {
  const chosen = (...paths: string[]) =>
    dataFiles(
      paths.map((file) => ({ path: file, sizeBytes: 1 })),
      'hub:example/issues',
    ).map(({ path }) => path);

  it('are its JSON lines, else its parquet files, else plain JSON', () => {
    expect(chosen('a.parquet', 'b.jsonl', 'c.json')).toEqual(['b.jsonl']);
    expect(chosen('a.parquet', 'c.json', 'README.md')).toEqual(['a.parquet']);
    expect(chosen('c.json', 'dataset_infos.json', '.cache/x.json')).toEqual(['c.json']);
  });

  it('are the train split where there is one, in order', () => {
    expect(chosen('data/test.jsonl', 'data/train-2.jsonl', 'data/train-1.jsonl')).toEqual([
      'data/train-1.jsonl',
      'data/train-2.jsonl',
    ]);
    expect(chosen('train/0.parquet', 'test/0.parquet')).toEqual(['train/0.parquet']);
    expect(chosen('training-notes.jsonl', 'rows.jsonl')).toEqual(['rows.jsonl', 'training-notes.jsonl']);
  });

  it('are all that are no other split, where none is called train', () => {
    expect(chosen('issues.jsonl', 'comments.jsonl', 'validation.jsonl')).toEqual(['comments.jsonl', 'issues.jsonl']);
    expect(chosen('test.jsonl')).toEqual(['test.jsonl']);
  });

  it('are an error when there are none, with what there is', () => {
    expect(() => chosen('README.md', 'rows.csv')).toThrow(
      'hub:example/issues holds no JSONL and no parquet file; it has README.md, rows.csv. Name another dataset.',
    );
  });

  it('are an error when a numbered part is missing', () => {
    const parts = ['data/train-00000-of-00003.parquet', 'data/train-00002-of-00003.parquet'];
    expect(() => chosen(...parts)).toThrow('only 2 of 3 parts of data/train are there');
    expect(chosen(...parts, 'data/train-00001-of-00003.parquet')).toHaveLength(3);
  });
});
