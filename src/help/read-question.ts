import { UserError } from '../errors.ts';
import { isGreeting } from './question.ts';

/**
 * The question without the white space around it.
 *
 * @throws UserError when there are no words in it (nothing, white space, emoji or punctuation alone), and with how to ask
 *   for a greeting, thanks or a call for help alone: nothing can be found for those
 */
export function readQuestion(text: string): string {
  const question = text.trim();
  if (isGreeting(question)) {
    throw new UserError(
      'Hello! Ask me a question in words, for example: How can I load a dataset offline? ' +
        'I quote the GitHub issue comments that come nearest to it, with their links.',
    );
  }
  if (/[\p{L}\p{N}]/u.test(question)) return question;
  throw new UserError(
    question
      ? 'There are no words in that question. Ask in words, for example: How can I load a dataset offline?'
      : 'There is no question. Ask one, for example: How can I load a dataset offline?',
  );
}
