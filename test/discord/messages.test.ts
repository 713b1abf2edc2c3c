import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withoutMarkup } from '../../src/discord/messages.ts';
import { UserError } from '../../src/errors.ts';
import { anAnswer } from '../fakes/answers.ts';
import { buttonsOf, type FakeMessage, INVITED, MAY, textsOf } from '../fakes/discord-state.ts';
import { aConnectedBot, anAskCommand } from './harness.ts';

const posts = (messages: readonly FakeMessage[]) => messages.filter(({ author }) => author === 'bot');
const reads = () => {
  const questions: (string | undefined)[] = [];
  const command = anAskCommand({
    run: async ({ question }) => {
      questions.push(question);
      return anAnswer();
    },
  });
  return { questions, command };
};

describe('a direct message', () => {
  it('is answered with a reply, though no privileged intent is asked for', async () => {
    const { questions, command } = reads();
    const { discord } = await aConnectedBot({ commands: [command] });
    const reply = await discord.dm('How can I load a dataset offline?');
    expect(questions).toEqual(['How can I load a dataset offline?']);
    expect(textsOf(reply).join('\n')).toContain('### 1');
    expect(buttonsOf(reply)).toEqual(['Next five']);
    expect(reply.payload).toMatchObject({ allowed_mentions: { parse: [] }, enforce_nonce: true });
  });

  it('shows a sign of work in the meantime', async () => {
    const { discord } = await aConnectedBot();
    const channel = discord.addDirectMessages();
    await discord.dm('How?', channel);
    expect(discord.typed).toContain(channel.id);
  });

  it('is answered though the sign of work fails', async () => {
    const { discord } = await aConnectedBot();
    discord.fail(/typing$/, { status: 500, times: 5 });
    expect(textsOf(await discord.dm('How?')).length).toBeGreaterThan(5);
  });

  it('without words gets one line of help', async () => {
    const { discord } = await aConnectedBot();
    expect(textsOf(await discord.dm('<:wave:42>'))).toEqual(['Write me a question in words, or use /ask.']);
  });

  it('hears the reason when there is no answer', async () => {
    const command = anAskCommand({
      run: async () => Promise.reject(new UserError('There are no words in that question.')),
    });
    const { discord } = await aConnectedBot({ commands: [command] });
    expect(textsOf(await discord.dm('!?'))).toEqual(['There are no words in that question.']);
  });

  it('hears a calm sentence when something broke', async () => {
    const { discord } = await aConnectedBot({
      commands: [anAskCommand({ run: async () => Promise.reject(new Error('broken')) })],
    });
    expect(textsOf(await discord.dm('How?')).join('')).toMatch(/^Something went wrong/);
  });

  it('has buttons that answer privately', async () => {
    const { discord } = await aConnectedBot();
    const channel = discord.addDirectMessages();
    const page = await discord.press(await discord.dm('How?', channel), 'Next five', { channel });
    expect(page.visibleTo).toBe(discord.person.id);
    expect(textsOf(page).join('\n')).toContain('### 6');
  });
});

