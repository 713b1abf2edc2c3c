import type { APIMessageTopLevelComponent } from 'discord.js';
import type { FakeDiscord } from '../../test/fakes/discord-server.ts';
import type { FakeMessage } from '../../test/fakes/discord-state.ts';
import {
  type BotMessage,
  botMessageHtml,
  discordHtml,
  personMessageHtml,
  repliedHtml,
  threadHeadHtml,
  usedHtml,
} from './discord-html.ts';

/** Asks with `/ask` in a channel of the fake server, and draws the answer that its API received. */
export async function discordPicture(server: FakeDiscord, question: string): Promise<string> {
  const answer = await server.ask(question);
  const above = usedHtml(server.person.username, 'ask');
  return discordHtml(botMessageHtml({ ...shown(server, answer), time: 'Today at 10:24', above }));
}

/**
 * Finds answers to a message in the menu of that message, posts them as a thread, asks on in it, says what solved it,
 * and votes: draws the thread as its API knows it then.
 */
export async function discordThreadPicture(
  server: FakeDiscord,
  { question, followUp }: { readonly question: string; readonly followUp: string },
): Promise<string> {
  const { stranger: asker } = server;
  const [channel] = server.channels.values();
  if (!channel) throw new Error('The fake server has no channel');
  const asked = server.say(question, channel, { author: asker });
  const found = await server.choose('Find answers', asked, { channel });
  await server.press(found, 'Post in a thread on the message', { channel });
  const thread = await server.threadOn(asked);
  await server.waitFor(() => server.postsIn(thread).length > 0, 'the answer in the thread');
  const answer = server.postsIn(thread)[0] as FakeMessage;
  const next = server.say(followUp, thread, { author: asker });
  const second = await server.replyTo(next);
  const which = await server.press(answer, 'This solved it', { channel: thread });
  await server.select(which, '1.', { channel: thread });
  await server.waitFor(() => answer.edits > 0, 'the note of what solved it');
  const vote = await server.press(second, 'Helpful', { channel: thread });
  return discordHtml(
    threadHeadHtml(thread.name),
    personMessageHtml({ name: asker.username, words: question, time: 'Today at 10:24' }),
    botMessageHtml({ ...shown(server, answer), time: 'Today at 10:25', mostHits: 1 }),
    personMessageHtml({ name: asker.username, words: followUp, time: 'Today at 10:31' }),
    botMessageHtml({
      ...shown(server, second),
      time: 'Today at 10:31',
      mostHits: 1,
      above: repliedHtml(asker.username, followUp),
    }),
    botMessageHtml({ ...shown(server, vote), time: 'Today at 10:32' }),
  );
}

function shown(server: FakeDiscord, { payload, visibleTo }: FakeMessage): Pick<BotMessage, 'components' | 'isPrivate'> {
  if (server.broken.length > 0) throw new Error(`The answer breaks rules of Discord: ${server.broken.join('; ')}`);
  const components = payload?.components as readonly APIMessageTopLevelComponent[];
  return { components, isPrivate: visibleTo !== 'everyone' };
}
