import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Chat, ChatRefusal, type Post, type Room } from '../../src/help/chat.ts';
import { type FakeChannel, type FakeMessage, INVITED, MAY, textsOf } from '../fakes/discord-state.ts';
import { openTalk, type Talk } from './talk.ts';

/** What Discord does for the conversations, call by call. */
let talk: Talk;
let chat: Chat;
beforeAll(async () => {
  talk = await openTalk({ chatConfig: { readsMessages: true, managers: ['700000000000000005'] } });
  chat = talk.chats[0] as Chat;
});
afterAll(() => talk.close());
afterEach(() => {
  talk.expectSound();
  talk.policy.current = {};
});

const soon = () => AbortSignal.timeout(20_000);
const words: Post = { outcome: { kind: 'problem', text: 'Some words.' }, actions: [] };
const asked = (key: string) => ({ key, asked: true });
const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof ChatRefusal ? error.reason : error),
  );

function roomOf({ id, guildId, parentId }: FakeChannel): Room {
  return { platform: 'discord', server: guildId, channel: parentId ?? id, ...(parentId && { thread: id }) };
}
/** Once the bot was told of a change. */
const told = (channel: FakeChannel, detail: string) =>
  expect.poll(async () => (await chat.access(roomOf(channel), soon())).detail, { timeout: 20_000 }).toBe(detail);
const CAN = 'the bot can read and post there';

describe('a post', () => {
  it('is there once under its key, whoever repeats it', async () => {
    const channel = talk.aChannel();
    await told(channel, CAN);
    const [one, two] = [
      await chat.post(roomOf(channel), words, asked('k'), soon()),
      await chat.post(roomOf(channel), words, asked('k'), soon()),
    ];
    expect(two).toEqual(one);
    expect(talk.discord.postsIn(channel)).toHaveLength(1);
    expect(chat.linkTo(one)).toBe(`https://discord.com/channels/${talk.guild.id}/${channel.id}/${one.message}`);
  });

  it('is refused before Discord is asked where it may not be', async () => {
    const channel = talk.aChannel(MAY.view | MAY.history);
    const forum = talk.aForum();
    await told(channel, 'the bot lacks Create Public Threads, Send Messages in Threads');
    await told(forum, CAN);
    const sent = talk.discord.requests.length;
    expect(await reasonOf(chat.post(roomOf(channel), words, asked('a'), soon()))).toBe('forbidden');
    expect(await reasonOf(chat.post(roomOf(forum), words, asked('b'), soon()))).toBe('forbidden');
    const nowhere = { platform: 'discord', server: '1', channel: '2' } as const;
    expect(await reasonOf(chat.post(nowhere, words, asked('c'), soon()))).toBe('gone');
    expect(talk.discord.requests).toHaveLength(sent);
  });

  it.each([
    [200_000, 'blocked'],
    [240_000, 'blocked'],
    [50_013, 'forbidden'],
    [10_003, 'gone'],
    [160_005, 'locked'],
  ])('that Discord refuses with %i is refused as %s', async (code, reason) => {
    const channel = talk.aChannel();
    await told(channel, CAN);
    const body = { code, message: 'no' };
    talk.discord.fail(new RegExp(`^POST /channels/${channel.id}/messages$`), { status: 400, body });
    expect(await reasonOf(chat.post(roomOf(channel), words, asked(`${code}`), soon()))).toBe(reason);
  });

  it('in a forum post waits until its author has written', async () => {
    const { thread, sayFirst } = talk.discord.post(talk.aForum(), { later: true });
    await told(thread, CAN);
    const posting = chat.post(roomOf(thread), words, asked('f'), soon());
    const path = `/channels/${thread.id}/messages`;
    await talk.discord.waitFor(() => talk.discord.requests.some((request) => request.path === path));
    sayFirst();
    expect((await posting).thread).toBe(thread.id);
    expect(new Set(talk.discord.takeBroken().map((rule) => rule.slice(0, 5)))).toEqual(new Set(['40058']));
  });
});

