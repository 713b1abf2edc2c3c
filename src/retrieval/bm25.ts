import { BestRows } from './best-rows.ts';
import { GrowingUint32 } from './growing-uint32.ts';
import { createLatePostings, type TermPostings } from './late-postings.ts';
import { placeOf } from './scan-index.ts';
import { tokenizeWords } from './tokenize-words.ts';
import type { Neighbours } from './vector-index.ts';

const K1 = 1.2;
const B = 0.75;
/** In a larger corpus, words that more than half of the documents have are passed over. */
const SMALL_CORPUS = 20;

/**
 * Keyword search: textbook BM25 with k1 = 1.2 and b = 0.75. A document's score is the sum, over the different words
 * of the question, of
 *
 *     ln(1 + (N - df + 0.5) / (df + 0.5)) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average length))
 *
 * with N documents, df of which have the word, tf times in this one; lengths are in words (`tokenizeWords`). In a
 * corpus of more than 20 documents, words that more than half of them have are passed over: they tell next to nothing
 * and would make nearly every document a match. A question that has no other known word keeps them.
 */
export interface KeywordIndex {
  /** Documents. */
  readonly size: number;
  /**
   * The `limit` best rows, best first; ties go to the smaller row. Only documents that share a counted word with the
   * question: none when it has no word that the corpus knows.
   *
   * @param filter which rows may be found; all when absent
   */
  search(question: string, limit: number, filter?: (row: number) => boolean): KeywordNeighbours;
  /** What a document that is not in the index would score, by the words that are; 0 without a word of the question. */
  scoreOf(document: string, question: string): number;
  /** From now on this is the row's document, whatever it had before. Scores are then as if all had been built anew. */
  put(row: number, document: string): void;
  /** The row is not there any more; does nothing where it was not. */
  remove(row: number): void;
}

export type KeywordNeighbours = Neighbours & {
  /** How many documents the ranking holds, of which `rows` are the first. */
  readonly total: number;
  /**
   * What no document's score can exceed, words that the corpus does not know counted as the rarest: a best score far
   * below it means that most of the question is found nowhere.
   */
  readonly bound: number;
};

export type Postings = {
  /** Grows by the words of what is put in later. */
  readonly terms: Map<string, number>;
  /** By term, where its postings start; one more at the end. */
  readonly offsets: Uint32Array;
  /** The postings: which document, and how often the term stands in it. */
  readonly documents: Uint32Array;
  readonly counts: Uint32Array;
  /** By document, ascending. */
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
};

type CountedTerm = { readonly term: number; readonly frequency: number };

