import { describe, expect, it } from 'vitest';
import { createSeenSet } from '../src/seen-set.ts';

describe('what was seen', () => {
  it('is remembered for its time', () => {
    let now = 0;
    const seen = createSeenSet({ windowMs: 100, now: () => now });
    expect([seen.add('a'), seen.add('a')]).toEqual([true, false]);
    now = 99;
    expect(seen.add('a')).toBe(false);
    now = 100;
    expect(seen.add('a')).toBe(true);
  });

  it('is still known when Slack repeats a delivery for the last time, six minutes later', () => {
    let now = 0;
    const seen = createSeenSet({ now: () => now });
    seen.add('a');
    now = 10 * 60_000;
    expect(seen.add('a')).toBe(false);
  });

  it('is forgotten on demand, and the oldest first when there is too much', () => {
    const seen = createSeenSet({ capacity: 2 });
    seen.add('a');
    seen.forget('a');
    expect(seen.add('a')).toBe(true);
    for (const key of ['b', 'c', 'd']) seen.add(key);
    expect([seen.add('d'), seen.add('a')]).toEqual([false, true]);
  });
});
