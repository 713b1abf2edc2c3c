import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseRankings, oneOfEachFirst } from '../../src/retrieval/fuse-rankings.ts';

describe('two rankings fused by rank', () => {
  it('put first what both have near the top', () => {
    expect(fuseRankings([1, 2, 3], [3, 4, 1], 0.5)).toEqual([1, 3, 2, 4]);
  });

  it('follow meaning alone at weight 1 and words alone at weight 0, what only the other has at the end by row', () => {
    expect(fuseRankings([5, 2], [9, 7, 2], 1)).toEqual([5, 2, 7, 9]);
    expect(fuseRankings([5, 2], [9, 7, 2], 0)).toEqual([9, 7, 2, 5]);
  });

  it('break ties by row', () => {
    expect(fuseRankings([8], [3], 0.5)).toEqual([3, 8]);
  });

  it('hold every row of either once, whatever they are', () => {
    const rows = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
    fc.assert(
      fc.property(rows, rows, fc.double({ min: 0, max: 1, noNaN: true }), (meaning, words, weight) => {
        const fused = fuseRankings(meaning, words, weight);
        expect([...fused].sort((a, b) => a - b)).toEqual([...new Set([...meaning, ...words])].sort((a, b) => a - b));
      }),
    );
  });
});

describe('one of each group first', () => {
  it('keeps the order among the first of each, then among the others, and drops none', () => {
    expect(oneOfEachFirst([10, 11, 20, 12, 30, 21], (row) => Math.floor(row / 10))).toEqual([10, 20, 30, 11, 12, 21]);
  });
});
