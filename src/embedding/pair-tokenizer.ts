import type { Tokenizer as JsonTokenizer } from '@huggingface/tokenizers';
import { loadTokenizerParts, type TokenizerFiles } from './tokenizer-parts.ts';

/** Two texts as one row of ids. */
export type PairRow = {
  readonly ids: readonly number[];
  /** Where the ids of the second type begin; their number where the tokenizer knows one type alone. */
  readonly secondFrom: number;
  readonly length: number;
};

/** Turns a question and a text into one row, cut at the model's limit: the ids that the reference tokenizer gives. */
export interface PairTokenizer {
  /** At most `maxTokens` ids, special tokens included. */
  encode(question: string, text: string): PairRow;
}

/** @throws OperatorError when the files cannot be read as a tokenizer of pairs */
export function loadPairTokenizer({
  maxTokens,
  ...files
}: TokenizerFiles & { readonly maxTokens: number }): Promise<PairTokenizer> {
  return loadTokenizerParts(files, ({ library, contentIds }) => {
    const { before, between, after, hasTypes } = specialTokens(library);
    const room = maxTokens - before.length - between.length - after.length;
    return {
      encode(question, text) {
        const first = contentIds(question, room);
        const second = contentIds(text, room);
        const [most, rest] = longestFirst(first.length, second.length, room);
        const head = [...before, ...first.slice(0, most), ...between];
        const ids = [...head, ...second.slice(0, rest), ...after];
        return { ids, secondFrom: hasTypes ? head.length : ids.length, length: ids.length };
      },
    };
  });
}

/**
 * How many ids of either text are kept: the longer one gives first, then both. What sentence-transformers asks for a
 * cross-encoder (`truncation="longest_first"`), as the tokenizers library does it.
 */
function longestFirst(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  const [few, many] = shorter > half ? [half, room - half] : [shorter, room - shorter];
  return first <= second ? [few, many] : [many, few];
}

/** What the post-processor puts around and between two texts, seen by letting it do so. */
function specialTokens(tokenizer: JsonTokenizer) {
  const bare = (text: string): readonly number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const [first, second] = [bare('a'), bare('b')];
  const { ids, token_type_ids: types } = tokenizer.encode('a', { text_pair: 'b', return_token_type_ids: true });
  const firstAt = placeOf(first, ids, 0);
  const secondAt = placeOf(second, ids, firstAt + first.length);
  return {
    before: ids.slice(0, firstAt),
    between: ids.slice(firstAt + first.length, secondAt),
    after: ids.slice(secondAt + second.length),
    hasTypes: types[secondAt] === 1,
  };
}

function placeOf(part: readonly number[], ids: readonly number[], from: number): number {
  for (let start = from; start + part.length <= ids.length; start++) {
    if (part.every((id, index) => ids[start + index] === id)) return start;
  }
  throw new Error('the post-processor changes the texts');
}
