import type { Command, CommandContext, CommandValues, MessageAction, Notice } from '../../src/command.ts';
import type { Asker, AskerOptions } from '../../src/help/asker.ts';
import type { AnswerBook } from '../../src/memory/answer-book.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { anAnswer } from '../fakes/answers.ts';

export type Asked = {
  readonly values: CommandValues;
  readonly context: CommandContext;
  readonly follows?: AskerOptions['follows'];
  readonly signal: AbortSignal;
};

export type FakeAsk = Command & {
  readonly asked: Asked[];
  /** What the next questions get, however they are asked, instead of an answer. */
  reply: (asked: Asked) => Promise<Answer | Notice>;
};

/** A stand-in for `/ask` with its inputs; keeps its answers as the real one does. */
export function fakeAsk(book: Pick<AnswerBook, 'keep'>): FakeAsk {
  const asked: Asked[] = [];
  const command: FakeAsk = {
    name: 'ask',
    description: 'Find the comments that answer a question',
    inputs: [
      { kind: 'text', name: 'question', description: 'What do you want to know?', required: true, maxLength: 6000 },
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
    asked,
    reply: async ({ values }) => anAnswer({ question: values.question }),
    audience: ({ visibility }) => (visibility === 'everyone' ? 'everyone' : 'asker'),
    async run(values, context, signal) {
      const call = { values, context, signal };
      asked.push(call);
      const answer = await command.reply(call);
      return answer.kind === 'answer' ? book.keep(answer, context) : answer;
    },
  };
  return command;
}

/** Asks the same, for conversations. */
export function askerOf(ask: FakeAsk, book: Pick<AnswerBook, 'keep'>): Asker {
  return {
    async ask(question, context, { follows, kept = true, forEveryone = false }, signal) {
      const call = { values: { question }, context, follows, signal };
      ask.asked.push(call);
      const answer = await ask.reply(call);
      if (answer.kind !== 'answer') throw new Error('a question gets an answer');
      return kept ? book.keep(answer, context, { forEveryone }) : answer;
    },
  };
}

/** "Find answers", on the same stand-in. */
export function fakeFindAnswers(ask: FakeAsk): MessageAction {
  return {
    name: 'find-answers',
    label: 'Find answers',
    run: ({ text }, context, signal) => ask.run({ question: text }, context, signal),
  };
}

export function fakeSources(): Command {
  return {
    name: 'sources',
    description: 'What is indexed',
    inputs: [],
    audience: () => 'asker',
    run: async () => ({ kind: 'notice', text: '2,098 comments from 1 source.', lines: ['hub:example/issues: fresh'] }),
  };
}
