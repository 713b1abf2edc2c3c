import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asksSomething } from '../../src/help/question.ts';

type Labelled = { readonly text: string; readonly asks: boolean; readonly part: 'tuned' | 'held-out' };

const MESSAGES = readFileSync(new URL('../fixtures/chat-messages.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Labelled);

/** What holds on messages that the rules were not made from. */
const FLOOR = { precision: 0.9, recall: 0.85 };

function measure(messages: readonly Labelled[]) {
  const found = messages.filter(({ text }) => asksSomething(text));
  const right = found.filter(({ asks }) => asks).length;
  return { precision: right / found.length, recall: right / messages.filter(({ asks }) => asks).length };
}

describe('asksSomething', () => {
  it('is measured on 200 messages or more, a third of the questions without a question mark', () => {
    const questions = MESSAGES.filter(({ asks }) => asks);
    const unmarked = questions.filter(({ text }) => !/[?？]/.test(text));

    expect(MESSAGES.length).toBeGreaterThanOrEqual(200);
    expect(unmarked.length / questions.length).toBeGreaterThanOrEqual(1 / 3);
    expect(MESSAGES.length - questions.length).toBeGreaterThanOrEqual(MESSAGES.length / 3);
  });

  it.each(['tuned', 'held-out'] as const)('holds its floors of precision and recall (%s)', (part) => {
    const { precision, recall } = measure(MESSAGES.filter((message) => message.part === part));
    console.info(`question detection, ${part}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`);

    expect(precision).toBeGreaterThanOrEqual(FLOOR.precision);
    expect(recall).toBeGreaterThanOrEqual(FLOOR.recall);
  });

  it('finds most questions without a question mark too', () => {
    const { recall } = measure(MESSAGES.filter(({ text, asks }) => !asks || !/[?？]/.test(text)));

    expect(recall).toBeGreaterThanOrEqual(0.8);
  });

  it.each([
    '',
    '   ',
    '🎉🎉',
    '?',
    '```\nwhy()\n```',
    '`how?`',
    '> how do I install it?',
    'https://example.com/?q=how',
  ])('finds no question in %j', (text) => {
    expect(asksSomething(text)).toBe(false);
  });

  it('reads 60 kB of anything within a second', () => {
    const hostile = ['`', '?', ' ', 'how ', 'error', 'lol', '> ', '```\n', 'you ', 'http://', "i can't ", 'a\n', '如'];
    const start = performance.now();
    for (const piece of hostile) asksSomething(piece.repeat(60_000 / piece.length));

    expect(performance.now() - start).toBeLessThan(hostile.length * 1_000);
  });
});
