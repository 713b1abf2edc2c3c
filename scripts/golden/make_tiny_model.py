#!/usr/bin/env python3
"""Makes test/golden/mpnet-tiny: MPNet of the true architecture, small, with seeded random weights.

    make_tiny_model.py [--out test/golden/mpnet-tiny] [--seed 824]

Relative position bias, positions that start after the padding index, `<s>`/`</s>` around a text, first-token pooling:
all as in the real model, only narrower. The vocabulary is WordPiece with MPNet's layout of special tokens, counted
from texts.json. The weights mean nothing, so neither does any ranking they give; they prove arithmetic.
"""
import argparse
import collections
import json
import pathlib
import unicodedata

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import MPNetConfig, MPNetModel

HERE = pathlib.Path(__file__).parent
VOCABULARY_SIZE = 1200
POSITIONS = 514


def main():
    options = parse_options()
    texts = json.loads((HERE / 'texts.json').read_text())
    vocabulary = make_vocabulary(texts)
    model = make_model(len(vocabulary), options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    save_tokenizer(options.out, vocabulary)
    model.save_pretrained(options.out)
    save_layout(options.out, model.config)
    export(model, options.out / 'onnx' / 'model.onnx')
    sizes = sum(file.stat().st_size for file in options.out.rglob('*') if file.is_file())
    print(f'{options.out}: {len(vocabulary)} tokens, {sizes:,} bytes')
    assert sizes < 1_000_000, 'the folder must stay below 1 MB'


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', type=pathlib.Path, default=HERE.parent.parent / 'test' / 'golden' / 'mpnet-tiny')
    parser.add_argument('--seed', type=int, default=824)
    return parser.parse_args()


def make_vocabulary(texts):
    """Special tokens, single characters, then the most frequent words and word endings, ties in alphabetical order."""
    words = collections.Counter(split_words(texts))
    characters = sorted({character for word in words for character in word} | set(map(chr, range(33, 127))) - set('ABCDEFGHIJKLMNOPQRSTUVWXYZ'))
    pieces = collections.Counter()
    for word, count in words.items():
        if len(word) > 1:
            pieces[word] += 4 * count
        for size in range(2, min(5, len(word))):
            pieces['##' + word[-size:]] += count
            pieces[word[:size]] += count
    known = ['<s>', '<pad>', '</s>', '<unk>', '[UNK]', *characters]
    known += ['##' + character for character in characters if character.isalnum()]
    frequent = sorted(pieces, key=lambda piece: (-pieces[piece], piece))
    known += [piece for piece in frequent if piece not in known][: VOCABULARY_SIZE - len(known) - 1]
    return [*known, '<mask>']


def split_words(texts):
    """The words of a part of the texts: what is left out must be put together from pieces, or is unknown."""
    used = [document[key] for document in texts['corpus'] for key in ('title', 'body', 'comment')]
    used += [entry['text'] for entry in texts['texts'] if entry['name'] not in ('Japanese and Korean', 'Arabic and Hebrew', 'emoji')]
    normalizer = bert_normalizer()
    splitter = pre_tokenizers.BertPreTokenizer()
    for text in used:
        for word, _span in splitter.pre_tokenize_str(normalizer.normalize_str(text)):
            if len(word) <= 20 and not any(unicodedata.category(character).startswith('C') for character in word):
                yield word


def bert_normalizer():
    return normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)


def save_tokenizer(out, vocabulary):
    ids = {token: index for index, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token='[UNK]', continuing_subword_prefix='##', max_input_chars_per_word=100))
    tokenizer.normalizer = bert_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single='<s> $A </s>', pair='<s> $A </s> </s> $B </s>', special_tokens=[('<s>', ids['<s>']), ('</s>', ids['</s>'])])
    tokenizer.decoder = decoders.WordPiece(prefix='##', cleanup=True)
    plain = [AddedToken(token, normalized=False, special=True) for token in ('<s>', '<pad>', '</s>', '[UNK]')]
    tokenizer.add_special_tokens([*plain, AddedToken('<mask>', lstrip=True, normalized=False, special=True)])
    tokenizer.save(str(out / 'tokenizer.json'))
    write(out / 'tokenizer_config.json', {
        'tokenizer_class': 'MPNetTokenizer', 'do_lower_case': True, 'bos_token': '<s>', 'cls_token': '<s>', 'eos_token': '</s>',
        'sep_token': '</s>', 'pad_token': '<pad>', 'unk_token': '[UNK]', 'mask_token': '<mask>', 'model_max_length': 512})


def make_model(vocabulary_size, seed):
    torch.manual_seed(seed)
    config = MPNetConfig(
        vocab_size=vocabulary_size, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=POSITIONS, relative_attention_num_buckets=32, layer_norm_eps=1e-5, initializer_range=0.3,
        pad_token_id=1, bos_token_id=0, eos_token_id=2)
    model = MPNetModel(config, add_pooling_layer=False).eval()
    # Layer norms and biases start as ones and zeros; random ones show a graph that mixes them up.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith('.bias') and parameter.dim() == 1 or 'LayerNorm' in name:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


class LastHiddenState(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def export(model, file):
    file.parent.mkdir(exist_ok=True)
    ids = torch.randint(5, 1000, (2, 11), generator=torch.Generator().manual_seed(1))
    axes = {0: 'batch_size', 1: 'sequence_length'}
    torch.onnx.export(
        LastHiddenState(model), (ids, torch.ones_like(ids)), file, dynamo=False, opset_version=17,
        input_names=['input_ids', 'attention_mask'], output_names=['last_hidden_state'],
        dynamic_axes={'input_ids': axes, 'attention_mask': axes, 'last_hidden_state': axes})


def save_layout(out, config):
    module = 'sentence_transformers.models.'
    write(out / 'modules.json', [
        {'idx': 0, 'name': '0', 'path': '', 'type': module + 'Transformer'},
        {'idx': 1, 'name': '1', 'path': '1_Pooling', 'type': module + 'Pooling'}])
    write(out / '1_Pooling' / 'config.json', {
        'word_embedding_dimension': config.hidden_size, 'pooling_mode_cls_token': True, 'pooling_mode_mean_tokens': False,
        'pooling_mode_max_tokens': False, 'pooling_mode_mean_sqrt_len_tokens': False})
    write(out / 'sentence_bert_config.json', {'max_seq_length': 512, 'do_lower_case': False})


def write(path, data):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data, indent=2) + '\n')


if __name__ == '__main__':
    main()
