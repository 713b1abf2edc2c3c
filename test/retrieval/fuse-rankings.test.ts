import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseRankings, oneOfEachFirst } from '../../src/retrieval/fuse-rankings.ts';

const ranking = (...pairs: readonly (readonly [row: number, score: number])[]) => ({
  rows: pairs.map(([row]) => row),
  scores: pairs.map(([, score]) => score),
  bound: 40,
});

describe('two rankings fused', () => {
  it('put first what both find good, whatever the scales of their scores', () => {
    const meaning = ranking([1, 0.9], [2, 0.8], [3, 0.1]);
    const words = ranking([2, 40], [4, 30], [1, 20]);
    expect(fuseRankings(meaning, words, 0.5)).toEqual([2, 1, 4, 3]);
  });

  it('follow meaning alone at weight 1 and words alone at weight 0', () => {
    const meaning = ranking([5, 3], [2, 2], [8, 1]);
    const words = ranking([9, 30], [7, 20], [2, 10]);
    expect(fuseRankings(meaning, words, 1).slice(0, 2)).toEqual([5, 2]);
    expect(fuseRankings(meaning, words, 0).slice(0, 2)).toEqual([9, 7]);
  });

  it('count words little where hardly any of the question is found', () => {
    const meaning = ranking([1, 0.9], [2, 0.8], [3, 0.1]);

    expect(fuseRankings(meaning, { ...ranking([3, 9], [2, 8]), bound: 10 }, 0.5)[0]).toBe(2);
    expect(fuseRankings(meaning, { ...ranking([3, 9], [2, 8]), bound: 1000 }, 0.5)).toEqual([1, 2, 3]);
  });

  it('take squared distances as they come, the smallest first', () => {
    expect(fuseRankings(ranking([5, 1], [2, 4], [8, 9]), ranking(), 0.6)).toEqual([5, 2, 8]);
  });

  it('break ties by row', () => {
    expect(fuseRankings(ranking([8, 1]), { ...ranking([3, 7]), bound: 7 }, 0.5)).toEqual([3, 8]);
  });

  it('hold every row of either once, whatever they are', () => {
    const rows = fc
      .uniqueArray(fc.nat(60), { maxLength: 40 })
      .map((all) => ranking(...all.map((row, i) => [row, -i] as const)));
    fc.assert(
      fc.property(rows, rows, fc.double({ min: 0, max: 1, noNaN: true }), (meaning, words, weight) => {
        const fused = fuseRankings(meaning, words, weight);
        const all = new Set([...meaning.rows, ...words.rows]);
        expect([...fused].sort((a, b) => a - b)).toEqual([...all].sort((a, b) => a - b));
      }),
    );
  });
});

describe('one of each group first', () => {
  it('keeps the order among the first of each, then among the others, and drops none', () => {
    expect(oneOfEachFirst([10, 11, 20, 12, 30, 21], (row) => Math.floor(row / 10))).toEqual([10, 20, 30, 11, 12, 21]);
  });
});
