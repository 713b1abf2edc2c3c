import { expect, it } from 'vitest';
import { createSeen } from '../../src/slack/dedupe.ts';

it('a key is new once, until it is old', () => {
  let now = 0;
  const seen = createSeen({ ttlMs: 100, now: () => now });
  expect(seen.claim('a')).toBe(true);
  now = 99;
  expect(seen.claim('a')).toBe(false);
  now = 100;
  expect(seen.claim('a')).toBe(true);
});

it('a key that is released is new again', () => {
  const seen = createSeen();
  seen.claim('a');
  seen.release('a');
  expect(seen.claim('a')).toBe(true);
});

it('a delivery that Slack repeats for the last time, six minutes later, is still known', () => {
  let now = 0;
  const seen = createSeen({ now: () => now });
  seen.claim('a');
  now = 10 * 60_000;
  expect(seen.claim('a')).toBe(false);
});

it('no more keys are kept than there is room for, the newest stay', () => {
  const seen = createSeen({ capacity: 3 });
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) seen.claim(key);
  expect(seen.claim('f')).toBe(false);
  expect(seen.claim('a')).toBe(true);
});
