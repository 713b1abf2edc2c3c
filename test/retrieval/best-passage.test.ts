import { describe, expect, it } from 'vitest';
import { bestPassage } from '../../src/retrieval/best-passage.ts';

const FILLER = 'Thanks for the report, we have looked at it and will come back to you. '.repeat(8);
const ANSWER = 'Copy the dataset folder to the offline machine and call load_from_disk there.';
const question = 'How can I load a dataset offline?';

describe('the best passage of a comment', () => {
  it('is the paragraph that has most of the question’s words', () => {
    const comment = `${FILLER}\n\n${FILLER}\n\n${ANSWER}\n\nRegards.`;
    expect(comment.slice(bestPassage(comment, question))).toBe(`${ANSWER}\n\nRegards.`);
  });

  it('is the start when the comment is short, when that has as many, and when one word alone is in common', () => {
    expect(bestPassage(`Hello.\n\n${ANSWER}`, question)).toBe(0);
    expect(bestPassage(`${ANSWER}\n\n${FILLER}\n\n${ANSWER}`, question)).toBe(0);
    expect(bestPassage(`${FILLER}\n\nIt works offline.`, question)).toBe(0);
    expect(bestPassage(`${FILLER}\n\n${ANSWER}`, 'how do I')).toBe(0);
  });

  it('does not count what quotes somebody', () => {
    expect(bestPassage(`${FILLER}\n\n> ${ANSWER}\n\nYes.`, question)).toBe(0);
  });

  it('begins before a code block, never inside', () => {
    const code = '```sh\n\nload dataset\n\noffline --now\n```';
    const comment = `${FILLER}\n\n${code}\n\nDone.`;
    expect(comment.slice(bestPassage(comment, question))).toBe(`${code}\n\nDone.`);
  });

  it('is the start of a long comment of one kind of character, which takes no long search', () => {
    for (const piece of ['a', ' ', '\n', '`', '> ', 'load dataset offline ']) {
      expect(bestPassage(piece.repeat(60_000 / piece.length), question)).toBe(0);
    }
  });
});
