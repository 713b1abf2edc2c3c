import type { Block } from '../../src/slack/blocks.ts';
import { html } from '../../src/web/html.ts';
import type { SlackServer } from '../../test/fakes/slack-server.ts';
import type { ShownMessage } from '../../test/fakes/slack-world.ts';
import {
  type BotMessage,
  botMessageHtml,
  mentionHtml,
  personMessageHtml,
  repliesHtml,
  slackHtml,
  threadHeadHtml,
} from './slack-html.ts';

/** Asks with `/ask` in a channel of the fake workspace, and draws the answer that its API received. */
export async function slackPicture(server: SlackServer, question: string): Promise<string> {
  await server.person().command('/ask', question);
  const answer = await server.message(({ text }) => text.includes(question), 'the answer');
  return slackHtml(botMessageHtml({ ...shown(server, answer), time: '10:24 AM' }));
}

/** Mentions the bot, asks on in the thread, says what solved it, and votes: draws the thread as its API knows it then. */
export async function slackThreadPicture(
  server: SlackServer,
  { question, followUp }: { readonly question: string; readonly followUp: string },
): Promise<string> {
  const asker = server.person('U2');
  const isNew = (known: readonly ShownMessage[]) => (message: ShownMessage) => !known.includes(message);
  const next = async (act: () => unknown, what: string) => {
    const known = [...server.messages];
    await act();
    return server.message(isNew(known), what);
  };
  const asked = asker.mention(question);
  const answer = await server.message(({ threadTs }) => threadTs === asked.ts, 'the answer');
  const second = await next(() => asker.write(followUp, { threadTs: asked.ts }), 'the answer to the follow-up');
  const which = await next(() => asker.press(answer, 'This solved it'), 'the question which one');
  await asker.select(which, 0);
  await server.until('the mark', () => server.world.reactions.length > 0 && answer.edited);
  const vote = await next(() => asker.thumb(second, true), 'what is said to the vote');
  const [name, bot] = ['kim', mentionHtml(server.world.botName)];
  return slackHtml(
    threadHeadHtml(server.world.channels.get(asked.channel)?.name ?? ''),
    personMessageHtml({ name, words: html`${bot} ${question}`, time: '10:24 AM', solved: true }),
    repliesHtml(3),
    botMessageHtml({ ...shown(server, answer), time: '10:24 AM', mostHits: 1 }),
    personMessageHtml({ name, words: html`${followUp}`, time: '10:31 AM' }),
    botMessageHtml({ ...shown(server, second), time: '10:31 AM', mostHits: 1 }),
    botMessageHtml({ ...shown(server, vote), time: '10:32 AM' }),
  );
}

function shown(
  { violations, world }: SlackServer,
  { blocks, user }: ShownMessage,
): Pick<BotMessage, 'blocks' | 'bot' | 'isPrivate'> {
  if (violations.length > 0) throw new Error(`The answer breaks rules of Slack: ${violations.join('; ')}`);
  return { blocks: blocks as unknown as readonly Block[], bot: world.botName, isPrivate: user !== undefined };
}
