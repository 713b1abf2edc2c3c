import { passes } from '../../src/corpus/comment-filter.ts';
import type { Comment, CommentStore } from '../../src/corpus/store.ts';

/** The reading half of a comment store, in memory; the comments may be changed while it is used. */
export function memoryStore(
  comments: Comment[],
  { pageSize = 100 } = {},
): CommentStore & { readonly lookedUp: number } {
  let lookedUp = 0;
  const unused = () => {
    throw new Error('this store only reads');
  };
  return {
    get lookedUp() {
      return lookedUp;
    },
    version: async () => 1,
    count: async () => comments.length,
    sources: async () => [],
    async byRow(rows) {
      lookedUp += rows.length;
      return rows.map((row) => comments.find((comment) => comment.row === row));
    },
    byKey: async (keys) => keys.map((key) => comments.find((comment) => comment.key === key)),
    rowsOf: async (filter) =>
      Uint32Array.from(comments.filter((comment) => passes(comment, filter)).map(({ row }) => row)),
    async *scan() {
      for (let start = 0; start < comments.length; start += pageSize) yield comments.slice(start, start + pageSize);
    },
    changesSince: async () => ({ version: 1, rows: [], complete: true }),
    forgetChanges: unused,
    beginRun: unused,
    follow: unused,
    setPrivate: unused,
    removeAuthors: unused,
    removeSource: unused,
    space: unused,
    withoutVector: unused,
    putVectors: unused,
    vectors: unused,
    forgetVectors: unused,
    async close() {},
  };
}

/** A comment whose every field follows from its row; `overrides` says what matters to the test. */
export function aComment(overrides: Partial<Comment> & { readonly row: number }): Comment {
  const { row } = overrides;
  return {
    key: `key-${row}`,
    source: 'hub:example/issues',
    text: `comment number${row} about loading`,
    title: `title of issue${row}`,
    body: 'the body of the issue',
    issueUrl: `https://github.com/example/project/issues/${row}`,
    ...overrides,
  };
}
