"""What the model in the box gives for a few texts, computed by NumPy and the Rust tokenizer: test/golden/box.json.

    python scripts/box/golden.py
"""

import json
from pathlib import Path

import numpy
import onnx
from onnx import numpy_helper
from tokenizers import Tokenizer

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "models" / "box"
TEXTS = [
    "How can I load a dataset offline?",
    "Clicking under earlier messages does nothing any more",
    "`DATA_DIR=/srv/precedent npm start` ends with EACCES: permission denied",
    "Größe, naïve, 漢字 and привет",
    "word " * 600,
    "漢字",
]


def main():
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    longest = json.loads((FOLDER / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer.enable_truncation(longest)
    tables = {table.name: numpy_helper.to_array(table) for table in onnx.load(FOLDER / "onnx" / "model.onnx").graph.initializer}
    rows = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        vector = (tables["codes"][ids].astype(numpy.float64) * tables["scales"][ids]).mean(0)
        vector /= max(numpy.linalg.norm(vector), 1e-12)
        rows.append({"text": text, "ids": ids[:20], "tokens": len(ids), "vector": [round(float(value), 6) for value in vector]})
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (ROOT / "test" / "golden" / "box.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
