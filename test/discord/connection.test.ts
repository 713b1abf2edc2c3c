import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createClient, createIdentifyGuard, login } from '../../src/discord/gateway.ts';
import { intentsFor } from '../../src/discord/invite.ts';
import { OperatorError } from '../../src/errors.ts';
import { anAnswer } from '../fakes/answers.ts';
import { INTENTS } from '../fakes/discord-gateway.ts';
import { textsOf } from '../fakes/discord-state.ts';
import { aBot, aConnectedBot, aDiscord, anAskCommand } from './harness.ts';

const READING = { readsMessages: true, triggerEmoji: [], managers: [], bridges: [] };
const soon = () => AbortSignal.timeout(20_000);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

describe('starting', () => {
  it('connects, asks for no privileged intent, and is healthy', async () => {
    const { discord } = await aDiscord();
    const { bot } = aBot(discord);
    expect(bot.health()).toEqual({ ok: false, detail: 'not connected' });
    await bot.start(soon());
    expect(bot.health()).toEqual({ ok: true, detail: 'connected' });
  });

  it('refuses a wrong token with what mends it', async () => {
    const { discord } = await aDiscord();
    const { bot } = aBot(discord, { config: { token: 'wrong', apiUrl: discord.apiUrl } });
    const error = await failure(bot.start(soon()));
    expect(error).toBeInstanceOf(OperatorError);
    expect(error?.message).toMatch(/refuses the token.*DISCORD_TOKEN/);
    discord.takeBroken();
  });

  it.each([
    [4004, /token/],
    [4013, /intents/],
    [4014, /intent.*Developer Portal/],
  ])('stops for good when the gateway closes with %i', async (code, message) => {
    const { discord } = await aDiscord();
    discord.gateway.closeOnIdentify = code;
    const { bot } = aBot(discord);
    const error = await failure(bot.start(soon()));
    expect(error).toBeInstanceOf(OperatorError);
    expect(error?.message).toMatch(message);
    expect(bot.health()).toMatchObject({ ok: false, detail: error?.message });
    expect(discord.gateway.identifies).toBe(1);
  });

  it('goes on without the message-content intent where it is not granted, and says so', async () => {
    const { discord, channel } = await aDiscord();
    const { bot, log, conversations } = aBot(discord, { chat: READING });
    await bot.start(soon());
    expect(bot.health()).toMatchObject({ ok: true, detail: expect.stringContaining('10,000 people') });
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(discord.gateway.has(INTENTS.content)).toBe(false);
    discord.say('words', channel);
    await discord.waitFor(() => conversations.calls.length === 1);
    expect(conversations.calls[0]).toMatchObject({ name: 'message', with: [{ text: undefined }] });
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
  });

  it('reads messages where the intent is granted, until it is taken away', async () => {
    const { discord, channel, guild } = await aDiscord();
    discord.grantsContent = true;
    const { bot, conversations } = aBot(discord, { chat: READING, reconnectAfterMs: 100 });
    await bot.start(soon());
    const [chat] = conversations.chats;
    const room = { platform: 'discord', server: guild.id, channel: channel.id } as const;
    expect(chat?.reads(room)).toBe(true);
    discord.say('words', channel);
    await discord.waitFor(() => conversations.calls.length === 1);
    expect(conversations.calls[0]).toMatchObject({ with: [{ text: 'words', addressed: undefined }] });
    discord.grantsContent = false;
    discord.gateway.invalidate(false);
    await discord.waitFor(() => bot.health().detail.includes('message-content intent') && discord.gateway.connected);
    expect(chat?.reads(room)).toBe(false);
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
  });

  it('asks for reactions only where an emoji is set', async () => {
    const { discord } = await aDiscord();
    const { bot } = aBot(discord);
    await bot.start(soon());
    expect(discord.gateway.has(INTENTS.guildReactions)).toBe(false);
    await bot.close();
    await aBot(discord, { chat: { ...READING, readsMessages: false, triggerEmoji: ['💡'] } }).bot.start(soon());
    expect(discord.gateway.has(INTENTS.guildReactions)).toBe(true);
  });

  it.each(['silent', 'deaf'] as const)(
    'gives up on a %s gateway after its own time, on which discord.js would hang',
    async (mode) => {
      const { discord } = await aDiscord();
      discord.gateway.mode = mode;
      const { bot } = aBot(discord, { startTimeoutMs: 300 });
      const error = await failure(bot.start(soon()));
      expect(error).toBeInstanceOf(OperatorError);
      expect(error?.message).toContain('did not answer within');
      discord.gateway.mode = 'normal';
      await bot.start(soon());
      expect(bot.health().ok).toBe(true);
    },
  );

  it('names the address when nothing listens there', async () => {
    const { discord } = await aDiscord();
    const { bot } = aBot(discord, { config: { token: discord.token, apiUrl: 'http://127.0.0.1:9/api' } });
    expect((await failure(bot.start(soon())))?.message).toContain('could not be reached at http://127.0.0.1:9/api');
  });

  it('says when Discord allows no further connection', async () => {
    const { discord } = await aDiscord();
    discord.sessionStarts.remaining = 0;
    const { bot } = aBot(discord);
    expect((await failure(bot.start(soon())))?.message).toContain('allows no further connection');
  });

  it('ends at once when it is no longer wanted', async () => {
    const { discord } = await aDiscord();
    discord.gateway.mode = 'silent';
    const { bot } = aBot(discord);
    const wanted = new AbortController();
    const start = failure(bot.start(wanted.signal));
    await delay(100);
    wanted.abort();
    expect((await start)?.name).toBe('AbortError');
  });
});

