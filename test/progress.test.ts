import { describe, expect, it } from 'vitest';
import { createProgressReporter, describeProgress, percent } from '../src/progress.ts';

describe('progress', () => {
  it('says what, how many of how many, the rate and the time left', () => {
    const text = describeProgress({ what: 'indexing', done: 1200, total: 2098, unit: 'comments' }, 14);
    expect(text).toBe('indexing: 1,200 of 2,098 comments (57 %), 14/s, 64 s left');
    const megabytes = describeProgress({ what: 'reading', done: 2, total: 4, unit: 'MB' }, 0.5);
    expect(megabytes).toBe('reading: 2 of 4 MB (50 %), 0.5 MB/s, 4 s left');
  });

  it('is never 100 % before the end', () => {
    expect(percent(1999, 2000)).toBe(99);
    expect(percent(2000, 2000)).toBe(100);
    expect(percent(0, 0)).toBe(100);
  });

  it('redraws one line in a terminal, and ends it', () => {
    const written: string[] = [];
    const reporter = createProgressReporter(
      { isTTY: true, columns: 80, write: (text) => written.push(text) },
      { drawEveryMs: 0 },
    );
    reporter.report({ what: 'indexing', done: 1, total: 2, unit: 'comments' });
    reporter.report({ what: 'indexing', done: 2, total: 2, unit: 'comments' });
    reporter.close();
    expect(written[0]).toContain('[##########..........] indexing: 1 of 2 comments (50 %)');
    expect(written.at(-1)).toBe('\n');
    expect(written.filter((text) => text === '\n')).toHaveLength(1);
  });

  it('says once that something is finished', () => {
    const written: string[] = [];
    const reporter = createProgressReporter({ write: (text) => written.push(text) });
    for (const what of ['packing', 'packing', 'reading']) reporter.report({ what, done: 2, total: 2, unit: 'MB' });
    expect(written).toEqual(['packing: 2 of 2 MB (100 %)\n', 'reading: 2 of 2 MB (100 %)\n']);
  });

  it('writes a line now and then elsewhere, and always the last one', () => {
    let time = 0;
    const written: string[] = [];
    const reporter = createProgressReporter(
      { write: (text) => written.push(text) },
      { now: () => time, lineEveryMs: 1000 },
    );
    for (let done = 0; done <= 30; done++) {
      time = done * 100;
      reporter.report({ what: 'reading', done, total: 30, unit: 'rows' });
    }
    expect(written).toHaveLength(4);
    expect(written.at(-1)).toContain('30 of 30 rows (100 %)');
  });
});
