import { describe, expect, it, vi } from 'vitest';
import { type ChatMessage, ChatRefusal } from '../../src/help/chat.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { answerOf, aScene, type Scene } from './setup.ts';

const DAY_MS = 24 * 3600_000;

/** Two questions with their answers, which lie where they were asked. */
async function asked(options: Parameters<typeof aScene>[0] = {}) {
  const scene = await aScene(options);
  const messages = [aMessage({ text: 'How can I load it offline?' }), aMessage({ text: 'How can I stream it?' })];
  for (const message of messages) {
    scene.chat.messages.set(message.ref.message, message);
    await scene.conversations.message(message);
  }
  return { ...scene, messages: messages as [ChatMessage, ChatMessage] };
}

function edit({ chat }: Pick<Scene, 'chat'>, message: ChatMessage, change: Partial<ChatMessage>): void {
  chat.messages.set(message.ref.message, { ...message, editedAt: Date.now(), ...change });
}

/** Another bot on the same file and platform, and what it looked up. */
async function afterARestart({ file, chat }: Pick<Scene, 'file' | 'chat'>, options: Parameters<typeof aScene>[0] = {}) {
  const scene = await aScene({ ...options, file, chat });
  const lookUp = vi.spyOn(chat, 'lookUp');
  scene.conversations.connected('discord');
  const isDone = () => expect(scene.logged.some((line) => line.includes('Questions were read again'))).toBe(true);
  return { ...scene, lookUp, done: () => vi.waitFor(isDone) };
}

describe('a question while the bot was down', () => {
  it('that was edited has its answer replaced, and one that was not keeps it', async () => {
    const before = await asked();
    const [first, second] = before.messages;
    edit(before, first, { text: 'How can I cache it?' });
    edit(before, second, {});
    const { searched, done, conversations } = await afterARestart(before);
    await done();
    await vi.waitFor(() => expect(before.chat.posts[0]?.edits).toBe(1));
    await conversations.close();
    expect(searched).toEqual(['How can I cache it?']);
    expect(before.chat.posts[1]?.edits).toBe(0);
  });

  it('that was deleted takes its answer along, and what was kept of it', async () => {
    const before = await asked();
    const { id = '' } = answerOf(before, 0);
    before.chat.messages.delete(before.messages[0].ref.message);
    const { memory, done } = await afterARestart(before);
    await done();
    expect(before.chat.posts.map(({ replyTo }) => replyTo)).toEqual([before.messages[1].ref.message]);
    expect(await memory.answers.recall(id)).toBeUndefined();
  });

  it('that got no answer in a help channel is forgotten where it was deleted, and kept where it was not', async () => {
    const before = await asked();
    const silent = [aMessage({ text: 'Gone?' }), aMessage({ text: 'There?' })] as const;
    for (const { ref } of silent) {
      before.memory.helpOutcomes.add({
        message: ref,
        link: '',
        mode: 'shadow',
        version: '1',
        decision: 'weak',
        asker: 'discord:1',
        issues: [],
      });
    }
    before.chat.messages.set(silent[1].ref.message, silent[1]);
    const { lookUp, done, conversations, help } = await afterARestart(before);
    await done();
    await conversations.close();
    expect(help.calls).toEqual([`deleted ${silent[0].ref.message}`]);
    // What is seen goes first.
    const order = lookUp.mock.calls.map(([{ message }]) => message);
    expect(order.slice(0, 2).sort()).toEqual(before.messages.map(({ ref }) => ref.message).sort());
    expect(order.slice(2).sort()).toEqual(silent.map(({ ref }) => ref.message).sort());
  });

  it('that was edited more than a day after it was asked keeps its answer; found late, an early edit counts', async () => {
    const before = await asked();
    const [first, second] = before.messages;
    edit(before, first, { text: 'Late?', editedAt: Date.now() + DAY_MS + 60_000 });
    edit(before, second, { text: 'In time?', editedAt: Date.now() + DAY_MS - 60_000 });
    const { searched, done } = await afterARestart(before, { now: () => Date.now() + 3 * DAY_MS });
    await done();
    await vi.waitFor(() => expect(before.chat.posts[1]?.edits).toBe(1));
    expect(searched).toEqual(['In time?']);
  });

  it('is left alone where it may not be read, and nothing more is asked of that channel', async () => {
    const before = await asked();
    before.chat.messages.clear();
    before.chat.mayRead = false;
    const { lookUp, done } = await afterARestart(before);
    await done();
    expect(before.chat.posts).toHaveLength(2);
    expect(lookUp).toHaveBeenCalledTimes(1);
  });

  it('without its words, which the platform keeps from the bot, keeps its answer', async () => {
    const before = await asked();
    edit(before, before.messages[0], { text: undefined });
    const { searched, done } = await afterARestart(before);
    await done();
    expect(searched).toEqual([]);
  });
});

describe('reading questions again', () => {
  it('is tried again after a refusal that passes, and done once more when it was begun again meanwhile', async () => {
    const before = await asked();
    const { lookUp, logged, conversations } = await afterARestart(before);
    lookUp.mockRejectedValueOnce(new Error('429'));
    for (let again = 0; again < 3; again++) conversations.connected('discord');
    await vi.waitFor(() => expect(logged.filter((line) => line.includes('were read again'))).toHaveLength(2));
    expect(lookUp).toHaveBeenCalledTimes(5);
    expect(before.chat.posts).toHaveLength(2);
  });

  it('goes on behind one that the platform refuses', async () => {
    const before = await asked();
    edit(before, before.messages[0], { text: 'How can I cache it?' });
    await before.conversations.message(
      aMessage({ ref: { platform: 'discord', server: 'S', channel: 'D', message: 'refused' } }),
    );
    const { lookUp, searched, done } = await afterARestart(before);
    lookUp.mockRejectedValueOnce(new ChatRefusal('forbidden', 'missing permissions'));
    await done();
    await vi.waitFor(() => expect(searched).toEqual(['How can I cache it?']));
    expect(lookUp).toHaveBeenCalledTimes(3);
  });

  it('ends when the bot stops', async () => {
    const before = await asked();
    const { lookUp, conversations } = await afterARestart(before, { settings: { rereadEveryMs: 3600_000 } });
    await vi.waitFor(() => expect(lookUp).toHaveBeenCalledTimes(1));
    await conversations.close();
    expect(lookUp).toHaveBeenCalledTimes(1);
  });
});
