"""Makes the model in the box: one vector a token, so that the mean over a text's tokens points where the teacher points.

    python scripts/box/train.py --teacher FOLDER --texts .cache/box/texts.jsonl --vectors .cache/box/teacher.npz --out models/box
"""

import argparse
import json
from pathlib import Path

import numpy
import torch
from tokenizers import Tokenizer

from export import pruned_tokenizer, quantized, write_model

SEED = 20
HELD_OUT = 1500


def main():
    options = parse_arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    settings, kept_ids = pruned_tokenizer(options.teacher / "tokenizer.json")
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    saved = numpy.load(options.vectors)
    texts = [json.loads(line)["text"] for line in open(options.texts, encoding="utf-8")]
    rows = [encoding.ids[1:-1][:128] for encoding in tokenizer.encode_batch(texts)]
    projection = principal_axes(saved["texts"].astype(numpy.float32), options.dimensions)
    targets = torch.nn.functional.normalize(torch.tensor(saved["texts"].astype(numpy.float32) @ projection), dim=1)
    start = saved["tokens"].astype(numpy.float32)[kept_ids] @ projection
    table = torch.tensor(start * token_weights(rows, len(kept_ids))[:, None])
    special = [tokenizer.token_to_id(token) for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
    table[special] = 0
    print(f"{len(kept_ids):,} tokens x {options.dimensions}; {len(rows):,} texts", flush=True)
    table = tune(table, rows, targets, special, options)
    codes, scales = quantized(table.numpy())
    write_model(options.out, codes, scales, settings)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--contrast", type=float, default=0.1, help="what the in-batch contrast weighs against the cosine")
    parser.add_argument("--temperature", type=float, default=0.05)
    parser.add_argument("--drop", type=float, default=0.1, help="the part of the tokens left out of each text, at random")
    return parser.parse_args()


def principal_axes(vectors, dimensions):
    """Not centred: the angles between vectors are what is to be kept."""
    _, axes = numpy.linalg.eigh(vectors.T @ vectors)
    return axes[:, ::-1][:, :dimensions].astype(numpy.float32)


def token_weights(rows, size, a=1e-3):
    """Frequent tokens say little."""
    counts = numpy.bincount(numpy.concatenate([numpy.array(row, numpy.int64) for row in rows]), minlength=size)
    return (a / (a + counts / counts.sum())).astype(numpy.float32)


def tune(table, rows, targets, special, options):
    table = torch.nn.Parameter(table)
    optimizer = torch.optim.Adam([table], lr=options.rate)
    order = torch.randperm(len(rows)).tolist()
    held_out, training = order[:HELD_OUT], order[HELD_OUT:]
    steps = options.epochs * (len(training) // options.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    judge(table, rows, targets, held_out, "before")
    for epoch in range(options.epochs):
        shuffled = [training[index] for index in torch.randperm(len(training)).tolist()]
        for first in range(0, len(shuffled) - options.batch + 1, options.batch):
            batch = shuffled[first : first + options.batch]
            loss = loss_of(table, [rows[row] for row in batch], targets[batch], options)
            optimizer.zero_grad()
            loss.backward()
            table.grad[special] = 0
            optimizer.step()
            schedule.step()
        judge(table, rows, targets, held_out, f"epoch {epoch + 1}")
    return table.detach()


def loss_of(table, rows, targets, options):
    vectors = embed(table, rows, options.drop)
    likeness = vectors @ targets.T
    labels = torch.arange(len(rows))
    scaled = likeness / options.temperature
    contrast = torch.nn.functional.cross_entropy(scaled, labels) + torch.nn.functional.cross_entropy(scaled.T, labels)
    return (1 - likeness.diagonal()).mean() + options.contrast * contrast


def embed(table, rows, drop=0.0):
    flat = torch.tensor([token for row in rows for token in row] or [0])
    offsets = torch.tensor(numpy.concatenate([[0], numpy.cumsum([len(row) for row in rows])[:-1]]))
    weights = (torch.rand(len(flat)) >= drop).float()
    bags = torch.nn.functional.embedding_bag(flat, table, offsets, mode="sum", per_sample_weights=weights)
    return torch.nn.functional.normalize(bags, dim=1)


@torch.no_grad()
def judge(table, rows, targets, held_out, when):
    """On texts that are not learned from: nearness to the teacher, and how often its own vector is the nearest."""
    vectors = embed(table, [rows[row] for row in held_out])
    likeness = vectors @ targets[held_out].T
    first = (likeness.argmax(1) == torch.arange(len(held_out))).float().mean()
    pairs = torch.nn.functional.mse_loss(vectors @ vectors.T, targets[held_out] @ targets[held_out].T).sqrt()
    print(f"{when}: cosine {likeness.diagonal().mean():.4f}, own first {first:.3f}, pair error {pairs:.4f}", flush=True)


if __name__ == "__main__":
    main()
