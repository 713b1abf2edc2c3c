import type { Comment, CommentStore, SourceRun } from '../corpus/store.ts';

/** A run whose rows take the place of a source's, once it is published. */
export type Replacement = { readonly run: SourceRun; readonly spec: string };

/** A round of the corpus takes this many comments at a time. */
export const PAGE = 256;

export async function countOf(store: CommentStore, replacement: Replacement | undefined): Promise<number> {
  if (!replacement) return store.count();
  const replaced = (await store.sources()).find(({ spec }) => spec === replacement.spec)?.comments ?? 0;
  return (await store.count()) - replaced + (await replacement.run.count());
}

/** The corpus as it will be after the replacement, ascending by row, in pages of `PAGE`. */
export async function* pagesOf(
  store: CommentStore,
  replacement: Replacement | undefined,
): AsyncIterable<readonly Comment[]> {
  let page: Comment[] = [];
  for await (const comment of commentsOf(store, replacement)) {
    page.push(comment);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function* commentsOf(store: CommentStore, replacement: Replacement | undefined): AsyncIterable<Comment> {
  if (!replacement) {
    yield* flatten(store.scan());
    return;
  }
  const kept = flatten(store.scan())[Symbol.asyncIterator]();
  const coming = flatten(replacement.run.scan())[Symbol.asyncIterator]();
  const nextKept = async () => {
    for (;;) {
      const { value, done } = await kept.next();
      if (done || value.source !== replacement.spec) return done ? undefined : value;
    }
  };
  let left = await nextKept();
  let right = await coming.next();
  while (left || !right.done) {
    if (left && (right.done || left.row < right.value.row)) {
      yield left;
      left = await nextKept();
    } else if (!right.done) {
      yield right.value;
      right = await coming.next();
    }
  }
}

async function* flatten(pages: AsyncIterable<readonly Comment[]>): AsyncIterable<Comment> {
  for await (const page of pages) yield* page;
}
