import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/command.ts';
import { BusyError, UserError } from '../../src/errors.ts';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { openBench } from './setup.ts';

describe.each(['socket', 'http'] as const)('a slash command over %s', (mode) => {
  it('answers the asker alone with five hits and the buttons, previews off', async () => {
    const { server, ask } = await openBench({ mode });
    const delivery = await server.person().command('/ask', 'Is List<T> & Co. loadable offline?');
    expect(delivery).toMatchObject({ acked: true, attempts: 1, response: {} });
    const message = await server.message(({ user }) => user === 'U1');
    expect(message.payload).toMatchObject({ response_type: 'ephemeral', unfurl_links: false, unfurl_media: false });
    const words = wordsOf(message.blocks);
    expect(words).toContain('Is List<T> & Co. loadable offline?');
    expect(words).toContain(
      '5. Using datasets without a connection (5)\nscore 20.5 · example/project#5 · closed · by person-5',
    );
    expect(words).toContain('[Share in this channel][Open a thread with it][Next five][Show the whole comment]');
    expect(words).toContain('[👍 👎]');
    expect(message.text).toContain('1. Using datasets without a connection (1) (score 24.5): Comment 1');
    expect(ask.asked).toMatchObject([
      {
        values: { question: 'Is List<T> & Co. loadable offline?' },
        context: { platform: 'slack', user: 'U1', server: 'T1', channel: 'C1' },
      },
    ]);
    expect(server.person('U2').sees()).toEqual([]);
  });

  it('without inputs answers with what it says', async () => {
    const { server } = await openBench({ mode });
    await server.person().command('/sources');
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).toBe('2,098 comments from 1 source.hub:example/issues: fresh');
  });

  it('without its text opens a form, and answers where it was asked', async () => {
    const { server, ask } = await openBench({ mode });
    const person = server.person();
    await person.command('/ask', '  ', { channel: 'C2' });
    await server.until('a form', () => server.world.views.length === 1);
    const [form] = server.world.views;
    if (!form) throw new Error('no form');
    expect(wordsOf([form.view.title, form.view.submit])).toBe('Ask\nSend');
    await person.submit(form, { question: 'How do I cache?', visibility: 'asker' });
    const message = await server.message(({ user }) => user === 'U1');
    expect(message).toMatchObject({ channel: 'C2', via: 'response_url' });
    expect(ask.asked[0]?.values).toEqual({ question: 'How do I cache?', visibility: 'asker' });
    expect(form.open).toBe(false);
  });
});

