import type { Database } from '../sqlite.ts';
import type { CommentStore } from './store.ts';

/** With more of them an index is better made again. */
const MOST_ROWS = 20_000;
/** Stands in the list for what rows do not tell: a source that came, went or was replaced. */
const MORE_THAN_ROWS = 0;

/** Reads what the triggers of the schema write down. */
export function sqliteChanges(db: Database): Pick<CommentStore, 'changesSince' | 'forgetChanges'> {
  const counter = db.prepare('SELECT value FROM counters WHERE name = ?');
  const select = db.prepare(`SELECT DISTINCT row FROM changes WHERE version > ? ORDER BY row LIMIT ${MOST_ROWS + 2}`);
  const forget = db.prepare('DELETE FROM changes WHERE version <= ?');
  const noteForgotten = db.prepare(`UPDATE counters SET value = MAX(value, ?) WHERE name = 'changes kept after'`);
  const counterAt = (name: string) => (counter.get(name) as { value: number }).value;

  return {
    async changesSince(version) {
      // Read first: what comes in between is told twice then, not never.
      const now = counterAt('version');
      const rows = (select.all(version) as { row: number }[]).map(({ row }) => row);
      const complete =
        version >= counterAt('changes kept after') &&
        version <= now &&
        rows[0] !== MORE_THAN_ROWS &&
        rows.length <= MOST_ROWS;
      return { version: now, rows: rows.filter((row) => row !== MORE_THAN_ROWS).slice(0, MOST_ROWS), complete };
    },

    async forgetChanges(version) {
      db.transaction(() => {
        forget.run(version);
        noteForgotten.run(Math.min(version, counterAt('version')));
      });
    },
  };
}
