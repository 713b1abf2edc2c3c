import { detached } from './detached.ts';
import { tokenizeWords } from './tokenize-words.ts';

/** Where a term stands: which documents, and how often in each. */
export type TermPostings = { readonly documents: ArrayLike<number>; readonly counts: ArrayLike<number> };

/** The postings of documents that came after a keyword index was built. */
export interface LatePostings {
  /** Takes in a document under a number that is its own; gives its length in words. */
  add(document: number, text: string): number;
  /** Undefined where none of them has the term. */
  of(term: number): TermPostings | undefined;
}

/** @param terms grows by the words that only these documents have */
export function createLatePostings(terms: Map<string, number>): LatePostings {
  const postings = new Map<number, { readonly documents: number[]; readonly counts: number[] }>();

  const termOf = (word: string): number => {
    const known = terms.get(word);
    if (known !== undefined) return known;
    const term = terms.size;
    terms.set(detached(word), term);
    return term;
  };

  return {
    add(document, text) {
      const words = tokenizeWords(text);
      const counts = new Map<number, number>();
      for (const word of words) {
        const term = termOf(word);
        counts.set(term, (counts.get(term) ?? 0) + 1);
      }
      for (const [term, count] of counts) {
        const list = postings.get(term) ?? { documents: [], counts: [] };
        list.documents.push(document);
        list.counts.push(count);
        postings.set(term, list);
      }
      return words.length;
    },
    of: (term) => postings.get(term),
  };
}