describe('a client', () => {
  it('does not keep everybody who ever wrote', async () => {
    const { discord } = await aDiscord();
    const events = { onFatal: () => {}, onProblem: () => {}, onRenewed: () => {}, onEvent: () => {} };
    const config = { token: discord.token, apiUrl: discord.apiUrl };
    const intents = intentsFor({ content: false, reactions: false });
    const client = createClient({ config, intents, throttler: createIdentifyGuard() }, events);
    await login(client, discord.token, soon());
    const { users } = client;
    const [someone] = users.cache.values();
    for (let id = 0; id < 1_000; id++)
      users.cache.set(String(id), Object.assign(Object.create(someone ?? null), { id }));
    expect(users.cache.size).toBe(200);
    expect(users.cache.has(discord.botUser.id)).toBe(true);
    await client.destroy();
  });
});

describe('a connection that breaks', () => {
  const ways: readonly (readonly [
    string,
    (gateway: Awaited<ReturnType<typeof aConnectedBot>>['discord']['gateway']) => void,
  ])[] = [
    ['drops', (gateway) => gateway.drop()],
    ['is asked to reconnect', (gateway) => gateway.askToReconnect()],
    ['is told that its session is over', (gateway) => gateway.invalidate(false)],
    ['is closed with 4000', (gateway) => gateway.closeWith(4000)],
    ['is closed with 4009', (gateway) => gateway.closeWith(4009)],
  ];
  it.each(ways)('is mended when it %s, and answers again', async (_name, breakIt) => {
    const { discord, bot, conversations } = await aConnectedBot();
    const { resumes, identifies } = discord.gateway;
    breakIt(discord.gateway);
    await discord.waitFor(
      () => discord.gateway.resumes + discord.gateway.identifies > resumes + identifies,
      'a new connection',
      15_000,
    );
    await discord.waitFor(() => bot.health().ok, 'health');
    // What happened between two sessions is told by nobody, and has to be looked for.
    await discord.waitFor(() => conversations.connections === discord.gateway.identifies, 'what may be missed');
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
  });

  it('answers what was asked while it was away', async () => {
    const { discord } = await aConnectedBot();
    discord.gateway.drop();
    await discord.waitFor(() => !discord.gateway.connected);
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
    expect(discord.gateway.resumes).toBe(1);
  });

  it('is not healthy while a resume goes unanswered, and is made anew after a while', async () => {
    const { discord, bot, log } = await aConnectedBot({ reconnectAfterMs: 1_500 });
    discord.gateway.resume = 'unanswered';
    discord.gateway.drop();
    await discord.waitFor(() => discord.gateway.resumes === 1);
    expect(bot.health()).toEqual({ ok: false, detail: 'the connection is lost and being made anew' });
    await discord.waitFor(() => bot.health().ok, 'health');
    expect(discord.gateway.identifies).toBe(2);
    expect(log.lines.some(({ message }) => message.includes('making it anew'))).toBe(true);
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
  });

  it.each(['silent', 'deaf'] as const)(
    'is tried again while the gateway is %s, and no earlier attempt is left behind',
    async (mode) => {
      const { discord, bot, log } = await aConnectedBot({ reconnectAfterMs: 100, startTimeoutMs: 1_500 });
      discord.gateway.mode = mode;
      discord.gateway.drop();
      const failures = () => log.lines.filter(({ message }) => message.includes('it is tried again')).length;
      await discord.waitFor(() => failures() >= 2, 'two failed attempts');
      expect(bot.health().ok).toBe(false);
      discord.gateway.mode = 'normal';
      await discord.waitFor(() => bot.health().ok, 'health');
      // Longer than discord.js pauses before a shard that it took for lost connects again.
      await delay(800);
      expect([discord.gateway.connections, bot.health().ok]).toEqual([1, true]);
    },
  );

  it('stays down and says why when Discord closes it for good', async () => {
    const { discord, bot, log } = await aConnectedBot({ reconnectAfterMs: 100 });
    discord.gateway.closeWith(4014);
    await discord.waitFor(() => log.lines.some(({ level }) => level === 'error'));
    expect(bot.health()).toMatchObject({ ok: false, detail: expect.stringContaining('intent') });
    await delay(400);
    expect(discord.gateway.identifies).toBe(1);
  });

  it('reports a token that was revoked, and takes it up again when it was a mistake', async () => {
    const { discord, bot, log } = await aConnectedBot({ retryEveryMs: 100 });
    const answer = await discord.ask('How?');
    discord.fail(/^POST \/channels/, { status: 401, body: { code: 0, message: '401: Unauthorized' } });
    discord.fail(/^GET \/users\/@me$/, { status: 401, body: { code: 0, message: '401: Unauthorized' } });
    await discord.press(answer, 'Share in this channel');
    await discord.waitFor(() => !bot.health().ok);
    expect(bot.health().detail).toContain('refuses the token');
    expect(log.lines.some(({ message }) => message.includes('refuses the token'))).toBe(true);
    await discord.waitFor(() => bot.health().ok);
    expect(textsOf(await discord.press(answer, 'Share in this channel'))).toEqual(['Shared in this channel.']);
  });
});

