import { rm } from 'node:fs/promises';
import { openDatabase } from '../sqlite.ts';
import type { BadRow, SourceComment, SourceIssue } from './source.ts';

/**
 * Brings GitHub API issue rows and comment rows together, which may come in any order and in more than memory holds:
 * both are put aside in a temporary file first.
 */
export interface ApiJoin {
  /** Rows put aside; `commentsPromised` is the number of comments that the issues say they have. */
  readonly counts: { readonly issues: number; readonly commentsPromised: number; readonly comments: number };
  addIssue(apiUrl: string, issue: SourceIssue, commentCount: number): void;
  addComment(issueApiUrl: string, comment: SourceComment, file: string, line: number): void;
  /** The issues with their comments in the order written, in batches; `after` is the last one of an earlier reading. */
  joined(after: number): Iterable<{ readonly issues: readonly SourceIssue[]; readonly last: number }>;
  /** Comments whose issue is not there, in batches; `after` as above. */
  orphans(after: number): Iterable<{ readonly badRows: readonly BadRow[]; readonly last: number }>;
  /** Removes the temporary file. */
  close(): Promise<void>;
}

const SCHEMA = `
  CREATE TABLE issues (seq INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, issue TEXT NOT NULL);
  CREATE TABLE comments (
    seq INTEGER PRIMARY KEY, issue_url TEXT NOT NULL, written_at TEXT, id INTEGER, file TEXT NOT NULL,
    line INTEGER NOT NULL, comment TEXT NOT NULL
  );
  CREATE INDEX comments_by_issue ON comments (issue_url, written_at, id, seq);`;

const WRITE_ROWS = 500;
const BATCH_ISSUES = 100;
const BATCH_CHARACTERS = 4_000_000;
const BATCH_ORPHANS = 1000;

export async function openApiJoin(file: string): Promise<ApiJoin> {
  await remove(file);
  const db = await openDatabase(file, { what: 'rows put aside while indexing', migrations: [SCHEMA] });
  // Made again from the source after a crash, so it need not be safe on disk.
  db.exec('PRAGMA synchronous = OFF');
  const insertIssue = db.prepare(
    'INSERT INTO issues (url, issue) VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET issue = excluded.issue',
  );
  const insertComment = db.prepare(
    'INSERT INTO comments (issue_url, written_at, id, file, line, comment) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const selectIssue = db.prepare('SELECT seq, url, issue FROM issues WHERE seq > ? ORDER BY seq LIMIT 1');
  const selectComments = db.prepare('SELECT comment FROM comments WHERE issue_url = ? ORDER BY written_at, id, seq');
  const selectOrphans = db.prepare(
    `SELECT seq, issue_url, file, line FROM comments
     WHERE seq > ? AND NOT EXISTS (SELECT 1 FROM issues WHERE url = issue_url) ORDER BY seq LIMIT ${BATCH_ORPHANS}`,
  );
  const counts = { issues: 0, commentsPromised: 0, comments: 0 };
  let waiting: (() => unknown)[] = [];

  const flush = () => {
    const writes = waiting;
    waiting = [];
    db.transaction(() => {
      for (const write of writes) write();
    });
  };
  const enqueue = (write: () => unknown) => {
    waiting.push(write);
    if (waiting.length >= WRITE_ROWS) flush();
  };

  function* joined(after: number): Iterable<{ readonly issues: readonly SourceIssue[]; readonly last: number }> {
    flush();
    let issues: SourceIssue[] = [];
    let characters = 0;
    let last = after;
    for (;;) {
      const row = selectIssue.get(last) as { seq: number; url: string; issue: string } | undefined;
      if (!row) break;
      const comments = (selectComments.all(row.url) as { comment: string }[]).map(({ comment }) => comment);
      issues.push({ ...JSON.parse(row.issue), comments: comments.map((comment) => JSON.parse(comment)) });
      characters += row.issue.length + comments.reduce((total, comment) => total + comment.length, 0);
      last = row.seq;
      if (issues.length < BATCH_ISSUES && characters < BATCH_CHARACTERS) continue;
      yield { issues, last };
      issues = [];
      characters = 0;
    }
    if (issues.length > 0) yield { issues, last };
  }

  function* orphans(after: number): Iterable<{ readonly badRows: readonly BadRow[]; readonly last: number }> {
    flush();
    for (let last = after; ; ) {
      const rows = selectOrphans.all(last) as { seq: number; issue_url: string; file: string; line: number }[];
      if (rows.length === 0) return;
      last = rows.at(-1)?.seq ?? last;
      const reason = (url: string) => `its issue ${url} is not there`;
      yield { badRows: rows.map(({ file, line, issue_url }) => ({ file, line, reason: reason(issue_url) })), last };
    }
  }

  return {
    counts,
    addIssue(apiUrl, issue, commentCount) {
      counts.issues++;
      counts.commentsPromised += commentCount;
      enqueue(() => insertIssue.run(apiUrl, JSON.stringify(issue)));
    },
    addComment(issueApiUrl, comment, name, line) {
      counts.comments++;
      const { createdAt = null, id = null } = comment;
      enqueue(() => insertComment.run(issueApiUrl, createdAt, id, name, line, JSON.stringify(comment)));
    },
    joined,
    orphans,
    async close() {
      db.close();
      await remove(file);
    },
  };
}

async function remove(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
}
