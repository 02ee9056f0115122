"""Keeps postings and vectors abreast of the store. They can be deleted at any time; they are built again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from index.lexical import LexicalIndex, remove_postings
from index.normalize import is_han
from index.store import Store
from index.types import Passage
from index.vectors import VectorIndex

_BATCH = 2_000  # passages in memory at a time
# The form of what is derived: terms, fields, context. Another number here builds everything again.
_FORM = 1


class Derived:
    """``lexical`` and ``vectors``, at the same generation as the store whenever ``refresh`` returns.

    When another process is writing, ``refresh`` returns with what was there before instead of waiting for it.
    """

    def __init__(self, folder: Path, store: Store, lock: FileLock) -> None:
        self._folder = folder
        self._store = store
        self._lock = lock
        self._guard = threading.RLock()
        self._at: tuple[str, int] | None = None
        self.lexical: LexicalIndex | None = None
        self.vectors: VectorIndex | None = None

    def refresh(self) -> None:
        with self._guard:
            if self._at == (self._store.identity, self._store.generation):
                return
            try:
                with self._lock.acquire(timeout=0.5):
                    self._catch_up()
            except Timeout:
                if self._at is None:
                    self._open()

    def rebuild(self) -> None:
        """Throw everything away and build it from the store."""
        with self._guard, self._lock:
            self._forget()
            self._catch_up()

    def problems(self) -> list[str]:
        """Every way in which what is derived differs from the store, in words."""
        self.refresh()
        return self._differences()

    def _differences(self) -> list[str]:
        assert self.lexical is not None
        assert self.vectors is not None
        expected = len(self._store.passage_ids())
        counts = (("postings hold", len(self.lexical)), ("vector index holds", len(self.vectors)))
        return [
            f"the {what} {count} passages, the library {expected}"
            for what, count in counts
            if count != expected
        ]

    def _catch_up(self) -> None:
        self._open()
        self._update_both()
        if self._differences():
            self._forget()
            self._open()
            self._update_both()
        self._at = (self._store.identity, self._store.generation)

    def _open(self) -> None:
        record = self._record()
        if record.get("identity") != self._store.identity or record.get("form") != _FORM:
            self._forget()
        dimension = self._store.encoder.dimension if self._store.encoder else 1
        if self.lexical is None:
            try:
                self.lexical = LexicalIndex(self._folder / "postings")
            except ValueError:
                remove_postings(self._folder / "postings")
                self._write_record("postings", 0)
                self.lexical = LexicalIndex(self._folder / "postings")
        if self.vectors is None or self.vectors.dimension != dimension:
            try:
                self.vectors = VectorIndex.load(self._folder / "vectors.faiss")
            except (OSError, ValueError):
                self.vectors = None
            if self.vectors is None or self.vectors.dimension != dimension:
                self.vectors = VectorIndex(dimension)
                self._write_record("vectors", 0)

    def _forget(self) -> None:
        self.lexical = self.vectors = None
        remove_postings(self._folder / "postings")
        (self._folder / "vectors.faiss").unlink(missing_ok=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "state.json").write_text(
            json.dumps({"identity": self._store.identity, "form": _FORM}), encoding="utf-8"
        )

    def _update_both(self) -> None:
        assert self.lexical is not None
        assert self.vectors is not None
        change = self._store.change_since(int(self._record().get("postings", 0)))
        if change.removed or change.added:
            self.lexical.update(change.removed, self._texts(change.added))
        self._write_record("postings", change.generation)
        change = self._store.change_since(int(self._record().get("vectors", 0)))
        if change.removed or change.added:
            for batch in _batches(change.added) or [()]:
                self.vectors.update(change.removed, batch, self._store.vectors(batch))
            self.vectors.save(self._folder / "vectors.faiss")
        self._write_record("vectors", change.generation)

    def _texts(self, ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
        for batch in _batches(ids):
            passages = self._store.passages(batch)
            infos = self._store.infos(passage.doc_id for passage in passages.values())
            for passage_id, passage in passages.items():
                yield passage_id, context(infos[passage.doc_id].title, passage.headings), passage.text

    def _record(self) -> dict[str, Any]:
        try:
            record: dict[str, Any] = json.loads((self._folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return record

    def _write_record(self, key: str, generation: int) -> None:
        """Say up to which generation an index is complete. Written last: doing a change twice is harmless."""
        record = {**self._record(), "identity": self._store.identity, "form": _FORM, key: generation}
        temporary = self._folder / "state.tmp"
        temporary.write_text(json.dumps(record), encoding="utf-8")
        temporary.replace(self._folder / "state.json")


def context(title: str, headings: Sequence[str]) -> str:
    """What a passage is about, as far as it stands above it: the document's title and headings, each once."""
    parts = [title] if any(map(is_han, title)) else []
    return " ".join(dict.fromkeys([*parts, *headings]))


def encoded_text(title: str, passage: Passage) -> str:
    """What the encoder reads for a passage: what it is about, then its text."""
    return f"{context(title, passage.headings)}\n{passage.text}".strip()


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[index : index + _BATCH] for index in range(0, len(ids), _BATCH)]
