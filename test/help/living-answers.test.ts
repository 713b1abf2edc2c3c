import { describe, expect, it, vi } from 'vitest';
import { ChatRefusal, type MessageRef } from '../../src/help/chat.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { anAnswer } from '../fakes/answers.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { aScene, type Scene, saying } from './setup.ts';

const hitsOf = ({ post }: Scene['chat']['posts'][number]) =>
  (post.outcome as Answer).hits?.map(({ key }) => Number(key.split('-')[1]));
const DAY_MS = 24 * 3600_000;

async function anAnswered(options: Parameters<typeof aScene>[0] = {}) {
  const scene = await aScene(options);
  const message = aMessage(
    options.platform === 'slack' ? { ref: { platform: 'slack', server: 'T', channel: 'C', message: '1.0' } } : {},
  );
  await scene.conversations.message(message);
  const [post] = scene.chat.posts;
  if (!post) throw new Error('there is no answer');
  return { ...scene, message, post };
}

describe('a question that is edited', () => {
  it('has its answer replaced in place', async () => {
    const { conversations, message, post, searched, chat } = await anAnswered();
    await conversations.edited({ ...message, text: 'How can I stream a dataset?', editedAt: Date.now() });
    await vi.waitFor(() => expect(post.edits).toBe(1));
    expect(searched.at(-1)).toBe('How can I stream a dataset?');
    expect(post.post.outcome).toMatchObject({ question: 'How can I stream a dataset?', hits: { length: 5 } });
    expect(chat.posts).toHaveLength(1);
  });

  it('is searched once for several edits in a row, for the last one', async () => {
    const { conversations, message, post, searched } = await anAnswered();
    for (const text of ['How can I a?', 'How can I b?', 'How can I c?'])
      await conversations.edited({ ...message, text });
    await vi.waitFor(() => expect(post.edits).toBe(1));
    expect(searched.slice(1)).toEqual(['How can I c?']);
  });

  it('is searched for its last edit also when an earlier one is found later', async () => {
    const { conversations, message, post, searched } = await anAnswered();
    const editedAt = Date.now();
    await conversations.edited({ ...message, text: 'How can I b?', editedAt });
    await conversations.edited({ ...message, text: 'How can I a?', editedAt: editedAt - 1_000 });
    await vi.waitFor(() => expect(post.edits).toBe(1));
    expect(searched.slice(1)).toEqual(['How can I b?']);
  });

  it('is narrowed by its words only where it was written for the bot', async () => {
    const { conversations, message, post, searched, voice, chat } = await anAnswered();
    const text = 'How can I read state:closed issues?';
    await conversations.edited({ ...message, text });
    await vi.waitFor(() => expect(post.edits).toBe(1));
    const heard = aMessage({ addressed: undefined });
    await voice.reply(heard, anAnswer(), 'Automatic.', AbortSignal.timeout(5_000));
    await conversations.edited({ ...heard, text });
    await vi.waitFor(() => expect(chat.posts[1]?.edits).toBe(1));
    expect(searched.slice(1)).toEqual(['How can I read issues?', text]);
  });

  it('keeps its answer when only something else about the message changed', async () => {
    const { conversations, message, post, searched } = await anAnswered();
    await conversations.edited(message);
    await conversations.edited({ ...message, text: '' });
    await conversations.close();
    expect([post.edits, searched.length]).toEqual([0, 1]);
  });

  it('keeps its answer a day later', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const { conversations, message, searched, chat } = await anAnswered({ now: () => time });
    time += DAY_MS + 1;
    const later = aMessage();
    await conversations.message(later);
    await conversations.edited({ ...message, text: 'Something else?' });
    await conversations.edited({ ...later, text: 'Something new?' });
    await vi.waitFor(() => expect(chat.posts[1]?.edits).toBe(1));
    expect(searched.slice(1)).toEqual([later.text, 'Something new?']);
    expect(chat.posts[0]?.edits).toBe(0);
  });

  it('has its answer replaced also when it was edited while the first answer was on its way', async () => {
    const scene = await aScene();
    const message = aMessage();
    let edited: Promise<void> = Promise.resolve();
    scene.search.before = () => {
      scene.search.before = () => {};
      edited = scene.conversations.edited({ ...message, text: 'Or rather this?' });
    };
    await scene.conversations.message(message);
    await edited;
    await vi.waitFor(() => expect(scene.chat.posts[0]?.edits).toBe(1));
    expect(scene.searched.at(-1)).toBe('Or rather this?');
  });

  it('has its answer replaced after the platform refused for a moment', async () => {
    const { conversations, message, post, chat } = await anAnswered();
    let refusals = 2;
    chat.beforeEdit = () => {
      if (refusals-- > 0) throw new Error('429');
    };
    await conversations.edited({ ...message, text: 'And this one?' });
    await vi.waitFor(() => expect(post.edits).toBe(1));
  });

  it('has its answer replaced after a restart', async () => {
    const before = await anAnswered();
    const scene = await aScene({ file: before.file, chat: before.chat });
    await scene.conversations.edited({ ...before.message, text: 'How can I stream a dataset?' });
    await vi.waitFor(() => expect(before.post.edits).toBe(1));
  });

  it('is answered when the mention was added by the edit, once', async () => {
    const { chat, conversations } = await aScene();
    const message = aMessage({ addressed: undefined });
    await conversations.message(message);
    const mentioned = { ...message, addressed: 'mention' as const, editedAt: Date.now() };
    await Promise.all([conversations.edited(mentioned), conversations.edited(mentioned)]);
    expect(chat.posts).toHaveLength(1);
    await conversations.edited({ ...aMessage(), writtenAt: Date.now() - 2 * DAY_MS });
    expect(chat.posts).toHaveLength(1);
  });

  it('is not answered anew when its answer was removed', async () => {
    const { chat, conversations, message, post } = await anAnswered();
    const [answer] = await Promise.all([post.post.outcome as Answer]);
    await conversations.press(
      { kind: 'remove', id: answer.id ?? '' },
      { by: 'asker', room: message.ref, place: message.place, on: post.ref, requestId: 'r' },
    );
    expect(chat.posts).toEqual([]);
    await conversations.edited({ ...message, text: 'And this one?' });
    expect(chat.posts).toEqual([]);
  });
});

