import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../sqlite.ts';
import { describeOwner, isAlive, newOwner, type RunOwner } from './run-owner.ts';
import type { CommentRows } from './sqlite-comments.ts';
import { clearDiscarded } from './sqlite-discarded.ts';
import { FOLLOWED, sqliteFeed } from './sqlite-feed.ts';
import { type RunRow, type SourceRow, sqliteRun } from './sqlite-run.ts';
import type { CommentStore, PipelineCounts, RunOptions, SourceFeed, SourceRun } from './store.ts';

export type SqliteRuns = {
  begin(...run: Parameters<CommentStore['beginRun']>): Promise<SourceRun>;
  follow(spec: string, options: RunOptions): Promise<SourceFeed>;
  removeSource(spec: string, options: RunOptions): Promise<number>;
  /** Ends all runs of this connection, as `release` does. */
  close(): Promise<void>;
};

const NO_COUNTS: PipelineCounts = { rows: 0, issuesWithComments: 0, comments: 0, kept: 0, bad: 0 };
const LOOK_AGAIN_MS = 200;

/** Replacing a source's rows: one writer for each source, and what it wrote stays when it dies. */
export function sqliteRuns(
  db: Database,
  comments: CommentRows,
  { runName, excluded }: { readonly runName: string; readonly excluded: ReadonlySet<string> },
): SqliteRuns {
  const selectSource = db.prepare('SELECT id, generation, comments FROM sources WHERE spec = ?');
  const insertSource = db.prepare('INSERT INTO sources (spec) VALUES (?) ON CONFLICT DO NOTHING');
  const selectRun = db.prepare('SELECT runs.* FROM runs JOIN sources ON sources.id = source WHERE spec = ?');
  const insertRun = db.prepare(
    'INSERT INTO runs (source, generation, fingerprint, counts, owner, touched_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const takeRun = db.prepare('UPDATE runs SET owner = ?, touched_at = ? WHERE source = ?');
  const deleteRun = db.prepare('DELETE FROM runs WHERE source = ?');
  const deleteSource = db.prepare('DELETE FROM sources WHERE id = ?');
  const count = db.prepare('UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value');
  const discard = db.prepare('INSERT INTO discarded (generation) VALUES (?)');
  const open = new Set<{ release(): Promise<void> }>();

  const sourceOf = (spec: string) => selectSource.get(spec) as SourceRow | undefined;
  const runOf = (spec: string) => selectRun.get(spec) as RunRow | undefined;
  const next = (counter: 'version' | 'generation') => (count.get(counter) as { value: number }).value;
  const drop = (generation: number) => void discard.run(generation);
  const ownerOf = (spec: string): RunOwner | undefined => {
    const run = runOf(spec);
    const owner = run?.owner ? (JSON.parse(run.owner) as RunOwner) : undefined;
    return owner && isAlive(owner, run?.touched_at ?? 0) ? owner : undefined;
  };

  /** Does `work` in a transaction as soon as nobody works on the source. */
  async function whenFree<Result>(spec: string, { signal, onWait }: RunOptions, work: () => Result): Promise<Result> {
    let told: string | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const done = ownerOf(spec) ? undefined : db.transaction(() => (ownerOf(spec) ? undefined : { result: work() }));
      if (done) return done.result;
      const owner = ownerOf(spec);
      if (owner && owner.token !== told) {
        told = owner.token;
        onWait?.(describeOwner(owner));
      }
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  }

  function take(spec: string, fingerprint: string, owner: RunOwner): { source: SourceRow; run: RunRow } {
    insertSource.run(spec);
    const source = sourceOf(spec) as SourceRow;
    const left = runOf(spec);
    if (left && left.fingerprint !== fingerprint) {
      drop(left.generation);
      deleteRun.run(source.id);
    }
    if (left?.fingerprint === fingerprint) takeRun.run(JSON.stringify(owner), Date.now(), source.id);
    else {
      const counts = JSON.stringify(NO_COUNTS);
      insertRun.run(source.id, next('generation'), fingerprint, counts, JSON.stringify(owner), Date.now());
    }
    return { source, run: runOf(spec) as RunRow };
  }

  return {
    async begin(spec, fingerprint, { dropBots = false, ...options } = {}) {
      const owner = newOwner(runName);
      const { source, run } = await whenFree(spec, options, () => take(spec, fingerprint, owner));
      const handle = sqliteRun({
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
        onEnd: () => open.delete(handle),
      });
      open.add(handle);
      return handle;
    },

    async follow(spec, options) {
      const owner = newOwner(runName);
      const { source, run } = await whenFree(spec, options, () => take(spec, FOLLOWED, owner));
      const feed = sqliteFeed({ db, spec, owner, excluded, source, run, next, drop, onEnd: () => open.delete(feed) });
      open.add(feed);
      return feed;
    },

    async removeSource(spec, options) {
      const removed = await whenFree(spec, options, () => {
        const source = sourceOf(spec);
        if (!source) return 0;
        const run = runOf(spec);
        if (run) drop(run.generation);
        deleteRun.run(source.id);
        deleteSource.run(source.id);
        if (source.generation === null) return 0;
        drop(source.generation);
        if (source.comments > 0) next('version');
        return source.comments;
      });
      await clearDiscarded(db);
      return removed;
    },

    async close() {
      for (const run of [...open]) await run.release();
    },
  };
}