describe('a slash command', () => {
  it('that is to be seen by everyone is posted by the bot, without share buttons', async () => {
    const { server } = await openBench();
    const person = server.person();
    await person.command('/ask');
    await server.until('a form', () => server.world.views.length === 1);
    const [form] = server.world.views;
    if (!form) throw new Error('no form');
    await person.submit(form, { question: 'How do I cache?', visibility: 'everyone' });
    const message = await server.message(({ user }) => user === undefined);
    expect(message).toMatchObject({ via: 'chat.postMessage', channel: 'C1' });
    expect(message.payload).toMatchObject({ unfurl_links: false, unfurl_media: false });
    const words = wordsOf(message.blocks);
    expect(words).toContain('How do I cache?');
    expect(words).toContain('[Next five][Show the whole comment][This solved it]');
    expect(words).not.toContain('Share');
  });

  it('that is to be seen by everyone where the bot is not goes through the interaction', async () => {
    const { server, ask } = await openBench();
    ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?', { channel: 'C2' });
    const message = await server.message(({ channel }) => channel === 'C2');
    expect(message).toMatchObject({ via: 'response_url', user: undefined });
    expect(message.payload).toMatchObject({ response_type: 'in_channel' });
  });

  it.each([
    ['C9', 'that is shared with another organisation'],
    ['G1', 'of which the bot knows nothing'],
  ])('in %s, a channel %s, answers the asker alone, and says why', async (channel) => {
    const { server, ask } = await openBench();
    ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?', { channel });
    await server.until('both', () => server.messages.length === 2);
    expect(server.messages.map(({ user }) => user)).toEqual(['U1', 'U1']);
    const [why, answer] = server.messages.map(({ blocks }) => wordsOf(blocks));
    expect(why).toMatch(/^Others than this workspace read this channel/);
    expect(answer).toContain('1. Using datasets');
    expect(answer).not.toMatch(/Share|Open a thread/);
    expect(ask.asked[0]?.context.place.kind).toBe('outside');
  });

  it('may be for everyone in a shared channel that the settings allow', async () => {
    const { server, ask } = await openBench({ configure: (config) => ({ ...config, sharedChannels: ['C9'] }) });
    ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?', { channel: 'C9' });
    expect(await server.message(({ channel }) => channel === 'C9')).toMatchObject({ via: 'chat.postMessage' });
    expect(ask.asked[0]?.context.place).toMatchObject({ kind: 'guest', channel: 'C9' });
  });

  it('gets no answer where the channel wants none, and shares nothing where it wants no public ones', async () => {
    const { server, help } = await openBench();
    const person = server.person();
    await person.command('/ask', 'How do I cache?');
    const answer = await server.message(({ user }) => user === 'U1');
    help.policy = { answers: 'none' };
    for (const label of ['Share in this channel', 'Open a thread with it']) {
      const known = server.messages.length;
      await person.press(answer, label);
      await server.until('the reason', () => server.messages.length > known);
      expect(wordsOf(server.messages[known]?.blocks ?? [])).toContain('wants no public answers here');
    }
    await person.command('/ask', 'And offline?');
    await person.choose('Find answers', server.person('U2').write('And offline?'));
    await server.until('the reasons', () => server.messages.length === 4);
    expect(wordsOf(server.messages[3]?.blocks ?? [])).toContain('wants no answers here');
    const inModal = () => wordsOf((server.world.views[0]?.view.blocks ?? []) as unknown[]);
    await server.until('the other reason', () => inModal().includes('wants no answers here'));
  });

  it('is for no more than so many public answers an hour; the rest is for the asker alone', async () => {
    const bench = await openBench();
    const { server } = bench;
    bench.help.policy = { perHour: 1 };
    bench.ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?');
    await server.message(({ user }) => user === undefined);
    await server.person('U2').command('/ask', 'How do I cache?');
    await server.until('the reason and the answer', () => server.messages.length === 3);
    const [, reason, mine] = server.messages;
    expect([reason?.user, mine?.user]).toEqual(['U2', 'U2']);
    expect(wordsOf(reason?.blocks ?? [])).toContain('enough public answers for this hour');
    for (const label of ['Share in this channel', 'Open a thread with it']) {
      await server.person('U2').press(mine as ShownMessage, label);
    }
    await server.until('the reasons', () => server.messages.length === 5);
    expect(server.messages.filter(({ user }) => user === undefined)).toHaveLength(1);
  });

  it('stays private where the channel has no public answers', async () => {
    const { server, ask, help } = await openBench();
    help.policy = { answers: 'private' };
    ask.audience = () => 'everyone';
    await server.person().command('/ask', 'How do I cache?');
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).not.toContain('Share');
  });

  it('that may not be posted tells the asker why', async () => {
    const { server, ask } = await openBench();
    ask.audience = () => 'everyone';
    server.world.addChannel({ id: 'C3', name: 'old', archived: true });
    await server.person().command('/ask', 'How do I cache?', { channel: 'C3' });
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).toContain('archived');
  });

  it('has the name that the settings give it', async () => {
    const { server } = await openBench({
      configure: (config) => ({ ...config, commandNames: { ask: 'precedent', sources: 'precedent-sources' } }),
    });
    const person = server.person();
    expect(() => person.command('/ask', 'hello')).toThrow('not a valid command');
    expect(await person.command('/precedent', 'How do I cache?')).toMatchObject({ acked: true });
    expect(await person.command('/precedent-sources')).toMatchObject({ acked: true });
    await server.until('both answers', () => person.sees().length === 2);
  });

  it('is acknowledged before it runs, however long that takes', async () => {
    const { server, ask } = await openBench({ ackDeadlineMs: 500 });
    let finish = () => {};
    ask.reply = () => new Promise((resolve) => (finish = () => resolve(anAnswer())));
    expect(await server.person().command('/ask', 'How do I cache?')).toMatchObject({ acked: true });
    expect(server.messages).toEqual([]);
    await server.until('the question', () => ask.asked.length === 1);
    finish();
    await server.message(({ user }) => user === 'U1');
  });

  it.each([
    [new UserError('There are no words in that question.'), 'There are no words in that question.'],
    [new BusyError(4_000), 'Busy right now, try again in 4 s.'],
  ])('says to the asker alone what the asker can mend: %s', async (error, text) => {
    const { server, ask, logged } = await openBench();
    ask.audience = () => 'everyone';
    ask.reply = () => Promise.reject(error);
    await server.person().command('/ask', '!!!');
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).toBe(text);
    expect(logged.filter((line) => line.includes('ERROR'))).toEqual([]);
  });

  it('that breaks says so calmly, with the id under which the log has the whole error and not the question', async () => {
    const { server, ask, logged } = await openBench();
    ask.reply = () => Promise.reject(new Error('the index is upside down', { cause: new Error('a cosmic ray') }));
    await server.person().command('/ask', 'my secret question');
    const message = await server.message(({ user }) => user === 'U1');
    const words = wordsOf(message.blocks);
    expect(words).not.toContain('upside down');
    const id = /this id: (\w+)/.exec(words)?.[1] ?? 'none';
    const line = logged.find((entry) => entry.includes('ERROR'));
    expect(line).toContain(id);
    expect(line).toMatch(/the index is upside down.*a cosmic ray/);
    expect(line).toContain('at ');
    expect(logged.join('\n')).not.toContain('secret question');
  });

  it('is answered without buttons when the answer cannot be kept', async () => {
    const { server, book, ask, logged } = await openBench();
    ask.run = async ({ question }) => anAnswer({ question });
    book.keep = () => Promise.reject(new Error('the disk is full'));
    await server.person().command('/ask', 'How do I cache?');
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).toContain('1. Using datasets');
    expect(message.blocks.some(({ type }) => type === 'actions')).toBe(false);
    expect(logged.some((line) => line.includes('could not be kept'))).toBe(true);
  });

  it('that runs too long is ended, and its signal aborts', async () => {
    const { server, ask } = await openBench({ timing: { runTimeoutMs: 50 } });
    ask.reply = () => new Promise(() => {});
    await server.person().command('/ask', 'How do I cache?');
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).toMatch(/^This took longer than 1 s and was stopped/);
    expect(ask.asked[0]?.signal.aborted).toBe(true);
  });

  it('explains itself when the form cannot be opened in time', async () => {
    const { server } = await openBench();
    server.fail('views.open', { error: 'expired_trigger_id' });
    await server.person().command('/ask');
    const message = await server.message(({ user }) => user === 'U1');
    expect(wordsOf(message.blocks)).toBe('Write it behind the command, on one line: /ask …');
  });

  it('keeps the form open where only white space was written', async () => {
    const { server, ask } = await openBench();
    const person = server.person();
    await person.command('/ask');
    await server.until('a form', () => server.world.views.length === 1);
    const [form] = server.world.views;
    if (!form) throw new Error('no form');
    const delivery = await person.submit(form, { question: '   ' });
    expect(delivery.response).toEqual({
      response_action: 'errors',
      errors: { question: 'Please write something here, in words.' },
    });
    expect(form.open).toBe(true);
    expect(ask.asked).toEqual([]);
  });

  it('whose inputs are all choices opens a form and runs with what was chosen', async () => {
    const asked: unknown[] = [];
    const mode: Command = {
      name: 'help-channel',
      description: 'When the bot speaks by itself',
      inputs: [
        {
          kind: 'choice',
          name: 'mode',
          description: 'How much',
          choices: [
            { value: 'off', label: 'off' },
            { value: 'auto', label: 'auto' },
          ],
        },
      ],
      audience: () => 'asker',
      async run(values) {
        asked.push(values);
        return { kind: 'notice', text: 'Done.', lines: [] };
      },
    };
    const { server } = await openBench({ extraCommands: [mode] });
    const person = server.person();
    await person.command('/help-channel', 'auto');
    await server.until('a form', () => server.world.views.length === 1);
    const [form] = server.world.views;
    if (!form) throw new Error('no form');
    await person.submit(form, { mode: 'auto' });
    await server.message(({ user }) => user === 'U1');
    expect(asked).toEqual([{ mode: 'auto' }]);
  });

  it('is answered through the channel when the address that came with it takes nothing', async () => {
    const { server } = await openBench();
    server.fail('response_url', { status: 404 });
    await server.person().command('/ask', 'How do I cache?');
    const message = await server.message(({ user }) => user === 'U1');
    expect(message).toMatchObject({ via: 'chat.postEphemeral', channel: 'C1' });
  });

  it('is answered once more through the address where Slack had a bad moment', async () => {
    const { server } = await openBench();
    server.fail('response_url', { status: 500 });
    await server.person().command('/ask', 'How do I cache?');
    const message = await server.message(({ user }) => user === 'U1');
    expect(message.via).toBe('response_url');
  });

  it('shows what is asked of an external shared channel to the asker alone', async () => {
    const { server, ask } = await openBench();
    await server.person().command('/ask', 'How do I cache?', { channel: 'C9' });
    const message = await server.message(({ channel }) => channel === 'C9');
    expect(message.user).toBe('U1');
    expect(ask.asked[0]?.context).toMatchObject({ server: 'T1', channel: 'C9' });
  });
});
