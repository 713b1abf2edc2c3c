import { randomBytes } from 'node:crypto';
import type { Access } from '../access.ts';
import type { Logger } from '../log.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import { type Database, openDatabase } from '../sqlite.ts';
import { createKeyedHash } from './keyed-hash.ts';
import type { Memory } from './memory.ts';
import { createRecentQuestions } from './recent-questions.ts';
import { createAnswerBook } from './sqlite-answer-book.ts';
import { createChannelSettings } from './sqlite-channel-settings.ts';
import { createHandled } from './sqlite-handled.ts';
import { createHelpOutcomes } from './sqlite-help-outcomes.ts';
import { createHelpTroubles } from './sqlite-help-troubles.ts';
import { createHelpWaits } from './sqlite-help-waits.ts';
import { createHides } from './sqlite-hides.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';
import { createOptOuts } from './sqlite-opt-outs.ts';
import { createPosts } from './sqlite-posts.ts';
import { createPurge } from './sqlite-purge.ts';
import { createServers } from './sqlite-servers.ts';
import { createTaughtAnswers } from './sqlite-taught.ts';
import { createVotes } from './sqlite-votes.ts';

export type MemoryOptions = {
  readonly comments: Retriever['comments'];
  /** Which sources may answer where an answer is shown again. */
  readonly sees: Access['sees'];
  /** How long records of answers are kept, and so their buttons work. */
  readonly keepDays: number;
  readonly log: Logger;
  readonly now?: () => number;
};

/** Everything else of the bot waits as long. */
const BUSY_TIMEOUT_MS = 500;
const SWEEP_EVERY_MS = 3600_000;
const DAY_MS = 24 * 3600_000;
/** Some thousand questions as people ask them. */
const QUESTION_CHARACTERS = 1_000_000;

/**
 * Opens the memory in a SQLite file of its own: single-row reads and writes, so it needs no thread.
 *
 * @throws OperatorError when the file cannot be opened, or a newer version wrote it
 */
export async function openMemory(
  file: string,
  { comments, sees, keepDays, log, now = Date.now }: MemoryOptions,
): Promise<Memory> {
  const db = await openDatabase(file, {
    what: 'the memory of answers',
    migrations: MIGRATIONS,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  const hash = createKeyedHash(secretOf(db));
  const part = { db, hash, now };
  const questions = createRecentQuestions({ lifeMs: DAY_MS, mostCharacters: QUESTION_CHARACTERS, now });
  const optOuts = createOptOuts({ ...part, questions });
  const hides = createHides(part);
  const answers = createAnswerBook({ ...part, comments, sees, optOuts, hides, questions, keepDays, log });

  const helpOutcomes = createHelpOutcomes({ ...part, comments, sees, keepDays });
  const handled = createHandled(part);
  const sweep = () => {
    try {
      answers.sweep();
      helpOutcomes.sweep();
      handled.sweep();
    } catch (error) {
      log.warn('old records could not be cleared away', { error });
    }
  };
  sweep();
  const sweeping = setInterval(sweep, SWEEP_EVERY_MS);
  sweeping.unref();

  return {
    answers,
    posts: createPosts({ ...part, optOuts }),
    votes: createVotes(part),
    taught: createTaughtAnswers(part),
    hides,
    optOuts,
    channels: createChannelSettings(part),
    helpWaits: createHelpWaits(part),
    helpTroubles: createHelpTroubles(part),
    helpOutcomes,
    handled,
    servers: createServers(part),
    purge: createPurge({ db, questions }),
    async close() {
      clearInterval(sweeping);
      db.close();
    },
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
