import type { Database } from '../sqlite.ts';
import { EVERYWHERE } from './scope.ts';
import { bytesOf, vectorOf } from './sqlite-vector.ts';
import type { Taught, TaughtAnswers } from './taught.ts';

export type TaughtOptions = {
  readonly db: Database;
  readonly now: () => number;
};

type TaughtRow = {
  readonly id: number;
  readonly scope: string;
  readonly comment: string;
  readonly question: string;
  readonly model: string;
  readonly vector: ArrayBuffer | Uint8Array;
  readonly taught_at: number;
};

/** Taught answers, as a part of the memory: a few hundred at most, so they are compared one by one. */
export function createTaughtAnswers({ db, now }: TaughtOptions): TaughtAnswers {
  const insert = db.prepare(
    `INSERT INTO taught (scope, comment, question, model, vector, taught_at) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const holding = db.prepare('SELECT * FROM taught WHERE scope IN (?, ?) ORDER BY id');
  const ofScope = db.prepare('SELECT * FROM taught WHERE scope = ? ORDER BY id DESC');
  const update = db.prepare('UPDATE taught SET model = ?, vector = ? WHERE id = ?');
  const drop = db.prepare('DELETE FROM taught WHERE scope = ? AND id = ?');

  return {
    async add({ scope, comment, question, model, vector }) {
      insert.run(scope, comment, question, model, bytesOf(vector), now());
    },
    of: async (scope) => (holding.all(scope, EVERYWHERE) as TaughtRow[]).map(taughtOf),
    list: async (scope) => (ofScope.all(scope) as TaughtRow[]).map(taughtOf),
    async renew(id, model, vector) {
      update.run(model, bytesOf(vector), id);
    },
    remove: async (scope, ids) =>
      db.transaction(() => ids.reduce((count, id) => count + drop.run(scope, id).changes, 0)),
  };
}

function taughtOf({ taught_at, vector, ...row }: TaughtRow): Taught {
  return { ...row, vector: vectorOf(vector), taughtAt: taught_at };
}
