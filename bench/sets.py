"""Question sets (``corpus.jsonl`` and ``questions.jsonl`` of a folder) as libraries, encoded once, kept."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from index.chunking import split_passages
from index.context import embedding_hash, encoded_text
from index.encoder import open_encoder
from index.intake import encode_missing
from index.library import Library
from index.reading import ReadFile, document_id
from index.store import Prepared
from index.types import Document, Hit
from index.weights import WeightStore
from rag.settings import Settings

_DOCUMENTS_AT_A_TIME = 500


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
    """A library of the documents in ``corpus`` (.jsonl or .jsonl.gz); their path is their id.

    Made once in ``cache``; a run that was stopped is gone on with.
    """
    folder = cache / f"{corpus.parent.name}-{corpus.name.split('.jsonl')[0]}"
    library = Library(
        folder, open_encoder=partial(open_encoder, weights=WeightStore(Settings.read().weights))
    )
    if not (folder / "complete").exists():
        fill(library, rows_of(corpus))
        (folder / "complete").touch()
    return library


def rows_of(corpus: Path) -> list[dict[str, Any]]:
    opener = gzip.open if corpus.suffix == ".gz" else open
    with opener(corpus, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def fill(library: Library, rows: Sequence[dict[str, Any]]) -> None:
    """Put the documents of ``rows`` (id, title, text) into ``library``, some at a time."""
    started = time.monotonic()
    with library.writing() as store:
        for first in range(0, len(rows), _DOCUMENTS_AT_A_TIME):
            prepared: list[Prepared] = []
            texts: dict[bytes, str] = {}
            for row in rows[first : first + _DOCUMENTS_AT_A_TIME]:
                document = Document(document_id(row["text"]), row["title"], row["id"], row["text"])
                if store.file(row["id"]) == document.id:
                    continue  # an earlier run has it
                passages = () if store.is_current(document.id) else tuple(split_passages(document))
                encoded = [encoded_text(document.title, passage) for passage in passages]
                hashes = tuple(embedding_hash(library.encoder.mark, text) for text in encoded)
                texts.update(zip(hashes, encoded, strict=True))
                prepared.append(Prepared(ReadFile(document, row["id"], "utf-8", 1.0), passages, hashes))
            encode_missing(store, lambda: library.encoder, texts)
            store.put(prepared, {})
            seconds = time.monotonic() - started
            print(
                f"\r{library.folder.name}: {first + len(prepared):,}/{len(rows):,}  {seconds:.0f} s",
                end="",
                flush=True,
            )
    print()


def document_of(hit: Hit) -> str:
    return hit.document.path
