import { expect } from 'vitest';
import { createAskCommand } from '../../commands/ask.ts';
import { createFindAnswersAction } from '../../commands/find-answers.ts';
import type { ChatConfig } from '../../src/config.ts';
import { createDiscordPlatform } from '../../src/discord/bot.ts';
import { createIdentifyGuard } from '../../src/discord/gateway.ts';
import type { Chat } from '../../src/help/chat.ts';
import type { Conversations } from '../../src/help/conversations.ts';
import type { Platform } from '../../src/platform.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';
import type { FakeChannel, FakeGuild, FakeMessage } from '../fakes/discord-state.ts';
import { openScene, type SceneOptions } from '../help/setup.ts';
import { recordingLog } from './harness.ts';

export type Talk = Awaited<ReturnType<typeof openTalk>>;

export type TalkOptions = Omit<SceneOptions, 'platform' | 'chat'> & {
  readonly discord?: FakeDiscord;
  readonly chatConfig?: Partial<ChatConfig>;
  readonly allowedServers?: readonly string[];
};

/**
 * The bot on a fake Discord with its real client, conversations and memory, for all tests of a file: each takes a
 * channel of its own.
 */
export async function openTalk({ discord: given, chatConfig, allowedServers = [], ...options }: TalkOptions = {}) {
  const discord = given ?? (await FakeDiscord.start());
  const guild = given ? ([...discord.guilds.values()][0] as FakeGuild) : discord.addGuild();
  const chat: ChatConfig = {
    readsMessages: false,
    triggerEmoji: [],
    managers: [],
    bridges: [],
    ...chatConfig,
  };
  discord.grantsContent ||= chat.readsMessages;
  const scene = await openScene({
    ...options,
    settings: { triggerEmoji: chat.triggerEmoji, managers: chat.managers, ...options.settings },
  });
  const log = recordingLog();
  const chats: Chat[] = [];
  const conversations: Conversations = {
    ...scene.conversations,
    attach(attached) {
      chats.push(attached);
      scene.conversations.attach(attached);
    },
  };
  const bot: Platform = createDiscordPlatform({
    config: { token: discord.token, apiUrl: discord.apiUrl, allowedServers },
    commands: [createAskCommand({ asker: scene.asker, sees: async () => [] })],
    actions: [createFindAnswersAction(scene)],
    conversations,
    chat,
    answers: scene.memory.answers,
    access: { servers: () => [] },
    log,
    closeTimeoutMs: 500,
    identifyGuard: createIdentifyGuard({ gapMs: 5 }),
    checkEveryMs: 20,
    timing: { firstMessageMs: [10, 20, 40, 80, 160, 320, 640, 1_280], typingEveryMs: 50, now: () => discord.now() },
  });
  await bot.start(AbortSignal.timeout(20_000));
  return {
    ...scene,
    /** What Discord can do, as it told the conversations. */
    chats,
    discord,
    guild,
    bot,
    log,
    /** A channel that the bot knows of. */
    aChannel(permissions?: bigint): FakeChannel {
      const channel = discord.addChannel(guild, permissions === undefined ? {} : { permissions });
      discord.announce(channel);
      return channel;
    },
    aForum(options: Parameters<FakeDiscord['addForum']>[1] = {}): FakeChannel {
      const forum = discord.addForum(guild, options);
      discord.announce(forum);
      return forum;
    },
    /** Somebody mentions the bot. */
    mention: (words: string, channel: FakeChannel, more: Parameters<FakeDiscord['say']>[2] = {}): FakeMessage =>
      discord.say(`<@${discord.botUser.id}> ${words}`, channel, more),
    /** The post that stands alone in a channel, once it is there. */
    async postIn(channel: Pick<FakeChannel, 'id'>): Promise<FakeMessage> {
      await discord.waitFor(() => discord.postsIn(channel).length > 0, 'a post');
      return discord.postsIn(channel)[0] as FakeMessage;
    },
    async close(): Promise<void> {
      await bot.close();
      await scene.close();
      if (!given) await discord.close();
    },
    /** No rule of Discord's was broken. */
    expectSound: () => expect(discord.takeBroken()).toEqual([]),
  };
}
