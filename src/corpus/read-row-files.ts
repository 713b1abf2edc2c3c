import { OperatorError } from '../errors.ts';
import { FILE_START, type RawRow, type RowFile } from './row-file.ts';
import { toRow } from './rows.ts';
import type { BadRow, Cursor, SourceBatch, SourceIssue } from './source.ts';
import { type ApiJoin, openApiJoin } from './sqlite-api-join.ts';

export type ReadRowFilesOptions = {
  /** For messages. */
  readonly spec: string;
  /** Where GitHub API rows are put aside until they are joined; removed at the end. */
  readonly stagingFile: string;
  readonly cursor?: Cursor;
  readonly signal?: AbortSignal | undefined;
};

/** Everything before it was handed out. */
type RowCursor = {
  readonly file: number;
  readonly next: number;
  readonly line: number;
  readonly usable: number;
  /** Whether API rows were put aside before: then the files are read from the start again, to put them aside anew. */
  readonly staged: boolean;
  /** The last API issue handed out; null while files are still read. */
  readonly joined: number | null;
  /** The last API comment without its issue that was handed out. */
  readonly orphans: number;
};

const START: RowCursor = { file: 0, ...FILE_START, usable: 0, staged: false, joined: null, orphans: 0 };
const BATCH_ROWS = 200;
const BATCH_BYTES = 4_000_000;

/**
 * The issues of some files in batches, in the order of the rows. GitHub API rows come last, joined by their issue's
 * address over all files.
 *
 * @throws OperatorError when no row is usable, or when there are API issues without the texts of their comments
 */
export async function* readRowFiles(
  files: readonly RowFile[],
  { spec, stagingFile, cursor, signal }: ReadRowFilesOptions,
): AsyncIterable<SourceBatch> {
  const resumed = (cursor as RowCursor | undefined) ?? START;
  const totalBytes = files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const { unit, bytes } = totalBytes < 1e6 ? { unit: 'kB', bytes: 1e3 } : { unit: 'MB', bytes: 1e6 };
  const reader = new BatchReader(files, resumed, stagingFile);
  let firstBad: BadRow | undefined;
  const toBatch = (part: BatchPart): SourceBatch => {
    firstBad ??= part.badRows[0];
    return {
      issues: part.issues,
      badRows: part.badRows,
      cursor: part.cursor,
      done: part.doneBytes / bytes,
      total: totalBytes / bytes,
      unit,
    };
  };
  try {
    for await (const part of reader.rows(signal)) yield toBatch(part);
    reader.refuseIssuesAlone(spec);
    for (const part of reader.joinedRows(totalBytes)) {
      signal?.throwIfAborted();
      yield toBatch(part);
    }
    if (reader.usable === 0) throw nothingUsable(spec, firstBad);
  } finally {
    await reader.close();
  }
}

type BatchPart = {
  readonly issues: readonly SourceIssue[];
  readonly badRows: readonly BadRow[];
  readonly cursor: RowCursor;
  readonly doneBytes: number;
};

class BatchReader {
  readonly #files: readonly RowFile[];
  readonly #resumed: RowCursor;
  readonly #stagingFile: string;
  #join: ApiJoin | undefined;
  #issues: SourceIssue[] = [];
  #badRows: BadRow[] = [];
  usable: number;

  constructor(files: readonly RowFile[], resumed: RowCursor, stagingFile: string) {
    this.#files = files;
    this.#resumed = resumed;
    this.#stagingFile = stagingFile;
    this.usable = resumed.usable;
  }

