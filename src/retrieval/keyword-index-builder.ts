import { createKeywordIndex, type KeywordIndex } from './bm25.ts';
import { detached } from './detached.ts';
import { GrowingUint32 } from './growing-uint32.ts';
import { tokenizeWords } from './tokenize-words.ts';

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

/** Where each group starts, one after the other, and where the last ends. */
function startsOf(sizes: GrowingUint32): Uint32Array {
  const starts = new Uint32Array(sizes.length + 1);
  for (let group = 0; group < sizes.length; group++) {
    starts[group + 1] = (starts[group] as number) + sizes.at(group);
  }
  return starts;
}
