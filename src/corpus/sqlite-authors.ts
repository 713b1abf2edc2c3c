import type { Database } from '../sqlite.ts';

/** Case does not count in logins. */
export function removeAuthors(db: Database, logins: readonly string[]): number {
  if (logins.length === 0) return 0;
  const names = JSON.stringify(logins.map((login) => login.toLowerCase()));
  return db.transaction(() => {
    db.prepare('UPDATE issues SET author = NULL WHERE lower(author) IN (SELECT value FROM json_each(?))').run(names);
    const removed = db
      .prepare('DELETE FROM comments WHERE author IS NOT NULL AND lower(author) IN (SELECT value FROM json_each(?))')
      .run(names).changes;
    if (removed === 0) return 0;
    db.prepare(
      `UPDATE sources SET (comments, newest_comment_at) =
         (SELECT COUNT(*), MAX(created_at) FROM comments WHERE comments.generation = sources.generation)
       WHERE generation IS NOT NULL`,
    ).run();
    db.prepare(`UPDATE counters SET value = value + 1 WHERE name = 'version'`).run();
    return removed;
  });
}
