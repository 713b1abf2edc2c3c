import { describe, expect, it } from 'vitest';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { answered, isKnown, told, until } from './asking.ts';
import { type Bench, openBench } from './setup.ts';

const READING = { chat: { readsMessages: true } } as const;

describe('a question that changes', () => {
  it('has its answer replaced, also once it stands in a thread with others', async () => {
    const bench = await openBench(READING);
    const { server, ask } = bench;
    const { question, answer } = await answered(bench);
    server.person('U2').write('Same here', { threadTs: question.ts });
    const ranking = [9, 8, 7].map((rank) => ({ key: `comment-${rank}`, score: rank }));
    ask.reply = async ({ values }) => anAnswer({ question: values.question, ranking });
    await server.person().edit(question, 'How do I cache a model?', { mentions: true });
    await server.until('the new answer', () => wordsOf(answer.blocks).includes('(9)'));
    expect(ask.asked.map(({ values }) => values.question)).toEqual(['How do I cache?', 'How do I cache a model?']);
    expect(server.messages).toHaveLength(1);
  });

  it('by a preview alone keeps its answer', async () => {
    const bench = await openBench(READING);
    const { question, answer } = await answered(bench);
    await bench.server.person().unfurl(question);
    await answered(bench, 'And offline?', bench.server.person('U2'));
    expect(bench.ask.asked).toHaveLength(2);
    expect(answer.edited).toBe(false);
  });

  it('takes its answer along when it is deleted, unless it is not read', async () => {
    const bench = await openBench(READING);
    const { question, answer } = await answered(bench);
    await bench.server.person().erase(question);
    await bench.server.until('the end of the answer', () => answer.deleted);
    await until('the end of its record', async () => (await bench.book.recall(bench.book.kept[0] ?? '')) === undefined);
  });

  it('and is deleted while its answer is on its way leaves no answer behind', async () => {
    const bench = await openBench(READING);
    const { server, ask } = bench;
    let finish = () => {};
    ask.reply = ({ values }) => new Promise((resolve) => (finish = () => resolve(anAnswer(values))));
    const question = server.person().mention('How do I cache?');
    await server.until('the question', () => ask.asked.length === 1);
    await server.person().erase(question);
    finish();
    ask.reply = async ({ values }) => anAnswer({ question: values.question });
    await answered(bench, 'And offline?', server.person('U2'));
    expect(server.messages.filter(({ threadTs }) => threadTs === question.ts)).toEqual([]);
  });

  it('whose thread vanished unnoticed has no answer in the channel for longer than a moment', async () => {
    const bench = await openBench();
    const { server, ask } = bench;
    let finish = () => {};
    ask.reply = ({ values }) => new Promise((resolve) => (finish = () => resolve(anAnswer(values))));
    const question = server.person().mention('How do I cache?');
    await server.until('the question', () => ask.asked.length === 1);
    await server.person().erase(question);
    finish();
    const fallen = await server.message(({ via }) => via === 'chat.postMessage', 'the fallen reply');
    expect(fallen.threadTs).toBeUndefined();
    await server.until('its end', () => fallen.deleted);
    expect(server.messages).toHaveLength(1);
  });
});

describe('an answer to somebody who opted out', () => {
  it('follows their question as any other', async () => {
    const bench = await openBench(READING);
    const { server } = bench;
    await bench.memory.optOuts.add('slack:U1');
    const { question, answer } = await answered(bench, 'How do I cahe?');
    await server.person().edit(question, 'How do I cache?', { mentions: true });
    await server.until('the new answer', () => answer.edited);
    await server.person().erase(question);
    await server.until('the end of the answer', () => answer.deleted);
  });
});

describe('a mention that an edit adds', () => {
  it.each([
    ['told twice where messages are read', READING],
    ['told once where they are not', {}],
  ])('is answered once, %s', async (_how, options) => {
    const bench = await openBench(options);
    const { server, ask } = bench;
    const written = server.person().write('How do I cache?');
    await written.deliveries;
    await server.person().edit(written, 'How do I cache?', { mentions: true });
    const answer = await server.message(({ threadTs }) => threadTs === written.ts, 'the answer');
    await answered(bench, 'And offline?', server.person('U2'));
    expect(ask.asked).toHaveLength(2);
    expect(answer.deleted).toBe(false);
  });
});

it('a mention that got no answer is answered once it is edited to ask something', async () => {
  const bench = await openBench();
  const { server } = bench;
  const bare = server.person().mention('');
  await server.message(({ threadTs }) => threadTs === bare.ts, 'the line that asks for words');
  await until('its end', () => bench.memory.handled.has(`addressed:slack:C1:${bare.ts}`));
  await server.person().edit(bare, 'How do I cache?', { mentions: true });
  await server.until('the answer', () => server.messages.length === 2);
  expect(wordsOf(server.messages[1]?.blocks ?? [])).toContain('1. Using datasets');
});

