import type { Database } from '../sqlite.ts';
import type { RunOwner } from './run-owner.ts';
import { clearDiscarded } from './sqlite-discarded.ts';
import { sqliteFeedRows } from './sqlite-feed-rows.ts';
import type { RunRow, SourceRow } from './sqlite-run.ts';
import { takenOver } from './sqlite-values.ts';
import type { SourceFeed } from './store.ts';

/** The fingerprint of runs that follow a source. */
export const FOLLOWED = 'followed 1';
/** In SQL, of `sources` and `runs`: the run changes rows that can be found already, so that nothing is replaced. */
export const IN_PLACE = `runs.fingerprint = '${FOLLOWED}' AND sources.generation IS NOT NULL`;

type FeedContext = {
  readonly db: Database;
  readonly spec: string;
  readonly owner: RunOwner;
  /** Lower case. */
  readonly excluded: ReadonlySet<string>;
  readonly source: SourceRow;
  readonly run: RunRow;
  next(counter: 'version' | 'generation'): number;
  drop(generation: number): void;
  onEnd(): void;
};

/** Changes a source's rows in place, as the contract has it. The run's row is the lock, and before the first
 * publication its generation holds the rows. */
export function sqliteFeed({ db, spec, owner, excluded, source, run, next, drop, onEnd }: FeedContext): SourceFeed {
  const owned = JSON.stringify(owner);
  const touch = db.prepare('UPDATE runs SET touched_at = ? WHERE source = ? AND owner = ?');
  const tell = db.prepare(
    'UPDATE runs SET what = ?, done = ?, total = ?, touched_at = ? WHERE source = ? AND owner = ?',
  );
  const renumber = db.prepare('UPDATE runs SET generation = ? WHERE source = ? AND owner = ?');
  const leave = db.prepare('UPDATE runs SET owner = NULL WHERE source = ? AND owner = ?');
  const end = db.prepare('DELETE FROM runs WHERE source = ? AND owner = ?');
  const selectSource = db.prepare('SELECT generation, state FROM sources WHERE id = ?');
  const saveState = db.prepare('UPDATE sources SET state = ? WHERE id = ?');
  const saveSync = db.prepare('UPDATE sources SET sync = ?, read_at = COALESCE(?, read_at) WHERE id = ?');
  const publish = db.prepare('UPDATE sources SET generation = ? WHERE id = ?');
  const unpublish = db.prepare(
    'UPDATE sources SET generation = NULL, comments = 0, newest_comment_at = NULL, state = NULL WHERE id = ?',
  );
  const summarise = db.prepare(
    `UPDATE sources SET (comments, newest_comment_at) =
       (SELECT COUNT(*), MAX(created_at) FROM comments WHERE comments.generation = sources.generation) WHERE id = ?`,
  );
  const countRows = db.prepare('SELECT COUNT(*) AS count FROM comments WHERE generation = ?');
  const selectAhead = db.prepare(
    `SELECT 1 FROM changes WHERE version > (SELECT value FROM counters WHERE name = 'version') LIMIT 1`,
  );
  const selectUnread = db.prepare(
    'SELECT 1 FROM sources WHERE id = ? AND generation IS NULL AND state IS NULL AND read_at IS NULL',
  );
  const deleteSource = db.prepare('DELETE FROM sources WHERE id = ?');
  const deleteEmpty = db.prepare(
    'DELETE FROM sources WHERE id = ? AND generation IS NULL AND state IS NULL AND sync IS NULL',
  );
  const rows = sqliteFeedRows({ db, excluded });
  let ended = false;

  type Current = { readonly generation: number | null; readonly state: string | null };
  const current = () => (selectSource.get(source.id) as Current | undefined) ?? { generation: null, state: null };
  const generationOf = ({ generation }: { generation: number | null }) => generation ?? run.generation;
  const holdOn = () => {
    if (ended || touch.run(Date.now(), source.id, owned).changes === 0) throw takenOver(spec);
  };

  const unknown = <Id>(ids: readonly Id[], has: (generation: number, id: Id) => boolean): readonly Id[] => {
    const generation = generationOf(current());
    return [...new Set(ids)].filter((id) => !has(generation, id));
  };

  const stop = () => {
    ended = true;
    onEnd();
  };

  return {
    get state() {
      const { state } = current();
      return state === null ? undefined : (JSON.parse(state) as unknown);
    },
    get published() {
      return current().generation !== null;
    },

    async apply(changes, state) {
      return db.transaction(() => {
        holdOn();
        const before = current();
        const counts = rows.change(generationOf(before), changes);
        if (state !== undefined) saveState.run(JSON.stringify(state), source.id);
        const isSeen = before.generation !== null && counts.added + counts.changed + counts.removed > 0;
        if (isSeen) summarise.run(source.id);
        // Rows noted above the version would come after every index: it would be made again for ever.
        if (isSeen || selectAhead.get() !== undefined) next('version');
        return counts;
      });
    },

    unknownIssues: async (numbers) => unknown(numbers, rows.hasIssue),
    unknownComments: async (keys) => unknown(keys, rows.hasComment),
    count: async () => (countRows.get(generationOf(current())) as { count: number }).count,

    async progress(what, done, total) {
      tell.run(what, done, total ?? null, Date.now(), source.id, owned);
    },

    async publish() {
      db.transaction(() => {
        holdOn();
        if (current().generation !== null) return;
        publish.run(run.generation, source.id);
        // The lock needs a number of its own: this one is taken now.
        renumber.run(next('generation'), source.id, owned);
        summarise.run(source.id);
        next('version');
      });
    },

    async note(sync) {
      saveSync.run(JSON.stringify(sync), sync.error === undefined ? new Date().toISOString() : null, source.id);
    },

    async clear() {
      db.transaction(() => {
        holdOn();
        const before = current();
        drop(generationOf(before));
        unpublish.run(source.id);
        renumber.run(next('generation'), source.id, owned);
        if (before.generation !== null) next('version');
      });
      // The rows written from now on would belong to the generation that was dropped: nothing more is written.
      end.run(source.id, owned);
      stop();
      await clearDiscarded(db);
    },

    async forget() {
      const isForgotten = db.transaction(() => {
        holdOn();
        if (selectUnread.get(source.id) === undefined) return false;
        end.run(source.id, owned);
        deleteSource.run(source.id);
        return true;
      });
      if (isForgotten) stop();
      return isForgotten;
    },

    async release() {
      if (ended) return;
      db.transaction(() => {
        const { generation, state } = current();
        // Rows that were read and cannot be found yet are gone on with; a source that has nothing keeps no run.
        if (generation === null && state !== null) leave.run(source.id, owned);
        else end.run(source.id, owned);
        deleteEmpty.run(source.id);
      });
      stop();
    },
  };
}
