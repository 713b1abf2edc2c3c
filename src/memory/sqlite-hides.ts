import type { Database } from '../sqlite.ts';
import type { Hidden, Hides } from './hides.ts';
import { EVERYWHERE } from './scope.ts';

export type HidesOptions = {
  readonly db: Database;
  readonly now: () => number;
};

type HideRow = {
  readonly id: number;
  readonly what: Hidden['what'];
  readonly value: string;
  readonly hidden_at: number;
};

/** What is hidden, as a part of the memory. */
export function createHides({ db, now }: HidesOptions): Hides {
  const insert = db.prepare('INSERT OR IGNORE INTO hides (scope, what, value, hidden_at) VALUES (?, ?, ?, ?)');
  const holding = db.prepare('SELECT what, value FROM hides WHERE scope IN (?, ?)');
  const ofScope = db.prepare(
    'SELECT id, what, value, hidden_at FROM hides WHERE scope = ? ORDER BY hidden_at DESC, id DESC',
  );
  const drop = db.prepare('DELETE FROM hides WHERE scope = ? AND id = ?');

  return {
    async add({ scope, what, value }) {
      insert.run(scope, what, what === 'author' ? value.toLowerCase() : value, now());
    },
    async of(scope) {
      const rows = holding.all(scope, EVERYWHERE) as Pick<HideRow, 'what' | 'value'>[];
      const valuesOf = (wanted: Hidden['what']) =>
        new Set(rows.filter(({ what }) => what === wanted).map(({ value }) => value));
      return { comments: valuesOf('comment'), authors: valuesOf('author') };
    },
    async list(scope) {
      const rows = ofScope.all(scope) as HideRow[];
      return rows.map(({ id, what, value, hidden_at }) => ({ id, what, value, hiddenAt: hidden_at }));
    },
    remove: async (scope, ids) =>
      db.transaction(() => ids.reduce((count, id) => count + drop.run(scope, id).changes, 0)),
  };
}