describe('a question that is deleted', () => {
  it('takes its answer with it, and what was kept of it', async () => {
    const { conversations, message, post, chat, memory } = await anAnswered();
    const { id = '' } = post.post.outcome as Answer;
    await conversations.deleted(message.ref);
    expect(chat.posts).toEqual([]);
    expect(await memory.answers.recall(id)).toBeUndefined();
  });

  it('takes the thread with it that the bot opened, where nobody else wrote', async () => {
    const { conversations, chat } = await aThreadOf(['asker']);
    await conversations.deleted(question);
    expect(chat.removedThreads).toEqual([thread]);
  });

  it('leaves the thread where somebody else wrote', async () => {
    const { conversations, chat } = await aThreadOf(['asker', 'somebody else']);
    await conversations.deleted(question);
    expect(chat.removedThreads).toEqual([]);
    expect(chat.posts).toEqual([]);
  });

  const question: MessageRef = { platform: 'discord', server: 'S', channel: 'C', message: 'q' };
  const thread = { platform: 'discord', server: 'S', channel: 'C', thread: 't' } as const;
  async function aThreadOf(writers: readonly string[]) {
    const scene = await aScene();
    const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
    const context = { platform: 'discord', user: 'asker', server: 'S', channel: 'C', place, requestId: 'r' } as const;
    const answer = await scene.memory.answers.keep(anAnswer(), context);
    const options = { key: 'thread', asked: true };
    const message = await scene.chat.post(thread, { outcome: answer, actions: [] }, options, AbortSignal.timeout(1000));
    await scene.conversations.posted(answer, { message, place, asker: 'asker', question, thread, through: 'bot' });
    scene.chat.writers.set('t', writers);
    return scene;
  }

  it('while the answer is being looked for gets none', async () => {
    const scene = await aScene();
    const message = aMessage();
    scene.search.before = () => scene.conversations.deleted(message.ref);
    await scene.conversations.message(message);
    expect(scene.chat.posts).toEqual([]);
    expect(scene.logged.join()).not.toContain('ERROR');
  });

  it('while the answer is being posted has it removed at once', async () => {
    const scene = await aScene();
    const message = aMessage();
    scene.chat.afterPost = () => scene.conversations.deleted(message.ref);
    await scene.conversations.message(message);
    expect(scene.chat.posts).toEqual([]);
    expect(await scene.memory.posts.ofQuestion(message.ref)).toEqual([]);
  });

  it('while a command of the platform posts its answer has it removed when that is told', async () => {
    const scene = await aScene();
    const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
    const context = { platform: 'discord', user: 'asker', server: 'S', channel: 'C', place, requestId: 'r' } as const;
    const answer = await scene.memory.answers.keep(anAnswer(), context);
    await scene.conversations.deleted(question);
    const options = { key: 'k', asked: true };
    const message = await scene.chat.post(
      question,
      { outcome: answer, actions: [] },
      options,
      AbortSignal.timeout(999),
    );
    await scene.conversations.posted(answer, { message, place, asker: 'asker', question, through: 'bot' });
    expect(scene.chat.posts).toEqual([]);
  });
});

