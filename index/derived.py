"""Keeps postings and vectors abreast of the store. They can be deleted at any time; they are built again.

A build from nothing happens in a folder of its own, which ``current`` names when it is whole: who reads
meanwhile goes on with the one before.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from index.context import context
from index.embedding import Vectors
from index.errors import LibraryBusyError, Problem
from index.lexical import LexicalIndex, verify
from index.store import Change, Store
from index.vectors import VectorIndex

_BATCH = 2_000  # passages in memory at a time
# The form of what is derived: terms, fields, context, files. Another number here builds everything again.
_FORM = 4
# Vectors are saved again when this share of them is new; fewer are taken from the store at the next start.
_LEAST_TO_SAVE = 0.01

# Called with the passages done and those to do.
BuildProgress = Callable[[int, int], None]


class Derived:
    """``lexical`` and ``vectors``, at the same generation as the store whenever ``refresh`` returns.

    When another process is writing, ``refresh`` returns with what was there before instead of waiting for it.
    """

    def __init__(self, folder: Path, store: Store, lock: FileLock) -> None:
        self._folder = folder
        self._store = store
        self._lock = lock
        self._guard = threading.RLock()
        self._at: tuple[str, int] | None = None  # identity and generation of what is open
        self._open_name = ""
        self._vectors_at = 0
        self._copy: TemporaryDirectory[str] | None = None
        self.lexical: LexicalIndex | None = None
        self.vectors: VectorIndex | None = None

    def refresh(self, progress: BuildProgress | None = None) -> None:
        with self._guard:
            now = (self._store.identity, self._store.generation)
            if self._at == now or self._open_if_abreast(now):
                return
            try:
                with self._lock.acquire(timeout=0.5 if self.lexical is None else 0):
                    self._catch_up(progress)
            except (Timeout, PermissionError) as error:
                if not self._open_as_it_is() and self._store.passage_count():
                    raise LibraryBusyError(self._store.folder) from error

    def rebuild(self, progress: BuildProgress | None = None) -> None:
        """Build everything from the store, beside what is there, then put it in its place."""
        with self._guard, self._lock:
            self._build(progress)

    def wipe(self) -> None:
        """Write postings and vectors anew, so that no word of what was removed stays in them."""
        with self._guard, self._lock:
            self._build(None)

    def problems(self) -> list[Problem]:
        """Every way in which what is derived differs from the store, in words."""
        with self._guard:
            self.refresh()
            if self.lexical is None or self.vectors is None:
                return [Problem("another process is just building the postings and vectors", "check_busy")]
            expected = set(self._store.change_since(0).added)
            found = []
            for what, ids in (("postings", self.lexical.ids()), ("vector index", self.vectors.ids())):
                missing, foreign = len(expected.difference(ids)), len(set(ids) - expected)
                if missing or foreign:
                    line = f"the {what} lack {missing} passages and hold {foreign} that are not there"
                    found.append(Problem(line, "check_index"))
                if len(ids) != len(set(ids)):
                    found.append(Problem(f"the {what} hold passages twice", "check_index"))
            folder = self._folder / self._open_name
            try:
                VectorIndex.load(folder / "vectors.faiss")
                verify(folder / "postings")
            except (OSError, ValueError, KeyError) as error:
                found.append(Problem(str(error), "check_index"))
        return found

    # -- inside ----------------------------------------------------------------------------------------------

    def _is_whole(self) -> bool:
        """Whether as many passages are indexed as the store has: less than ``problems``, and at once."""
        assert self.lexical is not None
        assert self.vectors is not None
        return len(self.lexical) == len(self.vectors) == self._store.passage_count()

    def _open_if_abreast(self, now: tuple[str, int]) -> bool:
        """Open what another process has brought up to ``now``. Needs no lock and writes nothing."""
        record = self._record(self._current())
        if (record.get("identity"), record.get("postings"), record.get("form")) != (*now, _FORM):
            return False
        with self._trying() as sound:
            self._open(self._current())
            self._vectors_up_to(now[1])
            if self._is_whole() and self._store.generation == now[1]:
                self._at = now
                sound.append(True)
        return bool(sound)

    def _open_as_it_is(self) -> bool:
        """What there is, while another process writes. It may just replace what is to be opened, so again.

        The postings are as that process last left them. The vectors, in memory, are brought up to the store:
        what is new is found by them at least.
        """
        for _ in range(3):
            with self._trying() as sound:
                self._open(self._current())
                self._vectors_up_to(self._store.generation)
                sound.append(True)
            if sound:
                return True
        return False

    def _catch_up(self, progress: BuildProgress | None) -> None:
        identity, name = self._store.identity, self._current()
        record = self._record(name)
        if record.get("identity") == identity and record.get("form") == _FORM:
            with self._trying() as sound:
                self._open(name)
                self._update(name, record, progress)
                if self._is_whole():
                    self._at = (identity, self._record(name)["postings"])
                    sound.append(True)
            if sound:
                return
        self._build(progress)

    def _update(self, name: str, record: dict[str, Any], progress: BuildProgress | None) -> None:
        assert self.lexical is not None
        change = self._store.change_since(int(record["postings"]))
        if change.removed or change.added:
            self.lexical.update(change.removed, self._texts(change.added, progress))
        self._write_record(name, postings=change.generation)
        saved = self._store.change_since(int(record["vectors"]))
        self._vectors_up_to(change.generation)
        assert self.vectors is not None
        if saved.removed or len(saved.added) > _LEAST_TO_SAVE * len(self.vectors):
            self.vectors.save(self._folder / name / "vectors.faiss")
            self._write_record(name, vectors=self._vectors_at)

    def _vectors_up_to(self, generation: int) -> None:
        assert self.vectors is not None
        if self._vectors_at < generation:
            change = self._store.change_since(self._vectors_at)
            self.vectors.update(change.removed, self._vectors(change))
            self._vectors_at = change.generation

    def _build(self, progress: BuildProgress | None) -> None:
        name = uuid.uuid4().hex[:12]
        folder = self._folder / name
        folder.mkdir(parents=True)
        identity, change = self._store.identity, self._store.change_since(0)
        everything = Change(change.generation, (), change.added)
        lexical = LexicalIndex(folder / "postings")
        lexical.update((), self._texts(everything.added, progress))
        vectors = VectorIndex(self._store.encoder.dimension if self._store.encoder else 1)
        vectors.update((), self._vectors(everything))
        vectors.save(folder / "vectors.faiss")
        at = everything.generation
        self._write_record(name, identity=identity, form=_FORM, postings=at, vectors=at)
        _write(self._folder / "current", name)
        self.lexical, self.vectors, self._vectors_at = lexical, vectors, at
        self._open_name, self._at = name, (identity, at)
        for other in self._folder.iterdir():
            if other.is_dir() and other.name != name:
                shutil.rmtree(other, ignore_errors=True)  # a reader may hold it open on Windows; next time
            elif other.name not in ("current", name):
                other.unlink(missing_ok=True)

    def _open(self, name: str) -> None:
        """Open the indexes in ``name`` unless they are open. Raises OSError and ValueError when damaged."""
        if not name:
            raise ValueError("nothing has been built")
        if self._open_name != name or self.lexical is None or self.vectors is None:
            record = self._record(name)
            lexical = LexicalIndex(self._writable(self._folder / name / "postings"), create=False)
            self.vectors = VectorIndex.load(self._folder / name / "vectors.faiss")
            self.lexical, self._vectors_at = lexical, int(record["vectors"])
            self._open_name = name
        if self._store.encoder is not None and self.vectors.dimension != self._store.encoder.dimension:
            raise ValueError("the vectors are those of another encoder")
        self.lexical.reload()

    def _writable(self, postings: Path) -> Path:
        """Tantivy reads no folder in which it cannot make its lock; of such a folder it gets a copy."""
        if not postings.is_dir() or os.access(postings, os.W_OK):
            return postings
        self._copy = TemporaryDirectory(prefix="judian-")
        for file in postings.iterdir():
            if not file.name.endswith(".lock"):
                shutil.copyfile(file, Path(self._copy.name, file.name))
        return Path(self._copy.name)

    @contextmanager
    def _trying(self) -> Iterator[list[bool]]:
        """What is derived may be damaged in any way; that only means that it is built again."""
        sound: list[bool] = []
        try:
            yield sound
        except (OSError, ValueError, KeyError):
            sound.clear()
        if not sound:
            self.lexical = self.vectors = self._at = None
            self._open_name = ""

    def _texts(self, ids: Sequence[int], progress: BuildProgress | None) -> Iterator[tuple[int, str, str]]:
        for first in range(0, len(ids), _BATCH):
            if progress is not None:
                progress(first, len(ids))
            for passage_id, (passage, info) in self._store.found(ids[first : first + _BATCH]).items():
                yield passage_id, context(info.title, passage.headings), passage.text

    def _vectors(self, change: Change) -> Iterator[tuple[Sequence[int], Vectors]]:
        for first in range(0, len(change.added), _BATCH):
            found = self._store.vectors(change.added[first : first + _BATCH])
            if found:
                yield list(found), np.stack(list(found.values()))

    def _current(self) -> str:
        try:
            name = (self._folder / "current").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""
        return name if name.isalnum() else ""

    def _record(self, name: str) -> dict[str, Any]:
        try:
            record = json.loads((self._folder / name / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def _write_record(self, name: str, **values: object) -> None:
        """Say up to which generation an index is complete. Written last: doing a change twice is harmless."""
        _write(self._folder / name / "state.json", json.dumps({**self._record(name), **values}))


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
