import { expect } from 'vitest';
import type { Command, MessageAction } from '../../src/command.ts';
import { createDiscordPlatform, type DiscordPlatformOptions } from '../../src/discord/bot.ts';
import { createIdentifyGuard } from '../../src/discord/gateway.ts';
import type { LogFields, Logger, LogLevel } from '../../src/log.ts';
import type { Platform } from '../../src/platform.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { anAnswer, fakeAnswerBook } from '../fakes/answers.ts';
import { fakeConversations } from '../fakes/conversations.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';

/** `/ask` as the bot offers it, answering at once with five hits. */
export function anAskCommand(overrides: Partial<Command> = {}): Command {
  return {
    name: 'ask',
    description: 'Find the GitHub issue comments that best answer a question',
    inputs: [
      { kind: 'text', name: 'question', description: 'What do you want to know?', required: true, maxLength: 6_000 },
      {
        kind: 'choice',
        name: 'visibility',
        description: 'Who sees the answer',
        choices: [
          { value: 'asker', label: 'only me' },
          { value: 'everyone', label: 'everyone' },
        ],
      },
    ],
    audience: ({ visibility }) => (visibility === 'everyone' ? 'everyone' : 'asker'),
    run: async ({ question }) => anAnswer({ question }),
    ...overrides,
  };
}

/** "Find answers" as the bot offers it. */
export function aFindAction(overrides: Partial<MessageAction> = {}): MessageAction {
  return {
    name: 'find-answers',
    label: 'Find answers',
    run: async ({ text }) => anAnswer({ question: text }),
    ...overrides,
  };
}

export type LogLine = { readonly level: LogLevel; readonly message: string; readonly fields: LogFields };

export function recordingLog(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const open: (() => Promise<void>)[] = [];

afterEveryTest(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A Discord with one server and one channel; when the test ends, no rule of it may have been broken. */
export async function aDiscord() {
  const discord = await FakeDiscord.start();
  const guild = discord.addGuild();
  const channel = discord.addChannel(guild);
  open.push(async () => {
    await discord.close();
    expect(discord.broken).toEqual([]);
  });
  return { discord, guild, channel };
}

/** The bot, not yet started, against that Discord. */
export function aBot(discord: FakeDiscord, options: Partial<DiscordPlatformOptions> = {}) {
  const log = recordingLog();
  const answers = fakeAnswerBook();
  const conversations = fakeConversations();
  const bot: Platform = createDiscordPlatform({
    config: { token: discord.token, apiUrl: discord.apiUrl },
    commands: [anAskCommand()],
    actions: [aFindAction()],
    conversations,
    chat: { readsMessages: false, triggerEmoji: [], managers: [], bridges: [] },
    answers,
    access: { servers: () => [] },
    log,
    closeTimeoutMs: 500,
    identifyGuard: createIdentifyGuard({ gapMs: 20 }),
    checkEveryMs: 50,
    ...options,
  });
  open.push(() => bot.close());
  return { bot, log, answers, conversations };
}

/** Both, connected. */
export async function aConnectedBot(options: Partial<DiscordPlatformOptions> = {}) {
  const world = await aDiscord();
  const served = aBot(world.discord, options);
  await served.bot.start(AbortSignal.timeout(20_000));
  return { ...world, ...served };
}
