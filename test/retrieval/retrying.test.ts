import { describe, expect, it } from 'vitest';
import { OperatorError, UnavailableError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { createPersistence, isTemporary } from '../../src/retrieval/retrying.ts';

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
    const given = retrying('it failed', () => Promise.reject(new Error('never')), {
      onFailure: () => stopping.abort(),
    });
    expect(await given).toBeUndefined();
  });

  it('is tried at the longest interval, and said once, where only the operator can mend it', async () => {
    const stopping = new AbortController();
    const lines: string[] = [];
    const log = createLogger({ write: (line) => lines.push(line.replace(/^\S+ WARN +/, '')) });
    let time = 0;
    const { retrying } = createPersistence({ log, signal: stopping.signal, retryMs: [60_000, 1], now: () => time });
    let tries = 0;
    const broken = async () => {
      time += 3_600_000;
      if (++tries === 4) stopping.abort();
      throw new OperatorError('There is no model in /nowhere.');
    };
    expect(await retrying('it failed', broken, { mayPass: isTemporary })).toBeUndefined();
    expect(lines).toEqual(['it failed; trying again in 0 s: There is no model in /nowhere.']);
  });

  it('may pass by itself where something outside does not answer, or nobody knows what it is', () => {
    const silent = new UnavailableError('Nobody answers.');
    expect(isTemporary(silent)).toBe(true);
    expect(isTemporary(new OperatorError('Given up.', { cause: silent }))).toBe(true);
    expect(isTemporary(new TypeError('odd'))).toBe(true);
    expect(isTemporary(new OperatorError('There is no such model.', { cause: new Error('404') }))).toBe(false);
  });
});
