import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedExcerpt, escapeText, split, typedText } from '../../src/slack/sanitize.ts';

describe('what a person typed', () => {
  it.each([
    ['<@UBOT> How do I cache?', 'How do I cache?'],
    ['How do I cache, <@UBOT|precedent>?', 'How do I cache, ?'],
    ['ask <@U2|ada> in <#C1|general> or <!subteam^S1|@helpers>', 'ask @ada in #general or @helpers'],
    ['<!here> is it &lt;T&gt; &amp; Co.?', 'is it <T> & Co.?'],
    ['why does vector<int> fail', 'why does vector<int> fail'],
    ['see <https://example.org/a?b=1&amp;c=2> and <http://x.org|x.org>', 'see https://example.org/a?b=1&c=2 and x.org'],
    ['&lt;!channel&gt; is text', '<!channel> is text'],
    ['&amp;lt; stays an entity', '&lt; stays an entity'],
    ['  \u200B  ', ''],
    ['<@UBOT>', ''],
    ['<@UBOT> :shrug: :+1::skin-tone-2:', ''],
    ['what does :shrug: mean', 'what does :shrug: mean'],
    ['std::vector', 'std::vector'],
  ])('%s reads as %s', (typed, text) => {
    expect(typedText(typed, 'UBOT')).toBe(text);
  });
});

describe('escaped text', () => {
  it('has no live token and stays within its limit, counted after escaping', () => {
    expect(escapeText('<!channel> & <@U1>')).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const escaped = escapedExcerpt(text, limit);
        expect(escaped.length).toBeLessThanOrEqual(limit);
        expect(escaped).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }),
    );
  });
});

describe('a text that is split', () => {
  it('loses nothing, keeps to the limit and breaks no character', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.constantFrom('a\u0301'.repeat(300), '😀'.repeat(99)),
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 20, max: 60 }), (text, limit) => {
        const parts = split(text, limit);
        expect(parts.join('')).toBe(text);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part.isWellFormed()).toBe(text.isWellFormed());
        }
      }),
    );
  });

  it('breaks at the end of a line where one is near', () => {
    expect(split('first line\nsecond line', 14)).toEqual(['first line\n', 'second line']);
  });
});
