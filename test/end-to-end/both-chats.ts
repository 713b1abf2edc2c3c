import path from 'node:path';
import { expect } from 'vitest';
import { reachOf, slackManifest } from '../../src/slack/manifest.ts';
import { describedActions, describedCommands } from '../../src/terminal/described-commands.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';
import { textsOf } from '../fakes/discord-state.ts';
import { type IssueRow, issues, until, writeRows } from '../fakes/issues.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { type SlackServer, startSlackServer } from '../fakes/slack-server.ts';
import {
  aBot,
  aFolder,
  closeLater,
  configOf,
  type Environment,
  isPrivate,
  type RunningBot,
  settings,
} from './world.ts';

export async function aDiscord() {
  const discord = await FakeDiscord.start();
  const guild = discord.addGuild();
  const channel = discord.addChannel(guild);
  closeLater(async () => {
    await discord.close();
    expect(discord.broken).toEqual([]);
  });
  return { discord, guild, channel };
}

export const SLACK_TOKENS = { SLACK_BOT_TOKEN: 'xoxb-end-to-end', SLACK_APP_TOKEN: 'xapp-end-to-end' };

export async function aSlack(environment: Environment): Promise<SlackServer> {
  const { slack, chat } = configOf({ ...environment, ...SLACK_TOKENS });
  const reach = reachOf(chat, { solvedEmoji: slack?.solvedEmoji });
  const manifest = slackManifest(slack, { commands: describedCommands(), actions: describedActions(), reach });
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken } = SLACK_TOKENS;
  const server = await startSlackServer({ messageIntervalMs: 0, manifest, botToken, appToken });
  closeLater(async () => {
    await server.close();
    expect(server.violations).toEqual([]);
  });
  return server;
}

export type BothChats = Awaited<ReturnType<typeof aDiscord>> & {
  readonly bot: RunningBot;
  readonly slack: SlackServer;
  readonly folder: string;
  /** Another bot on the same folder and platforms, once this one is closed. */
  again(more?: Environment): Promise<RunningBot>;
};

/** A bot on both platforms and the page, with a corpus that is whole. */
export async function everywhere(
  rows: readonly IssueRow[] = issues(12),
  more: Environment = {},
  prepare: (world: Awaited<ReturnType<typeof aDiscord>>) => void = () => {},
): Promise<BothChats> {
  const folder = await aFolder();
  const own = await writeRows(path.join(folder, 'own.jsonl'), rows);
  const base = await settings({ DATA_DIR: folder, SOURCES: own, ...more });
  const world = await aDiscord();
  prepare(world);
  const slack = await aSlack(base);
  const again = async (others: Environment = {}) => {
    const bot = await aBot({
      ...base,
      ...SLACK_TOKENS,
      DISCORD_TOKEN: world.discord.token,
      DISCORD_API_URL: world.discord.apiUrl,
      SLACK_API_URL: slack.apiUrl,
      ...others,
    });
    await until(() => bot.retriever.status().mode === 'semantic', 'search by meaning');
    return bot;
  };
  return { ...world, slack, folder, bot: await again(), again };
}

/** What a bot shows for a question on Discord and on Slack, as people read it. */
export async function askBoth({ discord, slack }: Pick<BothChats, 'discord' | 'slack'>, question: string) {
  isPrivate(question.slice(0, 60));
  const onDiscord = textsOf(await discord.ask(question)).join('\n');
  const shown = slack.messages.length;
  await slack.person().command('/ask', question);
  await slack.until('an answer', () => slack.messages.length > shown);
  return { onDiscord, onSlack: wordsOf(slack.messages.at(-1)?.blocks ?? []) };
}
