"""The texts that the small model learns from: issues below a number, and documentation that is installed on a machine.

    python scripts/box/texts.py --issues issues.jsonl --below 1000 --out .cache/box/texts.jsonl

Documentation is what packages bring along: Markdown of npm packages, docstrings of Python packages, manual pages,
/usr/share/doc. Which packages those are depends on the machine; the counts are printed and kept in the model's README.
The order is by hash, so the same files give the same texts.
"""

import argparse
import ast
import gzip
import hashlib
import json
import re
from pathlib import Path

LONGEST_CHARACTERS = 700
FEWEST_WORDS = 4


def main():
    options = parse_arguments()
    kinds = {
        "issues": (issue_texts(options.issues, options.below), None),
        "npm": (npm_texts(options.npm), 14_000),
        "python": (python_texts(options.python), 18_000),
        "manual": (manual_texts(options.manual), 12_000),
        "doc": (doc_texts(options.doc), 6_000),
    }
    seen = set()
    with open(options.out, "w", encoding="utf-8") as out:
        for kind, (texts, most) in kinds.items():
            kept = by_hash(usable(texts, seen))[:most]
            for text in kept:
                out.write(json.dumps({"kind": kind, "text": text}) + "\n")
            print(f"{kind}: {len(kept):,} texts")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--issues", type=Path, required=True, help="JSON Lines with number, title, body, comments")
    parser.add_argument("--below", type=int, default=1000, help="only issues with a smaller number are read")
    parser.add_argument("--npm", type=Path, nargs="*", default=[Path("node_modules"), Path("/usr/lib/node_modules")])
    parser.add_argument("--python", type=Path, nargs="*", default=[Path(ast.__file__).parent])
    parser.add_argument("--manual", type=Path, default=Path("/usr/share/man"))
    parser.add_argument("--doc", type=Path, default=Path("/usr/share/doc"))
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def issue_texts(file, below):
    for line in open(file, encoding="utf-8"):
        row = json.loads(line)
        if row["number"] >= below:
            continue
        title, body = row["title"], row["body"] or ""
        yield title
        yield f"{title} \n {body}"
        for text in [body, *row["comments"]]:
            yield from paragraphs(text)
        for comment in row["comments"]:
            yield comment
            yield f"{title} \n {comment}"


def npm_texts(folders):
    for folder in folders:
        for file in sorted(folder.rglob("*.md")):
            if not re.search(r"changelog|license|history", file.name, re.I):
                yield from markdown(read(file))


def python_texts(folders):
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            if "test" in file.as_posix():
                continue
            try:
                tree = ast.parse(read(file))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield from paragraphs(ast.get_docstring(node) or "")


def manual_texts(folder):
    # One page in eight of the first section: thousands of them are one program's, alike in every sentence.
    for section in ("man1", "man5", "man7", "man8"):
        for file in sorted((folder / section).glob("*")):
            if section != "man1" or digest(file.name) < "2":
                yield from paragraphs(plain_roff(read(file)))


def doc_texts(folder):
    for file in sorted(folder.rglob("*")):
        if file.is_file() and re.match(r"(README|NEWS|FAQ|INSTALL|HACKING)|.*\.(md|rst|txt)(\.gz)?$", file.name):
            yield from markdown(read(file))


def read(file):
    try:
        raw = file.read_bytes()
        raw = gzip.decompress(raw) if file.suffix == ".gz" else raw
    except OSError:
        return ""
    return raw.decode("utf-8", errors="ignore")


def plain_roff(text):
    lines = (re.sub(r"^\.(SH|SS|B|I|BR|IR|TP|IP|PP|P)\b\s*", "\n" if line.startswith((".S", ".P", ".T")) else "", line)
             for line in text.splitlines() if not line.startswith((".\\\"", "'", ".TH", ".de", ".if", ".ie")))
    kept = "\n".join(line for line in lines if not line.startswith("."))
    return re.sub(r"\\f[A-Z]|\\f\(..|\\&|\\\(..|\\\*\(..", "", kept).replace("\\-", "-").replace("\\", "")


def markdown(text):
    text = re.sub(r"<!--.*?-->|<[^>]+>", " ", text, flags=re.S)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    yield from paragraphs(text)


def paragraphs(text):
    """Each paragraph, and often its first sentence alone: questions are short."""
    for part in re.split(r"\n\s*\n", text):
        part = re.sub(r"^[#>*\-\s|=]+", "", part)
        yield part
        sentence = re.match(r".{20,160}?[.?!](?=\s)", part, re.S)
        if sentence and digest(part) < "6":
            yield sentence.group()


def usable(texts, seen):
    for text in texts:
        text = " ".join(text.split())[:LONGEST_CHARACTERS]
        words = re.findall(r"[A-Za-z]{2,}", text)
        if len(words) < FEWEST_WORDS or sum(map(len, words)) < 0.6 * len(text):
            continue
        if text not in seen:
            seen.add(text)
            yield text


def by_hash(texts):
    return sorted(texts, key=digest)


def digest(text):
    return hashlib.md5(text.encode("utf-8", errors="replace")).hexdigest()


if __name__ == "__main__":
    main()
