/** One file of rows, read from the start or from where an earlier reading stopped. */
export interface RowFile {
  /** For messages: the path as the operator knows it. */
  readonly name: string;
  readonly sizeBytes: number;
  rows(from: RowPosition, signal?: AbortSignal): AsyncIterable<RawRow>;
}

/** Where reading goes on: `next` is the file's own (a byte, a row number), `line` counts rows for people. */
export type RowPosition = { readonly next: number; readonly line: number };

export const FILE_START: RowPosition = { next: 0, line: 0 };

export type RawRow = {
  /** After this row. */
  readonly position: RowPosition;
  /** How much of the file is behind it. */
  readonly doneBytes: number;
} & ({ readonly value: unknown } | { readonly fault: string });
