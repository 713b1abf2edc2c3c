import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Check, Finding } from '../check.ts';
import type { CommandName } from '../command-name.ts';
import { MEMORY_FILE } from '../data-files.ts';
import { openHelpTroubles } from '../memory/sqlite-help-troubles.ts';

/** Help channels that a bot on this folder could no longer read or post in. */
export function helpChannelsCheck(dataDir: string, commandName: CommandName): Check {
  return {
    name: 'Help channels',
    fast: false,
    async run(): Promise<readonly Finding[]> {
      const file = path.join(dataDir, MEMORY_FILE);
      if (!existsSync(file)) return [];
      const troubles = await openHelpTroubles(file);
      try {
        const found = troubles.list();
        if (found.length === 0) return [{ level: 'ok', message: 'none is known to be in trouble' }];
        return found.map(({ spot: { platform, server, channel }, detail, since }) => ({
          level: 'warning',
          message: `${platform}, server ${server}, channel ${channel}: ${detail}, since ${new Date(since).toISOString()}`,
          mend: `Give the bot what it lacks there, or end it with ${commandName(platform, 'help-channel')} off channel=${channel}.`,
        }));
      } finally {
        troubles.close();
      }
    },
  };
}
