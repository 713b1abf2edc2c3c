import { describe, expect, it } from 'vitest';
import { type ChatMessage, ChatRefusal } from '../../src/help/chat.ts';
import { aMessage, type FakePost } from '../fakes/fake-chat.ts';
import { answerOf, aScene, hideFrom, ranksOf, type Scene, saying } from './setup.ts';

const signal = AbortSignal.timeout(10_000);
const BANNER = 'Automatic: this looks like what others asked.';
const unaddressed = (overrides: Partial<ChatMessage> = {}) => aMessage({ addressed: undefined, ...overrides });

async function reply(scene: Scene, message = unaddressed()) {
  const answer = await scene.voice.search(message, signal);
  return { message, posted: await scene.voice.reply(message, answer, BANNER, signal) };
}

describe('an automatic reply', () => {
  it('stands in a thread on the message, under a line that says what it is', async () => {
    const scene = await aScene();
    scene.policy.current = { archiveAfterMinutes: 1440 };
    const { message, posted } = await reply(scene);
    expect(posted).toMatchObject({ kind: 'answer', id: expect.any(String) });
    expect(scene.chat.threads.get(message.ref.message)).toMatchObject({
      name: 'How can I load a dataset offline?',
      archiveAfterMinutes: 1440,
    });
    expect(scene.chat.posts).toHaveLength(1);
    expect(scene.chat.posts[0]).toMatchObject({
      ref: { thread: `thread-${message.ref.message}` },
      options: { asked: false },
      post: { banner: BANNER },
    });
    const kinds = scene.chat.posts[0]?.post.actions.map(({ kind }) => kind);
    expect(kinds?.slice(0, 3)).toEqual(['solved', 'vote', 'not-here']);
  });

  it('is posted once, and not beside an answer that was asked for', async () => {
    const scene = await aScene();
    const { message } = await reply(scene);
    expect((await reply(scene, message)).posted).toBeUndefined();
    const asked = aMessage();
    await scene.conversations.message(asked);
    expect((await reply(scene, asked)).posted).toBeUndefined();
    expect(scene.chat.posts).toHaveLength(2);
  });

  it('does not come when the message is gone, who wrote it opted out, or others read along', async () => {
    const scene = await aScene();
    const gone = unaddressed();
    await scene.conversations.deleted(gone.ref);
    await scene.memory.optOuts.add('discord:private person');
    const outside = unaddressed({ place: { platform: 'discord', kind: 'outside' } });
    for (const message of [gone, unaddressed({ author: { id: 'private person', kind: 'person' } }), outside]) {
      expect((await reply(scene, message)).posted).toBeUndefined();
    }
    expect(scene.chat.posts).toEqual([]);
    expect(scene.chat.threads.size).toBe(0);
  });

  it('does not come where no thread may be opened', async () => {
    const scene = await aScene();
    scene.chat.openThread = () => Promise.reject(new ChatRefusal('forbidden', 'no permission'));
    expect((await reply(scene)).posted).toBeUndefined();
  });

  it('is removed at once when who asked or a helper says that it is not helpful; others vote', async () => {
    const scene = await aScene();
    const { message, posted } = await reply(scene);
    const press = { room: message.ref, place: message.place, on: scene.chat.posts[0]?.ref, requestId: 'r' };
    const down = { kind: 'vote', id: posted?.id ?? '', rank: 0, up: false } as const;
    await scene.conversations.press(down, { ...press, by: 'passer-by' });
    expect(scene.chat.posts).toHaveLength(1);
    await scene.conversations.press(down, { ...press, by: 'asker' });
    expect(scene.chat.posts).toEqual([]);
    expect(scene.chat.removedThreads).toHaveLength(1);
    expect(scene.help.calls.filter((call) => call.includes(' by '))).toEqual([
      'not-helpful by passer-by',
      'not-helpful by asker',
    ]);
  });

  it('counts as removed when somebody deletes it, or its thread, with the platform’s own means', async () => {
    for (const what of ['message', 'thread'] as const) {
      const scene = await aScene();
      await reply(scene);
      const { ref } = scene.chat.posts[0] as FakePost;
      await (what === 'message' ? scene.conversations.deleted(ref) : scene.conversations.threadDeleted(ref));
      expect(scene.help.calls.filter((call) => call.startsWith('removed'))).toHaveLength(1);
      expect(await scene.memory.posts.ofMessage(ref)).toBeUndefined();
    }
  });

  it('tells the help channels what was said about it', async () => {
    const scene = await aScene();
    const { message, posted } = await reply(scene);
    const press = {
      by: 'asker',
      room: message.ref,
      place: message.place,
      on: scene.chat.posts[0]?.ref,
      requestId: 'r',
    };
    await scene.conversations.press({ kind: 'solved', id: posted?.id ?? '', rank: 1 }, press);
    await scene.conversations.press({ kind: 'not-here', id: posted?.id ?? '' }, press);
    await scene.conversations.press({ kind: 'not-here', id: posted?.id ?? '' }, { ...press, by: 'passer-by' });
    expect(scene.help.calls.filter((call) => call.includes(' by '))).toEqual(['solved by asker', 'not-here by asker']);
  });

  it('in a forum post goes without the thread when the question is deleted', async () => {
    const scene = await aScene();
    const ref = { platform: 'discord', server: 'S', channel: 'forum', thread: 'post', message: 'post' } as const;
    await reply(scene, unaddressed({ ref, room: 'forum-post' }));
    await scene.conversations.deleted(ref);
    expect(scene.chat.posts).toEqual([]);
    expect(scene.chat.removedThreads).toEqual([]);
  });
});

