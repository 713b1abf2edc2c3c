import type { Database } from '../sqlite.ts';
import type { Memory } from './memory.ts';
import type { RecentQuestions } from './recent-questions.ts';
import { scopeOf } from './scope.ts';

export type PurgeOptions = {
  readonly db: Database;
  /** What was asked lately. */
  readonly questions: Pick<RecentQuestions, 'remove'>;
};

/** Tables whose rows say by themselves of which server they are. */
const BY_SERVER = [
  'posts',
  'answers',
  'channel_settings',
  'shut_out',
  'help_waits',
  'silenced_threads',
  'seen_people',
  'help_outcomes',
  'help_troubles',
  'servers',
];
const BY_SCOPE = ['votes', 'taught', 'hides'];

/** Forgets a server or workspace, all of it or nothing. */
export function createPurge({ db, questions }: PurgeOptions): Memory['purge'] {
  const answersOf = db.prepare('SELECT id FROM answers WHERE platform = ? AND server = ?');
  const byServer = BY_SERVER.map((table) => db.prepare(`DELETE FROM ${table} WHERE platform = ? AND server = ?`));
  const byScope = BY_SCOPE.map((table) => db.prepare(`DELETE FROM ${table} WHERE scope = ?`));
  return async ({ platform, server }) =>
    db.transaction(() => {
      for (const { id } of answersOf.all(platform, server) as { id: string }[]) questions.remove(id);
      for (const statement of byServer) statement.run(platform, server);
      for (const statement of byScope) statement.run(scopeOf({ platform, server }));
    });
}
