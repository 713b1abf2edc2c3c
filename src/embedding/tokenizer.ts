import type { Tokenizer as JsonTokenizer } from '@huggingface/tokenizers';
import type { ModelFolder } from './model-folder.ts';
import { loadTokenizerParts, type TokenizerFiles } from './tokenizer-parts.ts';

/** Turns texts into token ids, cut at the model's limit: the ids that the reference tokenizer gives. */
export interface Tokenizer {
  /** At most `maxTokens` ids, special tokens included; whatever the text's length, in milliseconds. */
  encode(text: string): readonly number[];
  /** Whether `encode` leaves something of the text out. */
  truncates(text: string): boolean;
}

/**
 * @throws OperatorError when the files cannot be read as a tokenizer
 */
export function loadTokenizer({
  maxTokens,
  prompt,
  ...files
}: TokenizerFiles & Pick<ModelFolder, 'maxTokens' | 'prompt'>): Promise<Tokenizer> {
  return loadTokenizerParts(files, ({ library, contentIds }) => {
    const { before, after } = specialTokens(library);
    const room = maxTokens - before.length - after.length;
    const idsFor = (text: string) => contentIds(`${prompt}${text}`, room);
    return {
      encode: (text) => [...before, ...idsFor(text).slice(0, room), ...after],
      truncates: (text) => idsFor(text).length > room,
    };
  });
}

/** What the post-processor puts around a text, seen by letting it do so. */
function specialTokens(tokenizer: JsonTokenizer): { before: readonly number[]; after: readonly number[] } {
  const bare: readonly number[] = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const ids: readonly number[] = tokenizer.encode('a').ids;
  const extra = ids.length - bare.length;
  for (let start = 0; start <= extra; start++) {
    if (bare.every((id, index) => ids[start + index] === id)) {
      return { before: ids.slice(0, start), after: ids.slice(start + bare.length) };
    }
  }
  throw new Error('the post-processor changes the text');
}
