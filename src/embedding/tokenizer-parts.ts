import { readFile } from 'node:fs/promises';
import { Tokenizer as JsonTokenizer } from '@huggingface/tokenizers';
import { OperatorError, toError } from '../errors.ts';
import type { ModelFolder } from './model-folder.ts';
import { LONGEST_WORD, remembering } from './remembering.ts';

export type TokenizerFiles = Pick<ModelFolder, 'tokenizerFile' | 'tokenizerConfigFile'>;

/** A tokenizer's ids of texts alone, and what it puts around and between them. */
export type TokenizerParts = {
  /** The library's tokenizer, for what its post-processor does. */
  readonly library: JsonTokenizer;
  /** The ids of a text without special tokens: all of them, or more than `most`. Takes milliseconds at any length. */
  contentIds(text: string, most: number): readonly number[];
};

type Json = Readonly<Record<string, unknown>>;

/** Enough characters for the limit in nearly every text, so that a second look is rare. */
const CHARACTERS_PER_TOKEN = 12;

/**
 * Reads a tokenizer's files and makes something of it.
 *
 * @throws OperatorError when the files cannot be read as a tokenizer
 */
export async function loadTokenizerParts<Made>(
  { tokenizerFile, tokenizerConfigFile }: TokenizerFiles,
  make: (parts: TokenizerParts) => Made,
): Promise<Made> {
  const json: Json = JSON.parse(await readFile(tokenizerFile, 'utf8'));
  const config: Json = JSON.parse(await readFile(tokenizerConfigFile, 'utf8').catch(() => '{}'));
  try {
    return make(partsOf(json, config));
  } catch (error) {
    throw new OperatorError(
      `${tokenizerFile} cannot be used: expected a tokenizer as saved by the tokenizers library. Fetch the file again, or choose another model.`,
      { cause: toError(error) },
    );
  }
}

function partsOf(json: Json, config: Json): TokenizerParts {
  // Truncation and padding that a tokenizer.json brings are settings of whoever saved it (MiniLM's says 128).
  const library = new JsonTokenizer({ ...json, truncation: null, padding: null }, config);
  const cut = cutterFor(json);
  const mend = menderFor(json);
  const idsOf = (part: string): readonly number[] => library.encode(mend(part), { add_special_tokens: false }).ids;

  const contentIds: TokenizerParts['contentIds'] = (text, most) => {
    for (let length = (most + 1) * CHARACTERS_PER_TOKEN; cut && length < text.length; length *= 4) {
      const { end, doubtfulIds } = cut(text, length);
      const ids = idsOf(text.slice(0, end));
      if (ids.length - doubtfulIds > most) return ids;
    }
    return idsOf(text);
  };
  if (!looksAtWords(json)) return { library, contentIds };
  const idsOfWord = remembering(idsOf);
  /** The same, a word at a time. */
  const wordIds: TokenizerParts['contentIds'] = (text, most) => {
    const ids: number[] = [];
    for (const [word] of text.matchAll(WORD)) {
      for (const id of word.length > LONGEST_WORD ? contentIds(word, most) : idsOfWord(word)) ids.push(id);
      if (ids.length > most) break;
    }
    return ids;
  };
  return { library, contentIds: wordIds };
}

/**
 * Where a long text may be cut before it is tokenized: `end` is at most `limit`, and all ids of the part before it but
 * the last `doubtfulIds` are those of the whole text.
 */
type Cutter = (text: string, limit: number) => { readonly end: number; readonly doubtfulIds: number };

/** Undefined for tokenizers that look at a text as a whole: they get all of it. */
function cutterFor(json: Json): Cutter | undefined {
  const preTokenizers = stepsOf(json.pre_tokenizer, 'pretokenizers');
  const model = json.model as Json;
  if (model.type === 'WordPiece' && preTokenizers.some(({ type }) => type === 'BertPreTokenizer'))
    return wordPieceCutter(model);
  const byWords = preTokenizers.some(
    ({ type, split, use_regex }) =>
      type === 'Whitespace' ||
      type === 'WhitespaceSplit' ||
      (type === 'Metaspace' && split !== false) ||
      (type === 'ByteLevel' && use_regex !== false),
  );
  return byWords ? (text, limit) => ({ end: lastWordEnd(text, limit), doubtfulIds: 0 }) : undefined;
}

/**
 * WordPiece looks at one word at a time, and a word that is too long is one unknown token. So a cut anywhere changes
 * at most the pieces of the word it falls into, of a special token spelled out there, and of its combining marks.
 */
function wordPieceCutter(model: Json): Cutter {
  const longestWord = typeof model.max_input_chars_per_word === 'number' ? model.max_input_chars_per_word : 100;
  return (_text, limit) => ({ end: limit, doubtfulIds: longestWord + 28 });
}

/**
 * What white space of every kind of tokenizer sets apart (it knows more kinds, which stay inside), and ASCII punctuation,
 * each of which is a token. From `[` or `<` on a run stays whole: it may spell out a special token.
 */
const WORD = /[^ \t\r\n!-/:-@[-`{-~]+|[!-/:;=-@\\-`{-~]|[[<][^ \t\r\n]*/g;
/** A special token that `WORD` would tear. */
const TORN = /\s|^[^[<].*[!-/:-@[-`{-~]|^[!-/:;=-@\\-`{-~]/;

/** Whether the ids of a text are those of its words, one after the other. */
function looksAtWords(json: Json): boolean {
  const isBert = (step: unknown, listKey: string, type: string) => {
    const steps = stepsOf(step, listKey);
    return steps.length === 1 && steps[0]?.type === type;
  };
  const addedTokens = Array.isArray(json.added_tokens) ? (json.added_tokens as readonly Json[]) : [];
  return (
    (json.model as Json).type === 'WordPiece' &&
    isBert(json.normalizer, 'normalizers', 'BertNormalizer') &&
    isBert(json.pre_tokenizer, 'pretokenizers', 'BertPreTokenizer') &&
    !addedTokens.some(({ content }) => TORN.test(String(content)))
  );
}

/**
 * Brings a text into a form in which this library and the reference agree. The reference works on UTF-8, which has no
 * lone surrogates; lower-cases letter by letter, so that a capital sigma never becomes a final one; and sets the
 * Chinese characters beyond the first 65,536 code points apart, which the library overlooks.
 */
function menderFor(json: Json): (text: string) => string {
  const bert = stepsOf(json.normalizer, 'normalizers').find(({ type }) => type === 'BertNormalizer');
  return (text) => {
    let mended = text.toWellFormed();
    if (bert?.lowercase === true) mended = mended.replaceAll('Σ', 'σ');
    if (bert?.handle_chinese_chars === true) mended = mended.replace(RARE_CHINESE, ' $& ');
    return mended;
  };
}

const RARE_CHINESE = /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

function stepsOf(step: unknown, listKey: string): readonly Json[] {
  if (typeof step !== 'object' || step === null) return [];
  const list = (step as Json)[listKey];
  return Array.isArray(list) ? list : [step as Json];
}

/** The last place at or before `limit` where a word ends: white space follows, and none comes before. */
function lastWordEnd(text: string, limit: number): number {
  for (let end = limit; end > 0; end--) {
    if (/\s/.test(text.charAt(end)) && !/\s/.test(text.charAt(end - 1))) return end;
  }
  return 0;
}
