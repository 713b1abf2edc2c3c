import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../sqlite.ts';
import { isAlive, type RunOwner } from './run-owner.ts';
import type { CommentRows } from './sqlite-comments.ts';
import type { NeededVectors } from './store.ts';

/** What one transaction looks at: some milliseconds. */
const SLICE = 500;

type UnpublishedRun = { readonly spec: string; readonly generation: number };
type OwnedRun = { readonly owner: string; readonly touched_at: number };

/**
 * Deletes vectors as the contract has it. Where a vector goes that somebody began to count on meanwhile, whoever writes
 * an index finds it missing and has the document embedded again.
 */
export async function forgetVectors(
  db: Database,
  comments: CommentRows,
  { version, hashes, hashOf, space }: NeededVectors,
): Promise<boolean> {
  const selectVersion = db.prepare(`SELECT value FROM counters WHERE name = 'version'`);
  const selectOwned = db.prepare('SELECT owner, touched_at FROM runs WHERE owner IS NOT NULL');
  const selectUnpublished = db.prepare(
    `SELECT spec, runs.generation AS generation FROM runs JOIN sources ON sources.id = runs.source
     WHERE runs.generation IS NOT sources.generation`,
  );
  const selectSpaces = db.prepare('SELECT id FROM spaces');
  const selectHashes = db.prepare(
    `SELECT id, hash FROM vectors WHERE space = ? AND hash > ? ORDER BY hash LIMIT ${SLICE}`,
  );
  const deleteVector = db.prepare('DELETE FROM vectors WHERE id = ?');
  const deleteSpace = db.prepare('DELETE FROM spaces WHERE id = ?');

  const isQuiet = () =>
    (selectVersion.get() as { value: number }).value === version &&
    !(selectOwned.all() as OwnedRun[]).some((run) => isAlive(JSON.parse(run.owner) as RunOwner, run.touched_at));

  const unpublished = new Set<string>();
  const isNeeded = (hash: string) => hashes.has(hash) || unpublished.has(hash);

  /** One slice of a space, after a hash; undefined when it must not be done now. */
  const forgetSlice = (id: number, after: string, whole: boolean): { readonly last: string | undefined } | undefined =>
    db.transaction(() => {
      if (!isQuiet()) return undefined;
      const slice = selectHashes.all(id, after) as { id: number; hash: string }[];
      for (const vector of slice) if (whole || !isNeeded(vector.hash)) deleteVector.run(vector.id);
      if (whole && slice.length < SLICE) deleteSpace.run(id);
      return { last: slice.length < SLICE ? undefined : slice.at(-1)?.hash };
    });

  if (!isQuiet()) return false;
  for (const { spec, generation } of selectUnpublished.all() as UnpublishedRun[]) {
    for await (const page of comments.scanGeneration(spec, generation)) {
      for (const comment of page) unpublished.add(hashOf(comment));
      await nextTurn();
    }
  }
  for (const { id } of selectSpaces.all() as { id: number }[]) {
    const whole = space !== undefined && id !== space;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const done = forgetSlice(id, after, whole);
      if (!done) return false;
      after = done.last;
      await nextTurn();
    }
  }
  return true;
}
