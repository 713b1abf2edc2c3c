import { createHmac, randomBytes } from 'node:crypto';
import type { CommandContext } from '../command.ts';
import type { Logger } from '../log.ts';
import type { Answer, Hit, Metric, Mode, Ranked } from '../retrieval/answer.ts';
import { toHit } from '../retrieval/hit.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import { type Database, openDatabase } from '../sqlite.ts';
import type { AnswerBook } from './answer-book.ts';
import { createRecentQuestions } from './recent-questions.ts';

export type AnswerBookOptions = {
  readonly file: string;
  readonly comments: Retriever['comments'];
  /** How long an answer's buttons work. */
  readonly keepDays: number;
  readonly log: Logger;
  readonly now?: () => number;
};

const HITS_PER_PAGE = 5;
const DAY_MS = 24 * 3600_000;
/** Everything else of the bot waits as long. */
const BUSY_TIMEOUT_MS = 500;
/** Some thousand questions as people ask them. */
const QUESTION_CHARACTERS = 1_000_000;

const MIGRATIONS = [
  `CREATE TABLE secret (key BLOB NOT NULL);
   CREATE TABLE answers (
     id TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     platform TEXT NOT NULL,
     server TEXT,
     channel TEXT,
     asker_hash TEXT NOT NULL,
     question_hash TEXT NOT NULL,
     mode TEXT NOT NULL,
     model TEXT,
     device TEXT,
     metric TEXT NOT NULL,
     took_ms REAL NOT NULL,
     indexed_at TEXT,
     ranking TEXT NOT NULL,
     vector BLOB
   ) STRICT;
   CREATE INDEX answers_by_age ON answers (created_at);`,
];

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

/** The answer book in a SQLite file of its own: single-row reads and writes, so it needs no thread. */
export async function openAnswerBook({
  file,
  comments,
  keepDays,
  log,
  now = Date.now,
}: AnswerBookOptions): Promise<AnswerBook> {
  const db = await openDatabase(file, {
    what: 'the memory of answers',
    migrations: MIGRATIONS,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  const hashKey = secretOf(db);
  const hash = (value: string) => createHmac('sha256', hashKey).update(value).digest('base64url').slice(0, 22);
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
  const forgetOld = () => {
    expire.run(oldest());
    questions.sweep();
  };
  forgetOld();
  const sweeping = setInterval(() => {
    try {
      forgetOld();
    } catch (error) {
      log.warn('old answers could not be cleared away', { error });
    }
  }, 3600_000);
  sweeping.unref();

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
    async page(id, offset) {
      const row = recall(id);
      if (!row) return undefined;
      const ranking = JSON.parse(row.ranking) as readonly Ranked[];
      const { hits, next } = await collect(ranking, offset);
      return { ...answerOf(row, ranking), question: questions.get(id), hits, offset, more: next < ranking.length };
    },
    async hit(id, rank) {
      const row = recall(id);
      const ranked = row && (JSON.parse(row.ranking) as readonly Ranked[])[rank - 1];
      if (!ranked) return undefined;
      const [comment] = await comments([ranked.key]);
      return comment && toHit(comment, rank, ranked.score);
    },
    async close() {
      clearInterval(sweeping);
      db.close();
    },
  };

  /** Up to a page of hits from `offset` on; what is gone by now is passed over. */
  async function collect(ranking: readonly Ranked[], offset: number): Promise<{ hits: Hit[]; next: number }> {
    const rest = ranking.slice(offset);
    const found = await comments(rest.map(({ key }) => key));
    const hits: Hit[] = [];
    let next = offset;
    for (const [index, { score }] of rest.entries()) {
      if (hits.length === HITS_PER_PAGE) break;
      next = offset + index + 1;
      const comment = found[index];
      if (comment) hits.push(toHit(comment, next, score));
    }
    return { hits, next };
  }
}

function rowOf(id: string, answer: Answer, context: CommandContext, hash: (value: string) => string, time: number) {
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

/** The key of the keyed hashes, made once for this file. */
function secretOf(db: Database): Buffer {
  return db.transaction(() => {
    const row = db.prepare('SELECT key FROM secret').get() as { key: Uint8Array } | undefined;
    if (row) return Buffer.from(row.key);
    const key = randomBytes(32);
    db.prepare('INSERT INTO secret (key) VALUES (?)').run(key);
    return key;
  });
}
