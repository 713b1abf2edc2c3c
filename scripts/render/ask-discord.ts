import type { APIMessageTopLevelComponent } from 'discord.js';
import type { FakeDiscord } from '../../test/fakes/discord-server.ts';
import { discordHtml } from './discord-html.ts';

/** Asks with `/ask` in a channel of the fake server, and draws the answer that its API received. */
export async function discordPicture(server: FakeDiscord, question: string): Promise<string> {
  const { payload, visibleTo } = await server.ask(question);
  if (server.broken.length > 0) throw new Error(`The answer breaks rules of Discord: ${server.broken.join('; ')}`);
  const components = payload?.components as readonly APIMessageTopLevelComponent[];
  const isPrivate = visibleTo !== 'everyone';
  return discordHtml({
    message: { components },
    command: 'ask',
    asker: server.person.username,
    bot: 'Precedent',
    isPrivate,
    time: 'Today at 10:24',
  });
}
