import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../sqlite.ts';

/**
 * Deletes the rows of discarded generations, a few at a time: nobody waits long for the lock, and other events get
 * their turn. What a process that dies leaves, the next one clears away.
 */
export async function clearDiscarded(db: Database): Promise<void> {
  const select = db.prepare('SELECT generation FROM discarded LIMIT 1');
  const forget = db.prepare('DELETE FROM discarded WHERE generation = ?');
  const slices = [
    'DELETE FROM comments WHERE row IN (SELECT row FROM comments WHERE generation = ? LIMIT 1000)',
    'DELETE FROM issues WHERE id IN (SELECT id FROM issues WHERE generation = ? LIMIT 1000)',
  ].map((sql) => db.prepare(sql));
  for (;;) {
    const { generation } = (select.get() as { generation: number } | undefined) ?? {};
    if (generation === undefined) return;
    for (const slice of slices) while (slice.run(generation).changes > 0) await nextTurn();
    forget.run(generation);
  }
}
