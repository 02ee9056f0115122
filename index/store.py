"""SQLite: documents, files, passages, vectors. The only truth; knows neither search engines nor models.

Every change of the library is one transaction and raises the generation by one, so that what is derived from
the store (postings, vectors in FAISS) can tell what it has not seen yet.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import LibraryBusyError, LibraryDamagedError, LibraryFormatError, LibraryReadOnlyError
from index.readers import ReadFile
from index.types import Document, DocumentInfo, EncoderMark, Passage, Span

FORMAT = "1"
FILE_NAME = "library.db"

Vectors = npt.NDArray[np.float32]

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL,
    added_at TEXT NOT NULL
);
CREATE TABLE files (
    path TEXT PRIMARY KEY, doc_id TEXT NOT NULL REFERENCES documents (id), sha256 TEXT NOT NULL,
    encoding TEXT NOT NULL, confidence REAL NOT NULL, number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_document ON files (doc_id);
-- AUTOINCREMENT: an id is never given twice, so a stale index never takes a new passage for a removed one.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL REFERENCES documents (id),
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, sentences TEXT NOT NULL, vector BLOB NOT NULL, generation INTEGER NOT NULL
);
CREATE INDEX passages_by_document ON passages (doc_id, number);
CREATE INDEX passages_by_generation ON passages (generation);
CREATE TABLE removed (passage_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_by_generation ON removed (generation);
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the passages since a generation: ids removed, and ids of those added."""

    generation: int
    removed: tuple[int, ...]
    added: tuple[int, ...]


