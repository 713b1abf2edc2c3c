import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readModelFolder } from '../../src/embedding/model-folder.ts';
import { loadTokenizer, type Tokenizer } from '../../src/embedding/tokenizer.ts';
import { TINY_MODEL, tinyModel } from './tiny-model.ts';

const OPENING = 0;
const CLOSING = 2;
/** Of a text. */
const PIECE = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('<mask>', '</s>', 'x'.repeat(99), 'x'.repeat(101), '数据', 'Σ', '\ud800', '  ', 'load_from_disk'),
  fc.constantFrom('[UNK]', 'a-b.c', '.\u0301', '[', '<', '](', '`x_y`', '\\', '^', '--no-cache=1', 'ß?', '!\ud800'),
  fc.constantFrom(' ', '\n', '\t', '\u00a0', '\u200b', '\ufeff', '\u2028', ' \u0301', ' <mask> '),
);

describe('the tokenizer', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await load(TINY_MODEL);
  });

  it('keeps both special tokens when it cuts', () => {
    const ids = tokenizer.encode('the '.repeat(10_000));
    expect(ids).toHaveLength(512);
    expect(ids.at(0)).toBe(OPENING);
    expect(ids.at(-1)).toBe(CLOSING);
    expect(ids.slice(1, -1)).not.toContain(CLOSING);
  });

  it('has nothing but the special tokens for an empty text', () => {
    expect(tokenizer.encode('')).toEqual([OPENING, CLOSING]);
    expect(tokenizer.encode(' \n\t ')).toEqual([OPENING, CLOSING]);
  });

  it('says that a text is cut from the first token on that does not fit', () => {
    expect(tokenizer.truncates('the '.repeat(510))).toBe(false);
    expect(tokenizer.truncates('the '.repeat(511))).toBe(true);
    expect(tokenizer.truncates(`${'the '.repeat(510)}${' '.repeat(100_000)}`)).toBe(false);
  });

  it.each([
    ['words', 'the quick bot '.repeat(2000)],
    ['one word without an end', 'a'.repeat(60_000)],
    ['Chinese without white space', '数据集'.repeat(10_000)],
    ['rare Chinese', '𠀀𠀁'.repeat(8000)],
    ['punctuation', '+/='.repeat(10_000)],
    ['long unknown words', `${'x'.repeat(150)} `.repeat(1000)],
    ['words of 100 letters', `${'y'.repeat(100)} `.repeat(100)],
    ['special tokens', '<mask> </s> [UNK]'.repeat(4000)],
    ['marks', 'e\u0301\u0302'.repeat(20_000)],
    ['emoji', '👩🏽‍💻🎉 '.repeat(5000)],
    ['white space, then words', `${' \n'.repeat(30_000)}load the dataset`],
  ])('gives a long text of %s the ids that the whole text begins with', async (_name, text) => {
    // With room for everything nothing is cut before it becomes tokens.
    const whole = await load(TINY_MODEL, 1_000_000);
    const all = whole.encode(text);
    const expected = all.length <= 512 ? all : [...all.slice(0, 511), CLOSING];
    expect(tokenizer.encode(text)).toEqual(expected);
    expect(tokenizer.truncates(text)).toBe(all.length > 512);
  });

  it('gives any text the ids that it has as a whole, though it looks at one word at a time', async () => {
    // A token with white space in it: such a tokenizer is never asked for single words.
    const { added_tokens } = JSON.parse(await readFile(path.join(TINY_MODEL, 'tokenizer.json'), 'utf8'));
    const spaced = { ...added_tokens[0], id: 1_000_000, content: 'nobody writes\tthis' };
    const folder = await tinyModel({ 'tokenizer.json': { added_tokens: [...added_tokens, spaced] } });
    const undivided = await load(folder);
    expect(undivided.encode(`a ${spaced.content}`)).toContain(spaced.id);
    for (let round = 0; round < 2; round++) {
      fc.assert(
        fc.property(fc.array(PIECE, { maxLength: 30 }), (pieces) => {
          expect(tokenizer.encode(pieces.join(''))).toEqual(undivided.encode(pieces.join('')));
        }),
        { numRuns: 100 },
      );
    }
  });

  it('gives any text the ids that the whole text begins with', async () => {
    const small = await load(TINY_MODEL, 16);
    const whole = await load(TINY_MODEL, 1_000_000);
    fc.assert(
      fc.property(fc.array(PIECE, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const all = whole.encode(text);
        expect(small.encode(text)).toEqual(all.length <= 16 ? all : [...all.slice(0, 15), CLOSING]);
        expect(small.truncates(text)).toBe(all.length > 16);
      }),
      { numRuns: 100 },
    );
  });

  it('ignores truncation and padding that a tokenizer.json brings along', async () => {
    const folder = await tinyModel({
      'tokenizer.json': {
        truncation: { max_length: 8, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
        padding: {
          strategy: { Fixed: 8 },
          direction: 'Right',
          pad_id: 1,
          pad_type_id: 0,
          pad_token: '<pad>',
          pad_to_multiple_of: null,
        },
      },
    });
    const other = await load(folder);
    expect(other.encode('the bot')).toEqual(tokenizer.encode('the bot'));
    expect(other.encode('the bot '.repeat(50))).toEqual(tokenizer.encode('the bot '.repeat(50)));
  });

  it('puts the prompt of the model before the text', async () => {
    const { tokenizerFile, tokenizerConfigFile } = await readModelFolder(TINY_MODEL);
    const prompted = await loadTokenizer({ tokenizerFile, tokenizerConfigFile, maxTokens: 512, prompt: 'the: ' });
    expect(prompted.encode('bot')).toEqual(tokenizer.encode('the: bot'));
  });

  it('is refused with one clear sentence when its file is no tokenizer', async () => {
    await expect(load(await tinyModel({ 'tokenizer.json': '{"model": null}' }))).rejects.toThrow(
      /tokenizer\.json cannot be used: expected a tokenizer as saved by the tokenizers library/,
    );
  });
});

async function load(folder: string, maxTokens = 512): Promise<Tokenizer> {
  return loadTokenizer({ ...(await readModelFolder(folder)), maxTokens });
}
