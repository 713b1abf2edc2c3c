import type { Command, CommandContext, CommandValues, Notice } from './command.ts';
import { isAbort, UserError } from './errors.ts';
import type { LogFields, Logger } from './log.ts';
import type { AnswerBook } from './memory/answer-book.ts';
import { orAbort } from './or-abort.ts';
import { failureText, STOPPING } from './reply-text.ts';
import type { Answer } from './retrieval/answer.ts';

/** Why there is no answer, for whoever asked. */
export type Problem = { readonly kind: 'problem'; readonly text: string };
export type Outcome = Answer | Notice | Problem;

export type RunCommandOptions = {
  readonly answers: Pick<AnswerBook, 'keep'>;
  readonly log: Logger;
  /** How long the command may run. */
  readonly timeoutMs: number;
  /** Aborts when the bot stops and running commands had their time to finish. */
  readonly signal: AbortSignal;
};

/**
 * Runs a command as every chat platform does. Never rejects: what went wrong is in the log whole, under the id that
 * the asker is told. An answer comes back kept, or without an id (and so without buttons) where it cannot be kept.
 */
export async function runCommand(
  command: Pick<Command, 'name' | 'run'>,
  values: CommandValues,
  context: CommandContext,
  { answers, log, timeoutMs, signal }: RunCommandOptions,
): Promise<Outcome> {
  const { platform, requestId } = context;
  const facts = { platform, command: command.name, requestId };
  return outcomeOf(
    async (limit) => {
      const outcome = await command.run(values, context, limit);
      return outcome.kind === 'answer' ? kept(outcome) : outcome;
    },
    { facts, log, timeoutMs, signal },
  );

  async function kept(answer: Answer): Promise<Answer> {
    if (answer.id !== undefined || answer.hits.length === 0) return answer;
    try {
      return await answers.keep(answer, context);
    } catch (error) {
      log.error('An answer could not be kept, so it has no buttons', { ...facts, error });
      return answer;
    }
  }
}

export type OutcomeOptions = Omit<RunCommandOptions, 'answers'> & {
  /** Named in the log. */
  readonly facts: LogFields & { readonly requestId: string };
};

/** What came of `work`, or why nothing did, for whoever asked. Never rejects. */
export async function outcomeOf(
  work: (signal: AbortSignal) => Promise<Outcome>,
  { facts, log, timeoutMs, signal }: OutcomeOptions,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const limit = AbortSignal.any([signal, timeout]);
  const { requestId } = facts;
  try {
    return await orAbort(() => work(limit), limit);
  } catch (error) {
    if (error instanceof UserError) return problem(error.message);
    if (signal.aborted) return problem(STOPPING);
    if (timeout.aborted && isAbort(error)) {
      log.error('A command took too long and was stopped', { ...facts, timeoutMs });
      const seconds = Math.max(1, Math.round(timeoutMs / 1000));
      return problem(`This took longer than ${seconds} s and was stopped. Please try again. Request ${requestId}.`);
    }
    log.error('A command failed', { ...facts, error });
    return problem(failureText(requestId));
  }
}

export function problem(text: string): Problem {
  return { kind: 'problem', text };
}
