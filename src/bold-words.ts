import { questionWords } from './retrieval/question-words.ts';

/** A piece of a text, and whether it is to stand in bold. */
export type BoldPart = { readonly text: string; readonly bold: boolean };

/**
 * Tells which pieces of a text stand in bold. Joined they are the text again, and bold ones hold nothing but letters,
 * digits, combining marks and single `_`, `.`, `-` or spaces between them. As untrusted as the text: escape each.
 */
export type BoldWords = (text: string) => readonly BoldPart[];

export const NO_BOLD: BoldWords = (text) => [{ text, bold: false }];

/**
 * The words of a question that matter, in bold where they stand in a text: as keyword search takes them, so
 * `load_dataset` stands for itself and for its two words. Not in what people quote, in links, addresses and mentions.
 */
export function boldOf(question: string | undefined): BoldWords {
  const words = new Set([...questionWords(question ?? '')].filter((word) => word.length > 1));
  return words.size === 0 ? NO_BOLD : (text) => boldParts(text, words);
}

/** A line that quotes, a Markdown link, what stands in angle brackets, and whatever is part of an address or a mention. */
const LEFT_ALONE =
  /^ {0,3}>.*$|\[[^[\]\n]*\]\([^()\n]*\)\S*|<[^<>\n]*>\S*|(?<!\S)\S*(?::\/\/|www\.|@|[\p{L}\p{N}-]\.[\p{L}\p{N}-]+\/)\S*/u;
/** As `tokenizeWords` takes them from a text. */
const CHAIN = /[\p{L}\p{N}\p{M}_]+(?:[.-][\p{L}\p{N}\p{M}_]+)*/u;
const FINDING = new RegExp(`(${LEFT_ALONE.source})|${CHAIN.source}`, 'gmu');

function boldParts(text: string, words: ReadonlySet<string>): readonly BoldPart[] {
  const parts: BoldPart[] = [];
  let end = 0;
  for (const { 0: found, 1: leftAlone, index } of text.matchAll(FINDING)) {
    parts.push({ text: text.slice(end, index), bold: false });
    for (const part of leftAlone === undefined ? chainParts(found, words) : NO_BOLD(found)) parts.push(part);
    end = index + found.length;
  }
  parts.push({ text: text.slice(end), bold: false });
  return joined(parts);
}

const UNSPACED = /([\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+)/u;
/** From the whole of an identifier down to its parts. */
const SEPARATORS = [/([.-])/, /(_+)/, UNSPACED];

function chainParts(chain: string, words: ReadonlySet<string>, level = 0): readonly BoldPart[] {
  if (words.has(folded(chain))) return [{ text: chain, bold: true }];
  const separator = SEPARATORS[level];
  if (separator) return chain.split(separator).flatMap((piece) => chainParts(piece, words, level + 1));
  return UNSPACED.test(chain) ? pairParts([...chain], words) : NO_BOLD(chain);
}

/** Where words are not set apart, pairs of characters count. */
function pairParts(characters: readonly string[], words: ReadonlySet<string>): readonly BoldPart[] {
  const isPair = (place: number) => words.has(folded(`${characters[place]}${characters[place + 1] ?? ''}`));
  return characters.map((text, place) => ({ text, bold: isPair(place) || (place > 0 && isPair(place - 1)) }));
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

const JOINT = /^[ _.-]$/;

/** Neighbours of a kind as one, and bold ones across what sets them apart: less markup, easier to read. */
function joined(parts: readonly BoldPart[]): readonly BoldPart[] {
  const filled = parts.filter(({ text }) => text !== '');
  const joins = filled.map(
    ({ text }, place) => JOINT.test(text) && filled[place - 1]?.bold === true && filled[place + 1]?.bold === true,
  );
  const whole: { text: string; bold: boolean }[] = [];
  for (const [place, part] of filled.entries()) {
    const bold = part.bold || joins[place] === true;
    const last = whole.at(-1);
    if (last?.bold === bold) last.text += part.text;
    else whole.push({ text: part.text, bold });
  }
  return whole;
}
