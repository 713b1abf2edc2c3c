import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '../../src/corpus/files.ts';
import type { Cursor, SourceBatch, SourceIssue } from '../../src/corpus/source.ts';

type Fields = Readonly<Record<string, unknown>>;
const API = 'https://api.github.com/repos/example/project/issues';
const WEB = 'https://github.com/example/project/issues';

const seedRow = (number: number, comments: readonly string[] = [`comment of ${number}`]): Fields => ({
  html_url: `${WEB}/${number}`,
  title: `Title ${number}`,
  body: `Body ${number}`,
  comments,
  is_pull_request: false,
});
const apiIssue = (number: number, comments: number, more: Fields = {}): Fields => ({
  url: `${API}/${number}`,
  html_url: `${WEB}/${number}`,
  number,
  title: `Title ${number}`,
  body: null,
  state: 'open',
  comments,
  user: null,
  ...more,
});
const apiComment = (issue: number, id: number, more: Fields = {}): Fields => ({
  issue_url: `${API}/${issue}`,
  id,
  html_url: `${WEB}/${issue}#issuecomment-${id}`,
  body: `comment ${id}`,
  user: { login: `person-${id}` },
  created_at: `2021-01-01T00:00:${String(id % 60).padStart(2, '0')}Z`,
  ...more,
});

