import { isKept } from '../corpus/prepare.ts';

/** A text as shingles, each a number: words that follow one another. */
export type Telling = {
  readonly all: ReadonlySet<number>;
  /** What the writer tells: all but the quoted lines; those where the rest is too short to be a comment by itself. */
  readonly told: ReadonlySet<number>;
  /** Whether that is the quoted lines. */
  readonly onlyQuotes: boolean;
};

/** Of a long text the beginning and the end count, so that thirty are compared in a moment. */
const HEAD = 2_000;
const TAIL = 1_000;
/** Three marks without a space are the prompt of a Python session. */
const QUOTED = /^ {0,3}>(?!>>)/;
/** Above a quotation in a reply by mail. */
const MAIL_LINE = /^On .{10,300}\bwrote:\s*$/;

export function tellingOf(text: string): Telling {
  const short = text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`;
  if (!short.includes('>')) return { ...whole(short), onlyQuotes: false };
  const lines = short.split(/\r?\n/).filter((line) => !MAIL_LINE.test(line));
  const quoted = lines.filter((line) => QUOTED.test(line));
  const { all } = whole(lines.join('\n'));
  if (quoted.length === 0) return { all, told: all, onlyQuotes: false };
  const own = lines.filter((line) => !QUOTED.test(line)).join('\n');
  const onlyQuotes = !isKept(own);
  return { all, told: shinglesOf(onlyQuotes ? quoted.join('\n') : own), onlyQuotes };
}

function whole(text: string): Pick<Telling, 'all' | 'told'> {
  const all = shinglesOf(text);
  return { all, told: all };
}

/**
 * Every three words in a row as a hash of 32 bits: two that are not the same share one too seldom to count. Upper and
 * lower case are the same; of scripts without spaces each character is a word. A text of fewer words is one shingle.
 */
function shinglesOf(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  let [before, last, word] = [0, 0, 0];
  const end = () => {
    if (word === 0) return;
    if (before !== 0) found.add(mixed(mixed(before, last), word));
    [before, last, word] = [last, word, 0];
  };
  const folded = text.toLowerCase();
  for (let place = 0; place < folded.length; place++) {
    const code = folded.charCodeAt(place);
    if (code >= FIRST_UNSPACED) end();
    if (isWordPart(code)) word = mixed(word, code) || 1;
    if (code >= FIRST_UNSPACED || !isWordPart(code)) end();
  }
  end();
  return found.size > 0 ? found : found.add(mixed(before, last));
}

/** From here on come the scripts of China, Japan and Korea. */
const FIRST_UNSPACED = 0x2e80;

/** Letters and digits; beyond ASCII whatever is no mark of the blocks that hold punctuation and symbols. */
function isWordPart(code: number): boolean {
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  return code > 0xbf && !(code >= 0x2000 && code < FIRST_UNSPACED);
}

/** As FNV-1a mixes, a number at a time. */
function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value ^ 0x811c9dc5, 0x01000193) ^ (hash >>> 15);
}
