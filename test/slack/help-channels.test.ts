import { describe, expect, it } from 'vitest';
import { type ChatMessage, ChatRefusal } from '../../src/help/chat.ts';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { type Bench, type BenchOptions, openBench } from './setup.ts';

const BANNER = 'Automatic reply, strong match.';
const signal = new AbortController().signal;

/** A bot that reads its channels; what it is to say without being asked, the test says. */
function open(options: BenchOptions = {}): Promise<Bench> {
  return openBench({ chat: { readsMessages: true }, ...options });
}

/** A message that nobody addressed to the bot, as it was told of it. */
async function heard(bench: Bench, text = 'How do I cache?', user = 'U1'): Promise<ChatMessage> {
  const { ts } = bench.server.person(user).write(text);
  await bench.server.until('the message', () => bench.help.seenMessages.some(({ ref }) => ref.message === ts));
  return bench.help.seenMessages.find(({ ref }) => ref.message === ts) as ChatMessage;
}

const answerTo = ({ text }: ChatMessage) => anAnswer({ question: text, notes: [`About: ${text}`] });
const reply = (bench: Bench, message: ChatMessage) => bench.voice.reply(message, answerTo(message), BANNER, signal);

describe('a message that nobody addressed to the bot', () => {
  it('is handed over with who wrote it, where, and whom it names', async () => {
    const bench = await open({ chat: { readsMessages: true, bridges: ['B5'] } });
    const { server } = bench;
    server.world.people.set('U8', { guest: true });
    const { ref } = await heard(bench);
    const count = () => bench.help.seenMessages.length;
    server.person('U8').write('Me too', { threadTs: ref.message, more: { text: 'Me too, <@U1|one>' } });
    await server.until('the guest', () => count() === 2);
    server.person('U5').write('From elsewhere', { more: { bot_id: 'B5', subtype: 'bot_message' } });
    await server.until('the bridge', () => count() === 3);
    expect(bench.help.seenMessages).toMatchObject([
      { author: { id: 'U1', kind: 'person' }, text: 'How do I cache?', room: 'channel', addressed: undefined },
      {
        author: { id: 'U8' },
        room: 'thread',
        mentions: ['U1'],
        place: { kind: 'guest' },
        ref: { thread: ref.message },
      },
      { author: { kind: 'bridge' }, place: { kind: 'guest' } },
    ]);
    expect(server.messages).toEqual([]);
  });

  it('of another bot, in a channel without the bot, or where messages are not read is not', async () => {
    const bench = await open();
    const { server } = bench;
    await server.person('U5').write('Deployed.', { more: { bot_id: 'B9', subtype: 'bot_message' } }).deliveries;
    await server.person().write('Hello', { channel: 'C2' }).deliveries;
    await server.person().write('joined', { more: { subtype: 'channel_join' } }).deliveries;
    await heard(bench);
    expect(bench.help.seenMessages).toHaveLength(1);
    const deaf = await openBench();
    expect(await deaf.server.person().write('How do I cache?').deliveries).toEqual([]);
  });
});

describe('a mention where the bot may not post', () => {
  it('is told why by direct message, once', async () => {
    const bench = await open();
    const { server } = bench;
    server.fail('chat.postMessage', { error: 'restricted_action' });
    const first = server.person().mention('How do I cache?');
    await server.message(({ channel }) => channel === 'D1', 'the reason');
    server.fail('chat.postMessage', { error: 'restricted_action' });
    await server.person().mention('And offline?').deliveries;
    await server.until('the second', () => server.faultsLeft('chat.postMessage') === 0);
    await heard(bench);
    expect(server.messages).toHaveLength(1);
    expect(first.threadTs).toBeUndefined();
  });
});

