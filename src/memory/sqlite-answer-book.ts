import { randomBytes } from 'node:crypto';
import type { Access } from '../access.ts';
import type { CommandContext } from '../command.ts';
import type { Logger } from '../log.ts';
import type { Answer, Band, Hit, Metric, Mode, Ranked } from '../retrieval/answer.ts';
import { explainOrder } from '../retrieval/explain-order.ts';
import { asAsked, toHit } from '../retrieval/hit.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { Database } from '../sqlite.ts';
import type { AnswerBook, AnswerRecord } from './answer-book.ts';
import type { Hides } from './hides.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { OptOuts } from './opt-outs.ts';
import { NOBODY } from './opt-outs.ts';
import type { RecentQuestions } from './recent-questions.ts';
import { type Scope, scopeOf } from './scope.ts';
import { bytesOf, vectorOf } from './sqlite-vector.ts';

export type AnswerBookOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly comments: Retriever['comments'];
  readonly sees: Access['sees'];
  readonly optOuts: Pick<OptOuts, 'has'>;
  readonly hides: Pick<Hides, 'of'>;
  readonly questions: RecentQuestions;
  /** How long an answer's buttons work. */
  readonly keepDays: number;
  readonly log: Logger;
  readonly now: () => number;
};

const HITS_PER_PAGE = 5;
const DAY_MS = 24 * 3600_000;

type AnswerRow = {
  readonly id: string;
  readonly platform: string;
  readonly server: string | null;
  readonly channel: string | null;
  readonly mode: Mode;
  readonly model: string | null;
  readonly device: string | null;
  readonly metric: Metric;
  readonly took_ms: number;
  readonly indexed_at: string | null;
  readonly ranking: string;
  readonly band: Band | null;
  readonly notes: string;
};

type FullRow = AnswerRow & {
  readonly created_at: number;
  readonly asker_hash: string;
  readonly question_hash: string;
  readonly vector: ArrayBuffer | Uint8Array | null;
};

