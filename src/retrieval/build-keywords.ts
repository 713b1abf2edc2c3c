import { setImmediate as nextTurn } from 'node:timers/promises';
import { documentOf } from '../corpus/prepare.ts';
import type { Comment, CommentStore } from '../corpus/store.ts';
import type { KeywordIndex } from './bm25.ts';
import { GrowingUint32 } from './growing-uint32.ts';
import { createKeywordIndexBuilder } from './keyword-index-builder.ts';
import { placeOf } from './scan-index.ts';

/** The words of everything that can be found. */
export type CorpusWords = Pick<KeywordIndex, 'size' | 'search' | 'scoreOf'> & {
  /** A number for the issue that a row belongs to; rows that are not known have one of their own, below 0. */
  issueOf(row: number): number;
};

/** Words that go with the corpus: afterwards everything is as if they had been built anew. */
export type ChangingWords = CorpusWords & {
  /** From now on this is what the row holds. */
  put(comment: Comment): void;
  remove(row: number): void;
};

/** How long other work of the thread may have to wait. */
const SLICE_MS = 10;

/** Builds the keyword index of everything that can be found, in slices, so that questions in between are answered. */
export async function buildKeywords(store: CommentStore, signal?: AbortSignal): Promise<ChangingWords> {
  const builder = createKeywordIndexBuilder();
  const numbers = new Map<string, number>();
  const rows = new GrowingUint32();
  const issues = new GrowingUint32();
  const numberOf = (issueUrl: string): number => {
    const number = numbers.get(issueUrl) ?? numbers.size;
    numbers.set(issueUrl, number);
    return number;
  };
  let sliceStart = performance.now();
  for await (const page of store.scan()) {
    for (const comment of page) {
      builder.add(comment.row, documentOf(comment));
      rows.push(comment.row);
      issues.push(numberOf(comment.issueUrl));
      if (performance.now() - sliceStart < SLICE_MS) continue;
      await nextTurn();
      signal?.throwIfAborted();
      sliceStart = performance.now();
    }
  }
  const known = rows.toArray();
  const index = builder.finish();
  const lateIssues = new Map<number, number>();
  return {
    get size() {
      return index.size;
    },
    search: index.search,
    scoreOf: index.scoreOf,
    issueOf(row) {
      const late = lateIssues.get(row);
      if (late !== undefined) return late;
      const place = placeOf(known, row);
      return place < 0 ? -1 - row : issues.at(place);
    },
    put(comment) {
      index.put(comment.row, documentOf(comment));
      lateIssues.set(comment.row, numberOf(comment.issueUrl));
    },
    remove: index.remove,
  };
}
