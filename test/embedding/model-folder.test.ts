import { describe, expect, it } from 'vitest';
import { readModelFolder } from '../../src/embedding/model-folder.ts';
import { OperatorError } from '../../src/errors.ts';
import { TINY_MODEL, temporaryFolder, tinyModel } from './tiny-model.ts';

const modules = (...types: readonly string[]) =>
  JSON.stringify(
    types.map((type, index) => ({
      idx: index,
      name: `${index}`,
      path: index ? `${index}_${type}` : '',
      type: `sentence_transformers.models.${type}`,
    })),
  );

describe('the folder of a sentence-transformers model', () => {
  it('says how a text becomes a vector', async () => {
    expect(await readModelFolder(TINY_MODEL)).toMatchObject({
      architecture: 'mpnet',
      dimensions: 32,
      pooling: 'cls',
      normalized: false,
      maxTokens: 512,
      prompt: '',
      padTokenId: 1,
    });
  });

  it('may ask for the mean or the largest value of the token vectors, and for vectors of length 1', async () => {
    const mean = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true };
    const max = { pooling_mode_cls_token: false, pooling_mode_max_tokens: true };
    expect(await readModelFolder(await tinyModel({ '1_Pooling/config.json': mean }))).toMatchObject({
      pooling: 'mean',
    });
    expect(await readModelFolder(await tinyModel({ '1_Pooling/config.json': max }))).toMatchObject({ pooling: 'max' });
    const normalized = await tinyModel({ 'modules.json': modules('Transformer', 'Pooling', 'Normalize') });
    expect(await readModelFolder(normalized)).toMatchObject({ normalized: true });
  });

  it('is read in the form of newer sentence-transformers too', async () => {
    const folder = await tinyModel({
      'modules.json': JSON.stringify([
        { idx: 0, name: '0', path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' },
        {
          idx: 1,
          name: '1',
          path: '1_Pooling',
          type: 'sentence_transformers.sentence_transformer.modules.pooling.Pooling',
        },
      ]),
      '1_Pooling/config.json': '{"embedding_dimension": 32, "pooling_mode": "mean", "include_prompt": true}',
    });
    expect(await readModelFolder(folder)).toMatchObject({ pooling: 'mean', dimensions: 32 });
  });

  it('never takes more tokens than it has positions: MPNet uses two of them for padding', async () => {
    const longer = await tinyModel({ 'sentence_bert_config.json': { max_seq_length: 4096 } });
    expect((await readModelFolder(longer)).maxTokens).toBe(512);
    const bert = await tinyModel({
      'sentence_bert_config.json': { max_seq_length: 4096 },
      'config.json': { model_type: 'bert' },
    });
    expect((await readModelFolder(bert)).maxTokens).toBe(514);
    const shorter = await tinyModel({ 'sentence_bert_config.json': { max_seq_length: 128 } });
    expect((await readModelFolder(shorter)).maxTokens).toBe(128);
    const unsaid = await tinyModel({
      'sentence_bert_config.json': null,
      'tokenizer_config.json': { model_max_length: 1e30 },
    });
    expect((await readModelFolder(unsaid)).maxTokens).toBe(512);
  });

  it('may put a prompt before every text', async () => {
    const folder = await tinyModel({
      'config_sentence_transformers.json': '{"prompts": {"search": "search: "}, "default_prompt_name": "search"}',
    });
    expect((await readModelFolder(folder)).prompt).toBe('search: ');
  });

  it.each([
    ['no tokenizer', { 'tokenizer.json': null }, /lacks .*tokenizer\.json: expected the fast tokenizer/],
    ['no modules.json', { 'modules.json': null }, /not a sentence-transformers model: expected modules\.json/],
    ['no config.json', { 'config.json': null }, /lacks .*config\.json/],
    ['no pooling', { '1_Pooling': null }, /lacks .*1_Pooling.config\.json: expected how token vectors/],
    ['a dense layer', { 'modules.json': modules('Transformer', 'Pooling', 'Dense') }, /has a module "Dense": expected/],
    ['modules in another order', { 'modules.json': modules('Pooling', 'Transformer') }, /lists Pooling, Transformer/],
    [
      'an unknown pooling',
      { '1_Pooling/config.json': { pooling_mode_cls_token: false, pooling_mode_lasttoken: true } },
      /pooling pooling_mode_lasttoken: expected cls, mean or max/,
    ],
    ['two poolings', { '1_Pooling/config.json': { pooling_mode_mean_tokens: true } }, /cls \+ mean/],
    [
      'another dimension',
      { '1_Pooling/config.json': { word_embedding_dimension: 768 } },
      /says 768 dimensions, config\.json says 32/,
    ],
    ['broken JSON', { 'config.json': '{"hidden_size": ' }, /config\.json is not JSON/],
    ['no room', { 'sentence_bert_config.json': { max_seq_length: 2 } }, /room for 2 tokens/],
  ])('is refused with one clear sentence when it has %s', async (_what, changes, message) => {
    const reading = readModelFolder(await tinyModel(changes));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(OperatorError);
  });

  it('is refused when it is empty', async () => {
    await expect(readModelFolder(await temporaryFolder())).rejects.toThrow(/expected modules\.json/);
  });
});
