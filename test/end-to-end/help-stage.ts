import { expect, vi } from 'vitest';
import { createAskCommand } from '../../commands/ask.ts';
import { createFindAnswersAction } from '../../commands/find-answers.ts';
import { createHelpChannelCommand } from '../../commands/help-channel.ts';
import { createSourcesCommand } from '../../commands/sources.ts';
import { commandNames } from '../../src/command-name.ts';
import type { ChatConfig, SlackConfig } from '../../src/config.ts';
import { createDiscordPlatform } from '../../src/discord/bot.ts';
import { createIdentifyGuard } from '../../src/discord/gateway.ts';
import type { MessageRef, Room } from '../../src/help/chat.ts';
import type { Conversations } from '../../src/help/conversations.ts';
import { type RetrieverStatus, statusOf } from '../../src/retrieval/serving.ts';
import { createSlackPlatform } from '../../src/slack/bot.ts';
import { reachOf, slackManifest } from '../../src/slack/manifest.ts';
import { recordingLog } from '../discord/harness.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';
import { type SlackServer, startSlackServer } from '../fakes/slack-server.ts';
import { openScene, type Scene } from '../help/setup.ts';

/** By name, the ids of people on both platforms. `boss` and `chief` are in `MANAGERS`; `chief` takes no direct messages. */
export const PEOPLE = {
  ann: { discord: '700000000000000001', slack: 'U0ANN00' },
  ben: { discord: '700000000000000002', slack: 'U0BEN00' },
  boss: { discord: '700000000000000077', slack: 'U0BOSS0' },
  chief: { discord: '700000000000000078', slack: 'U0CHIEF' },
  bridge: { discord: '700000000000000009', slack: 'U0BRIDGE' },
} as const;
export type Who = keyof typeof PEOPLE | `guest${number}`;

/** What somebody wrote, with what the platform calls it. */
export type Said = { readonly ref: MessageRef; readonly by: Who; readonly text: string };

/** A help channel as people see it: the same on every platform. */
export interface Stage {
  readonly platform: 'discord' | 'slack';
  /** A channel of its own, set up with `/help-channel`. */
  aChannel(settings?: string): Promise<string>;
  spotOf(channel: string): Room;
  /** Somebody uses a command; gives what they are told. */
  command(line: string, channel: string, by?: Who): Promise<string>;
  say(text: string, where: { channel: string; by?: Who; below?: Said }): Said;
  /** The same, with a mention of the bot. */
  mention(text: string, where: { channel: string; by?: Who }): Said;
  /** The thread on a message. */
  threadOf(message: Said): Room;
  /** Written while the bot was away: nobody tells it. */
  sayUnheard(text: string, where: { channel: string; by?: Who; below?: Said }): void;
  deliverAgain(message: Said): void;
  erase(message: Said): Promise<void>;
  /** It is gone, and the bot hears nothing of it. */
  vanish(message: Said): void;
  edit(message: Said, text: string): Promise<void>;
  /** It is changed, and the bot hears nothing of it. */
  editUnheard(message: Said, text: string): void;
  /** What stands in the thread on a message of the bot's, as people read it. */
  repliesTo(message: Pick<Said, 'ref'>): readonly string[];
  /** What everybody sees of the bot's in a channel itself. */
  postsIn(channel: string): readonly string[];
  press(label: string, below: Said, by: Who): Promise<void>;
  /** Presses a button below the last answer that somebody alone sees; gives what they are told. */
  pressOwn(label: string, channel: string, by: Who): Promise<string>;
  /** The next posts are told to come later. */
  limitRate(message: Said): void;
  archive(channel: string): void;
  /** The bot may no longer post there. */
  forbid(channel: string): void;
  /** The direct messages that somebody got from the bot. */
  toldTo(who: Who): readonly string[];
}

export type Theatre = {
  readonly scene: Scene;
  readonly discord: FakeDiscord;
  readonly slack: SlackServer;
  /** The surest band that was measured. */
  readonly surest: { current: RetrieverStatus['surest'] };
  /** Waits until the bot was told of a message and is done with it. */
  hears(message: Said): Promise<void>;
  /** The same of a change of what the bot may do in a channel. */
  hearsOfChange(channel: string): Promise<void>;
  /** The bot stops; `meanwhile` happens; it starts again on the same memory. */
  restart(meanwhile?: () => void): Promise<void>;
  close(): Promise<void>;
};

export const idOf = (who: Who, platform: 'discord' | 'slack'): string =>
  who in PEOPLE
    ? PEOPLE[who as keyof typeof PEOPLE][platform]
    : platform === 'slack'
      ? `U${who.toUpperCase()}`
      : `7000000000000${who.slice(5).padStart(5, '1')}`;

/** Nothing is indexed; what is found is said by the scene. */
const STATUS: RetrieverStatus = { ...statusOf(undefined, undefined), mode: 'semantic' };

const CHAT: ChatConfig = {
  readsMessages: true,
  triggerEmoji: ['bulb', '💡'],
  managers: [PEOPLE.boss, PEOPLE.chief].flatMap(({ discord, slack }) => [discord, slack]),
  bridges: [PEOPLE.bridge.discord, PEOPLE.bridge.slack],
};

