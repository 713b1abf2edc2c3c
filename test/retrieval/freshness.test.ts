import { describe, expect, it } from 'vitest';
import { freshnessNote } from '../../src/retrieval/freshness.ts';

const NOW_MS = Date.parse('2026-01-10T12:00:00Z');
const HOUR_MS = 3_600_000;

const readBefore = (hours: number, spec = 'github:example/project', comments = 1) => ({
  spec,
  isPrivate: false,
  comments,
  readAt: new Date(NOW_MS - hours * HOUR_MS).toISOString(),
  newestCommentAt: undefined,
});

describe('how fresh answers are', () => {
  it.each([
    [0.9, undefined],
    [1, 'The index is an hour old.'],
    [3.5, 'The index is 3 hours old.'],
    [47, 'The index is 47 hours old.'],
    [49, 'The index is 2 days old.'],
  ])('is said of a repository that was last synced %d hours ago: %s', (hours, note) => {
    expect(freshnessNote([readBefore(0.1, 'github:example/other'), readBefore(hours)], NOW_MS)).toBe(note);
  });

  it('is not said of snapshots, nor of a repository that nothing is found of', () => {
    const records = [readBefore(500, 'hub:example/issues'), readBefore(500, 'github:example/empty', 0)];
    expect(freshnessNote(records, NOW_MS)).toBeUndefined();
  });
});