describe('the guard against too many identifications', () => {
  it('lets one out at once, and each that follows within the hour waits twice as long as the one before', async () => {
    const minute = 60_000;
    for (const [times, free] of [
      [[0], true],
      [[0, 4_000], false],
      [[0, 5_000], true],
      [[0, 5_000, 14_000], false],
      [[0, 5_000, 15_000], true],
      [[0, 5_000, 15_000, 34_000], false],
      [[0, 5_000, 15_000, 35_000], true],
      [[0, 5_000, 66 * minute], true],
    ] as const) {
      expect([times, await goesOutAtOnce(times)]).toEqual([times, free]);
    }
  });

  it('is behind a session that is refused again and again', async () => {
    const { discord } = await aDiscord();
    discord.gateway.refuseIdentifies = 2;
    const { bot } = aBot(discord);
    await bot.start(soon());
    expect(discord.gateway.identifies).toBe(3);
    expect(bot.health().ok).toBe(true);
  });
});

describe('closing', () => {
  it('lets a running answer finish and takes no new one', async () => {
    let finish: (() => void) | undefined;
    const command = anAskCommand({
      run: async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return anAnswer();
      },
    });
    const { discord, bot } = await aConnectedBot({ commands: [command], closeTimeoutMs: 5_000 });
    const running = discord.beginAsk('How?');
    await discord.waitFor(() => finish !== undefined);
    const closed = bot.close();
    const late = discord.beginAsk('And?');
    expect(textsOf(await discord.answerTo(late)).join('')).toContain('restarting');
    finish?.();
    await closed;
    expect(textsOf(await discord.answerTo(running)).length).toBeGreaterThan(5);
    expect(discord.gateway.connected).toBe(false);
    expect(bot.health()).toEqual({ ok: false, detail: 'not connected' });
  });

  it('tells whoever still waits when its time is over', async () => {
    const { discord, bot } = await aConnectedBot({
      commands: [anAskCommand({ run: () => new Promise(() => {}) })],
      closeTimeoutMs: 50,
    });
    const running = discord.beginAsk('How?');
    await discord.waitFor(() => running.acknowledged !== undefined);
    await bot.close();
    expect(textsOf(await discord.answerTo(running)).join('')).toContain('restarting');
  });

  it('is harmless twice, and before a start', async () => {
    const { discord } = await aDiscord();
    const { bot } = aBot(discord);
    await bot.close();
    await bot.close();
    expect(bot.health().ok).toBe(false);
  });
});

/** Whether the last of the identifications that are asked for at these times goes out without a wait. */
async function goesOutAtOnce(times: readonly number[]): Promise<boolean> {
  let now = 0;
  let free = false;
  const guard = createIdentifyGuard({ gapMs: 5_000, now: () => now });
  for (const time of times) {
    now = time;
    free = false;
    const stop = new AbortController();
    const waiting = guard.waitForIdentify(0, stop.signal).then(
      () => {
        free = true;
      },
      () => {},
    );
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await waiting;
  }
  return free;
}
