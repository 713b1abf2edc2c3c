import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/access.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { buttonsOf, type FakeMessage, MAY, PUBLIC_THREAD, textsOf } from '../fakes/discord-state.ts';
import { aPrivateCorpus, OPEN, SECRET } from '../fakes/private-corpus.ts';
import { aBot, aDiscord } from './harness.ts';

const close: (() => Promise<void>)[] = [];
afterEveryTest(async () => {
  for (const each of close.splice(0)) await each();
});

/** A bot with a private source that is allowed where the test says, by the ids of the server and its channel. */
async function setUp(grants: (server: string, channel: string) => readonly Omit<Grant, 'platform'>[]) {
  const world = await aDiscord();
  const corpus = await aPrivateCorpus();
  close.push(() => corpus.close());
  corpus.allow(
    ...grants(world.guild.id, world.channel.id).map((grant) => ({ platform: 'discord' as const, ...grant })),
  );
  const { commands, answers, access } = corpus;
  const { bot } = aBot(world.discord, { commands, answers, access });
  await bot.start(AbortSignal.timeout(20_000));
  return { ...world, elsewhere: world.discord.addChannel(world.guild, { name: 'elsewhere' }) };
}

const oneChannel = () => setUp((server, channel) => [{ server, channel }]);
const wholeServer = () => setUp((server) => [{ server }]);
const words = (message: FakeMessage) => textsOf(message).join('\n');

describe('a private source on Discord', () => {
  it('answers in the channel that it is allowed in, and in its threads; nowhere else in the server', async () => {
    const { discord, elsewhere, channel } = await oneChannel();
    expect(words(await discord.ask('How?'))).toContain('Classified');
    const opened = await discord.press(await discord.ask('How?'), 'Open a thread with it');
    expect(words(opened)).toContain('The thread is open.');
    const thread = [...discord.channels.values()].find(({ type, parentId }) => type === PUBLIC_THREAD && parentId);
    expect(thread?.parentId).toBe(channel.id);
    if (thread) expect(words(await discord.ask('How?', { channel: thread }))).toContain('Classified');
    const other = words(await discord.ask('How?', { channel: elsewhere }));
    expect(other).toContain('Public');
    expect(other).not.toContain('Classified');
  });

  it('is gone from the buttons of an answer where they are pressed elsewhere, and whole comments with it', async () => {
    const { discord, channel, elsewhere } = await oneChannel();
    expect(words(await discord.press(await discord.ask('How?'), 'Next five'))).toContain('Classified');
    const answer = await discord.ask('How?');
    // An answer that was carried to another channel, as a forwarded button would be.
    const carried = { ...answer, channelId: elsewhere.id };
    discord.messages.push(carried);
    expect(words(await discord.select(carried, '2.', { channel: elsewhere }))).toContain('no longer there');
    expect(words(await discord.select(answer, '2.', { channel }))).toContain('Classified comment 2');
    await discord.press(carried, 'Share in this channel', { channel: elsewhere });
    await discord.waitFor(
      () => discord.messages.some(({ visibleTo, channelId }) => visibleTo === 'everyone' && channelId === elsewhere.id),
      'what was shared',
    );
    const shared = discord.messages.filter(
      ({ visibleTo, channelId }) => visibleTo === 'everyone' && channelId === elsewhere.id,
    );
    expect(shared.map(words).join('\n')).not.toContain('Classified');
    const next = words(await discord.press(carried, 'Next five', { channel: elsewhere }));
    expect(next).toContain('Public');
    expect(next).not.toContain('Classified');
  });

  it('answers in direct messages to members of the server that it is allowed in as a whole', async () => {
    const { discord } = await wholeServer();
    expect(words(await discord.ask('How?', { channel: discord.addDirectMessages() }))).toContain('Classified');
    const stranger = { ...discord.person, id: '700000000000000999' };
    const other = words(await discord.ask('How?', { channel: discord.addDirectMessages(stranger), user: stranger }));
    expect(other).toContain('Public');
    expect(other).not.toContain('Classified');
    expect(discord.broken.splice(0)).toEqual([expect.stringContaining('Unknown Member')]);
  });

  it('answers in no direct message when single channels are all that it is allowed in', async () => {
    const { discord } = await oneChannel();
    const answer = words(await discord.ask('How?', { channel: discord.addDirectMessages() }));
    expect(answer).toContain('Public');
    expect(answer).not.toContain('Classified');
  });

  it('answers nowhere where the bot is used by somebody who installed it for themselves', async () => {
    const away = { server: '0', channel: '0' };
    const { discord } = await setUp((server) => [{ server }, away]);
    const channel = discord.addChannel(discord.addGuild({ hasBot: false }));
    const answer = await discord.ask('How?', { channel, install: 'user' });
    expect(words(answer)).toContain('Public');
    expect(words(answer)).not.toContain('Classified');
    expect(words(await discord.press(answer, 'Next five', { channel, install: 'user' }))).not.toContain('Classified');
  });

  it('is not shared through an interaction alone, which the bot could not take back', async () => {
    const { discord, guild } = await wholeServer();
    const mute = discord.addChannel(guild, { name: 'mute', permissions: MAY.view });
    discord.gateway.dispatch('CHANNEL_CREATE', {
      id: mute.id,
      type: 0,
      guild_id: guild.id,
      name: 'mute',
      permission_overwrites: [],
    });
    const answer = await discord.ask('How?', { channel: mute });
    expect(words(answer)).toContain('Classified');
    expect(buttonsOf(answer)).toContain('Share in this channel');
    const shared = await discord.press(answer, 'Share in this channel', { channel: mute });
    expect(words(shared)).toContain('Public');
    expect(words(shared)).not.toContain('Classified');
    const open = await discord.ask('How?', { channel: mute, visibility: 'everyone' });
    expect(words(open)).toContain('Public');
    expect(words(open)).not.toContain('Classified');
  });

  it('is suggested as a source, and named in errors, only where it may answer', async () => {
    const { discord, elsewhere } = await oneChannel();
    const names = async (where: object) =>
      (await discord.type('ask', 'source', 'example', where)).map(({ value }) => value);
    expect(await names({ values: { question: 'How?' } })).toEqual([OPEN, SECRET]);
    expect(await names({ values: { question: 'How?' }, channel: elsewhere })).toEqual([OPEN]);
  });
});
