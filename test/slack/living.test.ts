import { describe, expect, it } from 'vitest';
import { scopeOf } from '../../src/memory/scope.ts';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { Person, Written } from '../fakes/slack-person.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { type Bench, openBench } from './setup.ts';

const READING = { chat: { readsMessages: true } } as const;

/** A mention and its answer. */
async function answered(
  bench: Bench,
  text = 'How do I cache?',
  person = bench.server.person(),
): Promise<{ readonly question: Written; readonly answer: ShownMessage }> {
  const { server } = bench;
  const question = person.mention(text);
  const answer = await server.message(({ threadTs, deleted }) => threadTs === question.ts && !deleted, 'the answer');
  await isKnown(bench, answer);
  return { question, answer };
}

/** Waits until it is kept where an answer is posted. */
async function isKnown({ memory }: Bench, { channel, threadTs, ts }: ShownMessage): Promise<void> {
  const ref = { platform: 'slack', server: 'T1', channel, thread: threadTs, message: ts } as const;
  await until('the record of the answer', async () => (await memory.posts.ofMessage(ref)) !== undefined);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 25_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`Waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a person alone was told since `known` messages. */
async function told({ server }: Bench, person: Person, known: number): Promise<ShownMessage> {
  await server.until('a word', () => server.messages.slice(known).some(({ user }) => user === person.id));
  return server.messages.slice(known).find(({ user }) => user === person.id) as ShownMessage;
}

const optionsOf = (message: ShownMessage) => JSON.stringify(message.blocks);

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

  it('that was shared lives on as well', async () => {
    const bench = await openBench();
    const { server } = bench;
    await server.person().command('/ask', 'How do I cache?');
    await server.person().press(await server.message(({ user }) => user === 'U1'), 'Share in this channel');
    const shared = await server.message(({ user }) => user === undefined);
    bench.gone.add('comment-1');
    await isKnown(bench, shared);
    await bench.conversations.commentsChanged(['comment-1']);
    await server.until('the change', () => shared.edited);
    expect(wordsOf(shared.blocks)).not.toContain('(1)');
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

  it('is removed by who asked, and by no other', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    await server.person('U2').select(answer, 'Remove this answer');
    expect(wordsOf((await told(bench, server.person('U2'), 1)).blocks)).toContain('Only');
    expect(answer.deleted).toBe(false);
    await server.person().select(answer, 'Remove this answer');
    await server.until('its end', () => answer.deleted);
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
  });

  it('of a workspace that uninstalls the app is forgotten', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    await server.uninstall();
    await server.person().press(answer, 'Next five');
    expect(wordsOf((await told(bench, server.person(), 1)).blocks)).toContain('too old');
  });
});

describe('votes', () => {
  it('are the thumbs of Slack, one a person, taken back by the same, and work after a restart', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    const person = server.person('U2');
    await person.thumb(answer, true);
    expect(wordsOf((await told(bench, person, 1)).blocks)).toContain('Your vote for this answer: helpful');
    await bench.platform.close();
    await bench.another().start(new AbortController().signal);
    await person.thumb(answer, true);
    expect(wordsOf((await told(bench, person, 2)).blocks)).toContain('taken back');
  });

  it('for one hit stand below the whole comment', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    await server.person('U2').select(answer, 1);
    await server.until('a modal', () => server.world.views.length === 1);
    const [view] = server.world.views;
    if (!view) throw new Error('no view');
    await server.person('U2').pressIn(view, 'Helpful');
    await server.until('a word', () => server.world.views.length === 2);
    expect(wordsOf((server.world.views[1]?.view.blocks ?? []) as unknown[])).toContain('Your vote for hit 2: helpful');
    const net = await bench.memory.votes.net(scopeOf({ platform: 'slack', server: 'T1' }), ['comment-2']);
    expect(net.get('comment-2')).toBe(1);
  });

  it('"this solved it" names the hit, marks the question with the emoji of the settings, and can be undone', async () => {
    const bench = await openBench({ configure: (config) => ({ ...config, solvedEmoji: 'white_check_mark' }) });
    const { server } = bench;
    const { question, answer } = await answered(bench);
    const asker = server.person();
    await asker.press(answer, 'This solved it');
    server.fail('reactions.add', { status: 429, retryAfterSeconds: 0 });
    await asker.select(await told(bench, asker, 1), 1);
    await server.until('the mark', () => server.world.reactions.length === 1);
    expect(server.world.reactions).toMatchObject([{ ts: question.ts, name: 'white_check_mark' }]);
    await server.until('the note', () => wordsOf(answer.blocks).includes('Hit 2 solved it.'));
    await asker.press(answer, 'This solved it');
    await server.until('the undoing', () => server.world.reactions.length === 0);
  });

  it('are heard also where the mark may not be set', async () => {
    const bench = await openBench({
      configure: (config) => ({ ...config, solvedEmoji: 'white_check_mark' }),
      chat: { managers: ['U9'] },
    });
    const { server } = bench;
    const { answer } = await answered(bench);
    server.world.scopes = server.world.scopes.filter((scope) => scope !== 'reactions:write');
    const manager = server.person('U9');
    await manager.press(answer, 'This solved it');
    await manager.select(await told(bench, manager, 1), 0);
    await server.until('the note', () => wordsOf(answer.blocks).includes('Hit 1 solved it.'));
  });

  it('of buttons of an earlier version say that they are older, or do what they did', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    const [id] = bench.book.kept;
    const old = (action_id: string, value: string) => ({ ...answer, blocks: [oldBlock(action_id, value)] });
    const person = server.person('U2');
    await person.press(old('precedent_more', `${id}:5`), 'Old');
    expect(wordsOf((await told(bench, person, 1)).blocks)).toContain('6. Using datasets');
    await person.press(old('precedent_lever', `${id}:5`), 'Old');
    expect(wordsOf((await told(bench, person, 2)).blocks)).toContain('older version');
    expect(optionsOf(answer)).not.toContain('precedent_');
  });
});

function oldBlock(action_id: string, value: string) {
  return {
    type: 'actions',
    elements: [{ type: 'button', action_id, value, text: { type: 'plain_text', text: 'Old' } }],
  };
}

describe('"Ask a helper"', () => {
  it('posts once into the channel of the helpers, with the one ping, and the helpers are in the user group', async () => {
    const bench = await openBench({ chat: { readsMessages: true }, helpersRole: 'S1' });
    const { server, help } = bench;
    help.policy = { helpersChannel: 'C7', helpersRole: 'S1' };
    server.world.addChannel({ id: 'C7', name: 'helpers' });
    server.world.usergroups.set('S1', ['U7']);
    const { question, answer } = await answered(bench);
    await server.person('U2').press(answer, 'Ask a helper');
    const call = await server.message(({ channel }) => channel === 'C7', 'the call');
    expect(wordsOf(call.blocks)).toMatch(/^@S1 Somebody asks for a helper: the message/);
    expect(optionsOf(call)).toContain(`https://example.slack.com/archives/C1/p${question.ts.replace('.', '')}`);
    await server.person('U3').press(answer, 'Ask a helper');
    await told(bench, server.person('U3'), 2);
    expect(server.messages.filter(({ channel }) => channel === 'C7')).toHaveLength(1);

    await server.person('U7').press(answer, 'This solved it');
    expect(wordsOf((await told(bench, server.person('U7'), 2)).blocks)).toContain('Which one?');
  });
});
