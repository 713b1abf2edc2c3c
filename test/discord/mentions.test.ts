import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withoutMarkup } from '../../src/discord/read-message.ts';
import { UserError } from '../../src/errors.ts';
import { anAnswer } from '../fakes/answers.ts';
import { buttonsOf, type FakeMessage, INVITED, MAY, textsOf } from '../fakes/discord-state.ts';
import { openTalk, type Talk } from './talk.ts';

let talk: Talk;
beforeAll(async () => {
  talk = await openTalk();
});
afterAll(() => talk.close());
afterEach(() => {
  talk.expectSound();
  talk.searched.length = 0;
  talk.search.answer = (question) => anAnswer({ question });
  talk.search.before = () => {};
});

const said = (message: FakeMessage) => textsOf(message).join('\n');

/** Waits until everything that the bot does about what was said is done: it answers a mention that comes after it. */
async function settled(): Promise<void> {
  const channel = talk.aChannel();
  await talk.discord.replyTo(talk.mention('settled?', channel));
}

/** Waits until it is kept where an answer stands. */
async function remembered({ id, channelId }: FakeMessage): Promise<void> {
  const ref = { platform: 'discord', server: talk.guild.id, channel: channelId, message: id } as const;
  await expect.poll(() => talk.memory.posts.ofMessage(ref), { timeout: 20_000 }).toBeDefined();
}

describe('a direct message', () => {
  it('is answered with a reply, though no privileged intent is asked for', async () => {
    const reply = await talk.discord.dm('How can I load a dataset offline?');
    expect(talk.searched).toEqual(['How can I load a dataset offline?']);
    expect(textsOf(reply).join('\n')).toContain('### 1');
    expect(reply.payload).toMatchObject({ allowed_mentions: { parse: [] }, enforce_nonce: true });
  });

  it('shows a sign of work in the meantime, and is answered though that fails', async () => {
    const channel = talk.discord.addDirectMessages();
    await talk.discord.dm('How?', channel);
    expect(talk.discord.typed).toContain(channel.id);
    talk.discord.fail(/typing$/, { status: 500, times: 2 });
    expect(textsOf(await talk.discord.dm('How?')).length).toBeGreaterThan(5);
  });

  it('without words gets one line of help', async () => {
    expect(textsOf(await talk.discord.dm('<:wave:42>')).join('')).toMatch(/^Write me your question in words/);
  });

  it('hears the reason when there is no answer, and a calm sentence when something broke', async () => {
    talk.search.before = () => Promise.reject(new UserError('Nothing is indexed yet.'));
    expect(textsOf(await talk.discord.dm('how?'))).toEqual(['Nothing is indexed yet.']);
    talk.search.before = () => Promise.reject(new Error('broken'));
    expect(textsOf(await talk.discord.dm('how?')).join('')).toMatch(/^Something went wrong/);
  });

  it('has buttons that answer privately', async () => {
    const channel = talk.discord.addDirectMessages();
    const page = await talk.discord.press(await talk.discord.dm('How?', channel), 'Next five', { channel });
    expect(page.visibleTo).toBe(talk.discord.person.id);
    expect(textsOf(page).join('\n')).toContain('### 6');
  });
});

