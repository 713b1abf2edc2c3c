import type { Access } from '../src/access.ts';
import type { Command, CommandValues } from '../src/command.ts';
import { shortName } from '../src/corpus/short-name.ts';
import type { Asker } from '../src/help/asker.ts';
import { type Narrowing, readSince, readState } from '../src/narrowing.ts';

export type AskDependencies = { readonly asker: Asker; readonly sees: Access['sees'] };

const LONGEST_QUESTION = 6000;

/** `/ask`: a question -> the five best comments. */
export function createAskCommand({ asker, sees }: AskDependencies): Command {
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
      {
        kind: 'text',
        name: 'source',
        description: 'Only comments of this source',
        required: false,
        maxLength: 100,
        suggests: true,
        narrows: true,
      },
      {
        kind: 'choice',
        name: 'state',
        description: 'Only comments on issues in this state',
        choices: [
          { value: 'any', label: 'open or closed' },
          { value: 'open', label: 'open' },
          { value: 'closed', label: 'closed' },
        ],
        narrows: true,
      },
      {
        kind: 'text',
        name: 'label',
        description: 'Only comments on issues with this label',
        required: false,
        maxLength: 100,
        narrows: true,
      },
      {
        kind: 'text',
        name: 'since',
        description: 'Only comments since then: 2024, 2024-03-05, 30d, 6m, 2y',
        required: false,
        maxLength: 20,
        narrows: true,
      },
    ],
    async suggest(input, typed, place) {
      if (input !== 'source') return [];
      const names = (await sees(place)).map(shortName);
      return names.filter((name) => name.toLowerCase().includes(typed.trim().toLowerCase()));
    },
    audience: ({ visibility }) => (visibility === 'everyone' ? 'everyone' : 'asker'),
    run: async ({ question = '', ...values }, context, signal) =>
      asker.ask(
        question,
        context,
        { narrowing: narrowingOf(values), forEveryone: values.visibility === 'everyone' },
        signal,
      ),
  };
}

/** @throws UserError for a date that is none */
function narrowingOf({ source, state, label, since }: CommandValues): Narrowing {
  return {
    ...(source?.trim() && { sources: [source.trim()] }),
    ...(state && state !== 'any' && { state: readState(state) }),
    ...(label?.trim() && { labels: [label.trim()] }),
    ...(since?.trim() && { since: readSince(since.trim()) }),
  };
}