describe('an automatic reply', () => {
  it('stands in a thread on the message, says why it is there, and is there once for two deliveries', async () => {
    const bench = await open();
    const message = await heard(bench);
    expect(await reply(bench, message)).toBeDefined();
    expect(await reply(bench, message)).toBeUndefined();
    const [shown] = bench.server.messages;
    expect(bench.server.messages).toHaveLength(1);
    expect(shown).toMatchObject({ threadTs: message.ref.message, via: 'chat.postMessage' });
    const words = wordsOf(shown?.blocks ?? []);
    expect(words.split('\n')[0]).toBe(BANNER);
    expect(words).toContain('[This solved it][Not helpful][Not here]');
  });

  it('is removed at once, for everyone, by who asked; others only vote', async () => {
    const bench = await open();
    const { server, help } = bench;
    await reply(bench, await heard(bench));
    const [shown] = server.messages;
    if (!shown) throw new Error('no reply');
    await server.person('U2').press(shown, 'Not helpful');
    await server.until('a word', () => server.messages.length === 2);
    expect(shown.deleted).toBe(false);
    await server.person().press(shown, 'Not here');
    await server.until('the verdict', () => help.calls.includes('not-here by U1'));
    await server.person().press(shown, 'Not helpful');
    await server.until('its end', () => shown.deleted);
    expect(help.calls).toContain('not-helpful by U1');
  });

  it('is not sent again where Slack leaves open whether it arrived, and is found where it did', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    server.fail('chat.postMessage', { status: 500, accepted: true });
    await reply(bench, message);
    const lost = await heard(bench, 'And offline?', 'U2');
    server.fail('chat.postMessage', { status: 500 });
    await reply(bench, lost).catch(() => {});
    expect(server.faultsLeft('chat.postMessage')).toBe(0);
    expect(server.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(1);
    expect(server.messages.map(({ threadTs }) => threadTs)).toEqual([message.ref.message]);
  });

  it('to a message that was just deleted is taken out of the channel at once', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    const written = server.world.findWritten('C1', message.ref.message);
    if (written) written.deletedAt = Date.now();
    expect(await reply(bench, message)).toBeUndefined();
    expect(server.messages).toMatchObject([{ deleted: true, threadTs: undefined }]);
    if (written) written.deletedAt = Date.now() - 61_000;
    expect(await reply(bench, message)).toBeUndefined();
    expect(server.messages).toHaveLength(1);
  });

  it('goes when its question is deleted', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    await reply(bench, message);
    await server.person().erase({ channel: 'C1', ts: message.ref.message });
    await server.until('its end', () => server.messages[0]?.deleted === true);
  });

  it('waits out what Slack says is too much: two people at once, and a burst of 200 messages', async () => {
    const bench = await open({ messageIntervalMs: 10, timing: { postIntervalMs: 12 } });
    const { server } = bench;
    const texts = Array.from({ length: 200 }, (_, index) => `Question ${index} about caching?`);
    await Promise.all(texts.map((text, index) => server.person(`U${index % 5}`).write(text).deliveries));
    await server.until('all', () => bench.help.seenMessages.length === 200);
    expect(
      new Set(server.calls.filter(({ method }) => method === 'users.info').map(({ args }) => args.user)).size,
    ).toBe(5);
    expect(server.calls.filter(({ method }) => method === 'users.info').length).toBeLessThanOrEqual(5);
    const [one, two] = bench.help.seenMessages as [ChatMessage, ChatMessage];
    server.fail('chat.postMessage', { status: 429, retryAfterSeconds: 0 });
    await Promise.all([reply(bench, one), reply(bench, two)]);
    const threads = server.messages.map(({ threadTs }) => threadTs);
    expect(new Set(threads)).toEqual(new Set([one.ref.message, two.ref.message]));
    expect(threads).toHaveLength(2);
  });

  it('is not posted in an archived channel, one without the bot, or one that others read', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    const channel = server.world.channels.get('C1');
    if (!channel) throw new Error('no channel');
    channel.archived = true;
    expect(await reply(bench, message)).toBeUndefined();
    channel.archived = false;
    channel.botIn = false;
    expect(await reply(bench, message)).toBeUndefined();
    channel.botIn = true;
    await server.person().write('How do I cache?', { channel: 'C9' }).deliveries;
    await server.until('the other', () => bench.help.seenMessages.length === 2);
    const outside = bench.help.seenMessages[1] as ChatMessage;
    expect(outside.place.kind).toBe('outside');
    expect(await reply(bench, outside)).toBeUndefined();
    expect(server.messages).toEqual([]);
  });
});

