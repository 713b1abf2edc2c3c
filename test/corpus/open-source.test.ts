import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource, sourceName } from '../../src/corpus/open-source.ts';
import type { SourceIssue } from '../../src/corpus/source.ts';
import { createHub } from '../../src/hub/http-hub.ts';
import { silentLogger } from '../../src/log.ts';

const hub = createHub({ endpoint: 'http://127.0.0.1:1', cacheDir: '/nowhere', log: silentLogger });
const deps = { hub, stagingDir: '/nowhere' };

describe('the name of a source', () => {
  it.each([
    ['hub:example/issues', 'hub:example/issues'],
    [' hub:example/issues@v1.0 ', 'hub:example/issues@v1.0'],
    ['sample', 'sample'],
    ['rows.jsonl', path.resolve('rows.jsonl')],
    ['/data/rows.parquet', '/data/rows.parquet'],
    ['/data/c++ rows.jsonl', '/data/c++ rows.jsonl'],
    ['/data/a+b.jsonl+/data/c.jsonl', '/data/a+b.jsonl+/data/c.jsonl'],
    ['issues.jsonl+comments.jsonl', `${path.resolve('issues.jsonl')}+${path.resolve('comments.jsonl')}`],
  ])('of %s is %s', (spec, name) => {
    expect(sourceName(spec)).toBe(name);
    expect(openSource(spec, deps).spec).toBe(name);
  });

  it.each([
    ['github:project', /names no repository: expected github:OWNER\/REPO/],
    ['hub:issues', /names no dataset: expected hub:OWNER\/DATASET/],
    ['hub:../etc/x', /names no dataset/],
    ['hub:a/b/c', /names no dataset/],
    [
      'rows.csv',
      /^rows\.csv is no source: expected github:OWNER\/REPO, hub:OWNER\/DATASET, a file that ends in \.jsonl/,
    ],
    ['', /^An empty name is no source/],
  ])('is none in %j, and says what is', (spec, message) => {
    expect(() => openSource(spec, deps)).toThrow(message);
  });
});

it('names a repository on GitHub', () => {
  expect(sourceName(' github:example/some.project ')).toBe('github:example/some.project');
});

describe('the sample corpus as a source', () => {
  it('is read from where it is installed', async () => {
    const source = openSource('sample', deps);
    const issues: SourceIssue[] = [];
    for await (const batch of source.read()) {
      expect(batch.badRows).toEqual([]);
      issues.push(...batch.issues);
    }
    expect(issues.length).toBeGreaterThanOrEqual(60);
    expect(issues.every(({ url }) => /^sample:\d+$/.test(url))).toBe(true);
    expect(issues.flatMap(({ comments }) => comments).every(({ author, createdAt }) => author && createdAt)).toBe(true);
  });
});
