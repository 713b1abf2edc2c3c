import { describe, expect, it } from 'vitest';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { isKnown } from './asking.ts';
import { type Bench, openBench } from './setup.ts';

/** The private answer to a first question. */
async function privateAnswer({ server }: Bench, channel = 'C1'): Promise<ShownMessage> {
  await server.person().command('/ask', 'How do I cache?', { channel });
  return server.message(({ user }) => user === 'U1');
}

/** What a person was told last, besides `known`. */
async function nextMessage({ server }: Bench, known: number): Promise<ShownMessage> {
  await server.until('another message', () => server.messages.length > known);
  return server.messages[known] as ShownMessage;
}

describe.each(['socket', 'http'] as const)('the buttons of a private answer over %s', (mode) => {
  it('share it in the channel as a message of the bot', async () => {
    const bench = await openBench({ mode });
    const answer = await privateAnswer(bench);
    expect(await bench.server.person().press(answer, 'Share in this channel')).toMatchObject({ acked: true });
    const shared = await nextMessage(bench, 1);
    expect(shared).toMatchObject({ via: 'chat.postMessage', channel: 'C1', user: undefined, threadTs: undefined });
    expect(wordsOf(shared.blocks)).toContain('How do I cache?');
    expect(wordsOf(shared.blocks)).not.toContain('Share');
  });

  it('open a thread: the question in the channel, the hits below it', async () => {
    const bench = await openBench({ mode });
    await bench.server.person().press(await privateAnswer(bench), 'Open a thread with it');
    const reply = await bench.server.message(({ threadTs }) => threadTs !== undefined);
    const head = bench.server.messages.find(({ ts }) => ts === reply.threadTs);
    expect(wordsOf(head?.blocks ?? [])).toBe('How do I cache?');
    expect(wordsOf(reply.blocks)).toContain('1. Using datasets');
  });

  it('show the next five to who pressed', async () => {
    const bench = await openBench({ mode });
    const person = bench.server.person();
    await person.press(await privateAnswer(bench), 'Next five');
    const more = await nextMessage(bench, 1);
    expect(more.user).toBe('U1');
    expect(wordsOf(more.blocks)).toContain('6. Using datasets');
    await person.press(more, 'Next five');
    const last = await nextMessage(bench, 2);
    expect(wordsOf(last.blocks)).toContain('12. Using datasets');
    expect(wordsOf(last.blocks)).not.toContain('Next five');
  });

  it('show the whole comment in a modal', async () => {
    const bench = await openBench({ mode });
    await bench.server.person().select(await privateAnswer(bench), 2);
    await bench.server.until('a modal', () => bench.server.world.views.length === 1);
    const words = wordsOf((bench.server.world.views[0]?.view.blocks ?? []) as unknown[]);
    expect(words).toContain('Using datasets without a connection (3)');
    expect(words).toContain('Comment 3: save the dataset');
  });
});

