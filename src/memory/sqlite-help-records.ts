import { type Database, openDatabase, type SqlValue } from '../sqlite.ts';
import type { HelpCount, HelpFacts, HelpOutcome, HelpRecords, WhereHelped } from './help-outcomes.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';
import { vectorOf } from './sqlite-vector.ts';

const MOST_LISTED = 500;
const DAY_MS = 24 * 3600_000;

/** Thumbs for the whole answer, which are kept with the votes. */
const THUMBS = `(SELECT coalesce(sum(CASE WHEN v.up = 1 THEN 1 ELSE -1 END), 0) FROM votes v
  WHERE v.comment = 'answer:' || o.answer)`;
const FACTS = `o.platform, o.server, o.channel, o.mode, o.version, o.decision, o.verdict, o.judged, o.linked, o.replied,
  o.replied_with_issue, CASE WHEN ${THUMBS} > 0 THEN 1 WHEN ${THUMBS} < 0 THEN -1 ELSE 0 END AS thumbs`;
/** Days since 1970 begin on a Thursday. */
const WEEK = `(o.decided_at / ${DAY_MS} + 3) / 7`;
const WHERE = `(?1 IS NULL OR o.platform = ?1) AND (?2 IS NULL OR o.server = ?2) AND (?3 IS NULL OR o.channel = ?3)`;

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
  readonly vector: ArrayBuffer | Uint8Array | null;
  readonly model: string | null;
  readonly decided_at: number;
};

/** What reports read of the outcomes. */
export function createHelpRecords(db: Database): HelpRecords {
  const counts = db.prepare(
    `SELECT ${FACTS}, ${WEEK} AS week, count(*) AS count FROM help_outcomes o WHERE ${WHERE}
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 ORDER BY 1, 2, 3, 13, 4, 5, 6, 7`,
  );
  const OUTCOME = `SELECT ${FACTS}, o.id, o.thread, o.message, o.link, o.issues, o.links, o.vector, o.model, o.decided_at,
      (SELECT comment FROM solutions s WHERE s.answer = o.answer) AS solution
    FROM help_outcomes o`;
  const list = db.prepare(`${OUTCOME} WHERE ${WHERE} ORDER BY o.decided_at DESC, o.id DESC LIMIT ?4`);
  const one = db.prepare(`${OUTCOME} WHERE o.id = ?1`);
  const parametersOf = (where: WhereHelped = {}): SqlValue[] => [
    where.platform ?? null,
    where.server ?? null,
    where.channel ?? null,
  ];
  return {
    counts(where) {
      const rows = counts.all(...parametersOf(where)) as (FactsRow & Pick<HelpCount, 'week' | 'count'>)[];
      return rows.map((row) => ({ ...toFacts(row), week: (row.week * 7 - 3) * DAY_MS, count: row.count }));
    },
    list(where, limit = MOST_LISTED) {
      return (list.all(...parametersOf(where), limit) as OutcomeRow[]).map(toOutcome);
    },
    get(id) {
      const row = one.get(id) as OutcomeRow | undefined;
      return row && toOutcome(row);
    },
  };
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
  const { id, platform, server, channel, thread, message, link, issues, links, solution, vector, model } = row;
  return {
    ...toFacts(row),
    id,
    message: { platform, server: server || undefined, channel, thread: thread || undefined, message },
    link,
    issues: JSON.parse(issues) as string[],
    links: JSON.parse(links) as string[],
    solution: solution ?? undefined,
    vector: vector ? vectorOf(vector) : undefined,
    model: model ?? undefined,
    decidedAt: row.decided_at,
  };
}
