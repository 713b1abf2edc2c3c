import type { Database } from '../sqlite.ts';
import type { HelpWait, HelpWaits } from './help-waits.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { Spot } from './posts.ts';

export type HelpWaitsOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
};

type Row = {
  readonly platform: Spot['platform'];
  readonly server: string;
  readonly channel: string;
  readonly thread: string;
  readonly message: string;
  readonly due_at: number;
};

/** Waits, silenced threads and who is new, as a part of the memory. */
export function createHelpWaits({ db, hash, now }: HelpWaitsOptions): HelpWaits {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO help_waits (platform, server, channel, thread, message, due_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const drop = db.prepare('DELETE FROM help_waits WHERE platform = ? AND channel = ? AND message = ?');
  const select = db.prepare('SELECT * FROM help_waits ORDER BY due_at');
  const insertSilent = db.prepare(
    'INSERT OR IGNORE INTO silenced_threads (platform, server, channel, thread, since) VALUES (?, ?, ?, ?, ?)',
  );
  const selectSilent = db.prepare(
    'SELECT 1 FROM silenced_threads WHERE platform = ? AND server = ? AND channel = ? AND thread = ?',
  );
  const insertSeen = db.prepare(
    'INSERT OR IGNORE INTO seen_people (platform, server, channel, user_hash, first_at) VALUES (?, ?, ?, ?, ?)',
  );
  const selectSeen = db.prepare(
    'SELECT first_at FROM seen_people WHERE platform = ? AND server = ? AND channel = ? AND user_hash = ?',
  );

  return {
    add({ message: { platform, server = '', channel, thread = '', message }, dueAt }) {
      return insert.run(platform, server, channel, thread, message, dueAt).changes > 0;
    },
    remove: ({ platform, channel, message }) => void drop.run(platform, channel, message),
    pending: () => (select.all() as Row[]).map(toWait),
    silence: ({ platform, server = '', channel, thread = '' }) =>
      void insertSilent.run(platform, server, channel, thread, now()),
    isSilenced: ({ platform, server = '', channel, thread = '' }) =>
      selectSilent.get(platform, server, channel, thread) !== undefined,
    firstSeen({ platform, server = '', channel }, user) {
      insertSeen.run(platform, server, channel, hash(user), now());
      return (selectSeen.get(platform, server, channel, hash(user)) as { first_at: number }).first_at;
    },
  };
}

function toWait({ platform, server, channel, thread, message, due_at: dueAt }: Row): HelpWait {
  return {
    message: { platform, server: server || undefined, channel, thread: thread || undefined, message },
    dueAt,
  };
}
