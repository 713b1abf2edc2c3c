import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.ts';
import { type Database, openDatabase } from '../sqlite.ts';
import { isAlive, type RunOwner } from './run-owner.ts';
import { removeAuthors } from './sqlite-authors.ts';
import { sqliteChanges } from './sqlite-changes.ts';
import { commentRows } from './sqlite-comments.ts';
import { IN_PLACE } from './sqlite-feed.ts';
import { forgetVectors } from './sqlite-forget-vectors.ts';
import { rowsOf } from './sqlite-rows-of.ts';
import { sqliteRuns } from './sqlite-runs.ts';
import { MIGRATIONS } from './sqlite-schema.ts';
import { sqliteVectors } from './sqlite-vectors.ts';
import type { CommentStore, SourceRecord, SyncRecord } from './store.ts';

export type SqliteStoreOptions = {
  /** What this process was started as, told to whoever waits for one of its runs: `npm run index`. */
  readonly runName?: string;
  /** Logins of people whose comments are not taken in. */
  readonly excludeAuthors?: readonly string[];
  /** How long a write waits for other writers. */
  readonly busyTimeoutMs?: number;
};

/**
 * Opens (or creates) the corpus in a SQLite file. Readers never wait; several processes may have it open.
 *
 * Every call works synchronously inside: pages and batches of a few hundred rows take milliseconds, and who works
 * through the whole corpus does so in a worker thread.
 *
 * @throws OperatorError when it cannot be opened, is damaged, or a newer version wrote it
 */
export async function openSqliteStore(
  file: string,
  { runName = 'precedent', excludeAuthors = [], busyTimeoutMs = 30_000 }: SqliteStoreOptions = {},
): Promise<CommentStore> {
  await mkdir(path.dirname(file), { recursive: true }).catch((cause: unknown) => {
    throw new OperatorError(`${path.dirname(file)} cannot be made. Check DATA_DIR and its permissions.`, { cause });
  });
  const db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS, busyTimeoutMs });
  const comments = commentRows(db);
  const excluded = new Set(excludeAuthors.map((login) => login.toLowerCase()));
  const runs = sqliteRuns(db, comments, { runName, excluded });
  const version = db.prepare(`SELECT value FROM counters WHERE name = 'version'`);
  const filteredRows = rowsOf(db);
  const insertSource = db.prepare('INSERT INTO sources (spec) VALUES (?) ON CONFLICT DO NOTHING');
  const setPrivate = db.prepare('UPDATE sources SET private = ? WHERE spec = ?');
  const count = db.prepare('SELECT COALESCE(SUM(comments), 0) AS comments FROM sources');

  return {
    version: async () => (version.get() as { value: number }).value,
    count: async () => (count.get() as { comments: number }).comments,
    sources: async () => sourceRecords(db),
    byRow: async (rows) => rows.map((row) => comments.byRow(row)),
    byKey: async (keys, sources) => keys.map((key) => comments.byKey(key, sources)),
    rowsOf: async (filter) => filteredRows(filter),
    scan: () => comments.scan(),
    ...sqliteChanges(db),
    beginRun: (spec, fingerprint, options = {}) => runs.begin(spec, fingerprint, options),
    follow: (spec, options = {}) => runs.follow(spec, options),
    async setPrivate(spec, isPrivate) {
      db.transaction(() => {
        insertSource.run(spec);
        setPrivate.run(isPrivate ? 1 : 0, spec);
      });
    },
    removeAuthors: async (logins) => removeAuthors(db, logins),
    removeSource: (spec, options = {}) => runs.removeSource(spec, options),
    ...sqliteVectors(db),
    forgetVectors: (needed) => forgetVectors(db, comments, needed),
    async close() {
      await runs.close();
      db.close();
    },
  };
}

type SourceAndRun = {
  readonly spec: string;
  readonly private: number;
  readonly comments: number;
  readonly read_at: string | null;
  readonly newest_comment_at: string | null;
  readonly sync: string | null;
  readonly what: string | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly owner: string | null;
  readonly touched_at: number | null;
};

function sourceRecords(db: Database): readonly SourceRecord[] {
  const rows = db
    .prepare(
      `SELECT spec, private, comments, read_at, newest_comment_at, sync, what, done, total, owner, touched_at
       FROM sources LEFT JOIN runs ON runs.source = sources.id AND NOT (${IN_PLACE}) ORDER BY sources.id`,
    )
    .all() as SourceAndRun[];
  return rows.map((row) => ({
    spec: row.spec,
    isPrivate: row.private !== 0,
    comments: row.comments,
    readAt: row.read_at ?? undefined,
    newestCommentAt: row.newest_comment_at ?? undefined,
    sync: row.sync === null ? undefined : (JSON.parse(row.sync) as SyncRecord),
    run: row.what === null ? undefined : runRecord(row, row.what),
  }));
}

function runRecord({ done, total, owner, touched_at }: SourceAndRun, what: string): SourceRecord['run'] {
  const alive = owner !== null && isAlive(JSON.parse(owner) as RunOwner, touched_at ?? 0);
  return { what, done: done ?? 0, total: total ?? undefined, alive };
}
