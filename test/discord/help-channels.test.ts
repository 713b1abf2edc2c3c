import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../src/help/chat.ts';
import { anAnswer } from '../fakes/answers.ts';
import {
  buttonsOf,
  type FakeChannel,
  type FakeGuild,
  type FakeMessage,
  INVITED,
  MAY,
  textsOf,
} from '../fakes/discord-state.ts';
import { openTalk, type Talk } from './talk.ts';

/** How the bot speaks without being asked, once it is decided that it does. */
let talk: Talk;
beforeAll(async () => {
  talk = await openTalk({ chatConfig: { readsMessages: true, bridges: ['700000000000000009'] } });
});
afterAll(() => talk.close());
afterEach(() => {
  talk.expectSound();
  talk.policy.current = {};
  talk.searched.length = 0;
  talk.help.calls.length = 0;
});

const BANNER = 'An automatic answer. Close to the question.';
const soon = () => AbortSignal.timeout(20_000);
const said = (message: FakeMessage) => textsOf(message).join('\n');
const calls = (what: string) => talk.help.calls.filter((call) => call.startsWith(what));

/** A message as the help channels are told of it. */
async function seen(message: FakeMessage, { id, guildId, parentId }: FakeChannel): Promise<ChatMessage> {
  await talk.discord.waitFor(() => calls('seen').includes(`seen ${message.id}`), 'the message to be seen');
  const [chat] = [talk.chats.at(-1)];
  const room = { platform: 'discord', server: guildId, channel: parentId ?? id } as const;
  const ref = { ...room, ...(parentId && { thread: id }), message: message.id };
  return (await chat?.read(ref, soon())) as ChatMessage;
}

/** An automatic reply to what somebody wrote. */
async function reply(message: FakeMessage, channel: FakeChannel) {
  const told = await seen(message, channel);
  return talk.voice.reply(told, anAnswer({ question: told.text }), BANNER, soon());
}

describe('messages that nobody addressed to the bot', () => {
  it('are handed over with all that is known of them, two hundred in a burst as well, each once', async () => {
    const channel = talk.aChannel();
    const messages = Array.from({ length: 200 }, (_, index) =>
      talk.discord.say(`How does number ${index} work?`, channel, {
        author: index % 2 ? talk.discord.person : talk.discord.stranger,
      }),
    );
    for (const message of messages.slice(0, 20)) talk.discord.deliverMessage(message);
    await talk.discord.waitFor(() => calls('seen').length >= 200, 'all of them');
    expect(new Set(calls('seen')).size).toBe(200);
    expect(calls('seen')).toHaveLength(200);
    expect(talk.discord.postsIn(channel)).toEqual([]);
  });

  it('say who wrote them: bridges named in the settings are not taken for bots', async () => {
    const channel = talk.aChannel();
    const bridged = await seen(talk.discord.say('How?', channel, { author: talk.discord.otherBot }), channel);
    expect(bridged).toMatchObject({ author: { kind: 'bridge' }, text: 'How?', addressed: undefined, room: 'channel' });
    const { thread } = talk.discord.post(talk.aForum(), { title: 'Loading', content: 'How do I load it?' });
    const first = talk.discord.messages.find(({ id }) => id === thread.id) as FakeMessage;
    expect(await seen(first, thread)).toMatchObject({ room: 'forum-post', threadName: 'Loading' });
  });

  it('are followed when they change, or go', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How?', channel);
    talk.discord.editMessage(message, 'How exactly?');
    talk.discord.deleteMessage(message);
    const { id } = message;
    await talk.discord.waitFor(() => talk.help.calls.length >= 3, 'all three');
    expect(new Set(talk.help.calls)).toEqual(new Set([`seen ${id}`, `edited ${id}`, `deleted ${id}`]));
  });
});

