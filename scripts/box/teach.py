"""The teacher's vectors: of every training text, and of every token of its vocabulary alone.

    python scripts/box/teach.py --teacher FOLDER --texts .cache/box/texts.jsonl --out .cache/box/teacher.npz
"""

import argparse
import json
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer

LONGEST_TOKENS = 128
BATCH_TOKENS = 2048


class Teacher:
    """A sentence-transformers folder with mean pooling and normalisation, run by ONNX Runtime."""

    def __init__(self, folder, weights="model_quantized.onnx", longest=LONGEST_TOKENS):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(longest)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        file = folder / "onnx" / weights
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def embed(self, texts):
        return self.embed_ids([encoding.ids for encoding in self.tokenizer.encode_batch(texts)])

    def embed_ids(self, rows):
        """One vector a row of token ids, in the order given."""
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        vectors = numpy.zeros((len(rows), 384), numpy.float32)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(rows[order[end]]) <= BATCH_TOKENS:
                end += 1
            batch = order[start:end]
            vectors[batch] = self._run([rows[row] for row in batch])
            if start // 4096 != end // 4096:
                print(f"  {end:,} of {len(rows):,}", flush=True)
            start = end
        return vectors

    def _run(self, rows):
        length = max(map(len, rows))
        ids = numpy.zeros((len(rows), length), numpy.int64)
        mask = numpy.zeros((len(rows), length), numpy.int64)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        names = {value.name for value in self.session.get_inputs()}
        hidden = self.session.run(None, {name: value for name, value in feeds.items() if name in names})[0]
        pooled = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    teacher = Teacher(options.teacher)
    size = teacher.tokenizer.get_vocab_size()
    first, last = (teacher.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    tokens = teacher.embed_ids([[first, token, last] for token in range(size)])
    print(f"{size:,} tokens")
    texts = [json.loads(line)["text"] for line in open(options.texts, encoding="utf-8")]
    vectors = teacher.embed(texts)
    numpy.savez(options.out, tokens=tokens.astype(numpy.float16), texts=vectors.astype(numpy.float16))


if __name__ == "__main__":
    main()
