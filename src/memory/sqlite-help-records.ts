import { type Database, openDatabase, type SqlValue } from '../sqlite.ts';
import type { HelpCount, HelpFacts, HelpOutcome, HelpRecords, WhereHelped } from './help-outcomes.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';
import { vectorOf } from './sqlite-vector.ts';

const MOST_LISTED = 500;
const DAY_MS = 24 * 3600_000;

/** Thumbs for the whole answer, which are kept with the votes. */
const THUMBS = `(SELECT sum(CASE WHEN v.up = 1 THEN 1 ELSE -1 END) FROM votes v WHERE v.comment = 'answer:' || o.answer)`;
const FACTS = `o.platform, o.server, o.channel, o.mode, o.version, o.decision, o.verdict, o.judged, o.linked, o.replied,
  o.replied_with_issue, coalesce(max(-1, min(1, ${THUMBS})), 0) AS thumbs`;
/** Days since 1970 begin on a Thursday. */
const WEEK = `(o.decided_at / ${DAY_MS} + 3) / 7`;
const OUTCOME = `SELECT ${FACTS}, o.id, o.thread, o.message, o.link, o.issues, o.links, o.best, o.decided_at,
    (SELECT comment FROM solutions s WHERE s.answer = o.answer) AS solution
  FROM help_outcomes o`;

type FactsRow = Omit<HelpFacts, 'server' | 'verdict' | 'judged' | 'linked' | 'replied' | 'repliedWithIssue'> & {
  readonly server: string;
  readonly verdict: HelpFacts['verdict'] | null;
  readonly judged: HelpFacts['judged'] | null;
  readonly linked: number;
  readonly replied: number;
  readonly replied_with_issue: number;
};

type OutcomeRow = FactsRow & {
  readonly id: number;
  readonly thread: string;
  readonly message: string;
  readonly link: string;
  readonly issues: string;
  readonly links: string;
  readonly solution: string | null;
  readonly best: string | null;
  readonly decided_at: number;
};

/** What reports read of the outcomes. */
export function createHelpRecords(db: Database): HelpRecords {
  const one = db.prepare(`${OUTCOME} WHERE o.id = ?`);
  const vector = db.prepare('SELECT model, vector FROM help_vectors WHERE outcome = ?');
  return {
    counts(where) {
      const [condition, values] = conditionOf(where);
      const rows = db
        .prepare(
          `SELECT ${FACTS}, ${WEEK} AS week, count(*) AS count FROM help_outcomes o WHERE ${condition}
           GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 ORDER BY 1, 2, 3, 13, 4, 5, 6, 7`,
        )
        .all(...values) as (FactsRow & Pick<HelpCount, 'week' | 'count'>)[];
      return rows.map((row) => ({ ...toFacts(row), week: (row.week * 7 - 3) * DAY_MS, count: row.count }));
    },
    list(where, limit = MOST_LISTED) {
      const [condition, values] = conditionOf(where);
      const rows = db
        .prepare(
          `${OUTCOME} WHERE o.id IN (
             SELECT o.id FROM help_outcomes o WHERE ${condition} ORDER BY o.decided_at DESC, o.id DESC LIMIT ?
           ) ORDER BY o.decided_at DESC, o.id DESC`,
        )
        .all(...values, limit);
      return (rows as OutcomeRow[]).map(toOutcome);
    },
    get(id) {
      const row = one.get(id) as OutcomeRow | undefined;
      return row && toOutcome(row);
    },
    vectorOf(id) {
      const row = vector.get(id) as { readonly model: string; readonly vector: ArrayBuffer | Uint8Array } | undefined;
      return row && { model: row.model, vector: vectorOf(row.vector) };
    },
  };
}

/** Only what is asked for stands in it, so that an index serves. */
function conditionOf(where: WhereHelped = {}): readonly [string, readonly SqlValue[]] {
  const wanted = (['platform', 'server', 'channel'] as const).filter((column) => where[column] !== undefined);
  const condition = wanted.map((column) => `o.${column} = ?`).join(' AND ') || 'TRUE';
  return [condition, wanted.map((column) => where[column] as string)];
}

/**
 * The records alone, for a command that reads beside a running bot.
 *
 * @throws OperatorError when the file cannot be opened, or a newer version wrote it
 */
export async function openHelpRecords(file: string): Promise<HelpRecords & { close(): void }> {
  const db = await openDatabase(file, { what: 'the memory of answers', migrations: MIGRATIONS });
  return { ...createHelpRecords(db), close: () => db.close() };
}

function toFacts(row: FactsRow): HelpFacts {
  const { platform, server, channel, mode, version, decision, verdict, judged, thumbs } = row;
  return {
    platform,
    server: server || undefined,
    channel,
    mode,
    version,
    decision,
    verdict: verdict ?? undefined,
    judged: judged ?? undefined,
    thumbs,
    linked: row.linked === 1,
    replied: row.replied === 1,
    repliedWithIssue: row.replied_with_issue === 1,
  };
}

function toOutcome(row: OutcomeRow): HelpOutcome {
  const { id, platform, server, channel, thread, message, link, issues, links, solution, best } = row;
  return {
    ...toFacts(row),
    id,
    message: { platform, server: server || undefined, channel, thread: thread || undefined, message },
    link,
    issues: JSON.parse(issues) as string[],
    links: JSON.parse(links) as string[],
    solution: solution ?? undefined,
    best: best ?? undefined,
    decidedAt: row.decided_at,
  };
}