describe('a comment that changes on GitHub', () => {
  it('leaves the answers that show it, and the next one moves up', async () => {
    const { conversations, post, gone } = await anAnswered();
    gone.add('comment-2');
    await conversations.commentsChanged(['comment-2']);
    expect(hitsOf(post)).toEqual([1, 3, 4, 5, 6]);
  });

  it('shows its new text', async () => {
    const { conversations, post, texts } = await anAnswered();
    texts.set('comment-3', 'Edited: use another folder.');
    await conversations.commentsChanged(['comment-3']);
    expect((post.post.outcome as Answer).hits[2]?.comment).toBe('Edited: use another folder.');
  });

  it('touches no answer that does not show it', async () => {
    const { conversations, post } = await anAnswered();
    await conversations.commentsChanged(['comment-9']);
    expect(post.edits).toBe(0);
  });

  it('is followed also when all that was shown is gone', async () => {
    const { conversations, post, gone } = await anAnswered();
    for (let rank = 1; rank <= 12; rank++) gone.add(`comment-${rank}`);
    await conversations.commentsChanged([...gone]);
    expect(saying(post.post)).toBe('The comments that stood here are no longer there.');
  });

  it('is followed after a restart, and in answers that a command posted', async () => {
    const before = await anAnswered();
    const scene = await aScene({ file: before.file, chat: before.chat });
    scene.gone.add('comment-1');
    await scene.conversations.commentsChanged(['comment-1']);
    expect(hitsOf(before.post)).toEqual([2, 3, 4, 5, 6]);
  });

  it('waits for a press where an answer can only be changed by one', async () => {
    const scene = await aScene();
    const place = { platform: 'discord', kind: 'outside', server: 'S', channel: 'C' } as const;
    const context = { platform: 'discord', user: 'asker', server: 'S', channel: 'C', place, requestId: 'r' } as const;
    const answer = await scene.memory.answers.keep(anAnswer(), context);
    const message: MessageRef = { platform: 'discord', server: 'S', channel: 'C', message: 'followed-up' };
    await scene.conversations.posted(answer, { message, place, asker: 'asker', through: 'interaction' });
    scene.chat.beforeEdit = () => {
      throw new ChatRefusal('forbidden', 'the bot is no member there');
    };
    scene.gone.add('comment-1');
    await scene.conversations.commentsChanged(['comment-1']);
    const press = { by: 'reader', room: message, place, on: message, requestId: 'r' };
    const { replace } = await scene.conversations.press(
      { kind: 'vote', id: answer.id ?? '', rank: 2, up: true },
      press,
    );
    expect(replace?.outcome).toMatchObject({ hits: [2, 3, 4, 5, 6].map((rank) => ({ key: `comment-${rank}` })) });
    expect((await scene.conversations.current(message))?.outcome).toMatchObject({ hits: { length: 5 } });
  });
});

describe('what is gone on the platform', () => {
  it('is forgotten: an answer that somebody deleted, a thread that vanished', async () => {
    const { conversations, memory, post, message } = await anAnswered();
    await conversations.deleted(post.ref);
    expect(await memory.posts.ofQuestion(message.ref)).toEqual([]);
    const other = await anAnswered({ platform: 'slack' });
    await other.conversations.threadDeleted({ ...other.message.ref, thread: '1.0' });
    expect(await other.memory.posts.ofQuestion(other.message.ref)).toEqual([]);
  });

  it('is forgotten with its server, when the bot leaves', async () => {
    const { conversations, memory, post, message } = await anAnswered();
    const { id = '' } = post.post.outcome as Answer;
    await conversations.left({ platform: 'discord', server: 'other' });
    expect(await memory.answers.recall(id)).toBeDefined();
    await conversations.left({ platform: 'discord', server: 'S' });
    expect(await memory.answers.recall(id)).toBeUndefined();
    expect(await memory.posts.ofQuestion(message.ref)).toEqual([]);
  });
});

describe('an answer to somebody who opted out', () => {
  it('follows its question and its comments as any other, with nothing kept of them', async () => {
    const scene = await aScene();
    await scene.memory.optOuts.add('discord:asker');
    const message = aMessage();
    await scene.conversations.message(message);
    const [post] = scene.chat.posts;
    if (!post) throw new Error('there is no answer');
    expect((await scene.memory.posts.ofQuestion(message.ref))[0]?.asker).toBe('');
    scene.gone.add('comment-1');
    await scene.conversations.commentsChanged(['comment-1']);
    expect(hitsOf(post)).toEqual([2, 3, 4, 5, 6]);
    await scene.conversations.edited({ ...message, text: 'How can I stream a dataset?', editedAt: Date.now() });
    await vi.waitFor(() => expect(post.edits).toBe(2));
    const { id = '' } = post.post.outcome as Answer;
    expect(await scene.memory.answers.recall(id)).toMatchObject({ question: undefined, vector: undefined });
    await scene.conversations.deleted(message.ref);
    expect(scene.chat.posts).toEqual([]);
  });
});
