import { openDatabase } from '../sqlite.ts';
import type { HelpTroubles } from './help-troubles.ts';
import { type ChannelReader, createChannelReader } from './sqlite-channel-settings.ts';
import { createHelpTroubles } from './sqlite-help-troubles.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';

/** What a command that reads beside a running bot may know of its help channels. */
export type HelpChannelsReader = {
  readonly channels: ChannelReader;
  readonly troubles: Pick<HelpTroubles, 'list'>;
  close(): void;
};

/** @throws OperatorError when the file cannot be opened, or a newer version wrote it */
export async function openHelpChannels(file: string): Promise<HelpChannelsReader> {
  const db = await openDatabase(file, { what: 'the memory of answers', migrations: MIGRATIONS });
  const { list } = createHelpTroubles({ db, now: Date.now });
  return { channels: createChannelReader(db), troubles: { list }, close: () => db.close() };
}