describe('a suggestion', () => {
  it('is for the asker alone, in the channel, and in a thread only where one is active', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    await bench.voice.suggest(message, answerTo(message), BANNER, signal);
    const [shown] = server.messages;
    expect(shown).toMatchObject({ via: 'chat.postEphemeral', user: 'U1', channel: 'C1', threadTs: undefined });
    expect(wordsOf(shown?.blocks ?? [])).toContain(BANNER);
    server.person('U2').write('How do I clear it?', { threadTs: message.ref.message });
    await server.until('the reply', () => bench.help.seenMessages.length === 2);
    const inThread = bench.help.seenMessages[1] as ChatMessage;
    await bench.voice.suggest(inThread, answerTo(inThread), BANNER, signal);
    expect(server.messages[1]).toMatchObject({ user: 'U2', threadTs: message.ref.message });
  });

  it('can be shared by the asker, also after a restart', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    await bench.voice.suggest(message, answerTo(message), BANNER, signal);
    const [shown] = server.messages;
    if (!shown) throw new Error('no suggestion');
    await bench.platform.close();
    await bench.another().start(signal);
    await server.person().press(shown, 'Share in this channel');
    await server.message(({ user }) => user === undefined, 'the shared answer');
  });

  it('that Slack does not take is refused', async () => {
    const bench = await open();
    const { server } = bench;
    const message = await heard(bench);
    server.fail('chat.postEphemeral', { status: 429, retryAfterSeconds: 0 }, { error: 'user_not_in_channel' });
    await expect(bench.voice.suggest(message, answerTo(message), BANNER, signal)).rejects.toThrow(ChatRefusal);
    expect(server.messages).toEqual([]);
  });
});

describe('a question in a channel that others read', () => {
  it('gets nothing for an emoji, and what was private before stays so', async () => {
    const bench = await open({ chat: { readsMessages: true, triggerEmoji: ['bulb'] } });
    const { server, ask } = bench;
    const question = server.person().write('How do I cache?', { channel: 'C9' });
    await question.deliveries;
    await server.person().react(question, 'bulb');
    server.world.addChannel({ id: 'C5', name: 'soon shared' });
    await server.person().command('/ask', 'And offline?', { channel: 'C5' });
    const answer = await server.message(({ user }) => user === 'U1');
    server.world.addChannel({ id: 'C5', name: 'shared', external: true });
    // A minute later, or after a restart.
    await bench.platform.close();
    await bench.another().start(signal);
    for (const [index, label] of ['Share in this channel', 'Open a thread with it'].entries()) {
      await server.person().press(answer, label);
      await server.until('the reason', () => server.messages.length === index + 2);
    }
    expect(server.messages.map(({ user }) => user)).toEqual(['U1', 'U1', 'U1']);
    expect(wordsOf(server.messages[1]?.blocks ?? [])).toMatch(/^Others than this workspace read this channel/);
    expect(ask.asked).toHaveLength(1);
  });

  it('as a follow-up gets nothing where the channel became one, and its answer where the settings allow it', async () => {
    const shared = await open();
    shared.server.world.addChannel({ id: 'C5', name: 'soon shared' });
    const first = shared.server.person().mention('How do I cache?', { channel: 'C5' });
    await shared.server.message(({ threadTs }) => threadTs === first.ts);
    shared.server.world.addChannel({ id: 'C5', name: 'shared', external: true });
    const below = { channel: 'C5', threadTs: first.ts };
    await shared.server.person().write('And how do I clear it?', below).deliveries;
    // For a mention it is whispered: what went before it is done with by then.
    await shared.server.person().mention('And how do I move it?', below).deliveries;
    const whispered = await shared.server.message(({ via }) => via === 'chat.postEphemeral');
    expect(whispered).toMatchObject({ user: 'U1' });
    expect(shared.ask.asked.map(({ values }) => values.question)).toEqual(['How do I cache?', 'And how do I move it?']);

    const allowed = await open({ configure: (config) => ({ ...config, sharedChannels: ['C9'] }) });
    allowed.ask.reply = async ({ values }) => anAnswer({ ...values, notes: [`About: ${values.question}`] });
    const asked = allowed.server.person().mention('How do I cache?', { channel: 'C9' });
    await allowed.server.message(({ threadTs }) => threadTs === asked.ts);
    await allowed.server.person().write('And how do I clear it?', { channel: 'C9', threadTs: asked.ts }).deliveries;
    await allowed.server.until('the second answer', () => allowed.server.messages.length === 2);
    expect(allowed.server.messages[1]).toMatchObject({ via: 'chat.postMessage', threadTs: asked.ts });
  });

  it('is answered to a member alone, and to a stranger not at all', async () => {
    const bench = await openBench();
    const { server, ask } = bench;
    server.world.people.set('U6', { teamId: 'T2' });
    await server.person('U6').mention('How do I cache?', { channel: 'C9' }).deliveries;
    await server.person('U1').mention('How do I cache?', { channel: 'C9' }).deliveries;
    const shown = await server.message(({ channel }) => channel === 'C9');
    expect(shown).toMatchObject({ via: 'chat.postEphemeral', user: 'U1', threadTs: undefined });
    expect(ask.asked).toMatchObject([{ context: { user: 'U1', place: { kind: 'outside' } } }]);
    expect(server.messages).toHaveLength(1);
  });
});
