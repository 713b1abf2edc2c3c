import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { OperatorError } from '../errors.ts';
import type { RawRow, RowFile, RowPosition } from './row-file.ts';

const NEWLINE = 10;
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * A file of JSON lines: one JSON value a line, UTF-8. A byte order mark, CRLF and blank lines are fine.
 *
 * @throws OperatorError when it is missing, a folder, empty, or plainly something else
 */
export async function jsonlFile(file: string, name = file): Promise<RowFile> {
  const { sizeBytes } = await statFile(file, name);
  await refuseOtherFormats(file, name);
  return { name, sizeBytes, rows: (from, signal) => readRows(file, from, signal) };
}

/** @throws OperatorError when there is no such file, or nothing in it */
export async function statFile(file: string, name: string): Promise<{ sizeBytes: number; modifiedMs: number }> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new OperatorError(`${name}: there is no such file. Check the path.`);
    throw new OperatorError(`${name}: it cannot be read. Check the path and its permissions.`, { cause });
  });
  const isParquet = file.endsWith('.parquet');
  const expected = isParquet ? 'a parquet file' : 'a file of JSON lines (.jsonl)';
  if (!found.isFile()) throw new OperatorError(`${name} is not a file. Expected ${expected}.`);
  if (found.size === 0)
    throw new OperatorError(`${name} is empty. Expected ${isParquet ? expected : 'one JSON object a line'}.`);
  return { sizeBytes: found.size, modifiedMs: found.mtimeMs };
}

async function* readRows(file: string, from: RowPosition, signal: AbortSignal | undefined): AsyncIterable<RawRow> {
  let { line } = from;
  for await (const { bytes, next } of readLines(file, from.next, signal)) {
    line++;
    const at = { position: { next, line }, doneBytes: next };
    if (bytes === undefined) {
      yield { ...at, fault: `longer than ${LONGEST_LINE_BYTES / 1024 / 1024} MB` };
    } else if (!isUtf8(bytes)) {
      yield { ...at, fault: 'not UTF-8' };
    } else {
      const text = bytes.toString('utf8');
      if (text.trim() !== '') yield { ...at, ...parse(text) };
    }
  }
}

function parse(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'not JSON' };
  }
}

/** The lines from a byte on, each with the byte after it; without bytes when it is too long to be held. */
async function* readLines(
  file: string,
  start: number,
  signal: AbortSignal | undefined,
): AsyncIterable<{ readonly bytes: Buffer | undefined; readonly next: number }> {
  let parts: Buffer[] = [];
  let lineBytes = 0;
  let position = start;
  const add = (part: Buffer) => {
    lineBytes += part.length;
    if (lineBytes <= LONGEST_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  const take = () => {
    const bytes = lineBytes <= LONGEST_LINE_BYTES ? Buffer.concat(parts) : undefined;
    parts = [];
    lineBytes = 0;
    return bytes;
  };

  for await (const chunk of createReadStream(file, { start, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    let from = position === 0 && chunk.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
    for (let end = chunk.indexOf(NEWLINE, from); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      yield { bytes: take(), next: position + from };
    }
    if (from < chunk.length) add(chunk.subarray(from));
    position += chunk.length;
  }
  if (lineBytes > 0) yield { bytes: take(), next: position };
}

async function refuseOtherFormats(file: string, name: string): Promise<void> {
  const head = await readHead(file, name);
  const expected = 'Expected a file of JSON lines: one JSON object a line, UTF-8.';
  if (head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) {
    throw new OperatorError(`${name} is compressed (gzip). ${expected} Unpack it first: gunzip -k FILE`);
  }
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') {
    throw new OperatorError(`${name} is a parquet file. ${expected} Give it the ending .parquet.`);
  }
  if (head.includes(0)) throw new OperatorError(`${name} is a binary file or UTF-16 text. ${expected}`);
  if (isList(head.toString('utf8'))) {
    throw new OperatorError(`${name} is one JSON list. ${expected} Turn it into lines first: jq -c '.[]' FILE`);
  }
}

/** Not a line that is a list of its own among others: that is one bad row. */
function isList(head: string): boolean {
  const [first = '', second] = head.trimStart().split('\n', 2);
  return first.startsWith('[') && (second === undefined || second.trim() === '' || 'fault' in parse(first));
}

async function readHead(file: string, name: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new OperatorError(`${name} cannot be read. Check its permissions.`, { cause });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
