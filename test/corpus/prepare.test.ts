import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentOf, prepare, wordCount } from '../../src/corpus/prepare.ts';
import type { SourceIssue } from '../../src/corpus/source.ts';

const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
const issue = (overrides: Partial<SourceIssue> = {}): SourceIssue => ({
  url: 'https://github.com/example/project/issues/1',
  title: 'A title',
  body: 'A body',
  isPullRequest: false,
  comments: [],
  ...overrides,
});

describe('the words of a comment', () => {
  // What Python's str.split() takes for white space, from str.isspace() over all of Unicode.
  const PYTHON_SPACES = [
    0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
    0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
  ];

  it('are separated by exactly what Python takes for white space', () => {
    const separators: number[] = [];
    for (let code = 0; code <= 0xffff; code++) {
      if (wordCount(`a${String.fromCharCode(code)}b`) === 2) separators.push(code);
    }
    expect(separators).toEqual(PYTHON_SPACES);
  });

  it('are as many as were joined, with any white space around and between', () => {
    const space = fc.string({
      unit: fc.constantFrom(...PYTHON_SPACES.map((code) => String.fromCharCode(code))),
      minLength: 1,
      maxLength: 3,
    });
    const word = fc.string({
      unit: fc.constantFrom('a', 'é', '語', '\uFEFF', '\u200B', '😀'),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(word, space), { maxLength: 30 }), space, (pairs, before) => {
        expect(wordCount(before + pairs.flat().join(''))).toBe(pairs.length);
      }),
    );
  });

  it('are none in an empty or blank text', () => {
    expect(wordCount('')).toBe(0);
    expect(wordCount(' \n\t ')).toBe(0);
  });
});

describe('recipe seed', () => {
  it('keeps what bots wrote, unless they are to be left out', () => {
    const comments = [{ text: words(16), byBot: true }, { text: words(16) }];
    const kept = (dropBots?: boolean) => prepare([issue({ comments })], { dropBots }).prepared[0]?.kept.length;
    expect(kept()).toBe(2);
    expect(kept(true)).toBe(1);
  });

  it('keeps comments of more than 15 words, with their place among all comments', () => {
    const comments = [{ text: words(15) }, { text: words(16) }, { text: 'thanks' }, { text: words(17) }];
    const { prepared, counts } = prepare([issue({ comments })]);
    expect(prepared[0]?.kept.map(({ position }) => position)).toEqual([1, 3]);
    expect(counts).toEqual({ rows: 1, issuesWithComments: 1, comments: 4, kept: 2 });
  });

  it('drops pull requests and issues without comments', () => {
    const comments = [{ text: words(20) }];
    const { counts } = prepare([issue({ comments, isPullRequest: true }), issue(), issue({ comments })]);
    expect(counts).toEqual({ rows: 3, issuesWithComments: 1, comments: 1, kept: 1 });
  });

  it('lays a document out as title, body and comment, a line break between spaces around each', () => {
    expect(documentOf({ title: 'Title', body: 'Body\nof two lines', text: 'Comment' })).toBe(
      'Title \n Body\nof two lines \n Comment',
    );
    expect(documentOf({ title: 'Title', body: '', text: 'Comment' })).toBe('Title \n  \n Comment');
  });
});
