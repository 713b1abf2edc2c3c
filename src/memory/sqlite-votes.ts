import type { Database } from '../sqlite.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { EVERYWHERE } from './scope.ts';
import type { Vote, Votes } from './votes.ts';

export type VotesOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
};

type VoteRow = {
  readonly id: number;
  readonly comment: string;
  readonly up: number;
  readonly solved: number;
  readonly voted_at: number;
};

const MOST_LISTED = 200;

/** The thumbs, as a part of the memory. */
export function createVotes({ db, hash, now }: VotesOptions): Votes {
  const upsert = db.prepare(
    `INSERT INTO votes (scope, voter_hash, comment, answer, up, solved, voted_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (scope, voter_hash, comment)
     DO UPDATE SET answer = excluded.answer, up = excluded.up, solved = excluded.solved, voted_at = excluded.voted_at`,
  );
  const drop = db.prepare('DELETE FROM votes WHERE scope = ? AND voter_hash = ? AND comment = ?');
  const dropById = db.prepare('DELETE FROM votes WHERE scope = ? AND id = ?');
  const dropOwnById = db.prepare('DELETE FROM votes WHERE scope = ? AND id = ? AND voter_hash = ?');
  const one = db.prepare(
    'SELECT id, comment, up, solved, voted_at FROM votes WHERE scope = ? AND voter_hash = ? AND comment = ?',
  );
  const sum = db.prepare('SELECT sum(2 * up - 1) AS net FROM votes WHERE comment = ? AND scope IN (?, ?)');
  const all = db.prepare(
    'SELECT id, comment, up, solved, voted_at FROM votes WHERE scope = ? ORDER BY voted_at DESC, id DESC LIMIT ?',
  );
  const own = db.prepare(
    `SELECT id, comment, up, solved, voted_at FROM votes WHERE scope = ? AND voter_hash = ?
     ORDER BY voted_at DESC, id DESC LIMIT ?`,
  );
  const selectSolution = db.prepare('SELECT comment FROM solutions WHERE answer = ?');
  const insertSolution = db.prepare(
    `INSERT INTO solutions (answer, comment, solved_at) VALUES (?, ?, ?)
     ON CONFLICT (answer) DO UPDATE SET comment = excluded.comment, solved_at = excluded.solved_at`,
  );
  const dropSolution = db.prepare('DELETE FROM solutions WHERE answer = ?');
  const dropSolving = db.prepare('DELETE FROM votes WHERE answer = ? AND solved = 1');
  /** Of a vote that is about to be taken back by its id. */
  const dropSolutionOf = db.prepare(
    `DELETE FROM solutions WHERE (answer, comment) IN
       (SELECT answer, comment FROM votes WHERE scope = ? AND id = ? AND voter_hash = coalesce(?, voter_hash) AND solved = 1)`,
  );

  const unsolve = (answer: string) => {
    dropSolving.run(answer);
    return dropSolution.run(answer).changes > 0;
  };

  return {
    async cast({ scope, voter, comment, answer, up, solved = false }) {
      upsert.run(scope, hash(voter), comment, answer, up ? 1 : 0, solved ? 1 : 0, now());
    },
    undo: async ({ scope, voter, comment }) => drop.run(scope, hash(voter), comment).changes > 0,
    async of({ scope, voter, comment }) {
      const row = one.get(scope, hash(voter), comment) as VoteRow | undefined;
      return row && voteOf(row);
    },
    async net(scope, comments) {
      const found = new Map<string, number>();
      for (const comment of comments) {
        const { net } = sum.get(comment, scope, EVERYWHERE) as { net: number | null };
        if (net) found.set(comment, net);
      }
      return found;
    },
    async list(scope, voter) {
      const rows = voter === undefined ? all.all(scope, MOST_LISTED) : own.all(scope, hash(voter), MOST_LISTED);
      return (rows as VoteRow[]).map(voteOf);
    },
    remove: async (scope, ids, voter) =>
      db.transaction(() => {
        const remove = (id: number) => {
          dropSolutionOf.run(scope, id, voter === undefined ? null : hash(voter));
          return voter === undefined ? dropById.run(scope, id) : dropOwnById.run(scope, id, hash(voter));
        };
        return ids.reduce((count, id) => count + remove(id).changes, 0);
      }),
    async solution(answer) {
      return (selectSolution.get(answer) as { comment: string } | undefined)?.comment;
    },
    solve: async (answer, comment) =>
      db.transaction(() => {
        unsolve(answer);
        insertSolution.run(answer, comment, now());
      }),
    unsolve: async (answer) => db.transaction(() => unsolve(answer)),
  };
}

function voteOf({ id, comment, up, solved, voted_at }: VoteRow): Vote {
  return { id, comment, up: up === 1, solved: solved === 1, votedAt: voted_at };
}