describe('a mention', () => {
  it('is answered with a public reply, the mention itself left out of the question', async () => {
    const channel = talk.aChannel();
    const reply = await talk.discord.mention('how does <#123456> work <a:party:99>?', channel);
    expect(talk.searched).toEqual(['how does work ?']);
    expect(reply).toMatchObject({ visibleTo: 'everyone', channelId: channel.id });
    expect(buttonsOf(reply)).toHaveLength(5);
  });

  it('without words, in a channel, gets one line that names Find answers, and an answer once words are added', async () => {
    const channel = talk.aChannel();
    const mention = talk.mention('', channel);
    expect(said(await talk.discord.replyTo(mention))).toMatch(/^Mention me together with your question.*Find answers/);
    expect(talk.searched).toEqual([]);
    talk.discord.editMessage(mention, `<@${talk.discord.botUser.id}> How do I load it?`);
    await talk.discord.waitFor(() => talk.discord.postsIn(channel).length === 2, 'the answer');
    expect(talk.searched).toEqual(['How do I load it?']);
  });

  it('without words, in somebody\u2019s thread, is about its name where messages may not be read', async () => {
    const start = talk.discord.say('How do I load it?', talk.aChannel(), { author: talk.discord.stranger });
    const thread = talk.discord.startThread(start, 'Loading a dataset offline');
    await talk.discord.mention('', thread);
    expect(talk.searched).toEqual(['Loading a dataset offline']);
  });

  it('added by editing is answered once', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How do I load it?', channel);
    talk.discord.editMessage(message, `<@${talk.discord.botUser.id}> How do I load it?`);
    await talk.discord.replyTo(message);
    talk.discord.deliverMessage(message, 'MESSAGE_UPDATE');
    await settled();
    expect(talk.discord.postsIn(channel)).toHaveLength(1);
  });

  it('works inside threads, where another permission counts', async () => {
    const channel = talk.aChannel(INVITED & ~MAY.send);
    const thread = talk.discord.startThread(talk.discord.say('hm', channel), 'A thread');
    expect(textsOf(await talk.discord.mention('and then?', thread)).length).toBeGreaterThan(5);
  });

  it('in an archived thread is answered there', async () => {
    const thread = talk.discord.startThread(talk.discord.say('hm', talk.aChannel()), 'A thread');
    talk.discord.changeThread(thread, { archived: true });
    expect((await talk.discord.mention('how?', thread)).channelId).toBe(thread.id);
    expect(thread.archived).toBe(false);
  });

  it('in a locked thread, or where the bot may not post, gets the reason by direct message', async () => {
    const thread = talk.discord.startThread(talk.discord.say('hm', talk.aChannel()), 'A thread');
    talk.discord.changeThread(thread, { locked: true });
    for (const [place, author] of [
      [thread, talk.discord.person],
      [talk.aChannel(MAY.view), talk.discord.stranger],
    ] as const) {
      talk.mention('how?', place, { author });
      const direct = () => [...talk.discord.channels.values()].filter(({ ownerId }) => ownerId === author.id);
      const told = () =>
        direct()
          .flatMap((channel) => talk.discord.postsIn(channel))
          .some((post) => textsOf(post).join('').includes('may not post where you asked'));
      await talk.discord.waitFor(told, 'a direct message');
      expect(talk.discord.postsIn(place)).toEqual([]);
    }
  });

  it('is answered without a reply where the bot may not read the history', async () => {
    const channel = talk.aChannel(INVITED & ~MAY.history);
    talk.mention('how?', channel);
    expect((await talk.postIn(channel)).replyTo).toBeUndefined();
  });

  it('in a thread that vanishes meanwhile gets nothing, and nobody is told', async () => {
    const thread = talk.discord.startThread(talk.discord.say('hm', talk.aChannel()), 'A thread');
    talk.search.before = () => {
      talk.search.before = () => {};
      talk.discord.deleteThread(thread);
    };
    const author = { id: '700000000000000077', username: 'sam' };
    const known = talk.logged.length;
    talk.mention('how?', thread, { author });
    await talk.discord.waitFor(() => talk.searched.length === 1);
    await settled();
    expect([...talk.discord.channels.values()].filter(({ ownerId }) => ownerId === author.id)).toEqual([]);
    expect(talk.logged.slice(known).filter((line) => line.includes('ERROR'))).toEqual([]);
    talk.discord.takeBroken();
  });

  it('that asks on below an answer is searched together with its question: in reply, or in the thread of the bot', async () => {
    const channel = talk.aChannel();
    const answer = await talk.discord.mention('How can I load it?', channel);
    const onIt = 'How can I load it?\nAnd on Windows?';
    await remembered(answer);
    await talk.discord.replyTo(talk.discord.say('And on Windows?', channel, { replyTo: answer, pings: true }));
    expect(talk.searched.at(-1)).toBe(onIt);
    await talk.discord.press(await talk.discord.ask('How can I load it?', { channel }), 'Open a thread with it');
    const start = talk.discord.postsIn(channel).find((post) => said(post).includes('opened a thread')) as FakeMessage;
    const thread = await talk.discord.threadOn(start);
    await remembered(await talk.postIn(thread));
    // Without the intent nobody can tell what it says.
    talk.discord.say('And on Windows?', thread);
    const asked = talk.searched.length;
    await talk.discord.mention('And on Windows?', thread);
    expect(talk.searched.slice(asked)).toEqual([onIt]);
    expect(talk.discord.postsIn(thread)).toHaveLength(2);
  });

  it('is not what thanks in reply to the bot are, also where they may not be read', async () => {
    const channel = talk.aChannel();
    const answer = await talk.discord.mention('how?', channel);
    talk.discord.say('thanks!', channel, { replyTo: answer });
    talk.discord.say('thanks!', channel, { replyTo: answer, pings: false });
    await settled();
    expect(talk.discord.postsIn(channel)).toEqual([answer]);
  });

  it('of a bot gets nothing, but of a bridge named in the settings', async () => {
    const channel = talk.aChannel();
    talk.mention('how?', channel, { author: talk.discord.otherBot });
    talk.discord.say('How can I load it?', channel);
    talk.discord.say(`<@${talk.discord.botUser.id}> how?`, channel, { type: 7 });
    await settled();
    expect(talk.discord.postsIn(channel)).toEqual([]);
  });
});

