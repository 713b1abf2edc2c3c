import { createAskCommand } from '../../commands/ask.ts';
import { createPrivacyCommand } from '../../commands/ask-privacy.ts';
import { createTeachCommand } from '../../commands/ask-teach.ts';
import { createVotesCommand } from '../../commands/ask-votes.ts';
import { createFindAnswersAction } from '../../commands/find-answers.ts';
import { createHelpChannelCommand } from '../../commands/help-channel.ts';
import { createSourcesCommand } from '../../commands/sources.ts';
import type { Command, MessageAction } from '../command.ts';

const absent = (): never => {
  throw new Error('this command was made to be described, not to be run');
};

/**
 * The commands as platforms register them, for what only describes them (the manifest, `doctor`): none of these can
 * run.
 */
export function describedCommands(): readonly Command[] {
  // Whatever is asked of it is absent.
  const nothing = new Proxy({}, { get: absent }) as never;
  const people = { standing: absent, managers: [] };
  const commandName = absent;
  return [
    createAskCommand({ asker: { ask: absent }, sees: absent }),
    createSourcesCommand({ sources: absent, status: absent, sees: absent, standing: absent, memory: nothing }),
    createVotesCommand({ memory: nothing, ...people, comments: absent }),
    createTeachCommand({ asker: { ask: absent }, taught: nothing, ...people, comments: absent, commandName }),
    createPrivacyCommand({ optOuts: nothing, keepDays: 30, commandName }),
    createHelpChannelCommand({
      memory: nothing,
      reports: nothing,
      standing: absent,
      sees: absent,
      access: absent,
      status: absent,
      readsMessages: false,
      waitMs: 0,
      commandName,
    }),
  ];
}

/** What stands in the menu of messages, for the same. */
export function describedActions(): readonly MessageAction[] {
  return [createFindAnswersAction({ asker: { ask: absent } })];
}
