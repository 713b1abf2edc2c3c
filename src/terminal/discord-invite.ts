import { readDiscordConfig } from '../config.ts';
import { readApplicationId } from '../discord/application.ts';
import { inviteUrl } from '../discord/invite.ts';
import { ConfigError } from '../errors.ts';
import { readArguments } from './read-arguments.ts';

/** `npm run discord:invite`: the link that adds the bot to a server, with no more permissions than it needs. */
export async function run(args: readonly string[] = []): Promise<number> {
  readArguments(args, 'npm run discord:invite', {});
  const discord = readDiscordConfig();
  if (!discord) {
    throw new ConfigError([
      'DISCORD_TOKEN is not set. Put the bot’s token into .env (Discord Developer Portal, your application, Bot).',
    ]);
  }
  process.stdout.write(`${inviteUrl(await readApplicationId(discord, console.error))}\n`);
  return 0;
}
