import { describe, expect, it } from 'vitest';
import { UserError } from '../src/errors.ts';
import { describeNarrowing, readNarrowing } from '../src/narrowing.ts';

const now = new Date('2026-03-15T12:00:00Z');
const read = (text: string) => readNarrowing(text, now);

describe('the words that narrow a question', () => {
  it('are taken out of it, wherever they stand', () => {
    expect(read('source:acme/app How do I cache? state:closed label:bug since:2024 author:@octocat')).toEqual({
      text: 'How do I cache?',
      narrowing: { sources: ['acme/app'], state: 'closed', labels: ['bug'], since: '2024', author: 'octocat' },
    });
    expect(read('How state:OPEN do I?')).toEqual({ text: 'How do I?', narrowing: { state: 'open' } });
  });

  it('may be quoted, and said several times where several can hold', () => {
    expect(read('a label:"good first issue" label:“help wanted” source:x source:y').narrowing).toEqual({
      labels: ['good first issue', 'help wanted'],
      sources: ['x', 'y'],
    });
  });

  it('are only those: other colons, addresses and code stay as they are', () => {
    for (const text of [
      'Why does it say error: source: not found?',
      'See https://example.org/state:closed and mysource:x',
      'What is `state:closed label:x` in the config?',
      '```\nsource:main\nstate:open\n```\nwhat is wrong?',
      'std::state or label:"not closed',
    ]) {
      expect(read(text)).toEqual({ text, narrowing: {} });
    }
  });

  it.each([
    ['since:30d', '2026-02-13'],
    ['since:2w', '2026-03-01'],
    ['since:3m', '2025-12-14'],
    ['since:2y', '2024-03-15'],
    ['since:9999y', '1970-01-01'],
    ['since:2024', '2024'],
    ['since:2024-03', '2024-03'],
    ['since:2024-02-29', '2024-02-29'],
  ])('take %s for %s', (word, since) => {
    expect(read(`a ${word}`).narrowing.since).toBe(since);
  });

  it.each([
    ['a state:opened', 'state:opened is neither state:open nor state:closed.'],
    ['a since:yesterday', 'since:yesterday is no date: write since:2024,'],
    ['a since:2023-02-29', 'since:2023-02-29 is no date'],
    ['a since:2024-13', 'since:2024-13 is no date'],
    ['a state:open state:closed', 'state: stands there 2 times; once is enough.'],
  ])('that say nothing are named: %s', (text, message) => {
    expect(() => read(text)).toThrow(UserError);
    expect(() => read(text)).toThrow(message);
  });

  it('are told back in words', () => {
    expect(describeNarrowing({})).toBe('');
    expect(describeNarrowing(read('a source:x label:b author:c since:2024 state:open').narrowing)).toBe(
      'source x, state open, label b, since 2024, by c',
    );
  });
});