/** The postings that were built stay as they are: what goes is passed over, what comes has a number beyond them. */
export function createKeywordIndex({ terms, offsets, documents, counts, rows, lengths }: Postings): KeywordIndex {
  const late = createLatePostings(terms);
  /** The latest number of a row that came later. */
  const lateDocuments = new Map<number, number>();
  const rowOf = new GrowingUint32(rows);
  const lengthOf = new GrowingUint32(lengths);
  /** 1 for a document that went or was replaced. */
  const gone = new GrowingUint32(new Uint32Array(rows.length));
  let size = rows.length;
  let words = lengths.reduce((sum, length) => sum + length, 0);
  let norms: Float64Array | undefined;
  /** Working memory of a search, all zero between two. */
  let scores = new Float64Array(size);
  let touched = new Uint32Array(size);

  const postingsOf = (term: number): readonly TermPostings[] => {
    const [start, end] = [offsets[term] ?? 0, offsets[term + 1] ?? 0];
    const built = { documents: documents.subarray(start, end), counts: counts.subarray(start, end) };
    const later = late.of(term);
    return later ? [built, later] : [built];
  };

  const frequencyOf = (term: number): number => {
    let frequency = 0;
    for (const postings of postingsOf(term)) {
      frequency += postings.documents.length;
      if (size === rowOf.length) continue;
      for (let place = 0; place < postings.documents.length; place++) {
        frequency -= gone.at(postings.documents[place] as number);
      }
    }
    return frequency;
  };

  const weightOf = (frequency: number): number => Math.log(1 + (size - frequency + 0.5) / (frequency + 0.5)) * (K1 + 1);

  const questionTerms = (question: string): { readonly counted: readonly CountedTerm[]; readonly unknown: number } => {
    const asked = new Set(tokenizeWords(question));
    const known = [...asked].flatMap((word) => {
      const term = terms.get(word);
      const frequency = term === undefined ? 0 : frequencyOf(term);
      return term === undefined || frequency === 0 ? [] : [{ term, frequency }];
    });
    const telling = known.filter(({ frequency }) => size <= SMALL_CORPUS || frequency <= size / 2);
    return { counted: telling.length > 0 ? telling : known, unknown: asked.size - known.length };
  };

  /** Adds a term's share to the score of each document that has it; gives how many are touched by now. */
  const accumulate = ({ term, frequency }: CountedTerm, lengthNorms: Float64Array, touchedBefore: number): number => {
    const weight = weightOf(frequency);
    let count = touchedBefore;
    for (const postings of postingsOf(term)) {
      for (let place = 0; place < postings.documents.length; place++) {
        const document = postings.documents[place] as number;
        const tf = postings.counts[place] as number;
        const before = scores[document] as number;
        if (before === 0) touched[count++] = document;
        scores[document] = before + (weight * tf) / (tf + (lengthNorms[document] as number));
      }
    }
    return count;
  };

  const normOf = (length: number): number => K1 * (1 - B + (B * length) / (words / size || 1));

  /** By document, for the average length of those that are there. */
  const currentNorms = (): Float64Array => {
    norms ??= Float64Array.from({ length: rowOf.length }, (_, document) => normOf(lengthOf.at(document)));
    return norms;
  };

  const remove = (row: number): void => {
    const document = lateDocuments.get(row) ?? placeOf(rows, row);
    if (document < 0 || gone.at(document) === 1) return;
    gone.set(document, 1);
    size--;
    words -= lengthOf.at(document);
    norms = undefined;
  };

  return {
    get size() {
      return size;
    },
    search(question, limit, filter) {
      const { counted, unknown } = questionTerms(question);
      const lengthNorms = currentNorms();
      let count = 0;
      for (const term of counted) count = accumulate(term, lengthNorms, count);
      const known = counted.reduce((sum, { frequency }) => sum + weightOf(frequency), 0);
      const best = new BestRows(limit);
      let total = 0;
      for (const document of touched.subarray(0, count)) {
        const row = rowOf.at(document);
        const score = scores[document] as number;
        scores[document] = 0;
        if (gone.at(document) === 1 || (filter && !filter(row))) continue;
        total++;
        best.offer(row, score);
      }
      return { ...best.take(), total, bound: known + unknown * weightOf(0) };
    },
    scoreOf(document, question) {
      const tokens = tokenizeWords(document);
      const norm = normOf(tokens.length);
      const counts = new Map<number, number>();
      for (const token of tokens) {
        const term = terms.get(token);
        if (term !== undefined) counts.set(term, (counts.get(term) ?? 0) + 1);
      }
      return questionTerms(question).counted.reduce((sum, { term, frequency }) => {
        const tf = counts.get(term) ?? 0;
        return sum + (weightOf(frequency) * tf) / (tf + norm);
      }, 0);
    },
    put(row, text) {
      remove(row);
      const document = rowOf.length;
      const length = late.add(document, text);
      lateDocuments.set(row, document);
      rowOf.push(row);
      lengthOf.push(length);
      gone.push(0);
      size++;
      words += length;
      norms = undefined;
      if (document < scores.length) return;
      scores = new Float64Array(Math.ceil(1.1 * rowOf.length) + 64);
      touched = new Uint32Array(scores.length);
    },
    remove,
  };
}