describe('a message of the bot', () => {
  it('is changed and removed; one that is gone counts as removed', async () => {
    const channel = talk.aChannel();
    await told(channel, CAN);
    const ref = await chat.post(roomOf(channel), words, asked('e'), soon());
    await chat.edit(ref, { ...words, outcome: { kind: 'problem', text: 'Others.' } }, soon());
    expect(textsOf(talk.discord.postsIn(channel)[0] as FakeMessage)).toEqual(['Others.']);
    await chat.remove(ref, soon());
    expect(talk.discord.postsIn(channel)).toEqual([]);
    await chat.remove(ref, soon());
    expect(await reasonOf(chat.edit(ref, words, soon()))).toBe('gone');
    expect(talk.discord.takeBroken()).toHaveLength(2);
  });

  it('in a locked thread stays as it is', async () => {
    const thread = talk.discord.startThread(talk.discord.say('hm', talk.aChannel()), 'A thread');
    await told(thread, CAN);
    const ref = await chat.post(roomOf(thread), words, asked('l'), soon());
    talk.discord.changeThread(thread, { archived: true, locked: true });
    await told(thread, 'the thread is locked');
    expect(await reasonOf(chat.edit(ref, words, soon()))).toBe('locked');
    expect(await reasonOf(chat.post(roomOf(thread), words, asked('m'), soon()))).toBe('locked');
  });
});

describe('a message of somebody', () => {
  it('is looked up by its id: there, gone, or not to be read', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How do I cache?', channel);
    const ref = { ...roomOf(channel), message: message.id };
    expect(await chat.lookUp(ref, soon())).toMatchObject({ text: 'How do I cache?', ref });
    talk.discord.deleteMessage(message);
    expect(await chat.lookUp(ref, soon())).toBe('gone');
    expect(talk.discord.takeBroken()).toEqual(['10008 Unknown Message']);
    const closed = talk.aChannel(MAY.view);
    const there = talk.discord.say('How?', closed);
    expect(await chat.lookUp({ ...roomOf(closed), message: there.id }, soon())).toBe('unreadable');
    expect(await chat.lookUp({ ...roomOf(channel), channel: '404', message: '1' }, soon())).toBe('unreadable');
    talk.discord.takeBroken();
  });
});

describe('a thread', () => {
  it('that is there already, or in which the message stands, is taken', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('hm', channel);
    const thread = talk.discord.startThread(message, 'Theirs');
    await told(thread, CAN);
    const on = { ...roomOf(channel), message: message.id };
    expect(await chat.openThread(on, { name: 'Ours' }, soon())).toEqual(roomOf(thread));
    const inside = { ...roomOf(thread), message: talk.discord.say('in it', thread).id };
    expect(await chat.openThread(inside, { name: 'Ours' }, soon())).toEqual(roomOf(thread));
  });

  it('of which the bot heard nothing is found all the same', async () => {
    const channel = talk.aChannel();
    await told(channel, CAN);
    const message = talk.discord.say('hm', channel);
    talk.discord.fail(new RegExp(`/messages/${message.id}/threads$`), {
      status: 400,
      body: { code: 160_004, message: 'A thread has already been created for this message' },
    });
    const on = { ...roomOf(channel), message: message.id };
    expect(await chat.openThread(on, { name: 'Ours' }, soon())).toMatchObject({ thread: message.id });
  });

  it('has a name that fits and says something, whatever it is called', async () => {
    const channel = talk.aChannel();
    await told(channel, CAN);
    for (const [name, shown] of [
      ['x'.repeat(300), /^x{99}…$/],
      [' \u200B ', /^Answers$/],
    ] as const) {
      const message = talk.discord.say('hm', channel);
      await chat.openThread({ ...roomOf(channel), message: message.id }, { name }, soon());
      expect((await talk.discord.threadOn(message)).name).toMatch(shown);
    }
  });

  it('of somebody else is not removed, though the bot might', async () => {
    const channel = talk.aChannel(INVITED | MAY.manageThreads);
    const thread = talk.discord.startThread(talk.discord.say('hm', channel), 'Theirs');
    await told(thread, CAN);
    expect(await reasonOf(chat.removeThread(roomOf(thread), soon()))).toBe('forbidden');
    expect(talk.discord.channels.has(thread.id)).toBe(true);
  });

  it('tells whether others wrote in it; yes where it cannot be told', async () => {
    const { person, stranger } = talk.discord;
    const isAsker = (user: string) => user === person.id;
    const thread = talk.discord.startThread(talk.discord.say('hm', talk.aChannel()), 'A thread');
    await told(thread, CAN);
    talk.discord.say('more', thread);
    expect(await chat.othersWrote(roomOf(thread), isAsker, soon())).toBe(false);
    talk.discord.say('me too', thread, { author: stranger });
    expect(await chat.othersWrote(roomOf(thread), isAsker, soon())).toBe(true);
    const blind = talk.aChannel(INVITED & ~MAY.history);
    const other = talk.discord.startThread(talk.discord.say('hm', blind), 'A thread');
    await told(other, 'the bot lacks Read Message History');
    expect(await chat.othersWrote(roomOf(other), isAsker, soon())).toBe(true);
  });
});