describe('the buttons below an answer', () => {
  it('share through the interaction where the bot is not', async () => {
    const bench = await openBench();
    await bench.server.person().press(await privateAnswer(bench, 'C2'), 'Share in this channel');
    const shared = await nextMessage(bench, 1);
    expect(shared).toMatchObject({ via: 'response_url', channel: 'C2', user: undefined });
  });

  it('say how to invite the bot where a thread needs it', async () => {
    const bench = await openBench();
    await bench.server.person().press(await privateAnswer(bench, 'C2'), 'Open a thread with it');
    const told = await nextMessage(bench, 1);
    expect(told.user).toBe('U1');
    expect(wordsOf(told.blocks)).toBe('I am not in this channel. Invite me with /invite @precedent and try again.');
    const channel = bench.server.world.channels.get('C2');
    if (channel) channel.botIn = true;
    await bench.server.person().press(bench.server.messages[0] as ShownMessage, 'Open a thread with it');
    await bench.server.message(({ threadTs }) => threadTs !== undefined);
  });

  it('post once, however often they are pressed', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    const person = bench.server.person();
    await Promise.all([person.press(answer, 'Share in this channel'), person.press(answer, 'Share in this channel')]);
    await bench.server.until('both replies', () => bench.server.messages.length === 3);
    expect(bench.server.messages.filter(({ user }) => user === undefined)).toHaveLength(1);
    expect(bench.server.messages.map(({ blocks }) => wordsOf(blocks))).toContain('This was posted here already.');
  });

  it('open one thread, also when its answer fails at first', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    const person = bench.server.person();
    bench.server.fail('chat.postMessage', { accepted: true, delayMs: 1 }, { error: 'restricted_action' });
    await person.press(answer, 'Open a thread with it');
    await bench.server.message(({ text }) => text.includes('An admin does not let apps post'));
    await person.press(answer, 'Open a thread with it');
    await bench.server.message(({ threadTs }) => threadTs !== undefined);
    const heads = bench.server.messages.filter(({ user, threadTs }) => !user && !threadTs);
    expect(heads).toHaveLength(1);
  });

  it('of a public answer reply to whoever pressed, alone', async () => {
    const bench = await openBench();
    bench.ask.audience = () => 'everyone';
    await bench.server.person().command('/ask', 'How do I cache?');
    const answer = await bench.server.message(({ user }) => user === undefined);
    await bench.server.person('U2').press(answer, 'Next five');
    expect(await nextMessage(bench, 1)).toMatchObject({ user: 'U2', channel: 'C1' });
    await bench.server.person('U3').select(answer, 0);
    await bench.server.until('a modal', () => bench.server.world.views.length === 1);
    expect(bench.server.world.views[0]?.user).toBe('U3');
    expect(bench.server.person('U4').sees()).toHaveLength(1);
  });

  it('in a thread reply in that thread, and share there', async () => {
    const bench = await openBench();
    const { ts } = bench.server.person().mention('How do I cache?');
    const answer = await bench.server.message(({ threadTs }) => threadTs === ts);
    await bench.server.person('U2').press(answer, 'Next five');
    const more = await nextMessage(bench, 1);
    expect(more).toMatchObject({ user: 'U2', threadTs: ts });
    expect(wordsOf(more.blocks)).not.toContain('Open a thread');
    await bench.server.person('U2').press(more, 'Share in this thread');
    expect(await nextMessage(bench, 2)).toMatchObject({ user: undefined, threadTs: ts });
  });

  it('work after a restart', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    await bench.server.person().press(answer, 'Share in this channel');
    await isKnown(bench, await nextMessage(bench, 1));
    await bench.platform.close();
    await bench.another().start(new AbortController().signal);
    await bench.server.person().press(answer, 'Next five');
    expect(wordsOf((await nextMessage(bench, 2)).blocks)).toContain('6. Using datasets');
    await bench.server.person().press(answer, 'Share in this channel');
    expect(wordsOf((await nextMessage(bench, 3)).blocks)).toBe('This was posted here already.');
    await bench.server.person().press(answer, 'Open a thread with it');
    await bench.server.message(({ threadTs }) => threadTs !== undefined);
  });

  it('say that the answer is too old when it is not kept any more', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    await await bench.book.forget(bench.book.kept[0] ?? '');
    const person = bench.server.person();
    for (const label of ['Share in this channel', 'Open a thread with it', 'Next five']) {
      const known = bench.server.messages.length;
      await person.press(answer, label);
      expect(wordsOf((await nextMessage(bench, known)).blocks)).toContain('too old');
    }
    const known = bench.server.messages.length;
    await person.select(answer, 0);
    expect(wordsOf((await nextMessage(bench, known)).blocks)).toContain('too old');
  });

  it('post no empty answer when the comments behind it are gone', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    bench.book.page = async () => anAnswer({ hits: [], more: false });
    const person = bench.server.person();
    for (const [index, label] of ['Share in this channel', 'Open a thread with it'].entries()) {
      await person.press(answer, label);
      expect(wordsOf((await nextMessage(bench, index + 1)).blocks)).toContain('no longer there');
    }
    expect(bench.server.messages.filter(({ user }) => user === undefined)).toEqual([]);
  });

  it('turn the parts of a comment that is too long for one modal', async () => {
    const bench = await openBench();
    const comment = Array.from(
      { length: 1_200 },
      (_, line) => `line ${line} of a very long log file, as people paste`,
    ).join('\n');
    expect(comment.length).toBeGreaterThan(55_000);
    bench.texts.set('comment-1', comment);
    const person = bench.server.person();
    await person.select(await privateAnswer(bench), 0);
    await bench.server.until('a modal', () => bench.server.world.views.length === 1);
    const [view] = bench.server.world.views;
    if (!view) throw new Error('no view');
    const words = () => wordsOf(view.view.blocks as unknown[]);
    let read = words();
    const parts = Number(/Part 1 of (\d+)/.exec(read)?.[1]);
    for (let part = 2; part <= parts; part++) {
      await person.pressIn(view, 'Next part');
      await bench.server.until('the next part', () => words().includes(`Part ${part} of ${parts}`));
      read += words();
    }
    expect(words()).not.toContain('Next part');
    for (let line = 0; line < 1_200; line++) expect(read).toContain(`line ${line} of`);
    await person.pressIn(view, 'Previous part');
    await bench.server.until('the part before', () => words().includes(`Part ${parts - 1} of`));
    await await bench.book.forget(bench.book.kept[0] ?? '');
    await person.pressIn(view, 'Previous part');
    await bench.server.until('the reason', () => words().includes('too old'));
  });

  it('show a comment as a message where no modal can be opened', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    bench.server.fail('views.open', { error: 'expired_trigger_id' });
    await bench.server.person().select(answer, 0);
    const shown = await nextMessage(bench, 1);
    expect(shown.user).toBe('U1');
    expect(wordsOf(shown.blocks)).toContain('Comment 1: save the dataset');
  });

  it('that break say so, with an id', async () => {
    const bench = await openBench();
    const answer = await privateAnswer(bench);
    bench.book.page = () => Promise.reject(new Error('the file is gone'));
    await bench.server.person().press(answer, 'Next five');
    expect(wordsOf((await nextMessage(bench, 1)).blocks)).toContain('Something went wrong');
    expect(bench.logged.some((line) => line.includes('ERROR') && line.includes('the file is gone'))).toBe(true);
  });

  it('are not there below an answer that is not kept or has no hits', async () => {
    const bench = await openBench();
    bench.ask.reply = async () => anAnswer({ hits: [], more: false, ranking: [], notes: ['Nothing is indexed yet.'] });
    const answer = await privateAnswer(bench);
    expect(answer.blocks.some(({ type }) => type === 'actions')).toBe(false);
    expect(wordsOf(answer.blocks)).toContain('No comments found.');
  });
});