class Store:
    """The library's database file. One writer at a time; readers in other processes never wait (WAL)."""

    def __init__(self, folder: Path) -> None:
        """Open, or make, ``folder``/library.db.

        Raises LibraryDamagedError, LibraryFormatError, LibraryReadOnlyError.
        """
        self.folder = folder
        self.path = folder / FILE_NAME
        self._lock = threading.RLock()
        with self._errors():
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=5, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA synchronous = FULL")
            if self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
                self._create()
            found = self._meta("format")
        if found != FORMAT:
            self._connection.close()
            raise LibraryFormatError(folder, found=str(found), known=FORMAT)

    def close(self) -> None:
        self._connection.close()

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def identity(self) -> str:
        """A random name given when the library was made; derived files carry it."""
        return self._meta("identity") or ""

    @property
    def generation(self) -> int:
        return int(self._meta("generation") or 0)

    @property
    def encoder(self) -> EncoderMark | None:
        """The encoder of the vectors, or None while there are none."""
        value = self._meta("encoder")
        return EncoderMark(**json.loads(value)) if value else None

    def documents(self) -> list[DocumentInfo]:
        """Every document, in the order they were added."""
        return list(self._infos("").values())

    def infos(self, ids: Iterable[str]) -> dict[str, DocumentInfo]:
        wanted = list(dict.fromkeys(ids))
        return self._infos(f"WHERE d.id IN ({','.join('?' * len(wanted))})", wanted)

    def document(self, doc_id: str) -> Document | None:
        with self._errors():
            row = self._connection.execute(
                "SELECT d.id, d.title, (SELECT path FROM files WHERE doc_id = d.id ORDER BY number LIMIT 1), "
                "d.text FROM documents d WHERE d.id = ?",
                (doc_id,),
            ).fetchone()
        return Document(row[0], row[1], row[2] or "", row[3]) if row else None

    def file(self, path: str) -> tuple[str, str] | None:
        """The document id and the SHA-256 of the bytes last read from ``path``."""
        with self._errors():
            row = self._connection.execute(
                "SELECT doc_id, sha256 FROM files WHERE path = ?", (path,)
            ).fetchone()
        return (row[0], row[1]) if row else None

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages with these ids; those that were removed are not in the answer."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT id, doc_id, number, start, end, text, headings, sentences FROM passages"
                f" WHERE id IN ({','.join('?' * len(ids))})",
                list(ids),
            ).fetchall()
        return {row[0]: _passage(row[1:]) for row in rows}

    def passages_of(self, doc_id: str) -> list[Passage]:
        with self._errors():
            rows = self._connection.execute(
                "SELECT doc_id, number, start, end, text, headings, sentences "
                "FROM passages WHERE doc_id = ? ORDER BY number",
                (doc_id,),
            ).fetchall()
        return [_passage(row) for row in rows]

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of ``ids``, in their order: (len(ids), dimension) float32, unit length."""
        mark = self.encoder
        found = np.zeros((len(ids), mark.dimension if mark else 0), dtype=np.float32)
        with self._errors():
            for row, passage_id in enumerate(ids):
                blob = self._connection.execute(
                    "SELECT vector FROM passages WHERE id = ?", (passage_id,)
                ).fetchone()[0]
                found[row] = np.frombuffer(blob, dtype="<f4")
        return found

    def change_since(self, generation: int) -> Change:
        """What a derived index built at ``generation`` has to do to catch up."""
        with self._errors(), self._snapshot():
            now = self.generation
            removed = self._connection.execute(
                "SELECT passage_id FROM removed WHERE generation > ?", (generation,)
            ).fetchall()
            added = self._connection.execute(
                "SELECT id FROM passages WHERE generation > ?", (generation,)
            ).fetchall()
        return Change(now, tuple(row[0] for row in removed), tuple(row[0] for row in added))

    def problems(self) -> list[str]:
        """Every broken invariant, in words; empty when all is well."""
        with self._errors():
            found = [row[0] for row in self._connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            mark = self.encoder
            for doc_id, text in self._connection.execute("SELECT id, text FROM documents"):
                found.extend(
                    f"passage {passage.number} of {doc_id} is not the document's text at its span"
                    for passage in self.passages_of(doc_id)
                    if passage.text != text[passage.start : passage.end]
                )
            orphans = self._connection.execute(
                "SELECT count(*) FROM passages WHERE doc_id NOT IN (SELECT id FROM documents)"
            )
            if count := orphans.fetchone()[0]:
                found.append(f"{count} passages belong to no document")
            nameless = self._connection.execute(
                "SELECT count(*) FROM documents WHERE id NOT IN (SELECT doc_id FROM files)"
            )
            if count := nameless.fetchone()[0]:
                found.append(f"{count} documents belong to no file")
            size = 4 * mark.dimension if mark else 0
            wrong = self._connection.execute(
                "SELECT count(*) FROM passages WHERE length(vector) <> ?", (size,)
            )
            if count := wrong.fetchone()[0]:
                found.append(f"{count} vectors have the wrong length")
        return found

    # -- writing ---------------------------------------------------------------------------------------------

    def put(
        self, read: ReadFile, passages: Sequence[Passage], vectors: Vectors, encoder: EncoderMark
    ) -> bool:
        """Take in one file, in one transaction. Returns False when another file already held the same text.

        A file that held another text before gives that up; a document that no file holds any more is removed.
        """
        with self._errors(), self._transaction() as generation:
            document = read.document
            before = self.file(document.path)
            new = not self._connection.execute(
                "SELECT 1 FROM documents WHERE id = ?", (document.id,)
            ).fetchone()
            if new:
                now = datetime.now(UTC).isoformat(timespec="seconds")
                self._connection.execute(
                    "INSERT INTO documents VALUES (?, ?, ?, ?, ?)",
                    (document.id, document.title, document.text, len(document.text), now),
                )
                self._insert(passages, vectors, generation)
                self._set_meta(
                    "encoder", json.dumps({slot: getattr(encoder, slot) for slot in encoder.__slots__})
                )
            self._connection.execute(
                "INSERT INTO files SELECT ?, ?, ?, ?, ?, coalesce(max(number), 0) + 1 FROM files WHERE true"
                " ON CONFLICT (path) DO UPDATE SET doc_id = excluded.doc_id, sha256 = excluded.sha256,"
                " encoding = excluded.encoding, confidence = excluded.confidence",
                (document.path, document.id, read.sha256, read.encoding, read.confidence),
            )
            if before and before[0] != document.id:
                self._drop_if_nameless(before[0], generation)
        return new

    def remove(self, doc_ids: Iterable[str]) -> None:
        """Remove documents with their files, passages and vectors, in one transaction."""
        with self._errors(), self._transaction() as generation:
            for doc_id in doc_ids:
                self._connection.execute("DELETE FROM files WHERE doc_id = ?", (doc_id,))
                self._drop_if_nameless(doc_id, generation)

    def encode_again(self, batches: Iterable[tuple[Sequence[int], Vectors]], encoder: EncoderMark) -> None:
        """Replace every vector, in one transaction; a new identity makes every derived file stale."""
        with self._errors(), self._transaction():
            for ids, vectors in batches:
                self._connection.executemany(
                    "UPDATE passages SET vector = ? WHERE id = ?",
                    [
                        (vector.astype("<f4").tobytes(), passage_id)
                        for passage_id, vector in zip(ids, vectors, strict=True)
                    ],
                )
            self._set_meta(
                "encoder", json.dumps({slot: getattr(encoder, slot) for slot in encoder.__slots__})
            )
            self._set_meta("identity", uuid.uuid4().hex)

    def passage_ids(self) -> list[int]:
        with self._errors():
            return [row[0] for row in self._connection.execute("SELECT id FROM passages ORDER BY id")]

    # -- inside ----------------------------------------------------------------------------------------------

    def _create(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        meta = {"format": FORMAT, "generation": "0", "identity": uuid.uuid4().hex}
        values = ", ".join(f"('{key}', '{value}')" for key, value in meta.items())
        self._connection.executescript(f"BEGIN;{_SCHEMA}INSERT INTO meta VALUES {values};COMMIT;")

    def _insert(self, passages: Sequence[Passage], vectors: Vectors, generation: int) -> None:
        self._connection.executemany(
            "INSERT INTO passages (doc_id, number, start, end, text, headings, sentences, vector, generation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    passage.doc_id,
                    passage.number,
                    passage.start,
                    passage.end,
                    passage.text,
                    json.dumps(passage.headings, ensure_ascii=False),
                    json.dumps([[s.start, s.end, s.header] for s in passage.sentences], ensure_ascii=False),
                    vector.astype("<f4").tobytes(),
                    generation,
                )
                for passage, vector in zip(passages, vectors, strict=True)
            ],
        )

    def _drop_if_nameless(self, doc_id: str, generation: int) -> None:
        if self._connection.execute("SELECT 1 FROM files WHERE doc_id = ?", (doc_id,)).fetchone():
            return
        self._connection.execute(
            "INSERT INTO removed SELECT id, ? FROM passages WHERE doc_id = ?", (generation, doc_id)
        )
        self._connection.execute("DELETE FROM passages WHERE doc_id = ?", (doc_id,))
        self._connection.execute("DELETE FROM documents WHERE id = ?", (doc_id,))

    def _infos(self, where: str, values: Sequence[str] = ()) -> dict[str, DocumentInfo]:
        with self._errors():
            rows = self._connection.execute(
                "SELECT d.id, d.title, d.characters, d.added_at, "
                "(SELECT count(*) FROM passages WHERE doc_id = d.id)"
                f" FROM documents d {where} ORDER BY d.rowid",
                list(values),
            ).fetchall()
            infos = {}
            for doc_id, title, characters, added_at, count in rows:
                files = self._connection.execute(
                    "SELECT path, encoding, confidence FROM files WHERE doc_id = ? ORDER BY number", (doc_id,)
                ).fetchall()
                infos[doc_id] = DocumentInfo(
                    id=doc_id,
                    title=title,
                    paths=tuple(row[0] for row in files),
                    encoding=files[0][1] if files else "",
                    confidence=files[0][2] if files else 0.0,
                    characters=characters,
                    passages=count,
                    added_at=added_at,
                )
        return infos

    def _meta(self, key: str) -> str | None:
        with self._errors():
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self._connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
        )

    @contextmanager
    def _transaction(self) -> Iterator[int]:
        """One writing transaction, all or nothing; yields the generation that it makes."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            generation = self.generation + 1
            yield generation
            self._set_meta("generation", str(generation))
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Several reads that see one state."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """One thread at a time; SQLite's and the file system's errors in words that say what to do."""
        try:
            with self._lock:
                yield
        except sqlite3.OperationalError as error:
            reason = str(error)
            if "locked" in reason:
                raise LibraryBusyError(self.folder) from error
            if "readonly" in reason or "unable to open" in reason or "full" in reason:
                raise LibraryReadOnlyError(self.folder, reason) from error
            raise LibraryDamagedError(self.folder, reason) from error
        except sqlite3.DatabaseError as error:
            raise LibraryDamagedError(self.folder, str(error)) from error
        except OSError as error:
            raise LibraryReadOnlyError(self.folder, error.strerror or str(error)) from error


def _passage(row: Sequence[object]) -> Passage:
    doc_id, number, start, end, text, headings, sentences = row
    return Passage(
        doc_id=str(doc_id),
        number=int(str(number)),
        start=int(str(start)),
        end=int(str(end)),
        text=str(text),
        headings=tuple(json.loads(str(headings))),
        sentences=tuple(Span(*item) for item in json.loads(str(sentences))),
    )
