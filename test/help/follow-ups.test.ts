import { describe, expect, it, vi } from 'vitest';
import type { ChatMessage, MessageRef } from '../../src/help/chat.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { aScene, type Scene, saying } from './setup.ts';

const FIRST = 'How can I load a dataset offline?';

/** Somebody asked in a Slack channel, and the bot answered in a thread on the message. */
async function aThread(options: Parameters<typeof aScene>[0] = {}): Promise<Scene & { root: MessageRef }> {
  const scene = await aScene({ platform: 'slack', ...options });
  const root: MessageRef = { platform: 'slack', server: 'T', channel: 'C', message: '100.1' };
  await scene.conversations.message(aMessage({ ref: root }));
  return { ...scene, root };
}

let ts = 200;
const inThread = ({ root }: { root: MessageRef }, overrides: Partial<ChatMessage> = {}): ChatMessage =>
  aMessage({
    ref: { ...root, thread: root.message, message: `${++ts}.1` },
    room: 'thread',
    addressed: undefined,
    text: 'And how do I do that on Windows?',
    ...overrides,
  });

describe('a follow-up', () => {
  it('is searched together with the question it follows, and says so', async () => {
    const scene = await aThread();
    await scene.conversations.message(inThread(scene));
    expect(scene.searched).toEqual([FIRST, `${FIRST}\nAnd how do I do that on Windows?`]);
    expect(scene.chat.posts[1]?.ref.thread).toBe('100.1');
    expect(scene.chat.posts[1]?.post.outcome).toMatchObject({
      question: 'And how do I do that on Windows?',
      notes: ['Searched together with the question that this follows.'],
    });
  });

  it('still says so when its answer is shown anew, also after a restart', async () => {
    const before = await aThread();
    await before.conversations.message(inThread(before));
    const notes = ['Searched together with the question that this follows.'];
    await before.conversations.commentsChanged(['comment-1']);
    expect(before.chat.posts[1]).toMatchObject({ edits: 1, post: { outcome: { notes } } });
    const { conversations } = await aScene({ platform: 'slack', file: before.file, chat: before.chat });
    await conversations.commentsChanged(['comment-1']);
    expect(before.chat.posts[1]).toMatchObject({ edits: 2, post: { outcome: { notes } } });
  });

  it('that is edited after a restart is searched alone, and says so then', async () => {
    const before = await aThread();
    const followUp = inThread(before);
    await before.conversations.message(followUp);
    const scene = await aScene({ platform: 'slack', file: before.file, chat: before.chat });
    await scene.conversations.edited({ ...followUp, text: 'And how do I do that on macOS?' });
    await vi.waitFor(() => expect(before.chat.posts[1]?.edits).toBe(1));
    expect(scene.searched).toEqual(['And how do I do that on macOS?']);
    expect(before.chat.posts[1]?.post.outcome).toMatchObject({
      notes: ['Searched alone: the question that this follows is no longer kept.'],
    });
  });

  it('follows the first question of its thread, not the whole of it', async () => {
    const scene = await aThread();
    await scene.conversations.message(inThread(scene));
    await scene.conversations.message(inThread(scene, { text: 'What about macOS?' }));
    expect(scene.searched.at(-1)).toBe(`${FIRST}\nWhat about macOS?`);
  });

  it('is searched alone after a restart, and says so', async () => {
    const before = await aThread();
    const scene = await aScene({ platform: 'slack', file: before.file });
    await scene.conversations.message(inThread(before));
    expect(scene.searched).toEqual(['And how do I do that on Windows?']);
    expect(scene.chat.posts[0]?.post.outcome).toMatchObject({
      notes: ['Searched alone: the question that this follows is no longer kept.'],
    });
  });

  it('is searched alone a day later', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const scene = await aThread({ now: () => time });
    time += 24 * 3600_000 + 1;
    await scene.conversations.message(inThread(scene));
    expect(scene.searched.at(-1)).toBe('And how do I do that on Windows?');
  });

  it.each([
    ['thanks', { text: 'Thanks, that helped!' }],
    ['a statement', { text: 'I will have a look tomorrow.' }],
    ['a question to somebody else', { text: 'What do you think?', mentions: ['colleague'] }],
    [
      'a reply to another person',
      { text: 'How did you do it?', repliesTo: { message: '150.1', author: { id: 'other', kind: 'person' as const } } },
    ],
    ['what nobody may read', { text: undefined }],
    ['what a bot writes', { text: 'How?', author: { id: 'bot', kind: 'bot' as const } }],
  ])('is not %s', async (_what, overrides) => {
    const scene = await aThread();
    await scene.conversations.message(inThread(scene, overrides));
    expect(scene.searched).toEqual([FIRST]);
    expect(scene.chat.posts).toHaveLength(1);
  });

  it('needs a mention where messages are not read', async () => {
    const scene = await aThread();
    scene.chat.mayRead = false;
    await scene.conversations.message(inThread(scene));
    expect(scene.chat.posts).toHaveLength(1);
    await scene.conversations.message(inThread(scene, { addressed: 'mention' }));
    expect(scene.searched.at(-1)).toBe(`${FIRST}\nAnd how do I do that on Windows?`);
  });

  it('is answered once, however often it is delivered', async () => {
    const scene = await aThread();
    const message = inThread(scene);
    await Promise.all([scene.conversations.message(message), scene.conversations.message(message)]);
    expect(scene.chat.posts).toHaveLength(2);
  });

  it('is not taken for one in a thread of other people', async () => {
    const scene = await aThread();
    const theirs = { ...scene.root, message: '900.1' };
    await scene.conversations.message(inThread({ root: theirs }));
    expect(scene.searched).toEqual([FIRST]);
    expect(scene.help.calls).toHaveLength(1);
  });

  it('as a reply to an answer in a channel follows the question of that answer', async () => {
    const { chat, conversations, searched } = await aScene();
    await conversations.message(aMessage());
    const repliesTo = { message: chat.posts[0]?.ref.message ?? '', author: { id: 'bot', kind: 'us' as const } };
    await conversations.message(aMessage({ addressed: 'reply', text: 'Does that work on Windows?', repliesTo }));
    expect(searched.at(-1)).toBe(`${FIRST}\nDoes that work on Windows?`);
    await conversations.message(aMessage({ addressed: 'reply', text: 'cool, I will try that', repliesTo }));
    expect(chat.posts).toHaveLength(2);
  });
});

