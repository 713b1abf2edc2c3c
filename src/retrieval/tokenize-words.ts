/**
 * Splits a text into the words that keyword search counts, in order, repeated where they repeat.
 *
 * - Lower case, compatibility forms folded (NFKC), letters and digits of every script; everything else separates.
 * - An identifier counts as a whole and by its parts, so that it is found either way: `datasets.load_dataset` gives
 *   `datasets.load_dataset`, `datasets`, `load_dataset`, `load`, `dataset`; `--no-cache` gives `no-cache`, `no`,
 *   `cache`; `v1.2.3` gives `v1.2.3`, `v1`, `2`, `3`. Case does not split: `FileNotFoundError` is one word.
 * - Scripts written without spaces (Chinese, Japanese, Thai and their like) give overlapping pairs of characters; a
 *   character that stands alone counts by itself.
 * - Words over 64 characters are left out: they are blobs, which nobody asks for.
 */
export function tokenizeWords(text: string): string[] {
  const words: string[] = [];
  for (const chain of text.normalize('NFKC').toLowerCase().match(CHAIN) ?? []) {
    if (isPlain(chain)) add(words, chain);
    else addChain(words, chain);
  }
  return words;
}

const LONGEST_WORD = 64;
/** Letters and digits, joined by underscores, and by dots or hyphens that stand between two of them. */
const CHAIN = /[\p{L}\p{N}\p{M}_]+(?:[.-][\p{L}\p{N}\p{M}_]+)*/gu;
const UNSPACED = /([\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+)/u;
const FIRST_UNSPACED = 0x0e00;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

function addChain(words: string[], chain: string): void {
  const pieces = chain.split(/[.-]/);
  if (pieces.length > 1) add(words, chain);
  for (const piece of pieces) addPiece(words, piece);
}

/** What most words are: one piece, in a script that lies before those above. A loop is quicker here than a pattern. */
function isPlain(chain: string): boolean {
  for (let place = 0; place < chain.length; place++) {
    const code = chain.charCodeAt(place);
    if (code === DOT || code === HYPHEN || code === UNDERSCORE || code >= FIRST_UNSPACED) return false;
  }
  return true;
}

function addPiece(words: string[], piece: string): void {
  const parts = piece.split('_').filter(Boolean);
  if (parts.length > 1) add(words, parts.join('_'));
  for (const part of parts) {
    if (isPlain(part)) add(words, part);
    else addMixed(words, part);
  }
}

function addMixed(words: string[], part: string): void {
  // Splitting by a group keeps what it matched, at the odd places.
  for (const [place, run] of part.split(UNSPACED).entries()) {
    if (place % 2 === 0) add(words, run);
    else addPairs(words, [...run]);
  }
}

function addPairs(words: string[], characters: readonly string[]): void {
  if (characters.length === 1) add(words, characters[0] as string);
  for (let place = 1; place < characters.length; place++) {
    add(words, `${characters[place - 1]}${characters[place]}`);
  }
}

function add(words: string[], word: string): void {
  if (word.length > 0 && word.length <= LONGEST_WORD) words.push(word);
}
