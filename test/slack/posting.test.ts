import { describe, expect, it } from 'vitest';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { expectViolations, openBench } from './setup.ts';

describe('a message of the bot', () => {
  it('is posted once when Slack takes it and answers slowly', async () => {
    const { server } = await openBench();
    server.fail('chat.postMessage', { delayMs: 300 });
    const { ts, deliveries } = server.person().mention('How do I cache?');
    await deliveries;
    await server.message(({ threadTs }) => threadTs === ts);
    server.person().mention('');
    await server.until('the other', () => server.messages.length === 2);
    expect(server.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(2);
  });

  it('is looked up where the bot may read, when Slack took it and the answer was lost', async () => {
    const { server } = await openBench({ timing: { postTimeoutMs: 150 } });
    server.fail('chat.postMessage', { delayMs: 400 });
    const { ts, deliveries } = server.person().dm('How do I cache?');
    await deliveries;
    await server.until('a look', () => server.calls.some(({ method }) => method === 'conversations.replies'));
    expect(server.messages.filter(({ threadTs }) => threadTs === ts)).toHaveLength(1);
    expect(server.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(1);
  });

  it('is sent again where the bot looked and it was not there', async () => {
    const { server } = await openBench();
    server.fail('chat.postMessage', { status: 503 });
    const { ts } = server.person().dm('How do I cache?');
    await server.message(({ threadTs }) => threadTs === ts);
  });

  it('that somebody asked for is sent once more, and no more, where the bot may not read', async () => {
    const { server, logged } = await openBench();
    const lost = { status: 500, accepted: true };
    server.fail('chat.postMessage', lost, lost);
    await server.person().mention('How do I cache?').deliveries;
    await server.until('the end', () => logged.some((line) => line.includes('An answer could not be posted')));
    await server.message(({ text }) => text.includes('Something went wrong'));
    expect(logged.filter((line) => line.includes('once more'))).toHaveLength(1);
    // The answer twice, and the line that says that it failed.
    expect(server.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(3);
    expectViolations(server, /^duplicate_post/);
  });

  it('that nobody asked for, the sign of work, is not sent again', async () => {
    const { server, ask } = await openBench({ timing: { workSignMs: 5 } });
    const { reply } = ask;
    ask.reply = async (asked) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return reply(asked);
    };
    server.fail('chat.postMessage', { status: 500 });
    const { ts } = server.person().mention('How do I cache?');
    const answer = await server.message(({ threadTs }) => threadTs === ts);
    expect(wordsOf(answer.blocks)).toContain('1. Using datasets');
    expect(server.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(1);
  });

  it('waits as long as Slack asks for', async () => {
    const { server } = await openBench();
    server.fail('chat.postMessage', { status: 429, retryAfterSeconds: 1 });
    const startedAt = Date.now();
    const { ts } = server.person().mention('How do I cache?');
    await server.message(({ threadTs }) => threadTs === ts);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(950);
  });

  it('is one of at most one a second in its channel, and other channels do not wait', async () => {
    const { server } = await openBench({ messageIntervalMs: 200, timing: { postIntervalMs: 220, workSignMs: 5_000 } });
    const person = server.person();
    for (let question = 1; question <= 4; question++) person.mention(`Question ${question}`);
    person.mention('Elsewhere', { channel: 'C9' });
    await server.until('five answers', () => server.messages.length === 5);
    expect(server.rateLimited).toBe(0);
    expect(server.messages.findIndex(({ channel }) => channel === 'C9')).toBeLessThan(4);
  });

  it('waits for a Slack that cannot be reached', async () => {
    const { server, ask } = await openBench({ timing: { workSignMs: 10_000 } });
    let finish = () => {};
    const { reply } = ask;
    ask.reply = async (asked) => {
      await new Promise<void>((resolve) => (finish = resolve));
      return reply(asked);
    };
    const { ts, deliveries } = server.person().mention('How do I cache?');
    await deliveries;
    await server.until('the question', () => ask.asked.length === 1);
    await server.down();
    finish();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.up();
    await server.message(({ threadTs }) => threadTs === ts);
  });
});