const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'OPTIONAL',
});
const list = (name: string): readonly SchemaElement[] => [
  { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
];
/** As the `datasets` library writes such rows. */
const DATASET_SCHEMA: SchemaElement[] = [
  { name: 'schema', num_children: 8 },
  text('html_url'),
  text('title'),
  text('body'),
  { name: 'is_pull_request', type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
  { name: 'number', type: 'INT64', repetition_type: 'OPTIONAL' },
  ...list('comments'),
  text('element'),
  ...list('comment_meta'),
  { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
  text('author'),
  { name: 'created_at', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'OPTIONAL' },
  text('unused'),
];

describe('files of rows', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'rows-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const write = async (name: string, rows: readonly unknown[]) => {
    const file = path.join(dir, name);
    await writeFile(file, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
    return file;
  };
  const batchesOf = async (files: readonly string[], cursor?: Cursor) => {
    const batches: SourceBatch[] = [];
    for await (const batch of filesSource('rows.jsonl', files, dir).read({ cursor })) batches.push(batch);
    return batches;
  };
  const issuesOf = (batches: readonly SourceBatch[]) => batches.flatMap(({ issues }) => issues);
  const outline = (issues: readonly SourceIssue[]) =>
    issues.map(({ url, comments }) => [url.slice(WEB.length + 1), ...comments.map(({ text }) => text)]);

  it('give their issues in order, and end with everything done', async () => {
    const file = await write('rows.jsonl', [seedRow(1), seedRow(2, []), seedRow(3, ['a', 'b'])]);
    const batches = await batchesOf([file]);
    expect(outline(issuesOf(batches))).toEqual([['1', 'comment of 1'], ['2'], ['3', 'a', 'b']]);
    const last = batches.at(-1);
    expect(last).toMatchObject({ unit: 'kB', badRows: [] });
    expect(last?.done).toBe(last?.total);
  });

  it('name their bad rows with line numbers, and skip them', async () => {
    const file = await write('rows.jsonl', [
      '{"title": ',
      seedRow(1),
      { ...seedRow(2), title: null },
      '',
      [],
      seedRow(3),
    ]);
    const batches = await batchesOf([file]);
    expect(outline(issuesOf(batches))).toEqual([
      ['1', 'comment of 1'],
      ['3', 'comment of 3'],
    ]);
    expect(batches.flatMap(({ badRows }) => badRows)).toEqual([
      { file, line: 1, reason: 'not JSON' },
      { file, line: 3, reason: '`title`: expected a text, found null' },
      { file, line: 5, reason: 'expected an object, found a list' },
    ]);
  });

  it('are an error when nothing in them is usable, with the first reason', async () => {
    const file = await write('rows.jsonl', ['no JSON', 'nor this']);
    await expect(batchesOf([file])).rejects.toThrow(
      `rows.jsonl holds no usable row. The first bad row is line 1 of ${file}: not JSON. Expected one issue a row`,
    );
  });

  it('come in several batches when they are long, and can be read on after each', async () => {
    const rows = Array.from({ length: 700 }, (_, index) => (index % 50 === 7 ? 'bad' : seedRow(index)));
    const files = [await write('a.jsonl', rows.slice(0, 450)), await write('b.jsonl', rows.slice(450))];
    const batches = await batchesOf(files);
    expect(batches.length).toBeGreaterThan(3);
    expect(issuesOf(batches)).toHaveLength(686);
    for (const [index, { cursor }] of batches.entries()) {
      const rest = await batchesOf(files, JSON.parse(JSON.stringify(cursor)));
      expect(issuesOf(rest)).toEqual(issuesOf(batches.slice(index + 1)));
      expect(rest.flatMap(({ badRows }) => badRows)).toEqual(
        batches.slice(index + 1).flatMap(({ badRows }) => badRows),
      );
    }
  });

  it('come in several batches when their rows are large', async () => {
    const large = 'x'.repeat(200_000);
    const file = await write(
      'rows.jsonl',
      Array.from({ length: 60 }, (_, index) => seedRow(index, [large])),
    );
    const batches = await batchesOf([file]);
    expect(batches.length).toBeGreaterThan(2);
    expect(Math.max(...batches.map(({ issues }) => issues.length))).toBeLessThan(30);
  });

  describe('with rows of the GitHub API', () => {
    it('bring issues and comments of one file together, in any order', async () => {
      const file = await write('rows.jsonl', [
        apiComment(2, 20),
        apiIssue(1, 2),
        apiComment(1, 12),
        apiComment(1, 11),
        apiIssue(2, 1),
        apiIssue(3, 0),
      ]);
      const issues = issuesOf(await batchesOf([file]));
      expect(outline(issues)).toEqual([['1', 'comment 11', 'comment 12'], ['2', 'comment 20'], ['3']]);
      expect(issues[1]).toEqual({
        url: `${WEB}/2`,
        title: 'Title 2',
        body: '',
        isPullRequest: false,
        number: 2,
        state: 'open',
        comments: [
          {
            text: 'comment 20',
            id: 20,
            url: `${WEB}/2#issuecomment-20`,
            author: 'person-20',
            createdAt: '2021-01-01T00:00:20Z',
          },
        ],
      });
    });

    it('bring issues of one file and comments of another together, whichever comes first', async () => {
      const issues = await write('issues.jsonl', [apiIssue(1, 1), apiIssue(2, 1, { pull_request: { url: 'x' } })]);
      const comments = await write('comments.jsonl', [apiComment(2, 20), apiComment(1, 11)]);
      for (const files of [
        [issues, comments],
        [comments, issues],
      ]) {
        const found = issuesOf(await batchesOf(files));
        expect(outline(found)).toEqual([
          ['1', 'comment 11'],
          ['2', 'comment 20'],
        ]);
        expect(found.map(({ isPullRequest }) => isPullRequest)).toEqual([false, true]);
      }
    });

    it('may stand beside rows of the seed schema', async () => {
      const file = await write('rows.jsonl', [apiIssue(1, 1), seedRow(5), apiComment(1, 11)]);
      expect(outline(issuesOf(await batchesOf([file])))).toEqual([
        ['5', 'comment of 5'],
        ['1', 'comment 11'],
      ]);
    });

    it('are an error without any comment rows: they only count comments', async () => {
      const file = await write('rows.jsonl', [apiIssue(1, 0), apiIssue(2, 3)]);
      await expect(batchesOf([file])).rejects.toThrow(
        /rows\.jsonl holds 2 issues as GitHub's API lists them: `comments` is the number of comments \(3 in all\), not their texts.*issues\.jsonl\+comments\.jsonl/,
      );
    });

    it('are no error when no issue has a comment', async () => {
      const file = await write('rows.jsonl', [apiIssue(1, 0), apiIssue(2, 0)]);
      expect(outline(issuesOf(await batchesOf([file])))).toEqual([['1'], ['2']]);
    });

    it('have bad rows for comments whose issue is not there, and are an error when that is all', async () => {
      const file = await write('rows.jsonl', [apiComment(9, 90), apiIssue(1, 1), apiComment(1, 11)]);
      const batches = await batchesOf([file]);
      expect(batches.flatMap(({ badRows }) => badRows)).toEqual([
        { file, line: 1, reason: `its issue ${API}/9 is not there` },
      ]);
      const alone = await write('comments.jsonl', [apiComment(9, 90)]);
      await expect(batchesOf([alone])).rejects.toThrow(
        /holds no usable row\. The first bad row is line 1 .*is not there/,
      );
    });

    it('take the later row of an issue that comes twice', async () => {
      const file = await write('rows.jsonl', [apiIssue(1, 1), apiComment(1, 11), apiIssue(1, 1, { title: 'Renamed' })]);
      expect(issuesOf(await batchesOf([file])).map(({ title }) => title)).toEqual(['Renamed']);
    });

    it('can be read on after each batch, and leave no temporary file', async () => {
      const rows: unknown[] = [];
      for (let number = 0; number < 300; number++) {
        rows.push(apiIssue(number, 2), apiComment(number, number * 10 + 1));
        if (number % 3 === 0) rows.push(seedRow(1000 + number), 'bad');
      }
      for (let number = 0; number < 300; number++) rows.push(apiComment((number * 7) % 300, number * 10 + 2));
      rows.push(apiComment(5000, 9), apiComment(5001, 9));
      const files = [await write('rows.jsonl', rows)];
      const batches = await batchesOf(files);
      expect(issuesOf(batches)).toHaveLength(400);
      expect(issuesOf(batches).flatMap(({ comments }) => comments)).toHaveLength(700);
      for (const [index, { cursor }] of batches.entries()) {
        const rest = await batchesOf(files, JSON.parse(JSON.stringify(cursor)));
        expect(issuesOf(rest)).toEqual(issuesOf(batches.slice(index + 1)));
        expect(rest.flatMap(({ badRows }) => badRows)).toEqual(
          batches.slice(index + 1).flatMap(({ badRows }) => badRows),
        );
      }
      expect(await readdir(dir)).toEqual(['rows.jsonl']);
    });
  });

  describe('in parquet', () => {
    const meta = (author: string) => ({ author, created_at: new Date('2021-01-01T00:00:00Z') });
    const writeParquet = async (name: string, rows: readonly Fields[], rowGroupSize = 1000) => {
      const column = (field: string) => ({ name: field, data: rows.map((row) => row[field] ?? null) });
      const buffer = parquetWriteBuffer({
        schema: DATASET_SCHEMA,
        columnData: [
          'html_url',
          'title',
          'body',
          'is_pull_request',
          'number',
          'comments',
          'comment_meta',
          'unused',
        ].map(column),
        codec: 'GZIP',
        compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) },
        rowGroupSize,
      });
      const file = path.join(dir, name);
      await writeFile(file, new Uint8Array(buffer));
      return file;
    };

    it('are the same issues', async () => {
      const file = await writeParquet('rows.parquet', [
        { ...seedRow(1, ['a', 'b']), number: 7n, comment_meta: [meta('one'), meta('two')] },
        { ...seedRow(2), body: null },
      ]);
      const issues = issuesOf(await batchesOf([file]));
      expect(outline(issues)).toEqual([
        ['1', 'a', 'b'],
        ['2', 'comment of 2'],
      ]);
      expect(issues[0]).toMatchObject({
        number: 7,
        comments: [{ author: 'one', createdAt: '2021-01-01T00:00:00Z' }, { author: 'two' }],
      });
      expect(issues[1]?.body).toBe('');
    });

    it('can be read on after each batch, across row groups', async () => {
      const rows = Array.from({ length: 500 }, (_, index) => ({
        ...seedRow(index),
        ...(index % 90 === 0 && { title: null }),
      }));
      const files = [await writeParquet('rows.parquet', rows, 130)];
      const batches = await batchesOf(files);
      expect(issuesOf(batches)).toHaveLength(494);
      expect(batches.flatMap(({ badRows }) => badRows.map(({ line }) => line))).toEqual([1, 91, 181, 271, 361, 451]);
      for (const [index, { cursor }] of batches.entries()) {
        expect(issuesOf(await batchesOf(files, cursor))).toEqual(issuesOf(batches.slice(index + 1)));
      }
    });

    it('are refused when the file is cut off, or has other columns', async () => {
      const cut = path.join(dir, 'cut.parquet');
      await writeFile(cut, 'PAR1 and then nothing');
      await expect(batchesOf([cut])).rejects.toThrow(/is not a readable parquet file\. It may be cut off/);
      const other = path.join(dir, 'other.parquet');
      await writeFile(other, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'label', data: [1, 2] }] })));
      await expect(batchesOf([other])).rejects.toThrow(
        /holds no issues: expected the columns html_url, .*found label\./,
      );
    });
  });

  it('have another fingerprint when they change', async () => {
    const file = await write('rows.jsonl', [seedRow(1)]);
    const source = filesSource('rows.jsonl', [file], dir);
    const before = await source.fingerprint();
    expect(await source.fingerprint()).toBe(before);
    await write('rows.jsonl', [seedRow(1), seedRow(2)]);
    expect(await source.fingerprint()).not.toBe(before);
    await expect(filesSource('x', [path.join(dir, 'none.jsonl')], dir).fingerprint()).rejects.toThrow(
      'there is no such file',
    );
  });
});