/**
 * One bot on a fake Discord and a fake Slack, with the real clients, conversations, memory and rules of help channels.
 * What is asked about "offline" is found strongly, about "proxies" fairly, all else weakly.
 */
export async function openTheatre({ helpWaitMs = 30 } = {}): Promise<Theatre> {
  const discord = await FakeDiscord.start();
  discord.grantsContent = true;
  discord.addGuild();
  const chief = { id: PEOPLE.chief.discord, username: 'chief' };
  discord.users.push({ id: PEOPLE.boss.discord, username: 'boss' }, chief);
  discord.addDirectMessages(chief).closed = true;
  const heard = new Set<string>();
  let running: Awaited<ReturnType<typeof openBot>> | undefined;
  const tokens = { botToken: 'xoxb-theatre', appToken: 'xapp-theatre' };
  const slackConfig: SlackConfig = {
    ...tokens,
    signingSecret: undefined,
    apiUrl: '',
    commandNames: { ask: 'ask', sources: 'sources' },
    allowedWorkspaces: [],
    sharedChannels: [],
    solvedEmoji: undefined,
  };
  const open = async (file?: string) => openScene({ ...(file && { file }), helpWaitMs, settings: { ...CHAT } });
  const surest: Theatre['surest'] = { current: 'strong' };
  const status = (): RetrieverStatus => ({ ...STATUS, surest: surest.current });
  const partsOf = ({ asker, memory, reports, conversations }: Scene) => {
    const sees = async () => ['hub:example/issues'];
    const { standing, access } = conversations;
    return {
      commands: [
        createAskCommand({ asker, sees }),
        createSourcesCommand({ memory, standing, sees, sources: async () => [], status }),
        createHelpChannelCommand({
          memory,
          reports,
          standing,
          access,
          sees,
          status,
          readsMessages: true,
          waitMs: helpWaitMs,
          commandName: commandNames(),
        }),
      ],
      actions: [createFindAnswersAction({ asker })],
    };
  };
  const first = await open();
  const manifest = slackManifest(slackConfig, { ...partsOf(first), reach: reachOf(CHAT, slackConfig) });
  const reading = { perMinute: 10_000, most: 1_000 };
  const slack = await startSlackServer({ manifest, ...tokens, messageIntervalMs: 0, reading });

  slack.world.people.set(PEOPLE.chief.slack, { hasLeft: true });

  async function openBot(scene: Awaited<ReturnType<typeof open>>) {
    scene.search.answer = (question) => {
      const band = question.includes('offline') ? 'strong' : question.includes('proxies') ? 'fair' : 'weak';
      const hits = [1, 2, 3, 4, 5].map((rank) =>
        aHit({ rank, ...(band === 'fair' && { band: { name: 'fair' as const, precision: 0.6 } }) }),
      );
      return anAnswer({ question, band, hits });
    };
    const conversations: Conversations = {
      ...scene.conversations,
      async message(message) {
        await scene.conversations.message(message);
        heard.add(message.ref.message);
      },
      async accessChanged(where) {
        await scene.conversations.accessChanged(where);
        if (where.channel !== undefined) heard.add(where.channel);
      },
    };
    const parts = { ...partsOf(scene), conversations, answers: scene.memory.answers, chat: CHAT };
    const log = recordingLog();
    const platforms = [
      createDiscordPlatform({
        ...parts,
        config: { token: discord.token, apiUrl: discord.apiUrl },
        access: { servers: () => [] },
        log,
        closeTimeoutMs: 500,
        identifyGuard: createIdentifyGuard({ gapMs: 5 }),
        checkEveryMs: 20,
        timing: { firstMessageMs: [10, 20, 40], typingEveryMs: 50, now: () => discord.now() },
      }),
      createSlackPlatform({
        ...parts,
        config: { ...slackConfig, apiUrl: slack.apiUrl },
        log,
        timing: { postIntervalMs: 5, workSignMs: 400, firstRetryMs: 10, longestRetryMs: 50, closeTimeoutMs: 500 },
      }),
    ];
    await Promise.all(platforms.map((platform) => platform.start(AbortSignal.timeout(20_000))));
    return {
      scene,
      async close() {
        await Promise.all(platforms.map((platform) => platform.close()));
        await scene.close();
      },
    };
  }

  const hears = (id: string) => vi.waitFor(() => expect(heard.has(id)).toBe(true), { timeout: 20_000, interval: 10 });
  running = await openBot(first);
  const sceneNow = (): Scene => (running as Awaited<ReturnType<typeof openBot>>).scene;
  return {
    get scene() {
      return sceneNow();
    },
    discord,
    slack,
    surest,
    hears: ({ ref }) => hears(ref.message),
    hearsOfChange: hears,
    async restart(meanwhile = () => {}) {
      const { file } = sceneNow();
      await running?.close();
      running = undefined;
      meanwhile();
      running = await openBot(await open(file));
    },
    async close() {
      await running?.close();
      await discord.close();
      await slack.close();
    },
  };
}
