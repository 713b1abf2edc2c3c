import { createAskCommand } from '../../commands/ask.ts';
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
  return [createAskCommand({ asker: { ask: absent } }), createSourcesCommand({ sources: absent, status: absent })];
}
