import type { Command, CommandContext, CommandValues, Notice } from '../command.ts';
import { isAbort, UserError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import { failureText } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { DiscordApi } from './api.ts';
import { orAbort } from './or-abort.ts';
import type { SeenSet } from './seen-set.ts';

/** What the handlers of commands, buttons and messages work with. */
export type Desk = {
  readonly api: DiscordApi;
  readonly commands: readonly Command[];
  readonly answers: AnswerBook;
  readonly log: Logger;
  readonly seen: SeenSet;
  /** How long a command may run. */
  readonly runTimeoutMs: number;
  /** True once the bot is stopping: what is running goes on for a moment, what comes is told to come back. */
  readonly isClosing: () => boolean;
  /** Aborts when that moment is over. */
  readonly signal: AbortSignal;
  /** Told of every error of Discord's API, for the health report. */
  readonly onError: (error: unknown) => void;
};

/** A sentence instead of an answer: why there is none. */
export type Sentence = { readonly kind: 'sentence'; readonly text: string };

export const TOO_OLD = 'This answer is too old for its buttons. Please ask again.';
export const STOPPING = 'The bot is restarting. Please ask again in a minute.';

/** Runs a command and always comes back with something to say; whatever went wrong is in the log. */
export async function runCommand(
  { answers, log, runTimeoutMs, signal }: Desk,
  command: Command,
  values: CommandValues,
  context: CommandContext,
): Promise<Answer | Notice | Sentence> {
  const timeout = AbortSignal.timeout(runTimeoutMs);
  const limit = AbortSignal.any([signal, timeout]);
  try {
    const result = await orAbort(command.run(values, context, limit), limit);
    return result.kind === 'answer' ? await keep(answers, result, context, log) : result;
  } catch (error) {
    const { requestId } = context;
    if (error instanceof UserError) return sentence(error.message);
    if (signal.aborted) return sentence(STOPPING);
    if (timeout.aborted && isAbort(error)) {
      log.error('A command took too long and was stopped', { command: command.name, requestId, runTimeoutMs });
      const seconds = Math.max(1, Math.round(runTimeoutMs / 1000));
      return sentence(`This took longer than ${seconds} s and was stopped. Please try again. Request ${requestId}.`);
    }
    log.error('A command failed', { command: command.name, requestId, error });
    return sentence(failureText(requestId));
  }
}

/** An answer gets its id here unless the command kept it already; without one it is shown without buttons. */
async function keep(answers: AnswerBook, answer: Answer, context: CommandContext, log: Logger): Promise<Answer> {
  if (answer.id !== undefined || answer.hits.length === 0) return answer;
  try {
    return await answers.keep(answer, context);
  } catch (error) {
    log.error('An answer could not be kept, so it has no buttons', { requestId: context.requestId, error });
    return answer;
  }
}

export function sentence(text: string): Sentence {
  return { kind: 'sentence', text };
}
