"""The folder of a model whose encoder is one table: the layout that every sentence-transformers model has."""

import json
import unicodedata
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

MAX_TOKENS = 512


def pruned_tokenizer(file):
    """The teacher's tokenizer without the tokens that English, code and Latin script never need; and the ids kept."""
    settings = json.loads(Path(file).read_text(encoding="utf-8"))
    vocabulary = settings["model"]["vocab"]
    kept = [token for token, _ in sorted(vocabulary.items(), key=lambda entry: entry[1]) if is_needed(token)]
    ids = {token: index for index, token in enumerate(kept)}
    settings["model"]["vocab"] = ids
    settings["truncation"] = settings["padding"] = None
    for added in settings["added_tokens"]:
        added["id"] = ids[added["content"]]
    for name, special in settings["post_processor"]["special_tokens"].items():
        special["ids"] = [ids[name]]
    return settings, [vocabulary[token] for token in kept]


def is_needed(token):
    if token.startswith("[unused"):
        return False
    letters = [character for character in token if character.isalpha()]
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


def quantized(table):
    """int8, with one scale a token: how much a token counts is in its length."""
    scales = numpy.abs(table).max(1, keepdims=True).astype(numpy.float32) / 127
    scales[scales == 0] = 1
    return numpy.rint(table / scales).astype(numpy.int8), scales


def write_model(folder, codes, scales, tokenizer_settings):
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    (folder / "1_Pooling").mkdir(exist_ok=True)
    size, dimensions = codes.shape
    ids = tokenizer_settings["model"]["vocab"]
    write_json(folder / "tokenizer.json", tokenizer_settings)
    write_json(folder / "config.json", {
        "model_type": "static", "hidden_size": dimensions, "vocab_size": size, "pad_token_id": ids["[PAD]"],
    })
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS})
    write_json(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": dimensions, "pooling_mode_mean_tokens": True,
    })
    modules = ["Transformer", "Pooling", "Normalize"]
    paths = ["", "1_Pooling", "2_Normalize"]
    write_json(folder / "modules.json", [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{module}"}
        for index, (module, path) in enumerate(zip(modules, paths))
    ])
    onnx.save(graph(codes, scales), folder / "onnx" / "model.onnx")


def graph(codes, scales):
    """input_ids -> the token's row as floats, times its scale."""
    nodes = [
        helper.make_node("Gather", ["codes", "input_ids"], ["row"], axis=0),
        helper.make_node("Cast", ["row"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["scales", "input_ids"], ["scale"], axis=0),
        helper.make_node("Mul", ["floats", "scale"], ["last_hidden_state"]),
    ]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", codes.shape[1]])]
    tables = [numpy_helper.from_array(codes, "codes"), numpy_helper.from_array(scales, "scales")]
    model = helper.make_model(
        helper.make_graph(nodes, "box", inputs, outputs, tables), opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


def write_json(file, value):
    file.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
