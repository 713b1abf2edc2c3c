import { describe, expect, it } from 'vitest';
import { evidenceLine } from '../../src/report/evidence.ts';
import { groupAlike } from '../../src/report/group-alike.ts';
import { reportChannels } from '../../src/report/help-report.ts';
import { aCount, anOutcome, someRecords } from '../fakes/help-outcomes.ts';

const WEEK_MS = 7 * 24 * 3600_000;

describe('the report of help channels', () => {
  it('counts each channel apart, by mode and version, and by week', () => {
    const { week } = aCount();
    const counts = [
      aCount({ count: 3, week: week + WEEK_MS }),
      aCount({ judged: 'right', count: 2 }),
      aCount({ mode: 'auto', verdict: 'solved' }),
      aCount({ mode: 'auto', version: 'next', decision: 'failed' }),
      aCount({ channel: 'other', decision: 'held' }),
    ];
    const [here, other, ...more] = reportChannels(someRecords(counts));
    expect(here?.versions).toMatchObject([
      { mode: 'shadow', totals: { unknown: 3, right: 2, success: 0 } },
      { mode: 'auto', version: '1.2.3, seed, box', totals: { success: 1 } },
      { mode: 'auto', version: 'next', totals: { missed: 1 } },
    ]);
    expect(here?.weeks).toMatchObject([
      { week, totals: { right: 2, success: 1, missed: 1 } },
      { week: week + WEEK_MS, totals: { unknown: 3 } },
    ]);
    expect(other).toMatchObject({ channel: 'other', versions: [{ totals: { held: 1 } }] });
    expect(more).toEqual([]);
  });

  it('lists what was weak, missed, disliked or wrong of the channel, and nothing else', () => {
    const outcomes = [
      anOutcome({ id: 1, decision: 'weak' }),
      anOutcome({ id: 2, decision: 'failed' }),
      anOutcome({ id: 3, mode: 'auto', verdict: 'removed' }),
      anOutcome({ id: 4, judged: 'wrong' }),
      anOutcome({ id: 5, judged: 'right' }),
      anOutcome({ id: 6, decision: 'answered' }),
      anOutcome({ id: 7, decision: 'held' }),
      anOutcome({ id: 8, channel: 'other', decision: 'weak' }),
    ];
    const [report] = reportChannels(someRecords([aCount(), aCount({ channel: 'other' })], outcomes));
    expect(report?.trouble.flat().map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });
});

describe('questions that are alike', () => {
  it('stand together when their vectors point the same way, whatever their length; the most first', () => {
    const vectors = [
      { vector: Float32Array.of(1, 0), model: 'm' },
      { vector: Float32Array.of(0, 1), model: 'm' },
      { vector: Float32Array.of(0.1, 9), model: 'm' },
      { vector: Float32Array.of(1, 1.2), model: 'm' },
      undefined,
      { vector: Float32Array.of(0, 1), model: 'another' },
    ];
    const outcomes = vectors.map((_, index) => anOutcome({ id: index + 1 }));
    const groups = groupAlike(outcomes, (id) => vectors[id - 1]);
    expect(groups.map((group) => group.map(({ id }) => id))).toEqual([[2, 3, 4], [1], [5], [6]]);
  });
});

describe('the evidence of a channel under shadow', () => {
  const totals = { success: 0, noise: 0, assist: 0, missed: 0, weak: 0, held: 0, answered: 0 };

  it('is how many of those that something is known of were right, with its interval', () => {
    expect(evidenceLine({ ...totals, right: 6, linked: 2, wrong: 2, unknown: 30 })).toBe(
      'Of 40 that would have been shown 10 are known: 8 right (judged or linked), 80 % (95 % interval: 49 % to 94 %).',
    );
  });

  it('is nothing where nothing is known', () => {
    expect(evidenceLine({ ...totals, right: 0, linked: 0, wrong: 0, unknown: 30 })).toBeUndefined();
  });
});
