import type { CommentFilter } from './comment-filter.ts';
import type { Cursor, SourceIssue } from './source.ts';

/** One comment of the corpus, with what its document is made of. Texts are untrusted. */
export type Comment = {
  /** Ascending in the order of the source: ties in a ranking break by it. */
  readonly row: number;
  /** Its GitHub id (`d` before it for a comment of a discussion), else a hash of source, issue URL, position and text: the same in every index run. */
  readonly key: string;
  readonly source: string;
  readonly text: string;
  readonly title: string;
  readonly body: string;
  readonly issueUrl: string;
  readonly issueState?: string | undefined;
  /** Why it was closed: `completed`, `not_planned`, `duplicate`; or that it was `reopened`. */
  readonly issueStateReason?: string | undefined;
  /** ISO 8601: when, where the source tells it. */
  readonly issueClosedAt?: string | undefined;
  /** None where the source tells none. */
  readonly labels?: readonly string[] | undefined;
  /** The address of the pull request that closed the issue, where it is known. */
  readonly closedBy?: string | undefined;
  /** Whether it is the answer that was accepted in its discussion. */
  readonly accepted?: boolean | undefined;
  readonly url?: string | undefined;
  readonly author?: string | undefined;
  /** What the author is to the repository, as GitHub says it: `MEMBER`, `OWNER`, `NONE`. */
  readonly authorAssociation?: string | undefined;
  /** Whether its author is who opened the issue. */
  readonly byReporter?: boolean | undefined;
  /** How many reactions it has, of all kinds. */
  readonly reactions?: number | undefined;
  /** ISO 8601. */
  readonly createdAt?: string | undefined;
};

export type SourceRecord = {
  readonly spec: string;
  /** As told where it comes from: a private repository or dataset. */
  readonly isPrivate: boolean;
  /** Rows that answers can find. */
  readonly comments: number;
  /** ISO 8601: when its rows were last replaced, or a sync of it last came to its end. */
  readonly readAt: string | undefined;
  /** ISO 8601: the newest comment's date, where dates are known. */
  readonly newestCommentAt: string | undefined;
  /** How the last sync of a followed source went; undefined for others. */
  readonly sync?: SyncRecord | undefined;
  /** A run that is under way or was interrupted. */
  readonly run?:
    | { readonly done: number; readonly total: number | undefined; readonly what: string; readonly alive: boolean }
    | undefined;
};

export type SyncRecord = {
  /** Why the last sync did not come to its end; undefined when it did. */
  readonly error?: string | undefined;
  /** What was left of the hourly budget of requests then, and of GraphQL's points, where any were taken. */
  readonly budget?: BudgetRecord | undefined;
  readonly points?: BudgetRecord | undefined;
};

export type BudgetRecord = { readonly left: number; readonly limit: number; readonly resetsAt: string };

/** The row counts of the pipeline, step by step; printed as `2,855 issues and pull requests -> 771 with comments -> …`. */
export type PipelineCounts = {
  readonly rows: number;
  readonly issuesWithComments: number;
  readonly comments: number;
  readonly kept: number;
  readonly bad: number;
};

/**
 * The comments of all sources, and the vectors of their documents. Reading sees only published rows: a source's new
 * rows appear all at once. Every call is async, so that a store on another machine can stand behind the same contract.
 */
export interface CommentStore {
  /** Rises by at least one with every change of what can be found, and never otherwise. */
  version(): Promise<number>;
  /** How many comments can be found. */
  count(): Promise<number>;
  sources(): Promise<readonly SourceRecord[]>;
  /** In the order asked; undefined for what is not there (any more). */
  byRow(rows: readonly number[]): Promise<readonly (Comment | undefined)[]>;
  /**
   * As `byRow`; where several sources have a comment, a repository's, which is up to date; else the one with the
   * smaller row.
   *
   * @param sources only comments of these; all when absent
   */
  byKey(keys: readonly string[], sources?: readonly string[]): Promise<readonly (Comment | undefined)[]>;
  /** The rows of all comments that pass, ascending. */
  rowsOf(filter: CommentFilter): Promise<Uint32Array>;
  /**
   * All comments that can be found, ascending by row, in pages. Each page is of its own moment: who needs one state
   * compares `version()` before and after.
   */
  scan(): AsyncIterable<readonly Comment[]>;
  /** What can be found otherwise than at a version: in milliseconds, however large the corpus is. */
  changesSince(version: number): Promise<CorpusChanges>;
  /** Nobody will ask any more what changed up to this version. */
  forgetChanges(version: number): Promise<void>;