describe('a follow-up in a thread that an automatic reply opened', () => {
  it.each([
    ['is strong', { band: 'strong' as const }],
    ['helpers taught', { hits: [aHit({ because: 'taught by helpers' })] }],
  ])('is answered with what %s, found together with its question, and with nothing else', async (_what, sure) => {
    const scene = await aScene({ platform: 'slack' });
    const root: MessageRef = { platform: 'slack', server: 'T', channel: 'C', message: '100.1' };
    const question = aMessage({ ref: root, addressed: undefined });
    await scene.voice.reply(question, anAnswer({ question: FIRST }), 'Automatic.', AbortSignal.timeout(5_000));
    scene.search.answer = () => anAnswer({ band: 'fair' });
    await scene.conversations.message(inThread({ root }));
    expect(scene.chat.posts).toHaveLength(1);
    scene.search.answer = () => anAnswer(sure);
    await scene.conversations.message(inThread({ root }));
    expect(scene.chat.posts).toHaveLength(2);
  });
});

describe('a bare mention', () => {
  const bare = (overrides: Partial<ChatMessage> = {}) =>
    aMessage({
      ref: { platform: 'discord', server: 'S', channel: 'C', thread: 'first', message: `bare-${++ts}` },
      room: 'thread',
      text: '',
      ...overrides,
    });

  it("inside somebody's thread takes its first message", async () => {
    const { chat, conversations, searched } = await aScene();
    chat.messages.set('first', aMessage({ text: 'My cache is corrupt, what now?', addressed: undefined }));
    await conversations.message(bare());
    expect(searched).toEqual(['My cache is corrupt, what now?']);
  });

  it('takes the message that it replies to', async () => {
    const { chat, conversations, searched } = await aScene();
    chat.messages.set('theirs', aMessage({ text: 'Where is the cache?', addressed: undefined }));
    const repliesTo = { message: 'theirs', author: { id: 'other', kind: 'person' as const } };
    await conversations.message(bare({ repliesTo }));
    expect(searched).toEqual(['Where is the cache?']);
  });

  it("takes the thread's name on Discord where the first message may not be read", async () => {
    const { conversations, searched } = await aScene();
    await conversations.message(bare({ threadName: 'Cache is corrupt' }));
    expect(searched).toEqual(['Cache is corrupt']);
  });

  it('asks for words where nothing may be read, and names Find answers', async () => {
    const { chat, conversations, searched } = await aScene({ platform: 'slack' });
    chat.firstMessage = () => Promise.reject(new Error('missing_scope'));
    const ref = { platform: 'slack', server: 'T', channel: 'C', thread: '1.0', message: '2.0' } as const;
    await conversations.message(bare({ ref, threadName: 'no such thing on Slack' }));
    expect(searched).toEqual([]);
    expect(chat.posts.map(({ post }) => saying(post)).join()).toContain('choose Find answers');
  });
});