describe('what changes what the bot may do', () => {
  it('is handed over: of a channel with its id; roles, and those of the bot alone, with the server', async () => {
    const { discord, help } = talk;
    const [channel, gone] = [talk.aChannel(), talk.aChannel()];
    const [guild] = [...discord.guilds.values()];
    const role = discord.addRole(guild as FakeGuild, { name: 'bots' });
    const server = { guild_id: guild?.id };
    const json = { ...role, permissions: '0', color: 0, hoist: false, managed: false, position: 1, flags: 0 };
    discord.gateway.dispatch('GUILD_ROLE_UPDATE', { ...server, role: json });
    discord.gateway.dispatch('GUILD_ROLE_DELETE', { ...server, role_id: role.id });
    for (const user of [discord.stranger, discord.botUser]) {
      discord.gateway.dispatch('GUILD_MEMBER_UPDATE', { ...server, user, roles: [], joined_at: null, flags: 0 });
    }
    discord.announce(channel, 'CHANNEL_UPDATE');
    discord.deleteChannel(gone);
    await discord.waitFor(() => calls('access').length >= 5, 'all of it');
    const ofServer = `access ${guild?.id}`;
    const ofChannels = [channel, gone].map(({ id }) => `access ${id}`);
    expect(help.calls).toEqual([ofServer, ofServer, ofServer, ...ofChannels]);
  });
});

describe('an automatic reply', () => {
  it('stands in a thread on the message, under a line that says so, with three buttons first', async () => {
    const channel = talk.aChannel();
    talk.policy.current = { archiveAfterMinutes: 60 };
    const message = talk.discord.say('How can I load it offline?', channel);
    expect(await reply(message, channel)).toBeDefined();
    expect(await reply(message, channel)).toBeUndefined();
    const thread = await talk.discord.threadOn(message);
    expect(thread).toMatchObject({ name: 'How can I load it offline?', archiveMinutes: 60 });
    expect(talk.discord.postsIn(channel)).toEqual([]);
    const [post, ...others] = talk.discord.postsIn(thread);
    expect(others).toEqual([]);
    expect(textsOf(post as FakeMessage)[0]).toBe(BANNER);
    expect(buttonsOf(post as FakeMessage).slice(0, 3)).toEqual(['This solved it', 'Not helpful', 'Not here']);
  });

  it('to a forum post stands in the post', async () => {
    const { thread } = talk.discord.post(talk.aForum(), { content: 'How can I load it offline?' });
    const first = talk.discord.messages.find(({ id }) => id === thread.id) as FakeMessage;
    await reply(first, thread);
    expect(textsOf(await talk.postIn(thread))[0]).toBe(BANNER);
  });

  it('is removed at once by who asked; others only vote', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How can I load it offline?', channel);
    await reply(message, channel);
    const thread = await talk.discord.threadOn(message);
    const post = await talk.postIn(thread);
    const vote = await talk.discord.press(post, 'Not helpful', { user: talk.discord.stranger });
    expect(said(vote)).toMatch(/^Your vote/);
    expect(post.deleted).toBe(false);
    await talk.discord.press(post, 'Not helpful');
    expect(post.deleted).toBe(true);
    expect(calls('not-helpful')).toHaveLength(2);
  });

  it('tells that it is not wanted here', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How can I load it offline?', channel);
    await reply(message, channel);
    const post = await talk.postIn(await talk.discord.threadOn(message));
    expect(said(await talk.discord.press(post, 'Not here'))).toMatch(/No more automatic replies/);
    expect(calls('not-here')).toHaveLength(1);
  });

  it('goes to each of two people who ask at once', async () => {
    const channel = talk.aChannel();
    const both = [talk.discord.person, talk.discord.stranger].map((author) =>
      talk.discord.say('How can I load it offline?', channel, { author }),
    );
    await Promise.all(both.map((message) => reply(message, channel)));
    for (const message of both) {
      expect(talk.discord.postsIn(await talk.discord.threadOn(message))).toHaveLength(1);
    }
  });

  it('is not given where no thread may be opened, the message is gone, or the thread is locked', async () => {
    const silent = talk.aChannel(INVITED & ~MAY.createThreads);
    expect(await reply(talk.discord.say('How?', silent), silent)).toBeUndefined();
    const channel = talk.aChannel();
    const message = talk.discord.say('How?', channel);
    const told = await seen(message, channel);
    talk.discord.deleteMessage(message);
    await talk.discord.waitFor(() => calls('deleted').length === 1, 'the deletion');
    expect(await talk.voice.reply(told, anAnswer(), BANNER, soon())).toBeUndefined();
    const { thread } = talk.discord.post(talk.aForum());
    const first = talk.discord.messages.find(({ id }) => id === thread.id) as FakeMessage;
    const post = await seen(first, thread);
    talk.discord.changeThread(thread, { locked: true });
    await expect
      .poll(() => talk.chats.at(-1)?.access(post.ref, soon()), { timeout: 20_000 })
      .toEqual({ ok: false, detail: 'the thread is locked' });
    expect(await talk.voice.reply(post, anAnswer(), BANNER, soon())).toBeUndefined();
    expect(talk.discord.postsIn(thread)).toEqual([]);
  });

  it('waits out a rate limit, and shows once when its post was repeated', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How can I load it offline?', channel);
    const limited = { message: 'You are being rate limited.', retry_after: 0.2, global: false };
    const headers = { 'retry-after': '0.2', 'x-ratelimit-scope': 'user' };
    talk.discord.fail(new RegExp(`^POST /channels/${channel.id}/messages/\\d+/threads$`), {
      status: 429,
      body: limited,
      headers,
    });
    talk.discord.fail(new RegExp(`^POST /channels/${message.id}/messages$`), { dropAfter: true });
    await reply(message, channel);
    expect(talk.discord.postsIn(await talk.discord.threadOn(message))).toHaveLength(1);
  });
});