  async *rows(signal: AbortSignal | undefined): AsyncIterable<BatchPart> {
    const { file: resumedFile, next, line, staged, joined } = this.#resumed;
    const again = staged || joined !== null;
    let bytesBefore = 0;
    for (const [index, file] of this.#files.entries()) {
      const start = again || index > resumedFile ? FILE_START : { next, line };
      let batchStart = start.next === 0 ? 0 : undefined;
      if (again || index >= resumedFile) {
        for await (const row of file.rows(start, signal)) {
          const known = index < resumedFile || (index === resumedFile && row.position.next <= next);
          await this.#take(file, row, known);
          batchStart ??= row.doneBytes;
          const full = this.#issues.length + this.#badRows.length >= BATCH_ROWS;
          if (!full && row.doneBytes - batchStart < BATCH_BYTES) continue;
          batchStart = row.doneBytes;
          // Also an empty batch tells how far the reading is.
          const at = known ? { file: resumedFile, next, line } : { file: index, ...row.position };
          yield this.#part(at, bytesBefore + row.doneBytes);
        }
      }
      bytesBefore += file.sizeBytes;
    }
    yield this.#part({ file: this.#files.length, ...FILE_START }, bytesBefore);
  }

  *joinedRows(totalBytes: number): Iterable<BatchPart> {
    const join = this.#join;
    if (!join) return;
    const end = { file: this.#files.length, ...FILE_START };
    let joined = this.#resumed.joined ?? 0;
    for (const { issues, last } of join.joined(joined)) {
      joined = last;
      this.usable += issues.length;
      this.#issues = [...issues];
      yield this.#part({ ...end, joined }, totalBytes);
    }
    for (const { badRows, last } of join.orphans(this.#resumed.orphans)) {
      this.#badRows = [...badRows];
      yield this.#part({ ...end, joined, orphans: last }, totalBytes);
    }
  }

  refuseIssuesAlone(spec: string): void {
    const join = this.#join;
    if (!join || join.counts.comments > 0 || join.counts.commentsPromised === 0) return;
    const { issues, commentsPromised } = join.counts;
    throw new OperatorError(
      `${spec} holds ${issues.toLocaleString('en-US')} issues as GitHub's API lists them: \`comments\` is the number of ` +
        `comments (${commentsPromised.toLocaleString('en-US')} in all), not their texts, and no comment rows came with them. ` +
        "Add the rows of GitHub's comments listing (issue_url, body), in the same file or in a second one: issues.jsonl+comments.jsonl",
    );
  }

  async close(): Promise<void> {
    await this.#join?.close();
  }

  async #take(file: RowFile, raw: RawRow, known: boolean): Promise<void> {
    const row = 'fault' in raw ? ({ kind: 'bad', reason: raw.fault } as const) : toRow(raw.value);
    const { line } = raw.position;
    if (row.kind === 'api-issue') (await this.#staging()).addIssue(row.apiUrl, row.issue, row.commentCount);
    else if (row.kind === 'api-comment') {
      (await this.#staging()).addComment(row.issueApiUrl, row.comment, file.name, line);
    } else if (known) return;
    else if (row.kind === 'bad') this.#badRows.push({ file: file.name, line, reason: row.reason });
    else {
      this.usable++;
      this.#issues.push(row.issue);
    }
  }

  async #staging(): Promise<ApiJoin> {
    this.#join ??= await openApiJoin(this.#stagingFile);
    return this.#join;
  }

  #part(at: Pick<RowCursor, 'file' | 'next' | 'line'> & Partial<RowCursor>, doneBytes: number): BatchPart {
    const { joined, orphans } = this.#resumed;
    const cursor = { joined, orphans, ...at, usable: this.usable, staged: this.#join !== undefined };
    const part = { issues: this.#issues, badRows: this.#badRows, cursor, doneBytes };
    this.#issues = [];
    this.#badRows = [];
    return part;
  }
}

function nothingUsable(spec: string, firstBad: BadRow | undefined): OperatorError {
  const found = firstBad ? ` The first bad row is line ${firstBad.line} of ${firstBad.file}: ${firstBad.reason}.` : '';
  return new OperatorError(
    `${spec} holds no usable row.${found} Expected one issue a row, with html_url, title, body, comments (a list of texts) and is_pull_request.`,
  );
}
