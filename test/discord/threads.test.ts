import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anAnswer } from '../fakes/answers.ts';
import { buttonsOf, type FakeChannel, type FakeMessage, INVITED, MAY, textsOf } from '../fakes/discord-state.ts';
import { openTalk, type Talk } from './talk.ts';

/** With the message-content intent: messages that do not address the bot are read. */
let talk: Talk;
beforeAll(async () => {
  talk = await openTalk({ chatConfig: { readsMessages: true, triggerEmoji: ['💡'] } });
});
afterAll(() => talk.close());
afterEach(() => {
  talk.expectSound();
  talk.searched.length = 0;
  talk.policy.current = {};
  talk.search.answer = (question) => anAnswer({ question });
});

const hits = (message: FakeMessage) => textsOf(message).filter((text) => text.startsWith('### ')).length;

/** An answer in a thread that the bot opened on somebody's message. */
async function answerThread(channel: FakeChannel, question = 'How can I load it offline?') {
  const message = talk.discord.say(question, channel);
  const found = await talk.discord.choose('Find answers', message);
  await talk.discord.press(found, 'Post in a thread on the message', { channel });
  const thread = await talk.discord.threadOn(message);
  return { message, thread, answer: await talk.postIn(thread) };
}

/** Waits until what was said before is dealt with. */
async function settled(): Promise<void> {
  await talk.discord.replyTo(talk.mention('settled?', talk.aChannel()));
}

describe('Find answers', () => {
  it('shows the hits to whoever chose it, and posts them in a thread on the message, once', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How can I load it offline?', channel, { author: talk.discord.stranger });
    const found = await talk.discord.choose('Find answers', message);
    expect(talk.searched).toEqual(['How can I load it offline?']);
    expect(found.visibleTo).toBe(talk.discord.person.id);
    expect(hits(found)).toBe(5);
    expect(textsOf(await talk.discord.press(found, 'Post in a thread on the message'))).toEqual([
      'The thread is open.',
    ]);
    const again = await talk.discord.press(found, 'Post in a thread on the message');
    expect(textsOf(again)).toEqual(['This was posted here already.']);
    const thread = await talk.discord.threadOn(message);
    expect(thread).toMatchObject({ name: 'How can I load it offline?', archiveMinutes: 1_440 });
    expect(talk.discord.postsIn(thread)).toHaveLength(1);
    expect(hits(await talk.postIn(thread))).toBe(5);
  });

  it('posts into the thread that the message has already', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How?', channel);
    const thread = talk.discord.startThread(message, 'Ours');
    talk.discord.changeThread(thread, { archived: true });
    const found = await talk.discord.choose('Find answers', message);
    await talk.discord.press(found, 'Post in a thread on the message');
    expect(hits(await talk.postIn(thread))).toBe(5);
    expect(thread.name).toBe('Ours');
  });

  it('posts beside a message that lies in a thread', async () => {
    const thread = talk.discord.startThread(talk.discord.say('x', talk.aChannel()), 'Theirs');
    const message = talk.discord.say('How?', thread);
    const found = await talk.discord.choose('Find answers', message, { channel: thread });
    const told = await talk.discord.press(found, 'Post in a thread on the message', { channel: thread });
    expect(textsOf(told)).toEqual(['Posted in this thread.']);
    expect(hits(await talk.postIn(thread))).toBe(5);
  });

  it('offers no thread where the bot may open none, and says so where that changed', async () => {
    const channel = talk.aChannel(INVITED & ~MAY.createThreads);
    const found = await talk.discord.choose('Find answers', talk.discord.say('How?', channel));
    expect(buttonsOf(found)).not.toContain('Post in a thread on the message');
    const other = talk.aChannel();
    const there = await talk.discord.choose('Find answers', talk.discord.say('How?', other));
    other.permissions = INVITED & ~MAY.createThreads;
    talk.discord.announce(other, 'CHANNEL_UPDATE');
    const told = await talk.discord.press(there, 'Post in a thread on the message');
    expect(textsOf(told)).toEqual(['The bot may not open a thread here.']);
  });

  it('says so when the message, or the room for threads, is gone', async () => {
    const channel = talk.aChannel();
    const message = talk.discord.say('How?', channel);
    const found = await talk.discord.choose('Find answers', message);
    const posting = new RegExp(`^POST /channels/${channel.id}/messages/\\d+/threads$`);
    talk.discord.fail(posting, { status: 400, body: { code: 160_006, message: 'too many' } });
    const full = await talk.discord.press(found, 'Post in a thread on the message');
    expect(textsOf(full)).toEqual(['The server does not let it through.']);
    talk.discord.fail(posting, { status: 404, body: { code: 10_008, message: 'Unknown Message' } });
    const gone = await talk.discord.press(found, 'Post in a thread on the message');
    expect(textsOf(gone)).toEqual(['The message or the channel is no longer there.']);
  });
});

describe('a follow-up in a thread that the bot opened', () => {
  it('is searched together with the question it follows, without a mention', async () => {
    const { thread } = await answerThread(talk.aChannel());
    talk.searched.length = 0;
    const reply = await talk.discord.replyTo(talk.discord.say('And how does that work on Windows?', thread));
    expect(talk.searched).toEqual(['How can I load it offline?\nAnd how does that work on Windows?']);
    expect(hits(reply)).toBe(5);
  });

  it('that only thanks, or talks to somebody else, gets nothing', async () => {
    const { thread, answer } = await answerThread(talk.aChannel());
    talk.discord.say('Thank you, that works!', thread);
    talk.discord.say('thanks', thread, { replyTo: answer });
    talk.discord.say(`<@${talk.discord.stranger.id}> how did you do it?`, thread);
    await settled();
    expect(talk.discord.postsIn(thread)).toHaveLength(1);
  });
});