describe('a mention', () => {
  it('is answered with a public reply, the mention itself left out of the question', async () => {
    const { questions, command } = reads();
    const { discord, channel } = await aConnectedBot({ commands: [command] });
    const reply = await discord.mention('how does <#123456> work <a:party:99>?', channel);
    expect(questions).toEqual(['how does work ?']);
    expect(reply).toMatchObject({ visibleTo: 'everyone', channelId: channel.id });
  });

  it('without words gets one line of help', async () => {
    const { questions, command } = reads();
    const { discord, channel } = await aConnectedBot({ commands: [command] });
    expect(textsOf(await discord.mention('', channel))).toEqual(['Mention me together with a question, or use /ask.']);
    expect(questions).toEqual([]);
  });

  it('works inside threads, where another permission counts', async () => {
    const { discord, channel } = await aConnectedBot();
    await discord.press(await discord.ask('How?'), 'Open a thread with it');
    const thread = [...discord.channels.values()].find(({ parentId }) => parentId === channel.id);
    expect(textsOf(await discord.mention('and then?', thread ?? channel)).length).toBeGreaterThan(5);
  });

  it('is answered without a reply where the bot may not read the history', async () => {
    const world = await aConnectedBot();
    const channel = world.discord.addChannel(world.guild, { permissions: INVITED & ~MAY.history });
    announce(world, channel);
    world.discord.say(`<@${world.discord.botUser.id}> how?`, channel);
    await world.discord.waitFor(() => posts(world.discord.messages).length === 1);
    expect(posts(world.discord.messages)[0]?.replyTo).toBeUndefined();
  });

  it('is left alone where the bot may not post', async () => {
    const world = await aConnectedBot();
    const channel = world.discord.addChannel(world.guild, { permissions: MAY.view });
    announce(world, channel);
    world.discord.say(`<@${world.discord.botUser.id}> how?`, channel);
    await world.discord.waitFor(() => world.log.lines.some(({ message }) => message.includes('may not post')));
    expect(posts(world.discord.messages)).toEqual([]);
  });
});

describe('a message that is none of its business', () => {
  it('gets no answer: no mention, another bot, a system message', async () => {
    const { discord, channel } = await aConnectedBot();
    const mention = `<@${discord.botUser.id}> how?`;
    discord.say('How can I load it?', channel);
    discord.say(mention, channel, { author: { id: '700000000000000009', username: 'other', bot: true } });
    discord.say(mention, channel, { type: 7 });
    await discord.mention('how?', channel);
    expect(posts(discord.messages)).toHaveLength(1);
  });
});

describe('a message delivered twice', () => {
  it('is answered once', async () => {
    const { questions, command } = reads();
    const { discord, channel } = await aConnectedBot({ commands: [command] });
    const message = discord.say(`<@${discord.botUser.id}> how?`, channel);
    discord.deliverMessage(message);
    await discord.replyTo(message);
    discord.deliverMessage(message);
    await delay(50);
    expect(questions).toHaveLength(1);
    expect(posts(discord.messages)).toHaveLength(1);
  });

  it('is answered the second time when the first failed before anything was seen', async () => {
    const { discord, channel, log } = await aConnectedBot();
    discord.fail(/^POST \/channels\/\d+\/messages$/, { status: 400, body: { code: 50_000, message: 'no' }, times: 2 });
    const message = discord.say(`<@${discord.botUser.id}> how?`, channel);
    await discord.waitFor(() => log.lines.some(({ message }) => message === 'A message could not be answered'));
    await delay(50);
    discord.deliverMessage(message);
    expect(textsOf(await discord.replyTo(message)).length).toBeGreaterThan(5);
  });

  it('shows one reply when Discord took a post and its answer got lost', async () => {
    const { discord, channel } = await aConnectedBot();
    discord.fail(/^POST \/channels\/\d+\/messages$/, { dropAfter: true });
    await discord.mention('how?', channel);
    await discord.waitFor(() => discord.requests.filter(({ path }) => path.endsWith('/messages')).length >= 2);
    expect(posts(discord.messages)).toHaveLength(1);
  });
});

describe('the words of a message', () => {
  it('are what is left without markup', () => {
    expect(withoutMarkup('<@1> <@!2> <@&3> <#4> <:a:5> <a:b:6> <t:7:R> <id:browse> </ask:8> a < b > c <T>')).toBe(
      'a < b > c <T>',
    );
    expect(withoutMarkup('  two\nlines\t here ')).toBe('two\nlines here');
  });
});

/** Tells the bot of a channel that came after it connected. */
function announce(
  { discord, guild }: Awaited<ReturnType<typeof aConnectedBot>>,
  channel: { id: string; permissions: bigint },
): void {
  const overwrites = [{ id: guild.id, type: 0, allow: String(channel.permissions), deny: '0' }];
  discord.gateway.dispatch('CHANNEL_CREATE', {
    id: channel.id,
    type: 0,
    guild_id: guild.id,
    name: 'late',
    permission_overwrites: overwrites,
  });
}
