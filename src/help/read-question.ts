import { UserError } from '../errors.ts';

/**
 * The question without the white space around it.
 *
 * @throws UserError when there are no words in it: nothing, white space, emoji or punctuation alone
 */
export function readQuestion(text: string): string {
  const question = text.trim();
  if (/[\p{L}\p{N}]/u.test(question)) return question;
  throw new UserError(
    question
      ? 'There are no words in that question. Ask in words, for example: How can I load a dataset offline?'
      : 'There is no question. Ask one, for example: How can I load a dataset offline?',
  );
}
