import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { createPersistence } from '../../src/retrieval/retrying.ts';

describe('work in the background', () => {
  it('says what goes on failing every ten minutes, and at once when it fails otherwise', () => {
    let time = 0;
    const lines: string[] = [];
    const log = createLogger({ write: (line) => lines.push(line.replace(/^\S+ WARN +/, '')) });
    const { report } = createPersistence({ log, signal: new AbortController().signal, retryMs: [1], now: () => time });
    for (; time < 3_000; time += 1000) {
      report('the index could not be picked up', new Error('too new'));
      report('the index could not be made', new Error('too new'));
    }
    report('the index could not be picked up', new Error('damaged'));
    time += 600_000;
    report('the index could not be picked up', new Error('damaged'));
    expect(lines).toEqual([
      'the index could not be picked up: too new',
      'the index could not be made: too new',
      'the index could not be picked up: damaged',
      'the index could not be picked up: damaged',
    ]);
  });

  it('is tried until it works, and given up when the signal aborts', async () => {
    const stopping = new AbortController();
    const log = createLogger({ write: () => {} });
    const { retrying } = createPersistence({ log, signal: stopping.signal, retryMs: [1] });
    let tries = 0;
    const flaky = async () => {
      if (++tries < 3) throw new Error('not yet');
      return 'done';
    };
    expect(await retrying('it failed', flaky)).toBe('done');
    const given = retrying(
      'it failed',
      () => Promise.reject(new Error('never')),
      () => stopping.abort(),
    );
    expect(await given).toBeUndefined();
  });
});
