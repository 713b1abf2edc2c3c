#!/usr/bin/env python3
"""Trains a stand-in cross-encoder on half of a tracker, so that what re-ranking brings can be measured on the other half.

    train.py --start FOLDER --issues ISSUES.jsonl --out FOLDER [--minutes 28]

It starts from an encoder's weights (all-MiniLM-L6-v2) and learns from issues of even numbers alone: their titles with
their own comments, and the beginnings of their bodies with title and comment, against near misses of other issues.
"""
import argparse
import collections
import json
import math
import pathlib
import random
import re
import time
from collections import Counter

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel, AutoTokenizer

SEED = 7
FEWEST_WORDS = 16
MISSES_OF_A_PAIR = 3
NEAREST_MISSES = 30
MOST_TOKENS = 96
FROZEN_LAYERS = 2
WARM_UP = 10
TITLE_CHARACTERS = 300
BODY_WORDS = 25


def main():
    options = parse_options()
    random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.start)
    issues = learned_issues(options.issues)
    print(f'{len(issues)} issues, {sum(len(issue["comments"]) for issue in issues)} comments', flush=True)
    misses = near_misses(issues)
    model = CrossEncoder(AutoModel.from_pretrained(options.start, attn_implementation='eager'))
    for part in (model.bert.embeddings, *model.bert.encoder.layer[:FROZEN_LAYERS]):
        part.requires_grad_(False)
    train(model, tokenizer, issues, misses, options)
    save(model.eval(), tokenizer, options.out)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--start', type=pathlib.Path, required=True)
    parser.add_argument('--issues', type=pathlib.Path, required=True)
    parser.add_argument('--out', type=pathlib.Path, required=True)
    parser.add_argument('--minutes', type=float, default=28)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rate', type=float, default=5e-5)
    parser.add_argument('--group', type=int, default=2, help='questions a step')
    return parser.parse_args()


def learned_issues(file):
    rows = [json.loads(line) for line in file.open(encoding='utf-8')]
    issues = []
    for row in rows:
        comments = [text for text in row['comments'] if len(text.split()) >= FEWEST_WORDS]
        if row['is_pull_request'] or row['number'] % 2 == 1 or not comments:
            continue
        issues.append({'title': row['title'][:TITLE_CHARACTERS], 'body': row['body'] or '', 'comments': comments})
    return issues


def near_misses(issues):
    """Of each issue, the comments of others that BM25 finds first for its title: (issue, comment)."""
    places = [(at, text) for at, issue in enumerate(issues) for text in issue['comments']]
    counts = [Counter(words_of(text)) for _, text in places]
    mean = sum(map(Counter.total, counts)) / len(counts)
    postings = collections.defaultdict(list)
    for row, count in enumerate(counts):
        for word, times in count.items():
            postings[word].append((row, times * 2.2 / (times + 1.2 * (0.25 + 0.75 * count.total() / mean))))
    found = []
    for at, issue in enumerate(issues):
        scores = collections.defaultdict(float)
        for word in set(words_of(issue['title'])):
            weight = math.log(1 + len(places) / (len(postings[word]) + 0.5))
            for row, part in postings[word]:
                scores[row] += weight * part
        ranked = sorted(scores, key=scores.get, reverse=True)
        near = [places[row] for row in ranked if places[row][0] != at][:NEAREST_MISSES]
        found.append(near if len(near) >= MISSES_OF_A_PAIR else random.sample(places, MISSES_OF_A_PAIR))
    return found


def words_of(text):
    return re.findall(r'\w+', text.lower())


class CrossEncoder(torch.nn.Module):
    """Reads both texts together; the score is how alike the means over either text's tokens are, which the start knows."""

    def __init__(self, bert):
        super().__init__()
        self.bert = bert
        self.scale = torch.nn.Parameter(torch.tensor(10.0))

    def forward(self, input_ids, attention_mask, token_type_ids):
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        second = (attention_mask * token_type_ids).unsqueeze(-1).float()
        first = attention_mask.unsqueeze(-1).float() - second
        means = [(hidden * part).sum(1) / part.sum(1).clamp(min=1) for part in (first, second)]
        return (torch.nn.functional.cosine_similarity(*means, dim=1) * self.scale).unsqueeze(1)


def train(model, tokenizer, issues, misses, options):
    """Of each question's comments the right one is to score best. The rate falls to nothing as the time runs out."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=options.rate, weight_decay=0.01)
    model.train()
    started, step, average = time.monotonic(), 0, None
    while (spent := (time.monotonic() - started) / 60 / options.minutes) < 1:
        for group in optimizer.param_groups:
            group['lr'] = options.rate * min(1, (step + 1) / WARM_UP) * (1 - spent)
        questions, texts = draw(issues, misses, options.group)
        inputs = tokenizer(questions, texts, truncation='longest_first', max_length=MOST_TOKENS, padding=True, return_tensors='pt')
        scores = model(**inputs).view(options.group, 1 + MISSES_OF_A_PAIR)
        loss = torch.nn.functional.cross_entropy(scores, torch.zeros(options.group, dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        average = loss.item() if average is None else 0.95 * average + 0.05 * loss.item()
        if step % 10 == 0:
            print(f'step {step}, {100 * spent:.0f} % of the time, loss {average:.3f}', flush=True)


def draw(issues, misses, count):
    """Flat lists of questions and texts; of each question the right text first."""
    questions, texts = [], []
    for at in random.sample(range(len(issues)), count):
        issue = issues[at]
        wrong = random.sample(misses[at], MISSES_OF_A_PAIR)
        rivals = [(issue['title'], random.choice(issue['comments'])), *((issues[other]['title'], text) for other, text in wrong)]
        body = ' '.join(issue['body'].split()[:BODY_WORDS])
        titled = len(body) > 40 and random.random() < 0.4
        questions += [body if titled else issue['title']] * len(rivals)
        texts += [f'{title}\n{text}' if titled else text for title, text in rivals]
    return questions, texts


def save(model, tokenizer, folder):
    (folder / 'onnx').mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    config = {**model.bert.config.to_dict(), 'architectures': ['BertForSequenceClassification'], 'id2label': {'0': 'LABEL_0'}}
    (folder / 'config.json').write_text(json.dumps(config, indent=2, default=str) + '\n')
    inputs = tokenizer(['a question'] * 2, ['a text, which is longer'] * 2, return_tensors='pt')
    names = ['input_ids', 'attention_mask', 'token_type_ids']
    shape = {0: 'batch', 1: 'tokens'}
    file = folder / 'onnx' / 'model.onnx'
    torch.onnx.export(
        model, tuple(inputs[name] for name in names), str(file), input_names=names, output_names=['logits'],
        dynamic_axes={**{name: shape for name in names}, 'logits': {0: 'batch'}}, opset_version=17, dynamo=False)
    quantize_dynamic(file, folder / 'onnx' / 'model_quantized.onnx', weight_type=QuantType.QInt8)


if __name__ == '__main__':
    main()
