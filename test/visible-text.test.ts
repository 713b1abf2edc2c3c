import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, graphemeBorder, tidy, visibleLine, visibleText } from '../src/visible-text.ts';

const GRAPHEMES = [
  'a',
  ' ',
  '\n',
  '中',
  'か',
  'が',
  '한',
  'é',
  'e\u0301',
  'ก็',
  'नि',
  '😀',
  '👨‍👩‍👧‍👦',
  '👍🏽',
  '🇫🇷',
  '1\uFE0F\u20E3',
  '\u0600\u0661',
  '\u06DDa',
  '\u{110BD}a',
];
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const borders = (text: string) => new Set([...segmenter.segment(text)].map(({ index }) => index).concat(text.length));

/** Any text, and text of graphemes that are more than a character. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.array(fc.constantFrom(...GRAPHEMES), { maxLength: 300 }).map((parts) => parts.join('')),
);

describe('text without what cannot be seen', () => {
  it.each([
    ['safe\u202Eevil\u202C \u2066x\u2069', 'safeevil x'],
    ['zero\u200Bwidth\u2060 \uFEFFtag\u{E0041}\u{E007F}', 'zerowidth tag'],
    ['null\u0000 bell\u0007 escape\u001B[31m', 'null bell escape[31m'],
    ['lone \uD800 surrogate', 'lone \uFFFD surrogate'],
    ['one\r\ntwo\rthree\u2028four', 'one\ntwo\nthree\nfour'],
    ['a\u200Db \u200Cc', 'ab c'],
    ['tab\there', 'tab\there'],
  ])('%j is %j', (text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });

  it('keeps the joiners of emoji and of scripts that need them', () => {
    for (const text of ['👨‍👩‍👧‍👦', '❤️‍🔥', 'می‌خواهم', 'क्‍ष', '1️⃣']) expect(visibleText(text)).toBe(text);
  });

  it('has none left, whatever the text is, and does not change when it is cleaned again', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const visible = visibleText(text);
        expect(visible).not.toMatch(/[\p{Bidi_Control}\u200B\u2060\uFEFF\u{E0000}-\u{E007F}]|(?![\n\t])\p{Cc}/u);
        expect(visible.isWellFormed()).toBe(true);
        expect(visibleText(visible)).toBe(visible);
        expect(visibleLine(visibleLine(text))).toBe(visibleLine(text));
        expect(visibleLine(text)).not.toContain('\n');
      }),
    );
  });

  it('is tidied of blank lines at its ends and of more than one between, and of nothing else', () => {
    expect(tidy('\n \none  \n\n \n\n  two\t\n\n')).toBe('one\n\n  two');
    fc.assert(
      fc.property(texts.map(visibleText), (text) => {
        const neat = tidy(text);
        expect(tidy(neat)).toBe(neat);
        expect(neat.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        expect(neat).not.toMatch(/^\n|\n$|\n\n\n/);
      }),
    );
  });
});

describe('the start of a text', () => {
  it('is the text itself where that is short enough, else ends at a word and says that it was cut', () => {
    expect(excerpt('one two', 7)).toBe('one two');
    expect(excerpt('one two three four five six', 24)).toBe('one two three four five…');
    expect(excerpt('unbreakable'.repeat(3), 12)).toBe('unbreakable…');
  });

  it('never exceeds its limit, and never cuts a grapheme', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 500 }), (text, limit) => {
        const start = excerpt(text, limit);
        expect(start.length).toBeLessThanOrEqual(limit);
        if (start === text) return;
        expect(start.endsWith('…')).toBe(true);
        const cut = start.slice(0, -1);
        expect(text.startsWith(cut)).toBe(true);
        expect(borders(text)).toContain(cut.length);
      }),
      { numRuns: 300 },
    );
  });

  it('ends at the last border between graphemes that fits, also far into a text', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 600 }), (text, limit) => {
        const last = Math.max(...[...borders(text)].filter((at) => at <= limit));
        expect(graphemeBorder(text, limit)).toBe(last);
      }),
      { numRuns: 300 },
    );
  });

  it('does not begin between a character and one that belongs to it, however many marks that one has', () => {
    const grapheme = `\u06DDa${'\u0301'.repeat(200)}`;
    expect(graphemeBorder(grapheme, 101)).toBe(0);
    expect(graphemeBorder(`xx${grapheme}`, 103)).toBe(2);
  });
});