describe('a suggestion', () => {
  const suggest = async (channel: FakeChannel, helpers: FakeChannel) => {
    talk.policy.current = { helpersChannel: helpers.id };
    const message = talk.discord.say('How can I load it offline?', channel);
    const told = await seen(message, channel);
    await talk.voice.suggest(told, anAnswer({ question: told.text }), BANNER, soon());
    return { message, suggestion: await talk.postIn(helpers) };
  };

  it('stands in the helpers\u2019 channel with Post and Dismiss, and links to the message', async () => {
    const channel = talk.aChannel();
    const { message, suggestion } = await suggest(channel, talk.aChannel());
    expect(buttonsOf(suggestion)).toEqual(['Post', 'Dismiss']);
    expect(said(suggestion)).toContain(`https://discord.com/channels/${talk.guild.id}/${channel.id}/${message.id}`);
    expect(talk.discord.postsIn(channel)).toEqual([]);
  });

  it('is posted by a helper and nobody else, and is gone then', async () => {
    const role = talk.discord.addRole(talk.guild, { name: 'helpers' }, [talk.discord.stranger]);
    talk.discord.gateway.dispatch('GUILD_ROLE_CREATE', {
      guild_id: talk.guild.id,
      role: { id: role.id, name: role.name, permissions: '0', position: 1, color: 0, flags: 0 },
    });
    const helpers = talk.aChannel();
    const { message, suggestion } = await suggest(talk.aChannel(), helpers);
    talk.policy.current = { helpersChannel: helpers.id, helpersRole: role.id };
    expect(said(await talk.discord.press(suggestion, 'Post'))).toMatch(/Only helpers/);
    expect(said(await talk.discord.press(suggestion, 'Post', { user: talk.discord.stranger }))).toBe('Posted.');
    expect(suggestion.deleted).toBe(true);
    expect(said(await talk.postIn(await talk.discord.threadOn(message)))).toContain('A helper sends this.');
  });

  it('goes with the message that it is for', async () => {
    const { message, suggestion } = await suggest(talk.aChannel(), talk.aChannel());
    talk.discord.deleteMessage(message);
    await talk.discord.waitFor(() => suggestion.deleted, 'the suggestion to go');
  });
});
