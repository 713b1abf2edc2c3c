import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boldOf } from '../../src/bold-words.ts';
import { isLong, renderComment } from '../../src/web/comment-html.ts';

const rendered = (comment: string, question?: string) =>
  renderComment(comment, boldOf(question))
    .map(({ html }) => html)
    .join('');

describe('a comment on the page', () => {
  it('keeps its paragraphs and its line ends', () => {
    expect(rendered('One\ntwo\n\n\n\nthree  ')).toBe('<p>One\ntwo</p><p>three</p>');
  });

  it('shows fenced code as code, blank lines and indentation kept', () => {
    expect(rendered('Try:\n```python\ndef f():\n\n    return 1\n```\nDone')).toBe(
      '<p>Try:</p><pre><code>def f():\n\n    return 1</code></pre><p>Done</p>',
    );
  });

  it('closes a fence only with the same marks, at least as many', () => {
    expect(rendered('````\n```\n~~~\n````\nafter')).toBe('<pre><code>```\n~~~</code></pre><p>after</p>');
  });

  it('takes a fence that never closes as code until the end', () => {
    expect(rendered('~~~\na\n\nb')).toBe('<pre><code>a\n\nb</code></pre>');
  });

  it('does not take three backticks within a line for a fence', () => {
    expect(rendered('```x``` here')).toBe('<p><code>x</code> here</p>');
  });

  it('shows inline code, whose backticks pair by their number', () => {
    expect(rendered('set `A=1` or ``b`c`` and a lone ` stays')).toBe(
      '<p>set <code>A=1</code> or <code>b`c</code> and a lone ` stays</p>',
    );
  });

  it('leaves all other Markdown and HTML as it was written', () => {
    expect(rendered('[x](javascript:alert(1)) **b** <img src=x onerror="alert(\'1\')">')).toBe(
      '<p>[x](javascript:alert(1)) **b** &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;</p>',
    );
  });

  it('drops what cannot be seen', () => {
    expect(rendered('ad\u202Emin\u200B')).toBe('<p>admin</p>');
  });

  it('shows the words of the question in bold, but not in code', () => {
    expect(rendered('To load_it:\n\n```\nload\n```\n`load` <b>load</b>', 'How do I load?')).toBe(
      '<p>To <strong>load</strong>_it:</p><pre><code>load</code></pre><p><code>load</code> &lt;b&gt;load&lt;/b&gt;</p>',
    );
  });

  it('has no tag that the comment brought along, whatever the comment is', () => {
    const tricky = fc.string({ unit: fc.constantFrom('`', '~', '\n', '<', '>', '&', '"', "'", ' ', 'a', 'script') });
    fc.assert(
      fc.property(fc.oneof(tricky, fc.string()), (comment) => {
        const rest = rendered(comment, 'script aa').replace(/<\/?(?:p|pre|code|strong)>/g, '');
        expect(rest).not.toMatch(/[<>"']/);
      }),
    );
  });

  it('renders 60 kB of backticks, of blanks or of fences without getting stuck', () => {
    const walls = ['`', ' ', '` `` ', '```\n', '\u200B'].map((part) => `${part.repeat(60_000 / part.length)}x`);
    for (const wall of walls) expect(rendered(wall)).toContain('x');
  });
});

describe('folding', () => {
  it('folds what takes more than fourteen lines, by line ends or by length', () => {
    expect(isLong('line\n'.repeat(14))).toBe(false);
    expect(isLong('line\n'.repeat(15))).toBe(true);
    expect(isLong('word '.repeat(300))).toBe(true);
  });
});
