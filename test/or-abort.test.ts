import { describe, expect, it } from 'vitest';
import { orAbort } from '../src/or-abort.ts';

describe('waiting with a signal', () => {
  it('gives what was waited for, or its failure', async () => {
    const { signal } = new AbortController();
    await expect(orAbort(async () => 'done', signal)).resolves.toBe('done');
    await expect(orAbort(() => Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('ends with the reason of the signal, and a later failure goes unheard', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const stop = new AbortController();
    let fail = (_error: Error) => {};
    const waiting = orAbort(
      () =>
        new Promise<void>((_resolve, reject) => {
          fail = reject;
        }),
      stop.signal,
    );
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('starts nothing when the signal has aborted', async () => {
    let started = false;
    const start = async () => {
      started = true;
    };
    await expect(orAbort(start, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(started).toBe(false);
  });
});
