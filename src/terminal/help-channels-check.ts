import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Check, Finding } from '../check.ts';
import type { CommandName } from '../command-name.ts';
import { MEMORY_FILE } from '../data-files.ts';
import { type HelpChannelsReader, openHelpChannels } from '../memory/sqlite-help-channels.ts';
import { namedChannels, silentChannels } from '../report/silence.ts';
import { surestBand } from '../retrieval/bands-of.ts';
import { readManifest } from '../retrieval/index-files.ts';

/** Help channels that a bot on this folder could no longer read or post in, and those where it can only be silent. */
export function helpChannelsCheck(dataDir: string, commandName: CommandName): Check {
  return {
    name: 'Help channels',
    fast: false,
    async run(): Promise<readonly Finding[]> {
      const file = path.join(dataDir, MEMORY_FILE);
      if (!existsSync(file)) return [];
      const reader = await openHelpChannels(file);
      try {
        const found = [...inTrouble(reader, commandName), ...(await silent(reader, dataDir))];
        return found.length > 0 ? found : [{ level: 'ok', message: 'none is known to be in trouble' }];
      } finally {
        reader.close();
      }
    },
  };
}

function inTrouble({ troubles }: HelpChannelsReader, commandName: CommandName): readonly Finding[] {
  return troubles.list().map(({ spot: { platform, server, channel }, detail, since }) => ({
    level: 'warning',
    message: `${platform}, server ${server}, channel ${channel}: ${detail}, since ${new Date(since).toISOString()}`,
    mend: `Give the bot what it lacks there, or end it with ${commandName(platform, 'help-channel')} off channel=${channel}.`,
  }));
}

/** By the index on disk; what is wrong with that one, others say. */
async function silent({ channels }: HelpChannelsReader, dataDir: string): Promise<readonly Finding[]> {
  const manifest = await readManifest(dataDir).catch(() => undefined);
  if (!manifest) return [];
  const sureness = { mode: 'semantic', surest: surestBand(manifest) } as const;
  return silentChannels(channels, sureness).map(({ line, spots }) => ({
    level: 'warning',
    message: `${namedChannels(spots)}: ${line}`,
  }));
}
