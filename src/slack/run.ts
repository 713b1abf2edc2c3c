import type { Command, CommandContext, CommandValues, Notice } from '../command.ts';
import { UserError } from '../errors.ts';
import { failureText } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import { abortable } from './posting.ts';
import { type AnswerLook, renderAnswer, renderNotice, renderText, type SlackMessage } from './reply.ts';
import type { Service } from './service.ts';

/** Why there is no answer, for whoever asked. */
export type Problem = { readonly kind: 'problem'; readonly text: string };
export type Outcome = Answer | Notice | Problem;

/** Runs a command within its time limit. Never rejects. */
export async function runCommand(
  command: Command,
  values: CommandValues,
  context: CommandContext,
  { log, runTimeoutMs, work }: Pick<Service, 'log' | 'runTimeoutMs' | 'work'>,
): Promise<Outcome> {
  const signal = AbortSignal.any([work.runSignal, AbortSignal.timeout(runTimeoutMs)]);
  try {
    return await abortable(() => command.run(values, context, signal), signal);
  } catch (error) {
    if (error instanceof UserError) return { kind: 'problem', text: error.message };
    if (work.runSignal.aborted) return { kind: 'problem', text: 'I am being restarted. Please ask again in a minute.' };
    log.error(`Slack: /${command.name} failed`, { requestId: context.requestId, error });
    return { kind: 'problem', text: failureText(context.requestId) };
  }
}

export function renderOutcome(outcome: Outcome, look: AnswerLook): SlackMessage {
  switch (outcome.kind) {
    case 'answer':
      return renderAnswer(outcome, look);
    case 'notice':
      return renderNotice(outcome);
    case 'problem':
      return renderText(outcome.text);
  }
}
