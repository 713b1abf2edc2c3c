import type { Access } from '../access.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { Database } from '../sqlite.ts';
import type { HelpOutcomes, LaterMessage } from './help-outcomes.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { MessageSpot } from './posts.ts';
import { createHelpRecords } from './sqlite-help-records.ts';
import { bytesOf } from './sqlite-vector.ts';

export type HelpOutcomesOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly now: () => number;
  readonly keepDays: number;
  readonly comments: Retriever['comments'];
  /** Which sources may answer where something of them is shown. */
  readonly sees: Access['sees'];
};

/** A person who writes later than this hardly answers that question. */
const FOLLOWED_WITHIN_MS = 24 * 3600_000;
/** So many of the channel's latest outcomes are looked at. */
const LATEST = 200;

type SpotRow = MessageSpot & { readonly server: string; readonly thread: string };

type FollowedRow = {
  readonly id: number;
  readonly thread: string;
  readonly message: string;
  readonly asker_hash: string;
  readonly issues: string;
  readonly links: string;
};

/** Outcomes of automatic replies, as a part of the memory. */
export function createHelpOutcomes({
  db,
  hash,
  now,
  keepDays,
  comments,
  sees,
}: HelpOutcomesOptions): HelpOutcomes & { sweep(): void } {
  const old = db.prepare('DELETE FROM help_outcomes WHERE decided_at < ?');
  const insert = db.prepare(
    `INSERT OR IGNORE INTO help_outcomes
       (platform, server, channel, thread, message, link, mode, version, decision, asker_hash, answer, issues, best,
        decided_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertVector = db.prepare('INSERT INTO help_vectors (outcome, model, vector) VALUES (?, ?, ?)');
  const last = db.prepare(
    `SELECT max(decided_at) AS at FROM help_outcomes
     WHERE platform = ? AND server = ? AND channel = ? AND decision = 'spoke'`,
  );
  const lastTo = db.prepare(
    `SELECT max(decided_at) AS at FROM help_outcomes
     WHERE platform = ? AND server = ? AND channel = ? AND decision = 'spoke' AND asker_hash = ?`,
  );
  const select = db.prepare('SELECT 1 FROM help_outcomes WHERE platform = ? AND channel = ? AND message = ?');
  const spots = db.prepare(
    `SELECT platform, server, channel, thread, message FROM help_outcomes
     WHERE platform = ? ORDER BY decided_at DESC, id DESC`,
  );
  const judge = db.prepare('UPDATE help_outcomes SET verdict = ? WHERE answer = ?');
  const assess = db.prepare('UPDATE help_outcomes SET judged = ? WHERE id = ?');
  const forget = db.prepare('DELETE FROM help_outcomes WHERE platform = ? AND channel = ? AND message = ?');
  const latest = db.prepare(
    `SELECT id, thread, message, asker_hash, issues, links FROM help_outcomes
     WHERE platform = ? AND server = ? AND channel = ? AND decided_at > ? ORDER BY decided_at DESC LIMIT ${LATEST}`,
  );
  const follow = db.prepare(
    `UPDATE help_outcomes SET linked = max(linked, ?), replied = max(replied, ?),
       replied_with_issue = max(replied_with_issue, ?), links = ? WHERE id = ?`,
  );

  /** By what can be told for sure: what merely comes later in the channel may answer anything. */
  function isReply({ spot, author, repliesTo }: LaterMessage, row: FollowedRow): boolean {
    if (spot.message === row.message || (author !== undefined && hash(author) === row.asker_hash)) return false;
    return repliesTo === row.message || (spot.thread !== undefined && spot.thread === (row.thread || row.message));
  }

  return {
    ...createHelpRecords(db),
    sweep: () => void old.run(now() - keepDays * 24 * 3600_000),
    add({ message: { platform, server = '', channel, thread = '', message }, ...outcome }) {
      const { link, mode, version, decision, asker, answerId = null, issues, best = null, vector, model } = outcome;
      const where = [platform, server, channel, thread, message, link] as const;
      const found = [answerId, JSON.stringify(issues), best] as const;
      db.transaction(() => {
        const { changes, lastInsertRowid } = insert.run(
          ...where,
          mode,
          version,
          decision,
          hash(asker),
          ...found,
          now(),
        );
        if (changes > 0 && vector && model) insertVector.run(lastInsertRowid, model, bytesOf(vector));
      });
    },
    has: ({ platform, channel, message }) => select.get(platform, channel, message) !== undefined,
    messages: (platform) =>
      (spots.all(platform) as SpotRow[]).map(({ server, thread, ...spot }) => ({
        ...spot,
        server: server || undefined,
        thread: thread || undefined,
      })),
    lastSpoke({ platform, server = '', channel }, user) {
      const where = [platform, server, channel] as const;
      const row = user === undefined ? last.get(...where) : lastTo.get(...where, hash(user));
      return (row as { readonly at: number | null }).at ?? undefined;
    },
    async issueFor({ best }, place) {
      if (best === undefined) return undefined;
      const [comment] = await comments([best], await sees(place));
      return comment?.issueUrl;
    },
    judge: (answerId, verdict) => void judge.run(verdict ?? null, answerId),
    assess: (id, judged) => void assess.run(judged, id),
    forget: ({ platform, channel, message }) => void forget.run(platform, channel, message),
    followed(later) {
      const { spot, repliesTo, issues } = later;
      const { platform, server = '', channel, thread } = spot;
      if (issues.length === 0 && repliesTo === undefined && thread === undefined) return;
      for (const row of latest.all(platform, server, channel, now() - FOLLOWED_WITHIN_MS) as FollowedRow[]) {
        if (row.message === spot.message) continue;
        const replied = isReply(later, row);
        const shown = new Set(JSON.parse(row.issues) as string[]);
        const known = JSON.parse(row.links) as string[];
        const linked = issues.filter((issue) => shown.has(issue));
        const links = [...new Set([...known, ...(replied ? issues : linked)])];
        if (!replied && linked.length === 0) continue;
        const flags = [linked.length > 0, replied, replied && issues.length > 0].map(Number);
        follow.run(...flags, JSON.stringify(links), row.id);
      }
    },
  };
}
