"""Question sets (``corpus.jsonl`` and ``questions.jsonl`` of a folder) as libraries, encoded once, kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from index.chunking import split_passages
from index.derived import encoded_text
from index.encoder import open_encoder
from index.library import Library
from index.readers import ReadFile
from index.types import Document, Hit
from index.weights import WeightStore
from rag.settings import Settings

_DOCUMENTS_AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold answers and the ids of the documents that hold them."""

    text: str
    answers: tuple[str, ...]
    documents: tuple[str, ...]
    answerable: bool


def questions(path: Path, most: int) -> list[Question]:
    """At most ``most`` questions of a file, taken evenly."""
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    rows = [rows[index * len(rows) // most] for index in range(most)] if len(rows) > most else rows
    return [
        Question(row["question"], tuple(row["answers"]), tuple(row["doc_ids"]), row["answerable"])
        for row in rows
    ]


def library_of(corpus: Path, cache: Path) -> Library:
    """A library of the documents in ``corpus``; their path is their id. Made once in ``cache``."""
    folder = cache / f"{corpus.parent.name}-{corpus.stem}"
    library = Library(
        folder, open_encoder=partial(open_encoder, weights=WeightStore(Settings.read().weights))
    )
    if not (folder / "complete").exists():
        rows = [json.loads(line) for line in corpus.open(encoding="utf-8")]
        for first in range(0, len(rows), _DOCUMENTS_AT_A_TIME):
            _put(library, rows[first : first + _DOCUMENTS_AT_A_TIME])
            print(f"\r{folder.name}: {first}/{len(rows)}", end="", flush=True)
        library.check()
        (folder / "complete").touch()
        print()
    return library


def document_of(hit: Hit) -> str:
    return hit.document.path


def _put(library: Library, rows: list[dict[str, Any]]) -> None:
    documents = [Document(row["id"], row["title"], row["id"], row["text"]) for row in rows]
    passages = [split_passages(document) for document in documents]
    encoder = library.encoder
    texts = [encoded_text(d.title, p) for d, each in zip(documents, passages, strict=True) for p in each]
    vectors = encoder.encode_passages(texts)
    with library.writing() as store:
        first = 0
        for document, each in zip(documents, passages, strict=True):
            read = ReadFile(document, document.id, "utf-8", 1.0)
            store.put(read, each, vectors[first : first + len(each)], encoder.mark)
            first += len(each)
