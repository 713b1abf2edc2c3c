import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boldOf } from '../src/bold-words.ts';

/** The text with what is bold in double brackets. */
const marked = (text: string, question: string) =>
  boldOf(question)(text)
    .map((part) => (part.bold ? `⟦${part.text}⟧` : part.text))
    .join('');

describe('the words in bold', () => {
  it('are those of the question that matter, however they are written', () => {
    expect(marked('You can LOAD it; reload does not.', 'How can I load it?')).toBe(
      'You can ⟦LOAD⟧ it; reload does not.',
    );
    expect(marked('Ｏffline, café', 'offline CAFÉ')).toBe('⟦Ｏffline⟧, ⟦café⟧');
    expect(marked('A plan B', 'what is a plan b')).toBe('A ⟦plan⟧ B');
  });

  it('are parts of identifiers and whole ones', () => {
    expect(marked('datasets.load_dataset(x), --no-cache', 'load_dataset')).toBe(
      'datasets.⟦load_dataset⟧(x), --no-cache',
    );
    expect(marked('load_dataset_builder and no-cache', 'load a dataset --no-cache')).toBe(
      '⟦load_dataset⟧_builder and ⟦no-cache⟧',
    );
    expect(marked('since v1.2.3', 'v1.2.3')).toBe('since ⟦v1.2.3⟧');
  });

  it('are found where words are not set apart', () => {
    expect(marked('请加载数据集吧', '数据集')).toBe('请加载⟦数据集⟧吧');
    expect(marked('Python数据集', 'on 数据')).toBe('Python⟦数据⟧集');
  });

  it('are not in quotes, links, addresses and mentions', () => {
    for (const text of [
      '> load',
      '[load x](y load) [a](b)https://a.example/load',
      'https://a.example/load load.example/load www.load (https://load)',
      '@load load@a.example @org/load',
      '<load x> <load>load',
    ]) {
      expect(marked(text, 'load')).toBe(text);
    }
  });

  it('are none where the question is not known or says nothing', () => {
    for (const question of [undefined, '', 'how do I', '!']) expect(boldOf(question)('how load')).toHaveLength(1);
  });

  it('leave the text as it was, hold nothing but words, and stand apart', () => {
    const piece = fc.constantFrom(
      'load',
      'set',
      '数据',
      'é',
      '_',
      '.',
      '-',
      ' ',
      '\n',
      '*',
      '`',
      '[',
      '](',
      ')',
      '<',
      '>',
      '@',
      '://',
      '\\',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, text, (comment, question) => {
        const parts = boldOf(`load set 数据 ${question}`)(comment);
        expect(parts.map((part) => part.text).join('')).toBe(comment);
        for (const [place, part] of parts.entries()) {
          expect(part.bold).not.toBe(parts[place - 1]?.bold);
          if (part.bold) expect(part.text).toMatch(/^[\p{L}\p{N}\p{M}_](?:[ .-]?[\p{L}\p{N}\p{M}_])*$/u);
        }
      }),
    );
  });

  it('are found in 60 kB of anything without getting stuck', () => {
    const pieces = ['load', 'load_', 'load.', 'a.', 'load ', '[', '[load](', '<', '数', ' ', '>\n', '://', '@', '-'];
    for (const piece of pieces)
      expect(boldOf('load 数数')(piece.repeat(60_000 / piece.length)).length).toBeGreaterThan(0);
  });
});
