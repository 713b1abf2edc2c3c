import { describe, expect, it } from 'vitest';
import { renderAnswer, renderNotice } from '../../src/terminal/reply.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';

describe('an answer in the terminal', () => {
  it('has the shape of the course’s print-out', () => {
    const text = renderAnswer(anAnswer({ hits: [aHit()] }), 200);
    expect(text.split('\n').map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['COMMENT', 'SCORE', 'TITLE', 'URL', '='.repeat(50)]),
    );
    expect(text).toContain('SCORE: 24.5\n');
    expect(text).toContain('URL: https://github.com/example/project/issues/1#issuecomment-1\n');
    expect(text).toContain('multi-qa-mpnet-base-dot-v1 on cpu · 42 ms');
  });

  it('says which hit is an accepted answer, and what closed the issue of another', () => {
    const closedBy = 'https://github.com/example/project/pull/12';
    const hits = [aHit({ accepted: true, state: 'open' }), aHit({ closedBy })];
    expect(renderAnswer(anAnswer({ hits }), 200)).toMatch(
      /ABOUT: accepted answer · open · .*ABOUT: closed, fixed in #12 · /s,
    );
  });

  it('names a distance for what it is', () => {
    expect(renderAnswer(anAnswer({ metric: 'l2' }))).toContain('DISTANCE: 24.5\n');
    expect(renderAnswer(anAnswer({ metric: 'bm25', mode: 'keyword' }))).toContain('KEYWORD SCORE: 24.5\n');
  });

  it('wraps long lines at words and leaves links and code whole', () => {
    const link = `https://example.org/${'x'.repeat(120)}`;
    const text = renderAnswer(
      anAnswer({ hits: [aHit({ comment: `${'word '.repeat(60)}\n${link}\n    indented code` })] }),
      60,
    );
    const lines = text.split('\n');
    expect(lines).toContain(link);
    expect(lines).toContain('    indented code');
    expect(lines.filter((line) => line.startsWith('word')).every((line) => line.length <= 60)).toBe(true);
    expect(text.match(/word/g)).toHaveLength(60);
  });

  it('cannot be used to drive the terminal', () => {
    const text = renderAnswer(
      anAnswer({
        hits: [aHit({ comment: 'red \u001B[31mtext\u0007', title: 'a\nb\u001B]0;x', author: 'e\u202Evil' })],
      }),
    );
    for (const character of ['\u001B', '\u0007', '\u202E']) expect(text).not.toContain(character);
    expect(text).toContain('TITLE: a b]0;x');
  });

  it('says so when there is nothing to show', () => {
    expect(renderAnswer(anAnswer({ hits: [], notes: ['Nothing is indexed yet.'] }))).toBe(
      'Note: Nothing is indexed yet.\n\nNo comments found.',
    );
  });

  it('prints a notice line by line', () => {
    expect(renderNotice({ kind: 'notice', text: 'Two sources.', lines: ['a', 'b'] })).toBe('Two sources.\n  a\n  b');
  });
});
