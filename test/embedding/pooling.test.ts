import { describe, expect, it } from 'vitest';
import { halfToFloat, pool } from '../../src/embedding/pooling.ts';

/** Two texts of two tokens and one token, in two dimensions; the last token of the second is padding. */
const TOKENS = { data: Float32Array.of(3, 4, 1, -8, -6, 8, 100, 100), batch: 2, length: 2, dimensions: 2 };
const LENGTHS = [2, 1];

describe('pooling', () => {
  it('by the first token takes its vector as it is', () => {
    expect([...pool(TOKENS, LENGTHS, 'cls', false)]).toEqual([3, 4, -6, 8]);
  });

  it('by the mean leaves padding out', () => {
    expect([...pool(TOKENS, LENGTHS, 'mean', false)]).toEqual([2, -2, -6, 8]);
  });

  it('by the largest value leaves padding out', () => {
    expect([...pool(TOKENS, LENGTHS, 'max', false)]).toEqual([3, 4, -6, 8]);
  });

  it('scales to length 1 where the model asks for it', () => {
    const [a, b, c, d] = pool(TOKENS, LENGTHS, 'cls', true);
    expect(a).toBeCloseTo(0.6);
    expect(b).toBeCloseTo(0.8);
    expect(c).toBeCloseTo(-0.6);
    expect(d).toBeCloseTo(0.8);
  });

  it('leaves a vector without direction as it is', () => {
    const nothing = { data: new Float32Array(2), batch: 1, length: 1, dimensions: 2 };
    expect([...pool(nothing, [1], 'mean', true)]).toEqual([0, 0]);
  });
});

describe('half precision', () => {
  it('is read exactly: ordinary, tiny, signed and endless numbers', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x83ff, 0x7bff, 0x0000, 0x7c00, 0xfc00);
    expect([...halfToFloat(bits)]).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      -1023 * 2 ** -24,
      65_504,
      0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(halfToFloat(Uint16Array.of(0x7e00))[0]).toBeNaN();
  });
});
