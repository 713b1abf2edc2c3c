import { describe, expect, it } from 'vitest';
import { askedTitles } from '../../src/retrieval/asked-titles.ts';
import { linkedIssues } from '../../src/retrieval/linked-issues.ts';
import { aComment, memoryStore } from '../fakes/memory-store.ts';

const { signal } = new AbortController();
const url = (issue: number) => `https://github.com/o/r/issues/${issue}`;
/** Twelve issues of `each` comments, which come in turns as syncs bring them. */
const comments = (each = 2, issues = 12) =>
  Array.from({ length: each * issues }, (_, row) =>
    aComment({ row, issueUrl: url(row % issues), title: `title ${row % issues}`, text: `comment ${row}` }),
  );

describe('the titles that are asked', () => {
  it('are the same each time, with all comments of their issues wherever those stand', async () => {
    const all = await askedTitles(memoryStore(comments(), { pageSize: 5 }), { most: 100, signal });
    expect(all.map(({ title }) => title).sort()).toEqual(
      comments(1)
        .map(({ title }) => title)
        .sort(),
    );
    for (const { issue, comments: own } of all) {
      expect(own.map(({ row }) => url(row % 12))).toEqual([issue, issue]);
    }
    const few = await askedTitles(memoryStore(comments(), { pageSize: 3 }), { most: 3, signal });
    expect(few).toEqual(all.slice(0, 3));
  });

  it('take a few comments of a long discussion, and know which rows the others are', async () => {
    const [asked] = await askedTitles(memoryStore(comments(10, 1)), { most: 5, signal });
    expect(asked?.comments.map(({ row }) => row)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(asked?.others).toEqual([8, 9]);
  });

  it('leave issues out that have no words in their title, and stop when told to', async () => {
    const nameless = comments().map((comment) => ({
      ...comment,
      title: comment.row % 12 === 3 ? '???' : comment.title,
    }));
    expect(await askedTitles(memoryStore(nameless), { most: 100, signal })).toHaveLength(11);
    await expect(askedTitles(memoryStore(comments()), { most: 5, signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('know which other issues their discussion names', async () => {
    const [asked] = await askedTitles(
      memoryStore([
        aComment({ row: 0, issueUrl: url(1), body: 'A duplicate of #7', text: `See ${url(9)} and #1.` }),
        aComment({
          row: 1,
          issueUrl: url(1),
          text: 'o/x#8, https://github.com/o/x/issues/4, &#39; and\n#3  0x00007ffff7',
        }),
      ]),
      { most: 1, signal },
    );
    expect(asked?.linked.toSorted()).toEqual([url(7), url(9)]);
  });

  it('are linked by address only where issues have numbers', () => {
    expect(linkedIssues('see #4', 'sample:x')).toEqual(new Set());
    expect(linkedIssues('see #4', 'sample:7')).toEqual(new Set());
    expect(linkedIssues('see https://github.com/o/r/discussions/4', url(1))).toEqual(
      new Set(['https://github.com/o/r/discussions/4']),
    );
  });
});
