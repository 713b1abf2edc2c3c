import { describe, expect, it } from 'vitest';
import { describeError } from '../src/errors.ts';

/** An error of these messages, each the cause of the one before. */
const failed = (message: string, ...causes: string[]): Error =>
  new Error(message, { cause: causes.length > 0 ? failed(...(causes as [string])) : undefined });

describe('an error in one line', () => {
  it('has its causes behind it', () => {
    expect(describeError(failed('no answer', 'fetch failed', 'ENOTFOUND'))).toBe('no answer (fetch failed: ENOTFOUND)');
    expect(describeError(failed('No model.', 'Look.', 'Gone.'))).toBe('No model. (Look: Gone.)');
  });

  it('says nothing twice that the message or an outer cause quotes', () => {
    const quoted = 'cannot be read: ENOENT, open. Look.';
    expect(describeError(failed(quoted, 'ENOENT, open'))).toBe(quoted);
    expect(describeError(failed('no answer', 'fetch failed (REFUSED)', 'REFUSED'))).toBe(
      'no answer (fetch failed (REFUSED))',
    );
  });
});
