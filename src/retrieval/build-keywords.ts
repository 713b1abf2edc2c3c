import { setImmediate as nextTurn } from 'node:timers/promises';
import { documentOf } from '../corpus/prepare.ts';
import type { CommentStore } from '../corpus/store.ts';
import { createKeywordIndexBuilder, type KeywordIndex } from './bm25.ts';
import { GrowingUint32 } from './growing-uint32.ts';
import { placeOf } from './scan-index.ts';

/** The words of everything that can be found. */
export type CorpusWords = KeywordIndex & {
  /** A number for the issue that a row belongs to; rows that came later have one of their own, below 0. */
  issueOf(row: number): number;
};

/** How long other work of the thread may have to wait. */
const SLICE_MS = 10;

/** Builds the keyword index of everything that can be found, in slices, so that questions in between are answered. */
export async function buildKeywords(store: CommentStore, signal?: AbortSignal): Promise<CorpusWords> {
  const builder = createKeywordIndexBuilder();
  const numbers = new Map<string, number>();
  const rows = new GrowingUint32();
  const issues = new GrowingUint32();
  let sliceStart = performance.now();
  for await (const page of store.scan()) {
    for (const comment of page) {
      builder.add(comment.row, documentOf(comment));
      const number = numbers.get(comment.issueUrl) ?? numbers.size;
      numbers.set(comment.issueUrl, number);
      rows.push(comment.row);
      issues.push(number);
      if (performance.now() - sliceStart < SLICE_MS) continue;
      await nextTurn();
      signal?.throwIfAborted();
      sliceStart = performance.now();
    }
  }
  const known = rows.toArray();
  return {
    ...builder.finish(),
    issueOf(row) {
      const place = placeOf(known, row);
      return place < 0 ? -1 - row : issues.at(place);
    },
  };
}