  /**
   * Starts to replace a source's rows, or goes on with an interrupted run of the same fingerprint. A source has one
   * writer: another process's live run is waited for (`onWait` is told for whom), a dead one's is taken over.
   *
   * @param options with `dropBots`, comments by bots are not kept
   */
  beginRun(
    spec: string,
    fingerprint: string,
    options?: RunOptions & { readonly dropBots?: boolean | undefined },
  ): Promise<SourceRun>;
  /**
   * Follows a source: changes its rows one by one, in place. Has one writer for a source, as `beginRun` has. Rows of
   * the first reading appear all at once, with `publish`.
   */
  follow(spec: string, options?: RunOptions): Promise<SourceFeed>;
  /** Notes whether a source is private; before its first row as well. */
  setPrivate(spec: string, isPrivate: boolean): Promise<void>;
  /** Forgets what these people wrote, by login; resolves with how many comments can no longer be found. */
  removeAuthors(logins: readonly string[]): Promise<number>;
  /**
   * Drops a source with its rows; resolves with how many comments can no longer be found. A live run of it is waited
   * for.
   */
  removeSource(spec: string, options?: RunOptions): Promise<number>;

  /**
   * The id of a vector space: everything that decides what a document's vector is, as one string. Vectors of
   * different spaces lie side by side.
   */
  space(description: string): Promise<number>;
  /** Which of the documents (by hash) have no vector yet in a space, in the order given, each once. */
  withoutVector(space: number, hashes: readonly string[]): Promise<readonly string[]>;
  /** Keeps `hashes.length` vectors, row by row in `vectors`, in place of older ones; in one transaction. */
  putVectors(space: number, hashes: readonly string[], vectors: Float32Array): Promise<void>;
  /** The vectors of the documents in the order given, row by row; undefined when any is missing. */
  vectors(space: number, hashes: readonly string[]): Promise<Float32Array | undefined>;
  /**
   * Forgets the vectors that nobody needs. In slices, so that no writer waits long; stops when the corpus has another
   * version or somebody works on a source: the next time will do.
   *
   * @returns whether it came to its end
   */
  forgetVectors(needed: NeededVectors): Promise<boolean>;

  close(): Promise<void>;
}

export type CorpusChanges = {
  /** The store's version that this leads to; what came a moment later may be among the rows already. */
  readonly version: number;
  /** Ascending: those that came, went, or are another document or of another issue now. Some may be as they were. */
  readonly rows: readonly number[];
  /**
   * False when others may have come and gone beside these: a source was replaced, appeared or left as a whole, the
   * changes are too many, or older than what is remembered of them.
   */
  readonly complete: boolean;
};

/** Which vectors are to be kept. */
export type NeededVectors = {
  /** The version of the corpus that `hashes` is of. */
  readonly version: number;
  /** The documents of all comments that can be found. Those of interrupted runs are kept as well. */
  readonly hashes: ReadonlySet<string>;
  hashOf(comment: Comment): string;
  /** Only this space is needed; undefined: all. */
  readonly space?: number | undefined;
};

export type RunOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((owner: string) => void) | undefined;
};