describe('a thread that the bot opened', () => {
  it('has follow-ups answered together with the question, thanks and talk with nothing', async () => {
    const bench = await openBench(READING);
    const { server, ask } = bench;
    ask.reply = async ({ values }) => anAnswer({ ...values, notes: [`About: ${values.question}`] });
    const { question } = await answered(bench);
    const person = server.person();
    await person.write('Thanks a lot!', { threadTs: question.ts }).deliveries;
    await person.write('<@U2> what do you think?', {
      threadTs: question.ts,
      more: { text: '<@U2> what do you think?' },
    }).deliveries;
    await person.write('And how do I clear it?', { threadTs: question.ts }).deliveries;
    await server.until('the second answer', () => server.messages.length === 2);
    expect(ask.asked.map(({ values, follows }) => [values.question, follows])).toEqual([
      ['How do I cache?', undefined],
      ['And how do I clear it?', 'How do I cache?'],
    ]);
  });

  it('needs a mention where messages are not read; in threads of other people it always does', async () => {
    const bench = await openBench(READING);
    const { server, ask } = bench;
    const theirs = server.person().write('How do I cache?');
    await server.person('U2').write('How do I clear it, then?', { threadTs: theirs.ts }).deliveries;
    await answered(bench, 'And offline?', server.person('U3'));
    expect(ask.asked).toHaveLength(1);

    const deaf = await openBench();
    deaf.ask.reply = async ({ values }) => anAnswer({ ...values, notes: [`About: ${values.question}`] });
    const { question } = await answered(deaf);
    expect(await deaf.server.person().write('And how do I clear it?', { threadTs: question.ts }).deliveries).toEqual(
      [],
    );
    deaf.server.person().mention('And how do I clear it?', { threadTs: question.ts });
    await deaf.server.until('the second answer', () => deaf.server.messages.length === 2);
    expect(deaf.ask.asked[1]?.follows).toBe('How do I cache?');
  });
});

describe('a bare mention in a thread', () => {
  const bare = (bench: Bench, threadTs: string) => bench.server.person('U2').mention('', { threadTs });
  const asked = (bench: Bench) => bench.ask.asked.map(({ values }) => values.question);

  it('is about its first message, where an event told of it', async () => {
    const bench = await openBench(READING);
    const first = bench.server.person().write('How do I cache?');
    await first.deliveries;
    bare(bench, first.ts);
    await bench.server.message(({ threadTs }) => threadTs === first.ts);
    expect(asked(bench)).toEqual(['How do I cache?']);
    expect(bench.server.calls.filter(({ method }) => method === 'conversations.replies')).toEqual([]);
  });

  it('else asks Slack for it once, also when that takes a second try', async () => {
    const bench = await openBench(READING);
    await bench.platform.close();
    const first = bench.server.person().write('How do I cache?');
    void first.deliveries;
    await bench.another().start(new AbortController().signal);
    bench.server.fail('conversations.replies', { status: 429, retryAfterSeconds: 0 });
    bare(bench, first.ts);
    await bench.server.message(({ threadTs }) => threadTs === first.ts);
    expect(asked(bench)).toContain('How do I cache?');
    expect(bench.server.calls.filter(({ method }) => method === 'conversations.replies')).toHaveLength(1);
  });

  it('asks for words where it may not be read', async () => {
    const bench = await openBench();
    const first = bench.server.person().write('How do I cache?');
    bare(bench, first.ts);
    const reply = await bench.server.message(({ threadTs }) => threadTs === first.ts);
    expect(wordsOf(reply.blocks)).toContain('choose Find answers in the menu of a message');
  });
});

describe('an emoji', () => {
  it('that the settings name has the bot answer the message in a thread, once, for who may', async () => {
    const bench = await openBench({ chat: { readsMessages: true, triggerEmoji: ['bulb'] } });
    const { server, ask } = bench;
    const question = server.person().write('How do I cache?');
    await question.deliveries;
    await server.person('U2').react(question, 'bulb');
    await server.person().react(question, 'eyes');
    await server.person().react(question, 'bulb::skin-tone-2');
    await server.person().react(question, 'bulb');
    await server.message(({ threadTs }) => threadTs === question.ts);
    await answered(bench, 'And offline?', server.person('U3'));
    expect(ask.asked.map(({ values }) => values.question)).toEqual(['How do I cache?', 'And offline?']);
  });

  it('on a message in a thread has it answered there', async () => {
    const bench = await openBench({ chat: { readsMessages: true, triggerEmoji: ['bulb'] } });
    const first = bench.server.person('U2').write('Good morning');
    const question = bench.server.person().write('How do I cache?', { threadTs: first.ts });
    await Promise.all([first.deliveries, question.deliveries]);
    await bench.server.person().react(question, 'bulb');
    await bench.server.message(({ threadTs }) => threadTs === first.ts, 'the answer in the thread');
  });

  it('does nothing by default', async () => {
    const bench = await openBench(READING);
    const question = bench.server.person().write('How do I cache?');
    expect(await bench.server.person().react(question, 'bulb')).toEqual([]);
  });
});

