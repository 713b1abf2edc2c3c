import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/corpus/clean-text.ts';

const clean = (...lines: string[]) => cleanText(lines.join('\n'));

describe('of a text counts for its meaning', () => {
  it('what its writer wrote, not what a template, a quote or a mail program put there', () => {
    expect(clean('<!-- Please search', 'first -->', '**Describe the bug**', 'It crashes.', '- [ ] I searched')).toBe(
      'It crashes.',
    );
    expect(clean('### Is there an existing issue for this?', '- [x] I read all', '_No response_', 'Yes')).toBe(
      '- [x] I read all\nYes',
    );
    expect(clean('> Have you tried', '> offline mode?', 'Yes, it works.')).toBe('Yes, it works.');
    expect(clean('Thanks, solved.', 'On Mon, 3 May 2021, Ann <ann@example.org> wrote:', '> how?')).toBe(
      'Thanks, solved.',
    );
    expect(clean('Set the flag.', '', 'Sent from my iPhone')).toBe('Set the flag.');
    expect(clean('Set the flag.', '-- ', 'Ann', 'Example Ltd')).toBe('Set the flag.');
  });

  it('what a link is called, not where pictures and long addresses lead', () => {
    expect(clean('See [the docs](https://example.org/docs) ![shot](https://example.org/a.png)')).toBe('See the docs');
    expect(
      clean(`<img width="40" src="https://example.org/a.png"> at https://example.org/${'x'.repeat(60)} here`),
    ).toBe('at here');
    expect(clean('see https://example.org/docs and <https://example.org/b>')).toBe(
      'see https://example.org/docs and <https://example.org/b>',
    );
  });

  it('the error of a stack trace, not its frames, and the start of a long log', () => {
    const python = [
      '```',
      'Traceback (most recent call last):',
      '  File "a.py", line 3, in <module>',
      'KeyError: 1',
      '```',
    ];
    expect(clean(...python)).toBe('Traceback (most recent call last):\nKeyError: 1');
    expect(clean('TypeError: x is no function', '    at run (/app/main.js:10:3)', 'Why?')).toBe(
      'TypeError: x is no function\nWhy?',
    );
    expect(clean('crash:', '#3 0x00007fff in run () at a.cpp:7', '#12 is the same')).toBe('crash:\n#12 is the same');
    const log = Array.from({ length: 30 }, (_, line) => `line ${line}`);
    expect(clean('~~~', ...log, '~~~', 'after it').split('\n')).toEqual([...log.slice(0, 8), 'after it']);
  });

  it('all of it where it is nothing else', () => {
    for (const text of ['> quoted', '![only](a.png)', '<!-- hidden -->', '', '```\n```'])
      expect(cleanText(text)).toBe(text);
  });

  it('also where something opens and never closes, in no more than the time that reading takes', () => {
    expect(clean('a <!-- b', '```', 'code')).toBe('a <!-- b\ncode');
    const hostile = ['<!--', '<a', '[', '![x](', '`', '> ', 'On ', '-- \n', ' at ('].map((part) => part.repeat(20_000));
    const before = performance.now();
    for (const text of hostile) cleanText(text);
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
