import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonlFile, statFile } from '../../src/corpus/jsonl.ts';
import { FILE_START, type RawRow, type RowPosition } from '../../src/corpus/row-file.ts';

describe('a file of JSON lines', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'jsonl-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const write = async (content: string | Uint8Array) => {
    const file = path.join(dir, 'rows.jsonl');
    await writeFile(file, content);
    return file;
  };
  const rowsOf = async (file: string, from: RowPosition = FILE_START) => {
    const rows: RawRow[] = [];
    for await (const row of (await jsonlFile(file, 'rows.jsonl')).rows(from)) rows.push(row);
    return rows;
  };
  const told = (rows: readonly RawRow[]) =>
    rows.map((row) => [row.position.line, 'value' in row ? row.value : row.fault]);

  it('gives its values with their line numbers, the last with or without a line break', async () => {
    expect(told(await rowsOf(await write('{"a":1}\n{"a":2}\n')))).toEqual([
      [1, { a: 1 }],
      [2, { a: 2 }],
    ]);
    expect(told(await rowsOf(await write('{"a":1}\n{"a":2}')))).toEqual([
      [1, { a: 1 }],
      [2, { a: 2 }],
    ]);
  });

  it('may have a byte order mark, CRLF and blank lines', async () => {
    const rows = await rowsOf(await write('\uFEFF{"a":1}\r\n\r\n  \n{"a":2}\r\n'));
    expect(told(rows)).toEqual([
      [1, { a: 1 }],
      [4, { a: 2 }],
    ]);
  });

  it('names the lines that are not JSON and not UTF-8, and goes on', async () => {
    const file = await write(
      Buffer.concat([Buffer.from('{"a":1}\n{"a":\n"'), Buffer.from([0xff]), Buffer.from('"\n{"a":4}\n')]),
    );
    expect(told(await rowsOf(file))).toEqual([
      [1, { a: 1 }],
      [2, 'not JSON'],
      [3, 'not UTF-8'],
      [4, { a: 4 }],
    ]);
  });

  it('names a line that is too long to be held, and goes on', async () => {
    const file = await write(
      Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.alloc(40 * 1024 * 1024, 'x'), Buffer.from('\n{"a":3}\n')]),
    );
    expect(told(await rowsOf(file))).toEqual([
      [1, { a: 1 }],
      [2, 'longer than 32 MB'],
      [3, { a: 3 }],
    ]);
  });

  it('can be read on after any row, with the same line numbers', async () => {
    const value = fc.record({ value: fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 100_000 })) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        fc.nat(),
        async (values, end, pick) => {
          const file = await write(values.map((each) => JSON.stringify(each) + end).join(''));
          const rows = await rowsOf(file);
          expect(rows.map((row) => 'value' in row && row.value)).toEqual(
            values.map((each) => JSON.parse(JSON.stringify(each))),
          );
          const at = pick % rows.length;
          expect(await rowsOf(file, rows[at]?.position)).toEqual(rows.slice(at + 1));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is no JSON list because one of its rows is a list', async () => {
    expect(told(await rowsOf(await write('[1]\n{"a":2}\n')))).toEqual([
      [1, [1]],
      [2, { a: 2 }],
    ]);
  });

  it('stops when it is told to', async () => {
    const file = await jsonlFile(await write('{"a":1}\n'.repeat(200_000)));
    const controller = new AbortController();
    const read = async () => {
      for await (const _row of file.rows(FILE_START, controller.signal)) controller.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });

  describe('is refused with what to do', () => {
    const open = (file: string) => jsonlFile(file, 'rows.jsonl');

    it('when it is missing', async () => {
      await expect(open(path.join(dir, 'nothing.jsonl'))).rejects.toThrow(
        'rows.jsonl: there is no such file. Check the path',
      );
    });
    it('when it is an empty parquet file, which has no lines to expect', async () => {
      const file = path.join(dir, 'empty.parquet');
      await writeFile(file, '');
      await expect(statFile(file, 'empty.parquet')).rejects.toThrow('is empty. Expected a parquet file.');
    });
    it('when it is a folder', async () => {
      await mkdir(path.join(dir, 'folder.jsonl'));
      await expect(open(path.join(dir, 'folder.jsonl'))).rejects.toThrow(
        'is not a file. Expected a file of JSON lines',
      );
    });
    it.each([
      ['empty', '', 'is empty. Expected one JSON object a line'],
      ['binary', Buffer.from([1, 0, 2]), 'is a binary file or UTF-16 text'],
      ['UTF-16', Buffer.from('\uFEFF{"a":1}', 'utf16le'), 'is a binary file or UTF-16 text'],
      ['compressed', gzipSync('{"a":1}'), 'is compressed (gzip)'],
      ['parquet', 'PAR1....', 'is a parquet file'],
      [
        'one list',
        '\n [\n{"a":1}]',
        "is one JSON list. Expected a file of JSON lines: one JSON object a line, UTF-8. Turn it into lines first: jq -c '.[]' FILE",
      ],
    ])('when it is %s', async (_name, content, message) => {
      await expect(open(await write(content))).rejects.toThrow(message);
    });
  });
});
