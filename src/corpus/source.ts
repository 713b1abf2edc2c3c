import type { OnProgress } from '../progress.ts';

/** One issue as a source tells it, with its comments in the order written. Texts are untrusted. */
export type SourceIssue = {
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly isPullRequest: boolean;
  readonly number?: number | undefined;
  readonly state?: string | undefined;
  /** Why it was closed, as GitHub has it: `completed`, `not_planned`. */
  readonly stateReason?: string | undefined;
  /** ISO 8601. */
  readonly closedAt?: string | undefined;
  /** Who opened it. */
  readonly author?: string | undefined;
  /** Undefined where the source tells none. */
  readonly labels?: readonly string[] | undefined;
  readonly comments: readonly SourceComment[];
};

export type SourceComment = {
  readonly text: string;
  /** GitHub's id of the comment, where the source knows it. */
  readonly id?: number | undefined;
  readonly url?: string | undefined;
  readonly author?: string | undefined;
  /** Whether a bot wrote it; undefined where the source does not tell. */
  readonly byBot?: boolean | undefined;
  /** ISO 8601. */
  readonly createdAt?: string | undefined;
};

/** A row that could not be used: counted, the first few named. */
export type BadRow = { readonly file: string; readonly line: number; readonly reason: string };

/** Where a source is to go on; whatever it needs, as plain JSON. Kept with the rows it belongs to. */
export type Cursor = unknown;

export type SourceBatch = {
  readonly issues: readonly SourceIssue[];
  readonly badRows: readonly BadRow[];
  /** Everything up to here is in this batch or an earlier one. */
  readonly cursor: Cursor;
  /** How far the source is, in `unit`s. */
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: string;
};

/** Where comments come from: a dataset on the Hub, a repository on GitHub, a file. */
export interface Source {
  /** As configured, and the name of its rows in the store: `hub:OWNER/DATASET` or a file's absolute path. */
  readonly spec: string;
  /**
   * What exactly would be read: changes when the content does (a commit, or size and time of a file). An interrupted
   * run goes on only under the same fingerprint.
   *
   * @throws OperatorError when the source cannot be reached or does not exist
   */
  fingerprint(signal?: AbortSignal): Promise<string>;
  /** Whether it is private where it comes from, as the last `fingerprint` found; undefined where nobody says so. */
  isPrivate?(): boolean | undefined;
  /**
   * Reads the source in batches, from the start or after `cursor`. Streams: memory does not grow with the source.
   *
   * @throws OperatorError when nothing in it is usable: what was expected, what came
   */
  read(options?: {
    readonly cursor?: Cursor;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: OnProgress | undefined;
  }): AsyncIterable<SourceBatch>;
}

/** The spec of the sample corpus that ships with the bot. */
export const SAMPLE_SOURCE = 'sample';
