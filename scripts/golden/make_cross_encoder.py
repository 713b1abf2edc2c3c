#!/usr/bin/env python3
"""Makes test/golden/bert-cross-tiny: BERT that scores a question and a text together, small, with seeded random weights;
and test/golden/bert-cross-tiny.json, what transformers and sentence-transformers say of it.

    make_cross_encoder.py [--seed 825]

Token types, the pooler and the head are as in cross-encoder/ms-marco-MiniLM-L6-v2, only narrower. The vocabulary is that
of mpnet-tiny under BERT's names of the special tokens. The weights mean nothing; they prove arithmetic.
"""
import argparse
import json

import numpy as np
import torch
from sentence_transformers import CrossEncoder
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForSequenceClassification

from make_golden import GOLDEN, encode, write
from make_tiny_model import HERE, bert_normalizer, make_vocabulary
from make_tiny_model import write as write_json

OUT = GOLDEN / 'bert-cross-tiny'
POSITIONS = 128
NAMES = {'<s>': '[CLS]', '<pad>': '[PAD]', '</s>': '[SEP]', '<unk>': '[unused0]', '<mask>': '[MASK]'}
NAME_OF_MPNET = 'mpnet-tiny'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=825)
    texts = json.loads((HERE / 'texts.json').read_text())
    vocabulary = [NAMES.get(token, token) for token in make_vocabulary(texts)]
    model = make_model(vocabulary, parser.parse_args().seed)
    model.save_pretrained(OUT)
    save_tokenizer(vocabulary)
    export(model)
    write_golden(pairs_of(texts))
    # The ONNX file has them; the golden file is made in the same run.
    (OUT / 'model.safetensors').unlink()


def make_model(vocabulary, seed):
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=POSITIONS, initializer_range=0.3, pad_token_id=vocabulary.index('[PAD]'), num_labels=1)
    # Traced, another attention would keep the mask of the traced texts.
    config._attn_implementation = 'eager'
    model = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith('.bias') or 'LayerNorm' in name:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def save_tokenizer(vocabulary):
    ids = {token: index for index, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token='[UNK]', continuing_subword_prefix='##', max_input_chars_per_word=100))
    tokenizer.normalizer = bert_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[CLS]:0 $A:0 [SEP]:0', pair='[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1',
        special_tokens=[('[CLS]', ids['[CLS]']), ('[SEP]', ids['[SEP]'])])
    tokenizer.decoder = decoders.WordPiece(prefix='##', cleanup=True)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True)
                                  for token in ('[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]')])
    tokenizer.save(str(OUT / 'tokenizer.json'))
    write_json(OUT / 'tokenizer_config.json', {
        'tokenizer_class': 'BertTokenizer', 'do_lower_case': True, 'cls_token': '[CLS]', 'sep_token': '[SEP]',
        'pad_token': '[PAD]', 'unk_token': '[UNK]', 'mask_token': '[MASK]', 'model_max_length': POSITIONS})


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits


def export(model):
    (OUT / 'onnx').mkdir(exist_ok=True)
    ids = torch.randint(5, 1000, (2, 11), generator=torch.Generator().manual_seed(1))
    axes = {0: 'batch_size', 1: 'sequence_length'}
    names = ['input_ids', 'attention_mask', 'token_type_ids']
    torch.onnx.export(
        Logits(model), (ids, torch.ones_like(ids), torch.zeros_like(ids)), OUT / 'onnx' / 'model.onnx', dynamo=False,
        opset_version=17, input_names=names, output_names=['logits'],
        dynamic_axes={**{name: axes for name in names}, 'logits': {0: 'batch_size'}})


def pairs_of(texts):
    """Short and long on either side, so that each way to cut is there."""
    corpus = [f'{document["title"]}\n{document["comment"]}' for document in texts['corpus']]
    long = ' '.join(corpus)
    shorts = [(entry['text'][:200], comment) for entry, comment in zip(texts['texts'], corpus * 5)]
    return [*shorts, ('how?', long), (long, 'a short text'), (long, long[::-1]), (long[500:], long), ('', corpus[0]),
            (corpus[0], ''), ('the same', 'the same')]


def write_golden(pairs):
    ids = {}
    for name, folder in (('bert-cross-tiny', OUT), (NAME_OF_MPNET, GOLDEN / NAME_OF_MPNET)):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        rows = tokenizer(pairs, truncation='longest_first', max_length=POSITIONS, return_token_type_ids=True)
        ids[name] = [[row, sum(types)] for row, types in zip(rows['input_ids'], rows['token_type_ids'])]
    scores = reference_scores(pairs)
    write('bert-cross-tiny.json', {
        'maxTokens': POSITIONS,
        'pairs': pairs,
        # Of each pair: its ids, and how many of them at the end are of the second type.
        **{f'{name}Ids': rows for name, rows in ids.items()},
        'scores': encode(scores),
    })


def reference_scores(pairs):
    """One by one with transformers; sentence-transformers must agree, which sorts and pads."""
    tokenizer = AutoTokenizer.from_pretrained(OUT)
    model = AutoModelForSequenceClassification.from_pretrained(OUT).eval()
    with torch.no_grad():
        alone = np.array([model(**tokenizer([pair], truncation='longest_first', return_tensors='pt')).logits.item() for pair in pairs])
    together = CrossEncoder(str(OUT), device='cpu').predict([list(pair) for pair in pairs], activation_fn=torch.nn.Identity())
    assert np.abs(alone - together).max() < 1e-4, np.abs(alone - together).max()
    assert alone.std() > 0.1, 'the scores tell nothing apart'
    return alone


if __name__ == '__main__':
    main()
