import type { Database } from '../sqlite.ts';
import type { HelpCount, HelpOutcomes } from './help-outcomes.ts';
import type { KeyedHash } from './keyed-hash.ts';

export type HelpOutcomesOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
  readonly keepDays: number;
};

/** A person who links an issue later than this hardly answers that question. */
const LINKED_WITHIN_MS = 24 * 3600_000;
/** So many of the channel's latest outcomes are looked at. */
const LATEST = 50;

type CountRow = Omit<HelpCount, 'server' | 'verdict' | 'linked'> & {
  readonly server: string;
  readonly verdict: HelpCount['verdict'] | null;
  readonly linked: number;
};

/** Outcomes of automatic replies, as a part of the memory. */
export function createHelpOutcomes({ db, hash, now, keepDays }: HelpOutcomesOptions): HelpOutcomes & { sweep(): void } {
  const old = db.prepare('DELETE FROM help_outcomes WHERE decided_at < ?');
  const insert = db.prepare(
    `INSERT OR IGNORE INTO help_outcomes
       (platform, server, channel, thread, message, mode, version, decision, asker_hash, answer, issues, decided_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const last = db.prepare(
    `SELECT max(decided_at) AS at FROM help_outcomes
     WHERE platform = ? AND server = ? AND channel = ? AND decision = 'spoke'`,
  );
  const lastTo = db.prepare(
    `SELECT max(decided_at) AS at FROM help_outcomes
     WHERE platform = ? AND server = ? AND channel = ? AND decision = 'spoke' AND asker_hash = ?`,
  );
  const select = db.prepare('SELECT 1 FROM help_outcomes WHERE platform = ? AND channel = ? AND message = ?');
  const judge = db.prepare('UPDATE help_outcomes SET verdict = ? WHERE answer = ?');
  const latest = db.prepare(
    `SELECT id, issues FROM help_outcomes
     WHERE platform = ? AND server = ? AND channel = ? AND decided_at > ? ORDER BY decided_at DESC LIMIT ${LATEST}`,
  );
  const link = db.prepare('UPDATE help_outcomes SET linked = 1 WHERE id = ?');
  const COUNTS = 'SELECT platform, server, channel, mode, version, decision, verdict, linked, count(*) AS count';
  const GROUPS = 'GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8';
  const countAll = db.prepare(`${COUNTS} FROM help_outcomes ${GROUPS}`);
  const countOf = db.prepare(`${COUNTS} FROM help_outcomes WHERE platform = ? AND server = ? ${GROUPS}`);

  return {
    sweep: () => void old.run(now() - keepDays * 24 * 3600_000),
    add({ message: { platform, server = '', channel, thread = '', message }, ...outcome }) {
      const { mode, version, decision, asker, answerId = null, issues } = outcome;
      const where = [platform, server, channel, thread, message] as const;
      insert.run(...where, mode, version, decision, hash(asker), answerId, JSON.stringify(issues), now());
    },
    has: ({ platform, channel, message }) => select.get(platform, channel, message) !== undefined,
    lastSpoke({ platform, server = '', channel }, user) {
      const where = [platform, server, channel] as const;
      const row = user === undefined ? last.get(...where) : lastTo.get(...where, hash(user));
      return (row as { readonly at: number | null }).at ?? undefined;
    },
    judge: (answerId, verdict) => void judge.run(verdict ?? null, answerId),
    linked({ platform, server = '', channel }, issueUrl) {
      const rows = latest.all(platform, server, channel, now() - LINKED_WITHIN_MS);
      for (const { id, issues } of rows as { readonly id: number; readonly issues: string }[]) {
        if ((JSON.parse(issues) as string[]).includes(issueUrl)) link.run(id);
      }
    },
    counts(where) {
      const rows = where ? countOf.all(where.platform, where.server ?? '') : countAll.all();
      return (rows as CountRow[]).map(({ server, verdict, linked, ...row }) => ({
        ...row,
        server: server || undefined,
        verdict: verdict ?? undefined,
        linked: linked === 1,
      }));
    },
  };
}
