import { describe, expect, it } from 'vitest';
import type { Command } from '../src/command.ts';
import { BusyError, UserError } from '../src/errors.ts';
import { createLogger } from '../src/log.ts';
import { runCommand } from '../src/run-command.ts';
import { anAnswer, fakeAnswerBook } from './fakes/answers.ts';

const place = { platform: 'slack', kind: 'channel' } as const;
const context = { platform: 'slack', user: '1', requestId: 'abcd2345', place } as const;

function aRun(run: Command['run'], { timeoutMs = 10_000 } = {}) {
  const command: Command = { name: 'ask', description: 'Ask', inputs: [], audience: () => 'asker', run };
  const logged: string[] = [];
  const answers = fakeAnswerBook();
  const stop = new AbortController();
  const log = createLogger({ write: (line) => void logged.push(line) });
  const outcome = () =>
    runCommand(command, { question: 'secret' }, context, { answers, log, timeoutMs, signal: stop.signal });
  return { outcome, logged, answers, stop };
}

const forever = () => new Promise<never>(() => {});

describe('a command that is run', () => {
  it('gives its answer with an id, kept once', async () => {
    const { outcome, answers } = aRun(async () => anAnswer());
    expect(await outcome()).toMatchObject({ kind: 'answer', id: 'answer1' });
    const kept = aRun(async () => anAnswer({ id: 'kept already' }));
    expect(await kept.outcome()).toMatchObject({ id: 'kept already' });
    expect([answers.kept.size, kept.answers.kept.size]).toEqual([1, 0]);
  });

  it('gives its answer also when that cannot be kept, and the log says why', async () => {
    const { outcome, answers, logged } = aRun(async () => anAnswer());
    answers.keep = () => Promise.reject(new Error('the disk is full'));
    const answer = await outcome();
    expect(answer).toMatchObject({ kind: 'answer', hits: { length: 5 } });
    expect(answer).not.toHaveProperty('id');
    expect(logged.join()).toMatch(/could not be kept.*abcd2345.*the disk is full/);
  });

  it('gives the reason that is meant for the asker, and logs nothing', async () => {
    const { outcome, logged } = aRun(() => Promise.reject(new UserError('There are no words in that question.')));
    expect(await outcome()).toEqual({ kind: 'problem', text: 'There are no words in that question.' });
    const busy = aRun(() => Promise.reject(new BusyError(4_200)));
    expect(await busy.outcome()).toEqual({ kind: 'problem', text: 'Busy right now, try again in 5 s.' });
    expect([...logged, ...busy.logged]).toEqual([]);
  });

  it('gives one calm sentence when it breaks, and the log has the whole error under its id, not the question', async () => {
    const { outcome, logged } = aRun(() => Promise.reject(new Error('upside down', { cause: new Error('a ray') })));
    const result = await outcome();
    expect(result).toMatchObject({ kind: 'problem', text: expect.stringMatching(/^Something went wrong.*abcd2345$/) });
    expect(logged.join()).toMatch(/ERROR.*abcd2345.*upside down \(a ray\)/);
    expect(logged.join()).not.toContain('secret');
  });

  it('is given up after its time, even when it is deaf to its signal', async () => {
    const { outcome, logged } = aRun(forever, { timeoutMs: 20 });
    expect(await outcome()).toEqual({
      kind: 'problem',
      text: 'This took longer than 1 s and was stopped. Please try again. Request abcd2345.',
    });
    expect(logged.join()).toContain('took too long');
  });

  it('is given up when the bot stops, which is no error', async () => {
    const { outcome, logged, stop } = aRun(forever);
    const result = outcome();
    stop.abort(new Error('The bot is stopping'));
    expect(await result).toEqual({ kind: 'problem', text: 'The bot is restarting. Please ask again in a minute.' });
    expect(logged).toEqual([]);
  });
});
