import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { type Bench, openBench } from './setup.ts';

/** The bot's reply in a thread. */
function replyIn({ server }: Bench, ts: string) {
  return server.message(({ threadTs }) => threadTs === ts, `a reply in the thread of ${ts}`);
}

/** Lets the bot do whatever it would do by mistake. */
async function settle({ server }: Bench, ...deliveries: readonly Promise<unknown>[]): Promise<void> {
  await Promise.all(deliveries);
  const { ts } = server.person('U99').mention('');
  await server.message(({ threadTs }) => threadTs === ts);
}

describe.each(['socket', 'http'] as const)('over %s', (mode) => {
  it('a mention is answered in a thread, where everyone sees it', async () => {
    const bench = await openBench({ mode });
    const { ts, deliveries } = bench.server.person().mention('How do I cache?');
    const reply = await replyIn(bench, ts);
    expect(reply).toMatchObject({ via: 'chat.postMessage', channel: 'C1', user: undefined, edited: false });
    expect(wordsOf(reply.blocks)).toContain('1. Using datasets');
    expect(wordsOf(reply.blocks)).not.toContain('Share');
    expect(await deliveries).toMatchObject([{ acked: true, attempts: 1 }]);
    expect(bench.ask.asked).toMatchObject([
      { values: { question: 'How do I cache?' }, context: { user: 'U1', server: 'T1', channel: 'C1' } },
    ]);
  });

  it('a direct message is answered in a thread', async () => {
    const bench = await openBench({ mode });
    const { ts } = bench.server.person().dm('How do I cache?');
    const reply = await replyIn(bench, ts);
    expect(reply.channel).toBe('D1');
    expect(wordsOf(reply.blocks)).toContain('1. Using datasets');
  });

  it('an event that comes twice is answered once, one whose first delivery failed is answered then', async () => {
    const bench = await openBench({ mode });
    const { server, ask } = bench;
    const person = server.person();
    const first = person.dm('How do I cache?', { eventId: 'Ev1' });
    await replyIn(bench, first.ts);
    const again = person.dm('How do I cache?', { eventId: 'Ev1', more: { ts: first.ts } });
    await settle(bench, again.deliveries);
    expect(ask.asked).toHaveLength(1);

    server.fail('chat.postMessage', ...Array(4).fill({ status: 500 }));
    const lost = person.dm('And offline?', { eventId: 'Ev2' });
    await lost.deliveries;
    await server.until('the failures', () => server.faultsLeft('chat.postMessage') === 0);
    const isAnswered = () => server.messages.some(({ threadTs }) => threadTs === lost.ts);
    for (let again = 0; again < 100 && !isAnswered(); again++) {
      await person.dm('And offline?', { eventId: 'Ev2', more: { ts: lost.ts } }).deliveries;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(isAnswered()).toBe(true);
  });
});

describe('a mention', () => {
  it('in a channel that the bot listens to comes as two events and is answered once', async () => {
    const bench = await openBench({ chat: { readsMessages: true } });
    const { ts, deliveries } = bench.server.person().mention('How do I cache?');
    expect(await deliveries).toHaveLength(2);
    await replyIn(bench, ts);
    await settle(bench);
    expect(bench.ask.asked).toHaveLength(1);
  });

  it('that is delivered under two ids is answered once', async () => {
    const bench = await openBench();
    const { ts, deliveries } = bench.server.person().mention('How do I cache?');
    await replyIn(bench, ts);
    const again = bench.server.person().mention('How do I cache?', { more: { ts } });
    await settle(bench, deliveries, again.deliveries);
    expect(bench.ask.asked).toHaveLength(1);
  });

  it('in a thread is answered in that thread', async () => {
    const bench = await openBench();
    bench.server.person().mention('How do I cache?', { threadTs: '1700000000.000001' });
    expect((await replyIn(bench, '1700000000.000001')).channel).toBe('C1');
  });

  it('without words gets one line of help', async () => {
    const bench = await openBench();
    const { ts } = bench.server.person().mention('');
    expect(wordsOf((await replyIn(bench, ts)).blocks)).toBe(
      'Mention me together with your question, use /ask, or choose Find answers in the menu of a message.',
    );
    expect(bench.ask.asked).toEqual([]);
  });

  it('by the bot itself, by another bot or as any other subtype is none', async () => {
    const bench = await openBench();
    const { server } = bench;
    const written = [
      server.person('UBOT').mention('How do I cache?'),
      server.person('U2').mention('How do I cache?', { more: { bot_id: 'B2' } }),
      server.person('U2').mention('How do I cache?', { more: { subtype: 'bot_message', bot_id: 'B2' } }),
      server.person('U2').dm('How do I cache?', { more: { subtype: 'message_changed' } }),
      server.person('U2').dm('How do I cache?', { more: { subtype: 'message_deleted' } }),
      server.person('UBOT').dm('How do I cache?'),
      server.person('USLACKBOT').dm('How do I cache?'),
    ];
    await settle(bench, ...written.map(({ deliveries }) => deliveries));
    expect(bench.ask.asked).toEqual([]);
  });

  it.each([
    ['with a picture', { subtype: 'file_share', files: [] }],
    ['sent to the channel as well', { subtype: 'thread_broadcast' }],
  ])('%s is a question all the same', async (_what, more) => {
    const bench = await openBench();
    const { ts } = bench.server.person().dm('What does this error mean?', { more });
    await replyIn(bench, ts);
  });

  it('of emoji alone, which Slack sends as words, gets one line of help', async () => {
    const bench = await openBench();
    const { ts } = bench.server.person().dm(':shrug: :thinking_face:');
    expect(wordsOf((await replyIn(bench, ts)).blocks)).toMatch(/^Write me your question in words/);
    expect(bench.ask.asked).toEqual([]);
  });

  it('says in the thread what the asker can mend', async () => {
    const bench = await openBench();
    bench.ask.reply = () => Promise.reject(new UserError('There are no words in that question.'));
    const { ts } = bench.server.person().mention('?!');
    expect(wordsOf((await replyIn(bench, ts)).blocks)).toBe('There are no words in that question.');
  });
});

describe('an answer that takes its time', () => {
  /** Whoever comes first waits for the other: the announcement may be there before the question is being answered. */
  function slow(bench: Bench): (answer?: Answer) => void {
    const answers: Answer[] = [];
    const waiting: ((answer: Answer) => void)[] = [];
    bench.ask.reply = () =>
      new Promise((resolve) => {
        const ready = answers.shift();
        if (ready) resolve(ready);
        else waiting.push(resolve);
      });
    return (answer = anAnswer()) => {
      const next = waiting.shift();
      if (next) next(answer);
      else answers.push(answer);
    };
  }

  it('is announced, and the announcement becomes the answer', async () => {
    const bench = await openBench({ timing: { workSignMs: 10 } });
    const finish = slow(bench);
    const { ts } = bench.server.person().mention('How do I cache?');
    const sign = await replyIn(bench, ts);
    expect(wordsOf(sign.blocks)).toBe('Looking for an answer …');
    finish();
    await bench.server.until('the answer', () => sign.edited);
    expect(wordsOf(sign.blocks)).toContain('1. Using datasets');
    expect(bench.server.messages).toHaveLength(1);
  });

  it('is posted anew when somebody deleted the announcement', async () => {
    const bench = await openBench({ timing: { workSignMs: 10 } });
    const finish = slow(bench);
    const { ts } = bench.server.person().mention('How do I cache?');
    bench.server.person().remove(await replyIn(bench, ts));
    finish();
    const answer = await bench.server.message(({ deleted, threadTs }) => threadTs === ts && !deleted);
    expect(wordsOf(answer.blocks)).toContain('1. Using datasets');
  });

  it('arrives also when the announcement could not be posted, or Slack refuses to change it at first', async () => {
    const bench = await openBench({ timing: { workSignMs: 10 } });
    bench.server.fail('chat.postMessage', { status: 500 });
    const finish = slow(bench);
    const { ts } = bench.server.person().mention('How do I cache?');
    await bench.server.until('the failed announcement', () => bench.server.faultsLeft('chat.postMessage') === 0);
    finish();
    await replyIn(bench, ts);

    bench.server.fail('chat.update', { status: 429, retryAfterSeconds: 0 }, { status: 500 });
    const second = bench.server.person().mention('And offline?');
    const sign = await replyIn(bench, second.ts);
    finish();
    await bench.server.until('the answer', () => sign.edited);
  });

  it('is told that the bot restarts when it stops meanwhile', async () => {
    const bench = await openBench({ timing: { workSignMs: 10, closeTimeoutMs: 20 } });
    slow(bench);
    const { ts } = bench.server.person().mention('How do I cache?');
    const sign = await replyIn(bench, ts);
    await bench.platform.close();
    expect(wordsOf(sign.blocks)).toBe('The bot is restarting. Please ask again in a minute.');
    expect(bench.platform.health()).toEqual({ ok: false, detail: 'stopped' });
  });

  it('is still given when the bot is closing and it takes no longer than a few seconds', async () => {
    const bench = await openBench({ timing: { workSignMs: 10 } });
    const finish = slow(bench);
    const { ts } = bench.server.person().mention('How do I cache?');
    const sign = await replyIn(bench, ts);
    const closed = bench.platform.close();
    finish();
    await closed;
    expect(wordsOf(sign.blocks)).toContain('1. Using datasets');
  });
});