describe('people', () => {
  const role = (name: string, permissions: bigint, user: { id: string; username: string }) => {
    const made = talk.discord.addRole(talk.guild, { name, permissions }, [user]);
    const { id } = made;
    const json = { id, name, permissions: String(permissions), position: 1, color: 0, flags: 0 };
    talk.discord.gateway.dispatch('GUILD_ROLE_CREATE', { guild_id: talk.guild.id, role: json });
    return id;
  };

  it('are managers by the settings or by Manage Channels, helpers by the role that is named, else members', async () => {
    const channel = talk.aChannel();
    await told(channel, CAN);
    const room = roomOf(channel);
    const standing = (user: string) => chat.standing(user, room, soon());
    const helpers = role('helpers', 0n, talk.discord.stranger);
    role('moderators', MAY.manageChannels, talk.discord.otherBot);
    talk.policy.current = { helpersRole: helpers };
    await expect.poll(() => standing(talk.discord.otherBot.id), { timeout: 20_000 }).toBe('manager');
    expect(await standing('700000000000000005')).toBe('manager');
    expect(await standing(talk.discord.stranger.id)).toBe('helper');
    expect(await standing(talk.discord.person.id)).toBe('member');
    expect(await standing('700000000000000099')).toBe('member');
    expect(await chat.standing(talk.discord.stranger.id, { ...room, server: undefined }, soon())).toBe('member');
    talk.discord.takeBroken();
  });

  it('are told something directly, unless they take no such messages', async () => {
    const { stranger } = talk.discord;
    expect(await chat.tell(stranger.id, 'The help channel is out of reach.', soon())).toBe(true);
    const direct = [...talk.discord.channels.values()].find(
      ({ ownerId, type }) => type === 1 && ownerId === stranger.id,
    );
    expect(textsOf(talk.discord.postsIn(direct as FakeChannel)[0] as FakeMessage)).toEqual([
      'The help channel is out of reach.',
    ]);
    if (direct) direct.closed = true;
    expect(await chat.tell(stranger.id, 'Again.', soon())).toBe(false);
    talk.discord.takeBroken();
  });

  it('cannot be whispered to', async () => {
    expect(await reasonOf(chat.whisper('1', roomOf(talk.aChannel()), words, soon()))).toBe('unsupported');
  });
});

describe('what happens to servers and messages', () => {
  it('is handed on: many deleted at once, and the bot thrown out', async () => {
    const channel = talk.aChannel();
    const answers = await Promise.all(
      ['one?', 'two?'].map((question) => talk.discord.replyTo(talk.mention(question, channel))),
    );
    const ids = answers.map(({ replyTo }) => String(replyTo));
    talk.discord.gateway.dispatch(
      'MESSAGE_DELETE_BULK',
      { ids, channel_id: channel.id, guild_id: talk.guild.id },
      1 << 9,
    );
    await talk.discord.waitFor(() => answers.every(({ deleted }) => deleted), 'both answers to go');
    const other = talk.discord.addGuild({ name: 'Other' });
    const there = talk.discord.addChannel(other);
    talk.discord.gateway.dispatch('GUILD_CREATE', talk.discord.guildJson(other));
    const kept = await talk.discord.replyTo(talk.mention('three?', there));
    const ref = { ...roomOf(there), message: kept.id };
    const remembered = () => talk.memory.posts.ofMessage(ref);
    await expect.poll(remembered, { timeout: 20_000 }).toBeDefined();
    talk.discord.removeBot(other, { unavailable: true });
    talk.discord.removeBot(other);
    await expect.poll(remembered, { timeout: 20_000 }).toBeUndefined();
    expect(talk.memory.servers.of({ platform: 'discord', bot: talk.discord.botUser.id })).toEqual([talk.guild.id]);
  });
});