describe('a posted answer', () => {
  it('shows what became of its comments on GitHub', async () => {
    const bench = await openBench();
    const { answer } = await answered(bench);
    bench.gone.add('comment-1');
    bench.texts.set('comment-2', 'Edited on GitHub.');
    await bench.conversations.commentsChanged(['comment-1', 'comment-2']);
    expect(wordsOf(answer.blocks)).toContain('Edited on GitHub.');
    expect(wordsOf(answer.blocks)).not.toContain('(1)');
  });

  it('that was shared, or opened a thread, lives on as well', async () => {
    const bench = await openBench();
    const { server } = bench;
    await server.person().command('/ask', 'How do I cache?');
    const mine = await server.message(({ user }) => user === 'U1');
    await server.person().press(mine, 'Share in this channel');
    const shared = await server.message(({ user }) => user === undefined);
    await server.person().press(mine, 'Open a thread with it');
    const threaded = await server.message(({ threadTs }) => threadTs !== undefined);
    bench.gone.add('comment-1');
    for (const post of [shared, threaded]) await isKnown(bench, post);
    await bench.conversations.commentsChanged(['comment-1']);
    await server.until('the changes', () => shared.edited && threaded.edited);
    for (const { blocks } of [shared, threaded]) expect(wordsOf(blocks)).not.toContain('(1)');
  });

  it('that went out through an interaction changes when one of its buttons is pressed, also after a restart', async () => {
    const bench = await openBench();
    const { server } = bench;
    bench.ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?', { channel: 'C2' });
    const shown = await server.message(({ channel }) => channel === 'C2');
    bench.gone.add('comment-1');
    await bench.platform.close();
    await bench.another().start(new AbortController().signal);
    await server.person('U2').press(shown, 'Next five');
    await server.until('the change', () => shown.edited);
    expect(wordsOf(shown.blocks)).not.toContain('(1)');
    expect(wordsOf(shown.blocks)).toContain('[This solved it]');
  });

  it('that went out through an interaction is removed by the press as well', async () => {
    const bench = await openBench();
    const { server } = bench;
    bench.ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?', { channel: 'C2' });
    const shown = await server.message(({ channel }) => channel === 'C2');
    await server.person('U2').select(shown, 'Remove this answer');
    expect(wordsOf((await told(bench, server.person('U2'), 1)).blocks)).toContain('Only');
    await server.person().select(shown, 'Remove this answer');
    expect(wordsOf((await told(bench, server.person(), 2)).blocks)).toBe('Removed.');
    expect(shown.deleted).toBe(true);
  });

  it('is removed by who asked and by managers, and by no other', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    await server.person('U2').select(answer, 'Remove this answer');
    expect(wordsOf((await told(bench, server.person('U2'), 1)).blocks)).toContain('Only');
    expect(answer.deleted).toBe(false);
    await server.person().select(answer, 'Remove this answer');
    await server.until('its end', () => answer.deleted);
    server.world.people.set('U9', { admin: true });
    const { answer: other } = await answered(bench, 'And offline?');
    await server.person('U9').select(other, 'Remove this answer');
    await server.until('its end', () => other.deleted);
  });

  it('loses a comment for good when a manager hides it', async () => {
    const bench = await openBench();
    const { server } = bench;
    server.world.people.set('U9', { admin: true });
    const { answer } = await answered(bench);
    const admin = server.person('U9');
    await admin.select(answer, 'Hide a comment …');
    const pick = await told(bench, admin, 1);
    expect(wordsOf(pick.blocks)).toContain('Which one?');
    await admin.select(pick, 2);
    await server.until('the change', () => !wordsOf(answer.blocks).includes('(3)'));
    await server.until('the word', () => wordsOf(pick.blocks).includes('not shown here again'));
    await admin.select(answer, 'Hide an author …');
    await admin.select(await told(bench, admin, 2), 0);
    await server.until('the change', () => !wordsOf(answer.blocks).includes('(1)'));
  });

  it.each(['uninstall', 'revokeTokens'] as const)('of a workspace that is left is forgotten (%s)', async (how) => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    await server.revokeTokens(['U-of-another-bot']);
    await server.person('U2').press(answer, 'Next five');
    expect(wordsOf((await told(bench, server.person('U2'), 1)).blocks)).not.toContain('too old');
    await server[how]();
    await server.person().press(answer, 'Next five');
    expect(wordsOf((await told(bench, server.person(), 2)).blocks)).toContain('too old');
  });
});
