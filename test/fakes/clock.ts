import type { Clock } from '../../src/help/clock.ts';

/** A clock whose hands a test turns. */
export type FakeClock = Clock & {
  /** How many things are to be done later. */
  readonly waiting: number;
  /** Does what is due by then, in order; what it starts goes on by itself. */
  advance(ms: number): void;
};

export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  const later = new Set<{ at: number; act: () => void }>();
  let time = start;
  return {
    now: () => time,
    after(ms, act) {
      const entry = { at: time + ms, act };
      later.add(entry);
      return () => void later.delete(entry);
    },
    get waiting() {
      return later.size;
    },
    advance(ms) {
      time += ms;
      for (const entry of [...later].sort((one, other) => one.at - other.at)) {
        if (entry.at > time) break;
        later.delete(entry);
        entry.act();
      }
    },
  };
}
