import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { STORE_FILE } from '../data-files.ts';
import { describeError, OperatorError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { HelpOutcome } from '../memory/help-outcomes.ts';
import { type ExportOptions, exportQuestions } from '../report/export-questions.ts';

/**
 * Writes the questions of a report into a file for `npm run eval -- --queries`, each read again from its platform.
 *
 * @throws OperatorError when the file cannot be written, or a platform refuses the token
 */
export async function exportReport(
  file: string,
  outcomes: readonly HelpOutcome[],
  config: Config,
): Promise<{ readonly written: number; readonly skipped: number }> {
  const storeFile = path.join(config.dataDir, STORE_FILE);
  const store = existsSync(storeFile) ? await openSqliteStore(storeFile) : undefined;
  try {
    const { questions, skipped } = await exportQuestions(outcomes, {
      read: await createReader(config),
      issueOf: async (comment) => (await store?.byKey([comment]))?.[0]?.issueUrl,
    });
    const text = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
    await writeAside(file, text);
    return { written: questions.length, skipped };
  } finally {
    await store?.close();
  }
}

/** A platform without a token has nothing that can be read. */
async function createReader({ discord, slack, log, secrets }: Config): Promise<ExportOptions['read']> {
  const signal = new AbortController().signal;
  const quiet = createLogger({ ...log, level: 'error', secrets });
  const readers = {
    discord: discord && (await import('../discord/message-text.ts')).createMessageText(discord),
    slack: slack && (await import('../slack/message-text.ts')).createMessageText(slack, quiet),
  };
  return async (message) => {
    try {
      return await readers[message.platform]?.(message, signal);
    } catch (cause) {
      if (cause instanceof OperatorError) throw cause;
      throw new OperatorError(`A message on ${message.platform} cannot be read now: ${describeError(cause)}.`, {
        cause,
      });
    }
  };
}

/** Questions as people wrote them: for the operator's eyes alone. */
async function writeAside(file: string, text: string): Promise<void> {
  const aside = `${file}.part`;
  try {
    await writeFile(aside, text, { mode: 0o600 });
    await rename(aside, file);
  } catch (cause) {
    await rm(aside, { force: true });
    throw new OperatorError(`${file} cannot be written: ${describeError(cause)}.`, { cause });
  }
}
