import type { Database } from '../sqlite.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { NOBODY, type OptOuts } from './opt-outs.ts';
import type { RecentQuestions } from './recent-questions.ts';

export type OptOutsOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  /** What was asked lately. */
  readonly questions: Pick<RecentQuestions, 'remove'>;
  readonly now: () => number;
};

/** Those who opted out, as a part of the memory: known by their keyed hash, so that they stay out. */
export function createOptOuts({ db, hash, questions, now }: OptOutsOptions): OptOuts {
  const insert = db.prepare('INSERT OR IGNORE INTO opt_outs (user_hash, opted_out_at) VALUES (?, ?)');
  const drop = db.prepare('DELETE FROM opt_outs WHERE user_hash = ?');
  const select = db.prepare('SELECT 1 FROM opt_outs WHERE user_hash = ?');
  const answersOf = db.prepare('SELECT id FROM answers WHERE asker_hash = ?');
  const forgetPrivate = db.prepare(
    'DELETE FROM answers WHERE asker_hash = ? AND NOT EXISTS (SELECT 1 FROM posts WHERE answer = answers.id)',
  );
  const forgetAsker = db.prepare(
    'UPDATE answers SET asker_hash = ?, question_hash = ?, vector = NULL WHERE asker_hash = ?',
  );
  const forgetPoster = db.prepare('UPDATE posts SET asker_hash = ? WHERE asker_hash = ?');
  const forgets = [
    'DELETE FROM votes WHERE voter_hash = ?',
    'DELETE FROM seen_people WHERE user_hash = ?',
    'DELETE FROM help_outcomes WHERE asker_hash = ?',
  ].map((statement) => db.prepare(statement));

  return {
    async add(user) {
      const person = hash(user);
      db.transaction(() => {
        insert.run(person, now());
        for (const { id } of answersOf.all(person) as { id: string }[]) questions.remove(id);
        forgetPrivate.run(person);
        forgetAsker.run(NOBODY, NOBODY, person);
        forgetPoster.run(NOBODY, person);
        for (const forget of forgets) forget.run(person);
      });
    },
    remove: async (user) => drop.run(hash(user)).changes > 0,
    has: async (user) => select.get(hash(user)) !== undefined,
  };
}
