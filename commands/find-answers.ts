import type { MessageAction } from '../src/command.ts';
import { UserError } from '../src/errors.ts';
import type { Asker } from '../src/help/asker.ts';

/** "Find answers" in the menu of a message: the same as `/ask`, the question being that message. */
export function createFindAnswersAction({ asker }: { readonly asker: Asker }): MessageAction {
  return {
    name: 'find-answers',
    label: 'Find answers',
    run: async ({ text }, context, signal) => {
      if (!/[\p{L}\p{N}]/u.test(text)) throw new UserError('There are no words in that message to find answers to.');
      return asker.ask(text, context, { literal: true }, signal);
    },
  };
}