/** One replacement of a source's rows. Nothing of it can be found before `publish`. */
export interface SourceRun {
  /** Where the interrupted run stopped; undefined at the start. */
  readonly cursor: Cursor | undefined;
  readonly counts: PipelineCounts;
  /** Whether the source has no published rows yet, so that publishing early hides nothing. */
  readonly first: boolean;
  /**
   * Keeps the comments of these issues that pass the recipe's filters, with the cursor and the counts, in one
   * transaction. A comment whose key the run has already is kept once; `counts.kept` counts what is kept. Characters
   * that cannot be stored (NUL, half of a surrogate pair) become U+FFFD.
   *
   * @throws OperatorError when the run was taken over meanwhile
   */
  append(issues: readonly SourceIssue[], cursor: Cursor, bad: number): Promise<void>;
  /** The rows of this run, ascending, in pages. */
  scan(): AsyncIterable<readonly Comment[]>;
  /** How many rows this run has. */
  count(): Promise<number>;
  /** Tells other processes how far the run is. */
  progress(what: string, done: number, total: number | undefined): Promise<void>;
  /** The source's old rows go and these come, at once; the version rises by one. Ends the run. */
  publish(): Promise<void>;
  /**
   * Ends the run, if `publish` has not; unpublished rows stay for a later run to go on with. Clears away rows that were
   * replaced.
   */
  release(): Promise<void>;
}

/** An issue or a discussion of a followed source: they share one row of numbers. */
export type FeedIssue = {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly stateReason: string | undefined;
  /** Who opened it, by login. */
  readonly author?: string | undefined;
  /** ISO 8601: when it was closed, if it is. Undefined here and in the three below: what is kept stays. */
  readonly closedAt?: string | undefined;
  readonly labels: readonly string[] | undefined;
  /** The address of the pull request that closed it; null: none did. An open issue has none. */
  readonly closedBy?: string | null | undefined;
  /** The key of the comment that was accepted as the answer; null: none was. */
  readonly answer?: string | null | undefined;
  /** ISO 8601. What is older than what is kept changes nothing. */
  readonly updatedAt: string;
};

/** A comment of a followed source, of an issue that is kept or comes with it. */
export type FeedComment = {
  /** As in `Comment`. */
  readonly key: string;
  readonly issueNumber: number;
  readonly text: string;
  readonly url: string;
  readonly author: string | undefined;
  readonly authorAssociation: string | undefined;
  readonly reactions: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** What comes is put in before what goes is removed; an issue goes with its comments. */
export type FeedChanges = {
  readonly issues?: readonly FeedIssue[];
  readonly removedIssues?: readonly number[];
  readonly comments?: readonly FeedComment[];
  /** By key. */
  readonly removedComments?: readonly string[];
  /**
   * Issues whose comments come with them to the last one: others of them that are kept go, unless they are from after
   * the issue's last change as it comes.
   */
  readonly wholeIssues?: readonly number[];
  /** Which sweep these rows were met by, or the last one: rows are marked with it. */
  readonly sweep: number;
  /** Remove whatever the sweep has not met: it has seen all that there is. */
  readonly dropUnseen?: boolean;
};

export type FeedCounts = { readonly added: number; readonly changed: number; readonly removed: number };

/** The right to change a source's rows in place, until `release`. */
export interface SourceFeed {
  /** What was kept with the rows; undefined before anything was. */
  readonly state: unknown;
  /** Whether its rows can be found. */
  readonly published: boolean;
  /**
   * Makes the changes, and keeps the state (if one is given) with them, in one transaction. The version rises by one
   * when other comments or other documents can be found now; states, labels and reactions are seen without it.
   *
   * @throws OperatorError when another process has taken the source over meanwhile
   */
  apply(changes: FeedChanges, state?: unknown): Promise<FeedCounts>;
  /** Which of these issues are not kept. */
  unknownIssues(numbers: readonly number[]): Promise<readonly number[]>;
  /** Which of these comments, by key, are not kept. */
  unknownComments(keys: readonly string[]): Promise<readonly string[]>;
  /** How many comments are kept, published or not. */
  count(): Promise<number>;
  /** For other processes: how far the first reading is. */
  progress(what: string, done: number, total: number | undefined): Promise<void>;
  /** From now on its rows can be found. Does nothing when they can be already. */
  publish(): Promise<void>;
  /** Notes how a sync went; one without an error counts as the last that came to its end. */
  note(sync: SyncRecord): Promise<void>;
  /** Removes all rows and the state: the source is one that was never read, but for what `note` says. */
  clear(): Promise<void>;
  /** Takes the source back, with what was noted of it, where nothing of it was ever read; false: something was. */
  forget(): Promise<boolean>;
  release(): Promise<void>;
}
