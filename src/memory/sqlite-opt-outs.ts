import type { Database } from '../sqlite.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { OptOuts } from './opt-outs.ts';

export type OptOutsOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
};

/** Those who opted out, as a part of the memory: known by their keyed hash, so that they stay out. */
export function createOptOuts({ db, hash, now }: OptOutsOptions): OptOuts {
  const insert = db.prepare('INSERT OR IGNORE INTO opt_outs (user_hash, opted_out_at) VALUES (?, ?)');
  const drop = db.prepare('DELETE FROM opt_outs WHERE user_hash = ?');
  const select = db.prepare('SELECT 1 FROM opt_outs WHERE user_hash = ?');
  const forgetPosts = db.prepare('DELETE FROM posts WHERE asker_hash = ?');
  const forgetAnswers = db.prepare('DELETE FROM answers WHERE asker_hash = ?');
  const forgetVotes = db.prepare('DELETE FROM votes WHERE voter_hash = ?');

  const forgetSeen = db.prepare('DELETE FROM seen_people WHERE user_hash = ?');
  const forgetOutcomes = db.prepare('DELETE FROM help_outcomes WHERE asker_hash = ?');

  return {
    add: async (user) =>
      db.transaction(() => {
        insert.run(hash(user), now());
        for (const forget of [forgetPosts, forgetAnswers, forgetVotes, forgetSeen, forgetOutcomes])
          forget.run(hash(user));
      }),
    remove: async (user) => drop.run(hash(user)).changes > 0,
    has: async (user) => select.get(hash(user)) !== undefined,
  };
}
