import { createHash } from 'node:crypto';
import type { Database } from '../sqlite.ts';
import { prepare } from './prepare.ts';
import type { RunOwner } from './run-owner.ts';
import type { Cursor, SourceComment, SourceIssue } from './source.ts';
import type { CommentRows } from './sqlite-comments.ts';
import { clearDiscarded } from './sqlite-discarded.ts';
import { optional, storable, takenOver } from './sqlite-values.ts';
import type { PipelineCounts, SourceRun } from './store.ts';

export type RunRow = {
  readonly source: number;
  readonly generation: number;
  readonly fingerprint: string;
  readonly cursor: string | null;
  readonly counts: string;
  readonly owner: string | null;
  readonly touched_at: number;
};
export type SourceRow = { readonly id: number; readonly generation: number | null; readonly comments: number };

type RunContext = {
  readonly db: Database;
  readonly comments: CommentRows;
  readonly spec: string;
  readonly owner: RunOwner;
  /** Lower case. */
  readonly excluded: ReadonlySet<string>;
  readonly dropBots: boolean;
  readonly source: SourceRow;
  readonly run: RunRow;
  next(counter: 'version' | 'generation'): number;
  drop(generation: number): void;
  onEnd(): void;
};

/** One replacement of a source's rows, as the contract has it. */
export function sqliteRun({
  db,
  comments,
  spec,
  owner,
  excluded,
  dropBots,
  source,
  run,
  next,
  drop,
  onEnd,
}: RunContext): SourceRun {
  const { generation } = run;
  const owned = JSON.stringify(owner);
  const save = db.prepare('UPDATE runs SET cursor = ?, counts = ?, touched_at = ? WHERE source = ? AND owner = ?');
  const tell = db.prepare(
    'UPDATE runs SET what = ?, done = ?, total = ?, touched_at = ? WHERE source = ? AND owner = ?',
  );
  const leave = db.prepare('UPDATE runs SET owner = NULL WHERE source = ? AND owner = ?');
  const end = db.prepare('DELETE FROM runs WHERE source = ? AND owner = ?');
  const insertIssue = db.prepare(
    `INSERT INTO issues (generation, url, number, title, body, state, state_reason, closed_at, author, labels)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertComment = db.prepare(
    'INSERT INTO comments (generation, issue, key, text, url, author, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const selectKey = db.prepare('SELECT 1 FROM comments WHERE key = ? AND generation = ?');
  const summarise = db.prepare(
    'SELECT COUNT(*) AS comments, MAX(created_at) AS newest FROM comments WHERE generation = ?',
  );
  const publish = db.prepare(
    'UPDATE sources SET generation = ?, comments = ?, newest_comment_at = ?, read_at = ? WHERE id = ?',
  );
  const published = db.prepare('SELECT generation FROM sources WHERE id = ?');
  const deleteSource = db.prepare('DELETE FROM sources WHERE id = ? AND generation IS NULL');
  let counts = JSON.parse(run.counts) as PipelineCounts;
  let ended = false;

  const isExcluded = (author: string | undefined) => excluded.has(author?.toLowerCase() ?? '');
  const summary = () => summarise.get(generation) as { comments: number; newest: string | null };
  const stop = () => {
    ended = true;
    onEnd();
  };
  const keep = (
    { url, number, title, body, state, stateReason, closedAt, author: reporter, labels }: SourceIssue,
    fresh: readonly [string, SourceComment][],
  ) => {
    const issue = insertIssue.run(
      generation,
      storable(url),
      number ?? null,
      storable(title),
      storable(body),
      optional(state),
      optional(stateReason),
      optional(closedAt),
      isExcluded(reporter) ? null : optional(reporter),
      optional(labels && JSON.stringify(labels)),
    );
    for (const [key, { text, url, author, createdAt }] of fresh) {
      const { lastInsertRowid } = issue;
      insertComment.run(
        generation,
        lastInsertRowid,
        key,
        storable(text),
        optional(url),
        optional(author),
        createdAt ?? null,
      );
    }
    return fresh.length;
  };

  return {
    cursor: run.cursor === null ? undefined : (JSON.parse(run.cursor) as Cursor),
    get counts() {
      return counts;
    },
    first: source.generation === null,

    async append(issues, cursor, bad) {
      const { prepared, counts: batch } = prepare(issues, { dropBots });
      const total = db.transaction(() => {
        let kept = 0;
        for (const { issue, kept: chosen } of prepared) {
          const keyed = new Map(
            chosen
              .filter(({ comment }) => !isExcluded(comment.author))
              .map(({ comment, position }) => [keyOf(spec, issue, comment, position), comment]),
          );
          const fresh = [...keyed].filter(([key]) => selectKey.get(key, generation) === undefined);
          if (fresh.length > 0) kept += keep(issue, fresh);
        }
        const sum = add(counts, { ...batch, kept, bad });
        const saved = save.run(JSON.stringify(cursor ?? null), JSON.stringify(sum), Date.now(), source.id, owned);
        if (saved.changes === 0) throw takenOver(spec);
        return sum;
      });
      counts = total;
    },

    scan: () => comments.scanGeneration(spec, generation),
    count: async () => summary().comments,

    async progress(what, done, total) {
      tell.run(what, done, total ?? null, Date.now(), source.id, owned);
    },

    async publish() {
      db.transaction(() => {
        if (end.run(source.id, owned).changes === 0) throw takenOver(spec);
        const replaced = (published.get(source.id) as { generation: number | null }).generation;
        const { comments, newest } = summary();
        publish.run(generation, comments, newest, new Date().toISOString(), source.id);
        if (replaced !== null) drop(replaced);
        next('version');
      });
      stop();
    },

    async release() {
      if (!ended) {
        db.transaction(() => {
          if (counts.rows > 0) leave.run(source.id, owned);
          // Nothing to go on with; and a source that never had anything is none.
          else if (end.run(source.id, owned).changes > 0) deleteSource.run(source.id);
        });
        stop();
      }
      await clearDiscarded(db);
    },
  };
}

function keyOf(spec: string, issue: SourceIssue, { id, text }: SourceComment, position: number): string {
  if (id !== undefined) return String(id);
  return createHash('sha256').update([spec, issue.url, position, text].join('\0')).digest('base64url').slice(0, 22);
}

function add(a: PipelineCounts, b: PipelineCounts): PipelineCounts {
  return {
    rows: a.rows + b.rows,
    issuesWithComments: a.issuesWithComments + b.issuesWithComments,
    comments: a.comments + b.comments,
    kept: a.kept + b.kept,
    bad: a.bad + b.bad,
  };
}
