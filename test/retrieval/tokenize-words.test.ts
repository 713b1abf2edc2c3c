import { describe, expect, it } from 'vitest';
import { tokenizeWords } from '../../src/retrieval/tokenize-words.ts';

describe('the words of a text', () => {
  it.each([
    ['How can I load it?', ['how', 'can', 'i', 'load', 'it']],
    ['load_dataset', ['load_dataset', 'load', 'dataset']],
    ['CUDA_ERROR_12', ['cuda_error_12', 'cuda', 'error', '12']],
    ['v1.2.3', ['v1.2.3', 'v1', '2', '3']],
    ['--no-cache', ['no-cache', 'no', 'cache']],
    ['datasets.load_dataset(path)', ['datasets.load_dataset', 'datasets', 'load_dataset', 'load', 'dataset', 'path']],
    ['__init__ and _private__name', ['init', 'and', 'private_name', 'private', 'name']],
    ['FileNotFoundError: config.json', ['filenotfounderror', 'config.json', 'config', 'json']],
    ['It ends here. Then --- it starts.', ['it', 'ends', 'here', 'then', 'it', 'starts']],
    ['ÜBER Straße, ﬁle ＡＢＣ', ['über', 'straße', 'file', 'abc']],
    ['如何离线加载数据集？', ['如何', '何离', '离线', '线加', '加载', '载数', '数据', '据集']],
    ['用GPU加载', ['用', 'gpu', '加载']],
    ['데이터셋 로드', ['데이터셋', '로드']],
    ['🙂 !!! \u0000 \ud800', []],
    ['', []],
  ])('of %j are %j', (text, words) => {
    expect(tokenizeWords(text)).toEqual(words);
  });

  it('leave out blobs, and keep the words beside them', () => {
    expect(tokenizeWords(`key ${'x'.repeat(65)} ${'y'.repeat(64)}`)).toEqual(['key', 'y'.repeat(64)]);
  });

  it('come from a body of 60 kB of any kind without trouble', () => {
    expect(tokenizeWords('a.b-c_d '.repeat(7500))).toHaveLength(7500 * 6);
    expect(tokenizeWords('_'.repeat(60_000))).toEqual([]);
    expect(tokenizeWords('a.'.repeat(30_000))).toHaveLength(30_000);
  });
});
