import { describe, expect, it } from 'vitest';
import { aMessage } from '../fakes/fake-chat.ts';
import { aScene, saying } from './setup.ts';

describe('a mention', () => {
  it('is answered beside the message, and remembered', async () => {
    const { chat, conversations, memory } = await aScene();
    const message = aMessage();
    await conversations.message(message);
    expect(chat.posts).toHaveLength(1);
    expect(chat.posts[0]).toMatchObject({ replyTo: message.ref.message, ref: { channel: 'C' } });
    expect(await memory.posts.ofQuestion(message.ref)).toHaveLength(1);
  });

  it('is answered once, however often and by whichever event it is delivered', async () => {
    const { chat, conversations } = await aScene();
    const message = aMessage();
    await Promise.all([conversations.message(message), conversations.message(message)]);
    await conversations.message(message);
    expect(chat.posts).toHaveLength(1);
  });

  it('is answered once also when it is delivered again after a restart', async () => {
    const first = await aScene();
    const message = aMessage();
    await first.conversations.message(message);
    const bare = aMessage({ text: '' });
    await first.conversations.message(bare);
    const second = await aScene({ file: first.file });
    for (const again of [message, bare]) await second.conversations.message(again);
    expect(second.chat.posts).toEqual([]);
  });

  it('is answered by a second delivery when the first one failed before anybody saw anything', async () => {
    const { chat, conversations } = await aScene();
    const message = aMessage();
    chat.beforePost = () => {
      throw new Error('the network is down');
    };
    await conversations.message(message);
    expect(chat.posts).toEqual([]);
    chat.beforePost = () => {};
    await conversations.message(message);
    expect(chat.posts).toHaveLength(1);
    expect(chat.posts[0]?.post.outcome.kind).toBe('answer');
  });

  it('of a bot gets nothing', async () => {
    const { chat, conversations } = await aScene();
    await conversations.message(aMessage({ author: { id: 'other bot', kind: 'bot' } }));
    await conversations.message(aMessage({ author: { id: 'ourselves', kind: 'us' } }));
    expect(chat.posts).toEqual([]);
  });

  it.each(['Thanks!', 'thank you so much', 'ok great, it works now', 'hi'])(
    'that says "%s" gets nothing',
    async (text) => {
      const { chat, conversations } = await aScene();
      await conversations.message(aMessage({ text }));
      expect(chat.posts).toEqual([]);
    },
  );

  it('that got no answer is answered once it is edited to ask something', async () => {
    const { chat, conversations, searched, file } = await aScene();
    const bare = aMessage({ text: '' });
    await conversations.message(bare);
    await conversations.edited({ ...bare, text: '?!', editedAt: Date.now() });
    const asked = { ...bare, text: 'How can I load it offline?', editedAt: Date.now() + 1 };
    await Promise.all([conversations.edited(asked), conversations.edited(asked)]);
    expect(chat.posts.map(({ post }) => post.outcome.kind)).toEqual(['problem', 'answer']);
    expect(searched).toEqual(['How can I load it offline?']);
    const again = await aScene({ file });
    await again.conversations.edited(asked);
    expect(again.searched).toEqual([]);
  });

  it('is not what a reply that may not be read is taken for', async () => {
    const { chat, conversations } = await aScene();
    await conversations.message(aMessage({ text: undefined, addressed: 'reply' }));
    expect(chat.posts).toEqual([]);
  });

  it('without words in a channel gets one line that asks for them', async () => {
    const { chat, conversations } = await aScene();
    await conversations.message(aMessage({ text: '' }));
    expect(chat.posts.map(({ post }) => saying(post))).toEqual([
      'Mention me together with your question, use /ask, or choose Find answers in the menu of a message.',
    ]);
  });
});
