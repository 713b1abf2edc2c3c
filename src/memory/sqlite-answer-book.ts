import { randomBytes } from 'node:crypto';
import type { Access, Place } from '../access.ts';
import type { CommandContext } from '../command.ts';
import type { Logger } from '../log.ts';
import type { Answer, Metric, Mode, Ranked } from '../retrieval/answer.ts';
import { toHit } from '../retrieval/hit.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { Database } from '../sqlite.ts';
import type { AnswerBook } from './answer-book.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { createRecentQuestions } from './recent-questions.ts';

export type AnswerBookOptions = {
  readonly db: Database;
  readonly hash: KeyedHash;
  readonly comments: Retriever['comments'];
  readonly sees: Access['sees'];
  /** How long an answer's buttons work. */
  readonly keepDays: number;
  readonly log: Logger;
  readonly now: () => number;
};

const HITS_PER_PAGE = 5;
const DAY_MS = 24 * 3600_000;
/** Some thousand questions as people ask them. */
const QUESTION_CHARACTERS = 1_000_000;

type AnswerRow = {
  readonly id: string;
  readonly mode: Mode;
  readonly model: string | null;
  readonly device: string | null;
  readonly metric: Metric;
  readonly took_ms: number;
  readonly indexed_at: string | null;
  readonly ranking: string;
};

/** The answer book as a part of the memory. */
export function createAnswerBook({
  db,
  hash,
  comments,
  sees,
  keepDays,
  log,
  now,
}: AnswerBookOptions): AnswerBook & { sweep(): void } {
  const questions = createRecentQuestions({ lifeMs: DAY_MS, mostCharacters: QUESTION_CHARACTERS, now });
  const insert = db.prepare(
    `INSERT INTO answers (id, created_at, platform, server, channel, asker_hash, question_hash, mode, model, device,
       metric, took_ms, indexed_at, ranking, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare(
    `SELECT id, mode, model, device, metric, took_ms, indexed_at, ranking FROM answers WHERE id = ? AND created_at > ?`,
  );
  const expire = db.prepare('DELETE FROM answers WHERE created_at <= ?');

  const oldest = () => now() - keepDays * DAY_MS;
  const recall = (id: string) => select.get(id, oldest()) as AnswerRow | undefined;

  return {
    async keep(answer, context) {
      const id = randomBytes(9).toString('base64url');
      try {
        insert.run(...rowOf(id, answer, context, hash, now()));
      } catch (error) {
        log.error('the answer could not be kept, so it has no buttons', { error });
        return answer;
      }
      if (answer.question !== undefined) questions.add(id, answer.question);
      return { ...answer, id };
    },
    async page(id, offset, place) {
      const row = recall(id);
      if (!row) return undefined;
      const ranking = JSON.parse(row.ranking) as readonly Ranked[];
      const found = await collect(ranking, offset, place);
      return {
        ...answerOf(row, found.ranking),
        question: questions.get(id),
        offset,
        hits: found.hits,
        more: found.more,
      };
    },
    async hit(id, rank, place) {
      const row = recall(id);
      const ranked = row && (JSON.parse(row.ranking) as readonly Ranked[])[rank - 1];
      if (!ranked) return undefined;
      const [comment] = await comments([ranked.key], await sees(place));
      return comment && toHit(comment, rank, ranked.score);
    },
    sweep() {
      expire.run(oldest());
      questions.sweep();
    },
  };

  /**
   * Up to a page of hits from `offset` on; what is gone by now is passed over. Of the ranking no more is given than may
   * be shown there.
   */
  async function collect(
    ranking: readonly Ranked[],
    offset: number,
    place: Place,
  ): Promise<Pick<Answer, 'hits' | 'ranking' | 'more'>> {
    const found = await comments(
      ranking.map(({ key }) => key),
      await sees(place),
    );
    const there = ranking.flatMap(({ score }, index) => {
      const comment = found[index];
      return comment ? [toHit(comment, index + 1, score)] : [];
    });
    const rest = there.filter(({ rank }) => rank > offset);
    return {
      hits: rest.slice(0, HITS_PER_PAGE),
      ranking: there.map(({ key, score }) => ({ key, score })),
      more: rest.length > HITS_PER_PAGE,
    };
  }
}

function rowOf(id: string, answer: Answer, context: CommandContext, hash: KeyedHash, time: number) {
  const { vector } = answer;
  return [
    id,
    time,
    context.platform,
    context.server ?? null,
    context.channel ?? null,
    hash(`${context.platform}:${context.user}`),
    hash(answer.question ?? ''),
    answer.mode,
    answer.model,
    answer.device,
    answer.metric,
    answer.tookMs,
    answer.indexedAt,
    JSON.stringify(answer.ranking),
    vector ? new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength) : null,
  ] as const;
}

function answerOf(row: AnswerRow, ranking: readonly Ranked[]): Omit<Answer, 'question' | 'hits' | 'offset' | 'more'> {
  return {
    kind: 'answer',
    id: row.id,
    mode: row.mode,
    model: row.model,
    device: row.device,
    metric: row.metric,
    tookMs: row.took_ms,
    indexedAt: row.indexed_at,
    notes: [],
    ranking,
  };
}
