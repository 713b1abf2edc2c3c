import type { Database } from '../sqlite.ts';
import type { Handled } from './handled.ts';
import type { KeyedHash } from './keyed-hash.ts';

export type HandledOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
};

/** A mention may be added by an edit for a day, and that may be delivered late. */
const KEPT_MS = 25 * 3600_000;

/** What was dealt with, as a part of the memory: by keyed hashes alone. */
export function createHandled({ db, hash, now }: HandledOptions): Handled & { sweep(): void } {
  const insert = db.prepare('INSERT OR REPLACE INTO handled (key_hash, handled_at) VALUES (?, ?)');
  const select = db.prepare('SELECT 1 FROM handled WHERE key_hash = ? AND handled_at > ?');
  const drop = db.prepare('DELETE FROM handled WHERE key_hash = ?');
  const expire = db.prepare('DELETE FROM handled WHERE handled_at <= ?');
  return {
    async add(key) {
      insert.run(hash(key), now());
    },
    async remove(key) {
      drop.run(hash(key));
    },
    has: async (key, withinMs = KEPT_MS) => select.get(hash(key), now() - withinMs) !== undefined,
    sweep: () => void expire.run(now() - KEPT_MS),
  };
}
