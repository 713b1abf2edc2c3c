import { OperatorError } from '../errors.ts';
import { statFile } from './jsonl.ts';
import type { RawRow, RowFile, RowPosition } from './row-file.ts';

/** What a row can be made of; other columns are not even read. */
const COLUMNS = new Set([
  'html_url',
  'title',
  'body',
  'comments',
  'comment_meta',
  'is_pull_request',
  'pull_request',
  'number',
  'state',
  'url',
  'comments_url',
  'issue_url',
  'user',
  'id',
  'created_at',
]);

/**
 * A parquet file, held in memory one row group at a time.
 *
 * @throws OperatorError when it is missing, empty or no parquet file
 */
export async function parquetFile(file: string, name = file): Promise<RowFile> {
  const { sizeBytes } = await statFile(file, name);
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer).catch((cause: unknown) => {
    throw new OperatorError(`${name} is not a readable parquet file. It may be cut off: fetch it again.`, { cause });
  });
  const columns = parquetSchema(metadata)
    .children.map(({ element }) => element.name)
    .filter((column) => COLUMNS.has(column));
  if (!columns.includes('title') && !columns.includes('issue_url')) {
    throw new OperatorError(
      `${name} holds no issues: expected the columns html_url, title, body, comments and is_pull_request, ` +
        `found ${
          parquetSchema(metadata)
            .children.map(({ element }) => element.name)
            .slice(0, 20)
            .join(', ') || 'none'
        }.`,
    );
  }
  const total = Number(metadata.num_rows);

  async function* rows(from: RowPosition, signal: AbortSignal | undefined): AsyncIterable<RawRow> {
    const { parquetReadObjects } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    let groupStart = 0;
    for (const { num_rows: size } of metadata.row_groups) {
      const groupEnd = groupStart + Number(size);
      const start = Math.max(groupStart, from.next);
      groupStart = groupEnd;
      if (start >= groupEnd) continue;
      signal?.throwIfAborted();
      const options = { file: buffer, metadata, columns, compressors, rowStart: start, rowEnd: groupEnd };
      const values = await parquetReadObjects(options).catch((cause: unknown) => {
        throw new OperatorError(`${name} cannot be read after row ${start}. It may be damaged: fetch it again.`, {
          cause,
        });
      });
      for (const [index, value] of values.entries()) {
        const next = start + index + 1;
        yield { position: { next, line: next }, doneBytes: (sizeBytes * next) / total, value };
      }
    }
  }

  return { name, sizeBytes, rows };
}
