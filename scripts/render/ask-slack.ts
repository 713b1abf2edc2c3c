import type { Block } from '../../src/slack/blocks.ts';
import type { SlackServer } from '../../test/fakes/slack-server.ts';
import { slackHtml } from './slack-html.ts';

/** Asks with `/ask` in a channel of the fake workspace, and draws the answer that its API received. */
export async function slackPicture(server: SlackServer, question: string): Promise<string> {
  await server.person().command('/ask', question);
  const { blocks, user } = await server.message(({ text }) => text.includes(question), 'the answer');
  if (server.violations.length > 0)
    throw new Error(`The answer breaks rules of Slack: ${server.violations.join('; ')}`);
  return slackHtml({
    message: { blocks: blocks as unknown as readonly Block[] },
    bot: server.world.botName,
    isPrivate: user !== undefined,
    time: '10:24 AM',
  });
}
