import type { Command } from '../src/command.ts';
import type { Asker } from '../src/help/asker.ts';

export type AskDependencies = { readonly asker: Asker };

const LONGEST_QUESTION = 6000;

/** `/ask`: a question -> the five best comments. */
export function createAskCommand({ asker }: AskDependencies): Command {
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
    run: ({ question = '' }, context, signal) => asker.ask(question, context, {}, signal),
  };
}