/** The answer book as a part of the memory. */
export function createAnswerBook({
  db,
  hash,
  comments,
  sees,
  optOuts,
  hides,
  questions,
  keepDays,
  log,
  now,
}: AnswerBookOptions): AnswerBook & { sweep(): void } {
  const insert = db.prepare(
    `INSERT INTO answers (id, created_at, platform, server, channel, asker_hash, question_hash, mode, model, device,
       metric, took_ms, indexed_at, ranking, band, vector, notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare(
    `SELECT id, platform, server, channel, mode, model, device, metric, took_ms, indexed_at, ranking, band, notes
     FROM answers WHERE id = ? AND created_at > ?`,
  );
  const selectAll = db.prepare('SELECT * FROM answers WHERE id = ? AND created_at > ?');
  const update = db.prepare(
    `UPDATE answers SET question_hash = ?, mode = ?, model = ?, device = ?, metric = ?, took_ms = ?, indexed_at = ?,
       ranking = ?, band = ?, vector = ?, notes = ? WHERE id = ?`,
  );
  const selectAsker = db.prepare('SELECT asker_hash FROM answers WHERE id = ?');
  const drop = db.prepare('DELETE FROM answers WHERE id = ?');
  const expire = db.prepare('DELETE FROM answers WHERE created_at <= ?');

  const oldest = () => now() - keepDays * DAY_MS;
  const recall = (id: string) => select.get(id, oldest()) as AnswerRow | undefined;

  return {
    async keep(answer, context, { forEveryone = false } = {}) {
      const isNobodys = await optOuts.has(`${context.platform}:${context.user}`);
      if (isNobodys && !forEveryone) return answer;
      const id = randomBytes(9).toString('base64url');
      const asker = isNobodys ? NOBODY : hash(`${context.platform}:${context.user}`);
      try {
        insert.run(...rowOf(id, context, asker, now()), ...contentOf(answer, asker, hash));
      } catch (error) {
        log.error('the answer could not be kept, so it has no buttons', { error });
        return answer;
      }
      if (!isNobodys) noteQuestion(id, answer);
      return { ...answer, id };
    },
    async page(id, offset, place) {
      const row = recall(id);
      if (!row) return undefined;
      const ranking = JSON.parse(row.ranking) as readonly Ranked[];
      const sources = await sees(place);
      const found = await collect(ranking, offset, sources, scopeOf(row));
      const asked = questions.get(id);
      const narrowed = asked?.narrowed?.sources.every((spec) => sources.includes(spec)) ? [asked.narrowed.text] : [];
      return {
        ...answerOf(row, found.ranking),
        notes: [...narrowed, ...(JSON.parse(row.notes) as readonly string[])],
        question: asked?.text,
        offset,
        hits: explainOrder(asAsked(found.hits, asked?.text), row.metric),
        more: found.more,
      };
    },
    async hit(id, rank, place) {
      const row = recall(id);
      const ranked = row && (JSON.parse(row.ranking) as readonly Ranked[])[rank - 1];
      if (!ranked) return undefined;
      const sources = await sees(place);
      const [comment] = await comments([ranked.key], sources);
      if (!comment || isHidden(comment, await hides.of(scopeOf(row)))) return undefined;
      return { ...toHit(comment, rank, ranked.score, { sources }), band: ranked.band, because: ranked.because };
    },
    async replace(id, answer) {
      const kept = selectAsker.get(id) as Pick<FullRow, 'asker_hash'> | undefined;
      if (!kept) return false;
      update.run(...contentOf(answer, kept.asker_hash, hash), id);
      if (kept.asker_hash !== NOBODY) noteQuestion(id, answer);
      return true;
    },
    async recall(id) {
      const row = selectAll.get(id, oldest()) as FullRow | undefined;
      return row && recordOf(row, questions.get(id)?.text, hash);
    },
    async forget(id) {
      drop.run(id);
      questions.remove(id);
    },
    sweep() {
      expire.run(oldest());
      questions.sweep();
    },
  };

  function noteQuestion(id: string, { question, narrowedNote: narrowed }: Answer): void {
    if (question !== undefined) questions.add(id, { text: question, narrowed });
  }

  /**
   * Up to a page of hits from `offset` on; what is gone by now is passed over. Of the ranking no more is given than may
   * be shown there.
   */
  async function collect(
    ranking: readonly Ranked[],
    offset: number,
    sources: readonly string[],
    scope: Scope,
  ): Promise<Pick<Answer, 'hits' | 'ranking' | 'more'>> {
    const found = await comments(
      ranking.map(({ key }) => key),
      sources,
    );
    const hidden = await hides.of(scope);
    const there = ranking.flatMap(({ score, band, because }, index) => {
      const comment = found[index];
      return comment && !isHidden(comment, hidden)
        ? [{ ...toHit(comment, index + 1, score, { sources }), band, because }]
        : [];
    });
    const rest = there.filter(({ rank }) => rank > offset);
    return {
      hits: rest.slice(0, HITS_PER_PAGE),
      ranking: there.map(({ key, score, band, because }) => ({ key, score, band, because })),
      more: rest.length > HITS_PER_PAGE,
    };
  }
}

function isHidden(
  { key, author }: Pick<Hit, 'key' | 'author'>,
  { comments, authors }: Awaited<ReturnType<Hides['of']>>,
): boolean {
  return comments.has(key) || (author !== undefined && authors.has(author.toLowerCase()));
}

function rowOf(id: string, { platform, server, channel }: CommandContext, asker: string, time: number) {
  return [id, time, platform, server ?? null, channel ?? null, asker] as const;
}

function contentOf(answer: Answer, asker: string, hash: KeyedHash) {
  const isNobodys = asker === NOBODY;
  return [
    isNobodys ? NOBODY : hash(answer.question ?? ''),
    answer.mode,
    answer.model,
    answer.device,
    answer.metric,
    answer.tookMs,
    answer.indexedAt,
    JSON.stringify(answer.ranking),
    answer.band ?? null,
    answer.vector && !isNobodys ? bytesOf(answer.vector) : null,
    JSON.stringify(answer.lastingNotes ?? []),
  ] as const;
}

function recordOf(row: FullRow, question: string | undefined, hash: KeyedHash): AnswerRecord {
  return {
    id: row.id,
    platform: row.platform,
    server: row.server ?? undefined,
    channel: row.channel ?? undefined,
    askedAt: row.created_at,
    question,
    model: row.model,
    vector: row.vector ? vectorOf(row.vector) : undefined,
    ranking: JSON.parse(row.ranking) as readonly Ranked[],
    isAsker: (user) => hash(user) === row.asker_hash,
    wasAsked: (text) => hash(text) === row.question_hash,
  };
}

/** How sure an answer is was measured of the hit that stood first. */
function bandOf({ ranking, band }: AnswerRow, left: readonly Ranked[]): Band | undefined {
  const [first] = JSON.parse(ranking) as readonly Ranked[];
  return first?.key === left[0]?.key ? (band ?? undefined) : undefined;
}

function answerOf(
  row: AnswerRow,
  ranking: readonly Ranked[],
): Omit<Answer, 'question' | 'notes' | 'hits' | 'offset' | 'more'> {
  return {
    kind: 'answer',
    id: row.id,
    mode: row.mode,
    model: row.model,
    device: row.device,
    metric: row.metric,
    tookMs: row.took_ms,
    indexedAt: row.indexed_at,
    ranking,
    band: bandOf(row, ranking),
  };
}
