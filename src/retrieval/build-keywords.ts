import { setImmediate as nextTurn } from 'node:timers/promises';
import { documentOf } from '../corpus/prepare.ts';
import type { CommentStore } from '../corpus/store.ts';
import { createKeywordIndexBuilder, type KeywordIndex } from './bm25.ts';

/** How long other work of the thread may have to wait. */
const SLICE_MS = 10;

/** Builds the keyword index of everything that can be found, in slices, so that questions in between are answered. */
export async function buildKeywords(store: CommentStore, signal?: AbortSignal): Promise<KeywordIndex> {
  const builder = createKeywordIndexBuilder();
  let sliceStart = performance.now();
  for await (const page of store.scan()) {
    for (const comment of page) {
      builder.add(comment.row, documentOf(comment));
      if (performance.now() - sliceStart < SLICE_MS) continue;
      await nextTurn();
      signal?.throwIfAborted();
      sliceStart = performance.now();
    }
  }
  return builder.finish();
}
