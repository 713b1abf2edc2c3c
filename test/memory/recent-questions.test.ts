import { describe, expect, it } from 'vitest';
import { createRecentQuestions } from '../../src/memory/recent-questions.ts';

describe('the questions in memory', () => {
  it('are bounded: the oldest go when there is no room', () => {
    const questions = createRecentQuestions({ lifeMs: 1000, mostCharacters: 10, now: () => 0 });
    questions.add('first', '12345');
    questions.add('second', '12345');
    expect(questions.get('first')).toBe('12345');
    questions.add('third', '1');
    expect(questions.get('first')).toBeUndefined();
    expect([questions.get('second'), questions.get('third')]).toEqual(['12345', '1']);
    questions.add('endless', 'x'.repeat(11));
    expect(['second', 'third', 'endless'].map((id) => questions.get(id))).toEqual([undefined, undefined, undefined]);
    questions.add('after', 'room again');
    expect(questions.get('after')).toBe('room again');
  });

  it('make room when their time is over', () => {
    let time = 0;
    const questions = createRecentQuestions({ lifeMs: 1000, mostCharacters: 10, now: () => time });
    questions.add('old', '12345');
    time = 1000;
    expect(questions.get('old')).toBeUndefined();
    questions.sweep();
    questions.add('a', '12345');
    questions.add('b', '12345');
    expect([questions.get('a'), questions.get('b')]).toEqual(['12345', '12345']);
  });
});