describe('a message that is delivered more than once', () => {
  it('is answered once', async () => {
    const channel = talk.aChannel();
    const message = talk.mention('how?', channel);
    talk.discord.deliverMessage(message);
    await talk.discord.replyTo(message);
    talk.discord.deliverMessage(message);
    await settled();
    expect(talk.discord.postsIn(channel)).toHaveLength(1);
  });

  it('is answered the second time when the first failed before anything was seen', async () => {
    const channel = talk.aChannel();
    const posting = new RegExp(`^POST /channels/${channel.id}/messages$`);
    talk.discord.fail(posting, { status: 400, body: { code: 50_000, message: 'no' }, times: 2 });
    const message = talk.mention('how?', channel);
    await talk.discord.waitFor(() => talk.discord.requests.filter(({ path }) => path.includes(channel.id)).length >= 3);
    await settled();
    talk.discord.deliverMessage(message);
    expect(textsOf(await talk.discord.replyTo(message)).length).toBeGreaterThan(5);
  });

  it('shows one reply when Discord took a post and its answer got lost', async () => {
    const channel = talk.aChannel();
    talk.discord.fail(new RegExp(`^POST /channels/${channel.id}/messages$`), { dropAfter: true });
    const message = talk.mention('how?', channel);
    await talk.discord.replyTo(message);
    const posts = () => talk.discord.requests.filter(({ path }) => path === `/channels/${channel.id}/messages`);
    await talk.discord.waitFor(() => posts().length >= 2);
    await settled();
    expect(talk.discord.postsIn(channel)).toHaveLength(1);
  });

  it('waits out a rate limit', async () => {
    const channel = talk.aChannel();
    talk.discord.fail(new RegExp(`^POST /channels/${channel.id}/messages$`), {
      status: 429,
      body: { message: 'You are being rate limited.', retry_after: 0.2, global: false },
      headers: { 'retry-after': '0.2', 'x-ratelimit-scope': 'user' },
    });
    expect(textsOf(await talk.discord.mention('how?', channel)).length).toBeGreaterThan(5);
  });
});

describe('a message that is deleted while its answer is on its way', () => {
  it('gets none', async () => {
    const channel = talk.aChannel();
    let release = () => {};
    talk.search.before = () => new Promise((resolve) => (release = resolve));
    const message = talk.mention('how?', channel);
    await talk.discord.waitFor(() => talk.searched.length === 1);
    talk.discord.deleteMessage(message);
    talk.search.before = () => {};
    await settled();
    release();
    await settled();
    expect(talk.discord.postsIn(channel)).toEqual([]);
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

describe('a server that the bot is not open to', () => {
  it('hears so when it asks, and nothing else happens there', async () => {
    const other = await openTalk({ chatConfig: { readsMessages: true }, allowedServers: ['1'] });
    try {
      const channel = other.aChannel();
      const words = 'This bot is not open to this server. Whoever runs it decides where it answers.';
      const { id: message } = other.discord.say('How can I load it?', channel);
      const ref = { platform: 'discord', server: channel.guildId, channel: channel.id, message } as const;
      expect(await other.chats[0]?.lookUp(ref, AbortSignal.timeout(5_000))).toBe('unreadable');
      expect(textsOf(await other.discord.replyTo(other.mention('how?', channel)))).toEqual([words]);
      expect(textsOf(await other.discord.ask('How?', { visibility: 'everyone', channel }))).toEqual([words]);
      expect(other.searched).toEqual([]);
      expect(other.help.calls).toEqual([]);
      await other.discord.dm('How?');
      expect(other.searched).toEqual(['How?']);
      other.expectSound();
    } finally {
      await other.close();
    }
  });
});
