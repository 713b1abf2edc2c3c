/**
 * The schema of `memory.sqlite`, step by step, for all parts in one list: entry `n` turns version `n` into `n + 1`. What
 * stands here is in people's files: new steps are added at the end, none is changed.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE secret (key BLOB NOT NULL);
   CREATE TABLE answers (
     id TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     platform TEXT NOT NULL,
     server TEXT,
     channel TEXT,
     asker_hash TEXT NOT NULL,
     question_hash TEXT NOT NULL,
     mode TEXT NOT NULL,
     model TEXT,
     device TEXT,
     metric TEXT NOT NULL,
     took_ms REAL NOT NULL,
     indexed_at TEXT,
     ranking TEXT NOT NULL,
     vector BLOB
   ) STRICT;
   CREATE INDEX answers_by_age ON answers (created_at);`,
];
