import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, spansOf } from '../src/comment-code.ts';

/** Text in which fences and code spans are likely. */
const comments = fc
  .array(
    fc.oneof(
      fc.constantFrom('`', '``', '```', '````', '~~~', '```python', '    ```', '\n', '\n\n', ' ', 'x', '`a`'),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

const words = (text: string) => text.replace(/\s/g, '');

describe('the blocks of a comment', () => {
  it('are its text and its fenced code, in order, with the language that the fence names', () => {
    expect(blocksOf('Try:\n```python\ndef f():\n\n    return 1\n```\nDone')).toEqual([
      { kind: 'text', text: 'Try:', language: '' },
      { kind: 'code', text: 'def f():\n\n    return 1', language: 'python' },
      { kind: 'text', text: 'Done', language: '' },
    ]);
  });

  it.each([
    ['```js title="x"', 'js'],
    ['~~~ c++', 'c++'],
    ['```{.python}', ''],
    ['```', ''],
    ['```averyveryverylonglanguage', ''],
  ])('%s names the language %j', (fence, language) => {
    expect(blocksOf(`${fence}\nx`)).toEqual([{ kind: 'code', text: 'x', language }]);
  });

  it('end a fence only at the same marks, at least as many, and else at the end', () => {
    expect(blocksOf('````\n```\n~~~\n````\nafter').map(({ text }) => text)).toEqual(['```\n~~~', 'after']);
    expect(blocksOf('~~~\na\n\nb')).toEqual([{ kind: 'code', text: 'a\n\nb', language: '' }]);
  });

  it('take neither three backticks within a line nor an indented fence for one', () => {
    expect(blocksOf('```x``` here\n    ```')).toMatchObject([{ kind: 'text' }]);
  });

  it('are none for what is blank, and none of them is blank', () => {
    expect(blocksOf(' \n\n```\n \n```\n')).toEqual([]);
    fc.assert(
      fc.property(comments, (comment) => {
        for (const { text } of blocksOf(comment)) expect(text.trim()).not.toBe('');
      }),
    );
  });

  it('lose no line but fences and blanks', () => {
    fc.assert(
      fc.property(comments, (comment) => {
        const kept = blocksOf(comment).flatMap(({ text }) => text.split('\n'));
        const rest = comment.split('\n');
        for (const line of kept.filter((one) => one.trim())) {
          const at = rest.findIndex((one) => one.trimEnd() === line.trimEnd());
          expect(at).toBeGreaterThanOrEqual(0);
          // What stood before it and is not there any more was a fence, or blank.
          for (const lost of rest.splice(0, at + 1).slice(0, -1)) expect(lost).toMatch(/^\s*$|^ {0,3}(?:`{3,}|~{3,})/);
        }
        for (const lost of rest) expect(lost).toMatch(/^\s*$|^ {0,3}(?:`{3,}|~{3,})/);
      }),
    );
  });
});

describe('the spans of a text', () => {
  it('are code between equal runs of backticks, and text', () => {
    expect(spansOf('set `A=1` or ``b`c`` and a lone ` stays')).toEqual([
      { kind: 'text', text: 'set ' },
      { kind: 'code', text: 'A=1' },
      { kind: 'text', text: ' or ' },
      { kind: 'code', text: 'b`c' },
      { kind: 'text', text: ' and a lone ` stays' },
    ]);
    expect(spansOf('')).toEqual([]);
  });

  it('lose nothing but the marks around code, and never the marks of text', () => {
    fc.assert(
      fc.property(comments, (text) => {
        const spans = spansOf(text);
        let rest = text;
        for (const span of spans) {
          const marks = span.kind === 'code' ? (/^`+/.exec(rest)?.[0] ?? 'no marks') : '';
          expect(rest.startsWith(marks + span.text + marks)).toBe(true);
          expect(span.text).not.toBe('');
          rest = rest.slice(span.text.length + 2 * marks.length);
        }
        expect(rest).toBe('');
        expect(words(spans.map((span) => span.text).join(''))).not.toMatch(words(text) === '' ? /./ : /^$/);
      }),
    );
  });
});
