import type { Access } from '../src/access.ts';
import type { Command } from '../src/command.ts';
import { UserError } from '../src/errors.ts';
import type { RateLimiter } from '../src/limits.ts';
import type { AnswerBook } from '../src/memory/answer-book.ts';
import type { Retriever } from '../src/retrieval/retriever.ts';

export type AskDependencies = {
  readonly retriever: Pick<Retriever, 'ask'>;
  readonly answers: AnswerBook;
  readonly sees: Access['sees'];
  /** Per user: `ASK_LIMIT`. */
  readonly limiter: RateLimiter;
};

const HITS_PER_ANSWER = 5;
const LONGEST_QUESTION = 6000;

/** `/ask`: a question -> the five best comments. */
export function createAskCommand({ retriever, answers, sees, limiter }: AskDependencies): Command {
  return {
    name: 'ask',
    description: 'Find the GitHub issue comments that best answer a question',
    inputs: [
      {
        kind: 'text',
        name: 'question',
        description: 'What do you want to know?',
        required: true,
        maxLength: LONGEST_QUESTION,
      },
      {
        kind: 'choice',
        name: 'visibility',
        description: 'Who sees the answer',
        choices: [
          { value: 'asker', label: 'only me' },
          { value: 'everyone', label: 'everyone' },
        ],
      },
    ],
    audience: ({ visibility }) => (visibility === 'everyone' ? 'everyone' : 'asker'),
    async run({ question = '' }, context, signal) {
      const words = readQuestion(question);
      limiter.take(`${context.platform}:${context.user}`);
      const answer = await retriever.ask(words, { sees: await sees(context.place), limit: HITS_PER_ANSWER, signal });
      // An answer that cannot be kept is still one: the platform says in the log why it has no buttons.
      return answers.keep(answer, context).catch(() => answer);
    },
  };
}

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