describe('a suggestion', () => {
  const suggest = async (scene: Scene, message = unaddressed()) => {
    const answer = await scene.voice.search(message, signal);
    return { message, suggested: await scene.voice.suggest(message, answer, BANNER, signal) };
  };

  it("stands in the helpers' channel on Discord, where helpers post or dismiss it", async () => {
    const scene = await aScene();
    scene.policy.current = { helpersChannel: 'HELP' };
    const { message, suggested } = await suggest(scene);
    scene.chat.messages.set(message.ref.message, message);
    const [post] = scene.chat.posts;
    expect(post?.ref.channel).toBe('HELP');
    expect(post?.post.actions.map(({ kind }) => kind)).toEqual(['post', 'dismiss']);
    const press = {
      by: 'helper',
      room: { ...message.ref, channel: 'HELP' },
      place: message.place,
      on: post?.ref,
      requestId: 'r',
    };
    const action = { kind: 'post', id: suggested?.id ?? '' } as const;
    expect((await scene.conversations.press(action, press)).say).toMatchObject({
      text: expect.stringContaining('Only'),
    });
    scene.chat.standings.set('helper', 'helper');
    const both = await Promise.all([
      scene.conversations.press(action, press),
      scene.conversations.press(action, press),
    ]);
    expect(both.map(({ say }) => say && saying({ outcome: say }))).toContain('Posted.');
    expect(scene.help.calls).toContain('posted by helper');
    expect(scene.chat.posts).toHaveLength(1);
    expect(scene.chat.posts[0]?.ref).toMatchObject({ channel: 'C', thread: `thread-${message.ref.message}` });
  });

  it("shows in the helpers' channel only what may be seen there, and posts the rest where it was asked", async () => {
    const scene = await aScene();
    scene.policy.current = { helpersChannel: 'HELP' };
    hideFrom(scene, 'HELP');
    const { message, suggested } = await suggest(scene);
    scene.chat.messages.set(message.ref.message, message);
    expect(ranksOf(scene, 0)).toEqual([1, 3, 4, 5, 6]);
    scene.chat.standings.set('helper', 'helper');
    const { place } = message;
    const press = { by: 'helper', room: { ...message.ref, channel: 'HELP' }, place, requestId: 'r' };
    const on = scene.chat.posts[0]?.ref;
    await scene.conversations.press({ kind: 'post', id: suggested?.id ?? '' }, { ...press, on });
    expect(ranksOf(scene, 0)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is dismissed, and goes when its question does', async () => {
    const scene = await aScene();
    scene.policy.current = { helpersChannel: 'HELP' };
    scene.chat.standings.set('helper', 'helper');
    const { message, suggested } = await suggest(scene);
    const press = {
      by: 'helper',
      room: message.ref,
      place: message.place,
      on: scene.chat.posts[0]?.ref,
      requestId: 'r',
    };
    await scene.conversations.press({ kind: 'dismiss', id: suggested?.id ?? '' }, press);
    expect(scene.chat.posts).toEqual([]);
    expect(scene.help.calls).toContain('dismissed by helper');
    const other = await suggest(scene);
    await scene.conversations.deleted(other.message.ref);
    expect(scene.chat.posts).toEqual([]);
  });

  it('is whispered to the asker on Slack', async () => {
    const scene = await aScene({ platform: 'slack' });
    const ref = { platform: 'slack', server: 'T', channel: 'C', message: '1.0' } as const;
    await suggest(scene, unaddressed({ ref }));
    expect(scene.chat.posts).toEqual([]);
    expect(scene.chat.whispers).toMatchObject([{ user: 'asker', post: { banner: BANNER } }]);
  });
});

describe('an emoji', () => {
  const on = { platform: 'discord', server: 'S', channel: 'C', message: 'm' } as const;
  const put = (scene: Scene, by: string, emoji = '💡') =>
    scene.conversations.reacted({ on, by: { id: by, kind: 'person' }, emoji, added: true });

  it('has the bot answer in a thread on that message, once, for those allowed', async () => {
    const scene = await aScene({ settings: { triggerEmoji: ['💡'] } });
    scene.chat.messages.set('m', unaddressed({ ref: on, author: { id: 'author', kind: 'person' } }));
    await put(scene, 'passer-by');
    await put(scene, 'author', '🎉');
    expect(scene.chat.posts).toEqual([]);
    scene.chat.standings.set('helper', 'helper');
    await Promise.all([put(scene, 'helper'), put(scene, 'author')]);
    await put(scene, 'author');
    expect(scene.chat.posts).toHaveLength(1);
    expect(scene.chat.posts[0]?.ref.thread).toBe('thread-m');
    expect(answerOf(scene, 0).hits).toHaveLength(5);
  });

  it('on a message in a thread has it answered there', async () => {
    const scene = await aScene({ platform: 'slack', settings: { triggerEmoji: ['💡'] } });
    const ref = { platform: 'slack', server: 'S', channel: 'C', thread: '1.0', message: 'm' } as const;
    // Slack tells of the emoji without saying in which thread the message stands.
    scene.chat.messages.set('m', unaddressed({ ref, author: { id: 'author', kind: 'person' } }));
    await scene.conversations.reacted({
      on: { ...ref, thread: undefined },
      by: { id: 'author', kind: 'person' },
      emoji: '💡',
      added: true,
    });
    expect(scene.chat.posts.map(({ ref: { thread } }) => thread)).toEqual(['1.0']);
  });

  it('does nothing unless it was configured', async () => {
    const scene = await aScene();
    scene.chat.messages.set('m', unaddressed({ ref: on }));
    await put(scene, 'asker');
    expect(scene.chat.posts).toEqual([]);
  });
});
