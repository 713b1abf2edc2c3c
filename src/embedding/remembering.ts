/** Longer ones hardly repeat: they are not remembered. */
export const LONGEST_WORD = 200;
const MOST_WORDS = 20_000;

/** Remembers the ids of words: they repeat, and looking one up takes a hundredth of the time of tokenizing it. */
export function remembering(idsOf: (word: string) => readonly number[]): (word: string) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (word) => {
    if (word.length > LONGEST_WORD) return idsOf(word);
    const remembered = known.get(word);
    if (remembered) return remembered;
    const ids = idsOf(word);
    // All at once, which a text or two make good, rather than a book of what was used last.
    if (known.size >= MOST_WORDS) known.clear();
    known.set(word, ids);
    return ids;
  };
}