describe('in other people\u2019s threads', () => {
  it('the bot speaks only when it is mentioned, and reads their first message', async () => {
    const channel = talk.aChannel();
    const start = talk.discord.say('How can I load it offline?', channel, { author: talk.discord.stranger });
    const thread = talk.discord.startThread(start, 'Loading');
    talk.discord.say('How can I do that?', thread);
    await settled();
    expect(talk.discord.postsIn(thread)).toEqual([]);
    talk.searched.length = 0;
    await talk.discord.mention('', thread);
    expect(talk.searched).toEqual(['How can I load it offline?']);
  });

  it('a bare mention in a forum post waits for the first message', async () => {
    const { thread, sayFirst } = talk.discord.post(talk.aForum(), { content: 'Where do the files go?', later: true });
    const mention = talk.mention('', thread, { author: talk.discord.stranger });
    const reading = `/channels/${thread.id}/messages/${thread.id}`;
    await talk.discord.waitFor(() => talk.discord.requests.some(({ path }) => path === reading));
    talk.discord.takeBroken();
    sayFirst();
    await talk.discord.replyTo(mention);
    expect(talk.searched).toEqual(['Where do the files go?']);
    talk.discord.takeBroken();
  });
});

describe('the trigger emoji', () => {
  it('has the bot answer in a thread on the message, once', async () => {
    const message = talk.discord.say('How can I load it offline?', talk.aChannel());
    talk.discord.react(message, '👀');
    talk.discord.react(message, '💡');
    const thread = await talk.discord.threadOn(message);
    expect(hits(await talk.postIn(thread))).toBe(5);
    talk.discord.react(message, '💡', { added: false });
    talk.discord.react(message, '💡');
    await settled();
    expect(talk.discord.postsIn(thread)).toHaveLength(1);
  });

  it('of somebody who is neither asker nor helper does nothing', async () => {
    const message = talk.discord.say('How?', talk.aChannel());
    talk.discord.react(message, '💡', { user: talk.discord.stranger });
    await settled();
    expect(talk.discord.channels.has(message.id)).toBe(false);
    const role = talk.discord.addRole(talk.guild, { name: 'helpers' }, [talk.discord.stranger]);
    expect(role.id).toBeDefined();
  });
});

describe('a question that is edited', () => {
  it('has its answer replaced', async () => {
    const channel = talk.aChannel();
    const message = talk.mention('How can I lod it?', channel);
    const reply = await talk.discord.replyTo(message);
    talk.discord.editMessage(message, `<@${talk.discord.botUser.id}> How can I load it?`);
    await talk.discord.waitFor(() => reply.edits > 0, 'the answer to change');
    expect(textsOf(reply).join('\n')).toContain('## How can I load it?');
    expect(talk.discord.postsIn(channel)).toHaveLength(1);
  });

  it('has its answer replaced in a thread that was archived since, which stays so', async () => {
    const { message, thread, answer } = await answerThread(talk.aChannel());
    talk.discord.changeThread(thread, { archived: true });
    talk.discord.editMessage(message, 'How can I load it from disk?');
    await talk.discord.waitFor(() => answer.edits > 0 && thread.archived, 'the answer to change');
  });
});

describe('a question that is deleted', () => {
  it('takes its answer along', async () => {
    const channel = talk.aChannel();
    const message = talk.mention('How can I load it?', channel);
    const reply = await talk.discord.replyTo(message);
    talk.discord.deleteMessage(message);
    await talk.discord.waitFor(() => reply.deleted, 'the answer to go');
  });

  it('takes its thread along where nobody else wrote: renamed and archived where it may not be deleted', async () => {
    const { message, thread, answer } = await answerThread(talk.aChannel());
    talk.discord.deleteMessage(message);
    await talk.discord.waitFor(() => answer.deleted && thread.archived, 'the thread to be archived');
    expect(thread.name).toBe('Removed: the question was deleted');
    const managed = await answerThread(talk.aChannel(INVITED | MAY.manageThreads));
    talk.discord.deleteMessage(managed.message);
    await talk.discord.waitFor(() => !talk.discord.channels.has(managed.thread.id), 'the thread to go');
    // The line that the thread was opened on is looked for, should it be the bot's own.
    expect(new Set(talk.discord.takeBroken())).toEqual(new Set(['10008 Unknown Message']));
  });

  it('leaves a thread in which somebody else wrote', async () => {
    const { message, thread, answer } = await answerThread(talk.aChannel());
    talk.discord.say('Works for me.', thread, { author: talk.discord.stranger });
    talk.discord.deleteMessage(message);
    await talk.discord.waitFor(() => answer.deleted, 'the answer to go');
    await settled();
    expect(thread).toMatchObject({ archived: false, name: 'How can I load it offline?' });
  });

  it('with a thread that vanished before is no fault', async () => {
    const { message, thread } = await answerThread(talk.aChannel());
    talk.discord.deleteThread(thread);
    talk.discord.deleteMessage(message);
    await settled();
    expect(talk.logged.filter((line) => line.includes('error'))).toEqual([]);
    talk.discord.takeBroken();
  });
});
