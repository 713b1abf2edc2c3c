import { createAskCommand } from '../../commands/ask.ts';
import { createPrivacyCommand } from '../../commands/ask-privacy.ts';
import { createTeachCommand } from '../../commands/ask-teach.ts';
import { createVotesCommand } from '../../commands/ask-votes.ts';
import { createSourcesCommand } from '../../commands/sources.ts';
import type { Command } from '../command.ts';

/**
 * The commands as platforms register them, for what only describes them (the manifest, `doctor`): none of these can
 * run.
 */
export function describedCommands(): readonly Command[] {
  const absent = (): never => {
    throw new Error('this command was made to be described, not to be run');
  };
  // Whatever is asked of it is absent.
  const nothing = new Proxy({}, { get: absent }) as never;
  const people = { standing: absent, managers: [] };
  return [
    createAskCommand({ asker: { ask: absent }, sees: absent }),
    createSourcesCommand({ sources: absent, status: absent }),
    createVotesCommand({ memory: nothing, ...people, comments: absent }),
    createTeachCommand({ asker: { ask: absent }, taught: nothing, ...people, comments: absent }),
    createPrivacyCommand({ optOuts: nothing, keepDays: 30 }),
  ];
}
