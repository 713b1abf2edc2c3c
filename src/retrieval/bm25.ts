import { BestRows } from './best-rows.ts';
import { GrowingUint32 } from './growing-uint32.ts';
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

/** Takes the documents one by one. */
export interface KeywordIndexBuilder {
  /** @param row larger than all before it */
  add(row: number, document: string): void;
  /** The index of what was added; ends the building. */
  finish(): KeywordIndex;
}

export function createKeywordIndexBuilder(): KeywordIndexBuilder {
  const terms = new Map<string, number>();
  const rows = new GrowingUint32();
  const lengths = new GrowingUint32();
  /** Document after document, an entry for each of its different terms. */
  const entryTerms = new GrowingUint32();
  const entryCounts = new GrowingUint32();
  /** By document, where its entries end. */
  const entryEnds = new GrowingUint32();
  /** By term, how many documents have it. */
  const frequencies = new GrowingUint32();
  /** By term, its latest entry, counted from 1. */
  const latestEntries = new GrowingUint32();

  const termOf = (word: string): number => {
    const known = terms.get(word);
    if (known !== undefined) return known;
    const term = terms.size;
    terms.set(detached(word), term);
    frequencies.push(0);
    latestEntries.push(0);
    return term;
  };

  return {
    add(row, document) {
      if (rows.length > 0 && row <= rows.at(rows.length - 1)) throw new Error(`row ${row} comes out of order`);
      const firstEntry = entryTerms.length;
      const words = tokenizeWords(document);
      for (const word of words) {
        const term = termOf(word);
        const latest = latestEntries.at(term);
        if (latest > firstEntry) {
          entryCounts.increment(latest - 1);
          continue;
        }
        entryTerms.push(term);
        entryCounts.push(1);
        frequencies.increment(term);
        latestEntries.set(term, entryTerms.length);
      }
      rows.push(row);
      lengths.push(words.length);
      entryEnds.push(entryTerms.length);
    },
    finish() {
      const offsets = startsOf(frequencies);
      const documents = new Uint32Array(entryTerms.length);
      const counts = new Uint32Array(entryTerms.length);
      const next = offsets.slice();
      for (let document = 0, entry = 0; document < rows.length; document++) {
        for (const end = entryEnds.at(document); entry < end; entry++) {
          const term = entryTerms.at(entry);
          const place = next[term] as number;
          next[term] = place + 1;
          documents[place] = document;
          counts[place] = entryCounts.at(entry);
        }
      }
      return createKeywordIndex({
        terms,
        offsets,
        documents,
        counts,
        rows: rows.toArray(),
        lengths: lengths.toArray(),
      });
    },
  };
}

type Postings = {
  readonly terms: ReadonlyMap<string, number>;
  /** By term, where its postings start; one more at the end. */
  readonly offsets: Uint32Array;
  /** The postings: which document, and how often the term stands in it. */
  readonly documents: Uint32Array;
  readonly counts: Uint32Array;
  /** By document. */
  readonly rows: Uint32Array;
  readonly lengths: Uint32Array;
};

function createKeywordIndex({ terms, offsets, documents, counts, rows, lengths }: Postings): KeywordIndex {
  const size = rows.length;
  const lengthNorms = normsOf(lengths);
  /** Working memory of a search, all zero between two. */
  const scores = new Float64Array(size);
  const touched = new Uint32Array(size);

  const frequencyOf = (term: number): number => (offsets[term + 1] as number) - (offsets[term] as number);

  const weightOf = (frequency: number): number => Math.log(1 + (size - frequency + 0.5) / (frequency + 0.5)) * (K1 + 1);

  const questionTerms = (question: string): { readonly counted: readonly number[]; readonly unknown: number } => {
    const words = new Set(tokenizeWords(question));
    const known = [...words].map((word) => terms.get(word)).filter((term) => term !== undefined);
    const telling = known.filter((term) => size <= SMALL_CORPUS || frequencyOf(term) <= size / 2);
    return { counted: telling.length > 0 ? telling : known, unknown: words.size - known.length };
  };

  /** Adds a term's share to the score of each document that has it; gives how many are touched by now. */
  const accumulate = (term: number, touchedBefore: number): number => {
    const weight = weightOf(frequencyOf(term));
    const end = offsets[term + 1] as number;
    let count = touchedBefore;
    for (let place = offsets[term] as number; place < end; place++) {
      const document = documents[place] as number;
      const tf = counts[place] as number;
      const before = scores[document] as number;
      if (before === 0) touched[count++] = document;
      scores[document] = before + (weight * tf) / (tf + (lengthNorms[document] as number));
    }
    return count;
  };

  return {
    size,
    search(question, limit, filter) {
      const { counted, unknown } = questionTerms(question);
      let count = 0;
      for (const term of counted) count = accumulate(term, count);
      const known = counted.reduce((sum, term) => sum + weightOf(frequencyOf(term)), 0);
      const best = new BestRows(limit);
      let total = 0;
      for (const document of touched.subarray(0, count)) {
        const row = rows[document] as number;
        const score = scores[document] as number;
        scores[document] = 0;
        if (filter && !filter(row)) continue;
        total++;
        best.offer(row, score);
      }
      return { ...best.take(), total, bound: known + unknown * weightOf(0) };
    },
  };
}

/** Where each group starts, one after the other, and where the last ends. */
function startsOf(sizes: GrowingUint32): Uint32Array {
  const starts = new Uint32Array(sizes.length + 1);
  for (let group = 0; group < sizes.length; group++) {
    starts[group + 1] = (starts[group] as number) + sizes.at(group);
  }
  return starts;
}

function normsOf(lengths: Uint32Array): Float64Array {
  let total = 0;
  for (const length of lengths) total += length;
  const average = total / lengths.length || 1;
  return Float64Array.from(lengths, (length) => K1 * (1 - B + (B * length) / average));
}

/** A longer piece of a string keeps the whole string alive; its copy lets the document go. */
function detached(word: string): string {
  return word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le');
}
