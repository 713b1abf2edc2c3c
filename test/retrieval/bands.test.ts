import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aheadOfOthers, type Contender } from '../../src/retrieval/ahead.ts';
import { bandAt, isBands, leadOf, lowerBound, measureBands, type Pair } from '../../src/retrieval/bands.ts';
import { surestBand } from '../../src/retrieval/bands-of.ts';

const ABOUT = { titles: 500, spread: 1, weight: 1 };

/** `count` hits between two leads, the first `right` of every ten right. */
const hits = (count: number, [from, to]: readonly [number, number], right: number): Pair[] =>
  Array.from({ length: count }, (_, place) => ({
    ahead: { meaning: to - ((to - from) * place) / count, words: 0 },
    right: place % 10 < right,
  }));
const at = (meaning: number) => ({ meaning, words: 0 });

describe('the lower bound of a precision', () => {
  it.each([
    // R: binom::binom.confint(x, n, methods = "wilson")
    [46, 50, 0.8116],
    [45, 50, 0.7864],
    [9, 10, 0.5958],
    [0, 10, 0],
    [10, 10, 0.7225],
  ])('of %i right of %i is Wilson’s', (right, pairs, bound) => {
    expect(lowerBound(right, pairs)).toBeCloseTo(bound, 3);
  });

  it('is nothing of nothing', () => {
    expect(lowerBound(0, 0)).toBe(0);
  });
});

describe('bands', () => {
  it('are strong, fair and weak by how many of such hits were right, with what was counted', () => {
    const pairs = [...hits(100, [0.6, 1], 10), ...hits(300, [0.2, 0.6], 6), ...hits(1000, [-1, 0.2], 1)];
    const { bands } = measureBands(pairs, ABOUT);
    expect(bands.map(({ name }) => name)).toEqual(['strong', 'fair', 'weak']);
    const [strong, fair, weak] = bands;
    expect(strong?.from).toBeLessThanOrEqual(0.6);
    expect(fair?.from).toBeGreaterThan(0.1);
    expect(weak?.from).toBeNull();
    expect(bands.reduce((sum, band) => sum + band.pairs, 0)).toBe(pairs.length);
    for (const [band, least] of [
      [strong, 0.8],
      [fair, 0.5],
    ] as const) {
      expect(lowerBound(band?.right ?? 0, band?.pairs ?? 0)).toBeGreaterThanOrEqual(least);
      expect(band?.pairs).toBeGreaterThanOrEqual(50);
    }
  });

  it('are none where fewer than 50 pairs tell, however right they were', () => {
    expect(measureBands(hits(49, [0, 1], 10), ABOUT).bands).toEqual([]);
    expect(measureBands(hits(50, [0, 1], 10), ABOUT).bands).toMatchObject([
      { name: 'strong', pairs: 50 },
      { name: 'weak' },
    ]);
    expect(measureBands(hits(500, [0, 1], 3), ABOUT).bands).toEqual([]);
  });

  it('tell no strong from fair hits where none is sure enough', () => {
    const { bands } = measureBands([...hits(200, [0.5, 1], 7), ...hits(300, [-1, 0.5], 0)], ABOUT);
    expect(bands.map(({ name }) => name)).toEqual(['fair', 'weak']);
  });

  it('find a hit again by its lead', () => {
    const measured = measureBands([...hits(100, [0.5, 1], 10), ...hits(900, [-1, 0.5], 1)], ABOUT);
    expect(bandAt(at(0.9), measured)?.name).toBe('strong');
    expect(bandAt(at(0.9), measured)?.precision).toBeGreaterThan(0.8);
    expect(bandAt(at(-0.2), measured)?.name).toBe('weak');
    expect(bandAt(undefined, measured)).toBeUndefined();
    expect(bandAt(at(0.9), { ...measured, bands: [] })).toBeUndefined();
  });

  it('put hits that are equally far ahead into one band, whatever order they come in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { maxLength: 400 }), (drawn) => {
        const pairs = drawn.map(([meaning, right]) => ({ ahead: at(meaning), right: right || meaning > 4 }));
        const measured = measureBands(pairs, ABOUT);
        expect(measureBands(pairs.toReversed(), ABOUT)).toEqual(measured);
        for (const band of measured.bands) {
          const such = pairs.filter(({ ahead }) => bandAt(ahead, measured)?.name === band.name);
          expect([such.length, such.filter(({ right }) => right).length]).toEqual([band.pairs, band.right]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('weigh meaning, in its own unit, and words', () => {
    expect(leadOf({ meaning: 5, words: 0.5 }, { spread: 10, weight: 0.3 })).toBeCloseTo(0.3 * 0.5 + 0.7 * 0.5);
  });

  it('are taken from a manifest only where they are whole', () => {
    const whole = measureBands(hits(60, [0, 1], 10), ABOUT);
    expect(isBands(JSON.parse(JSON.stringify(whole)))).toBe(true);
    for (const wrong of [
      null,
      5,
      {},
      { ...whole, bands: {} },
      { ...whole, spread: '1' },
      { ...whole, bands: [null] },
    ]) {
      expect(isBands(wrong)).toBe(false);
    }
    expect(isBands({ ...whole, bands: [{ name: 'sure', from: 1, pairs: 1, right: 1 }] })).toBe(false);
  });
});

describe('how far a hit is ahead', () => {
  const ranking = (first: readonly Contender[]): Contender[] => [
    ...first,
    ...Array.from({ length: 50 }, (_, place) => ({ issue: `other ${place}`, score: 0, words: 0 })),
  ];

  it('is told by meaning and by words, each against the best of any other issue', () => {
    const [a, b, c] = aheadOfOthers(
      ranking([
        { issue: 'a', score: 9, words: 0.5 },
        { issue: 'a', score: 7, words: 0.9 },
        { issue: 'b', score: 8, words: 0.6 },
      ]),
      'ip',
    );
    expect(a?.meaning).toBe(1);
    expect(a?.words).toBeCloseTo(-0.1);
    expect(b?.meaning).toBe(-1);
    expect(b?.words).toBeCloseTo(0.3);
    expect(c?.meaning).toBe(-1);
    expect(c?.words).toBeCloseTo(-0.3);
  });

  it('turns where less is nearer', () => {
    const near = ranking([{ issue: 'a', score: 2, words: 0 }]).map((hit) =>
      hit.issue === 'a' ? hit : { ...hit, score: 5 },
    );
    expect(aheadOfOthers(near, 'l2')[0]?.meaning).toBe(3);
  });

  it('is not told of a short ranking, and is nothing where all is one issue', () => {
    const one = { issue: 'a', score: 1, words: 1 };
    expect(aheadOfOthers([one, { ...one, issue: 'b' }], 'ip')).toEqual([undefined, undefined]);
    expect(
      aheadOfOthers(
        Array.from({ length: 50 }, () => one),
        'ip',
      )[0],
    ).toEqual({ meaning: 0, words: 0 });
  });
});

describe('the surest band of an index', () => {
  const measured = (pairs: readonly Pair[]) => measureBands(pairs, ABOUT);

  it('is what was measured, else strong where it is known what coincidence brings, else unknown', () => {
    expect(surestBand({ bands: measured(hits(100, [0.6, 1], 10)) })).toBe('strong');
    expect(surestBand({ bands: measured(hits(300, [0.2, 0.6], 6)), strongAbove: 20 })).toBe('fair');
    const none = measured(hits(300, [0.2, 0.6], 1));
    expect(surestBand({ bands: none, strongAbove: 20 })).toBe('strong');
    expect(surestBand({ bands: none })).toBeUndefined();
    expect(surestBand({})).toBeUndefined();
  });
});
