import { describe, expect, it } from 'vitest';
import { createRecentQuestions } from '../../src/memory/recent-questions.ts';

describe('the questions in memory', () => {
  it('are bounded: the oldest go when there is no room', () => {
    const questions = createRecentQuestions({ lifeMs: 1000, mostCharacters: 10, now: () => 0 });
    questions.add('first', { text: '12345' });
    questions.add('second', { text: '12345' });
    expect(questions.get('first')?.text).toBe('12345');
    questions.add('third', { text: '1' });
    expect(questions.get('first')).toBeUndefined();
    expect([questions.get('second')?.text, questions.get('third')?.text]).toEqual(['12345', '1']);
    questions.add('endless', { text: 'x'.repeat(11) });
    expect(['second', 'third', 'endless'].map((id) => questions.get(id))).toEqual([undefined, undefined, undefined]);
    questions.add('after', { text: 'room again' });
    expect(questions.get('after')?.text).toBe('room again');
  });

  it('make room when their time is over', () => {
    let time = 0;
    const questions = createRecentQuestions({ lifeMs: 1000, mostCharacters: 10, now: () => time });
    questions.add('old', { text: '12345' });
    time = 1000;
    expect(questions.get('old')).toBeUndefined();
    questions.sweep();
    questions.add('a', { text: '12345' });
    questions.add('b', { text: '12345' });
    expect([questions.get('a')?.text, questions.get('b')?.text]).toEqual(['12345', '12345']);
  });
});
