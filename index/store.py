"""SQLite: documents, files, passages, embeddings. The only truth; knows neither search engines nor models.

Every change of the library is one transaction and raises the generation by one, so that what is derived from
the store (postings, vectors in FAISS) can tell what it has not seen yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Embedding, Vectors
from index.errors import (
    LibraryBusyError,
    LibraryDamagedError,
    LibraryFormatError,
    LibraryReadOnlyError,
    Problem,
    VectorsDamagedError,
)
from index.reading import ReadFile, document_id
from index.types import (
    Block,
    Document,
    DocumentInfo,
    DoubtfulFile,
    EncoderMark,
    Passage,
    Place,
    Removal,
    Span,
)
from index.upgrade import upgrade_from_1

# Raised when the tables change; a library of the format before is brought up when it is opened.
FORMAT = "2"
FILE_NAME = "library.db"

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- superseded_by and last_path are of a version whose file has changed: it is listed, without passages.
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    text TEXT NOT NULL, characters INTEGER NOT NULL, blocks TEXT, places TEXT NOT NULL,
    added_at TEXT NOT NULL, superseded_by TEXT, last_path TEXT, checksum INTEGER NOT NULL
);
CREATE INDEX documents_by_last_path ON documents (last_path) WHERE last_path IS NOT NULL;
-- A file on the disk as it was when all of it had been taken in; modified is an ISO date with time, UTC.
CREATE TABLE sources (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, modified TEXT) WITHOUT ROWID;
CREATE INDEX sources_by_content ON sources (sha256);
-- A name of a document: a source, or a member of one.
CREATE TABLE files (
    path TEXT PRIMARY KEY, source TEXT NOT NULL, doc_id TEXT NOT NULL REFERENCES documents (id),
    encoding TEXT NOT NULL, confidence REAL NOT NULL, number INTEGER NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_document ON files (doc_id);
CREATE INDEX files_by_source ON files (source);
CREATE TABLE doubtful (path TEXT PRIMARY KEY, source TEXT NOT NULL, choices TEXT NOT NULL) WITHOUT ROWID;
-- The vectors of a passage and its sentences, by the hash of what was encoded and the encoder. Those that no
-- passage has yet belong to a file that is being taken in, or was when the process ended; the next writer
-- uses or drops them.
CREATE TABLE embeddings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, vectors BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
-- AUTOINCREMENT: an id is never given twice, so a stale index never takes a new passage for a removed one.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL REFERENCES documents (id),
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, sentences TEXT NOT NULL,
    embedding INTEGER NOT NULL REFERENCES embeddings (id), generation INTEGER NOT NULL
);
CREATE INDEX passages_by_document ON passages (doc_id, number);
CREATE INDEX passages_by_generation ON passages (generation);
CREATE INDEX passages_by_embedding ON passages (embedding);
CREATE TABLE removed (passage_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_by_generation ON removed (generation);
"""

_DOCUMENT_COLUMNS = "id, title, text, blocks, places, added_at, superseded_by, last_path"
_FILE_COLUMNS = "path, source, doc_id, encoding, confidence, number"
_PASSAGE_COLUMNS = "doc_id, number, start, end, text, headings, sentences"
_AT_ONCE = 500  # values in one statement
_DISMISSED = "dismissed "  # in meta, before the digest of a path
_PAGES = (
    "CASE WHEN json_extract(places, '$[0][1]') IN ('page', 'slide') THEN json_array_length(places) ELSE 0 END"
)
# When a document's text came to be: its earliest file. One that is not wholly taken in has no date yet.
_MODIFIED = (
    "coalesce((SELECT min(s.modified) FROM files f JOIN sources s ON s.path = f.source"
    " WHERE f.doc_id = d.id), d.added_at)"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the passages since a generation: ids removed, and ids of those added."""

    generation: int
    removed: tuple[int, ...]
    added: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a file as it was read: their SHA-256, and when it was modified (ISO, UTC) if known."""

    sha256: str
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be put: its passages, and the hash of the text that was encoded for each."""

    read: ReadFile
    passages: tuple[Passage, ...]
    hashes: tuple[bytes, ...]


class Store:
    """The library's database file. One writer at a time; readers in other processes never wait (WAL)."""

    def __init__(self, folder: Path) -> None:
        """Open, or make, ``folder``/library.db. An older format is brought up to this one.

        Raises LibraryDamagedError, LibraryFormatError, LibraryReadOnlyError.
        """
        self.folder = folder
        self.path = folder / FILE_NAME
        self._lock = threading.RLock()
        self._loose: list[tuple[int]] = []
        with self._errors():
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = self._connect()
            if self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
                self._create()
            found = self._meta("format")
        if found == "1":
            self._upgrade()
        elif found != FORMAT:
            self._connection.close()
            raise LibraryFormatError(folder, found=str(found), known=FORMAT)
        with self._errors():  # a library of an earlier day of this format
            if not self._count("SELECT count(*) FROM pragma_table_info('sources') WHERE name = 'modified'"):
                self._connection.execute("ALTER TABLE sources ADD COLUMN modified TEXT")
            if not self._count("SELECT count(*) FROM pragma_table_info('embeddings') WHERE name = 'vectors'"):
                self._connection.execute("ALTER TABLE embeddings RENAME COLUMN vector TO vectors")

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
        """Every document, superseded ones too, in the order they were added."""
        return list(self._infos("").values())

    def infos(self, ids: Iterable[str]) -> dict[str, DocumentInfo]:
        wanted = list(dict.fromkeys(ids))
        return self._infos(f"WHERE d.id IN ({_marks(wanted)})", wanted)

    def document(self, doc_id: str) -> Document | None:
        with self._errors():
            row = self._connection.execute(
                "SELECT d.id, d.title, coalesce((SELECT path FROM files WHERE doc_id = d.id"
                " ORDER BY number LIMIT 1), d.last_path, ''), d.text, d.blocks, d.places"
                " FROM documents d WHERE d.id = ?",
                (doc_id,),
            ).fetchone()
        if row is None:
            return None
        doc_id, title, path, text, blocks, places = row
        return Document(doc_id, title, path, text, _blocks(blocks), _places(places))

    def text(self, doc_id: str, start: int, end: int) -> str | None:
        """The document's text from ``start`` to ``end``, None if the document is gone."""
        with self._errors():
            row = self._connection.execute("SELECT text FROM documents WHERE id = ?", (doc_id,)).fetchone()
        return row and str(row[0])[start:end]

    def places(self, doc_id: str) -> tuple[Place, ...]:
        """Where in its file the document's text stands, without loading the text."""
        with self._errors():
            row = self._connection.execute("SELECT places FROM documents WHERE id = ?", (doc_id,)).fetchone()
        return _places(row[0]) if row else ()

    def is_current(self, doc_id: str) -> bool:
        """Whether a document with this text is there and answers."""
        with self._errors():
            return (
                self._connection.execute(
                    "SELECT 1 FROM documents WHERE id = ? AND superseded_by IS NULL", (doc_id,)
                ).fetchone()
                is not None
            )

    def source(self, path: str) -> str | None:
        """The SHA-256 of the bytes of the file ``path`` when it was last taken in as a whole."""
        with self._errors():
            row = self._connection.execute("SELECT sha256 FROM sources WHERE path = ?", (path,)).fetchone()
        return row and str(row[0])

    def sources(self, sha256: str | None = None) -> list[str]:
        """The files on the disk that were taken in; with ``sha256`` those with these bytes."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT path FROM sources WHERE ?1 IS NULL OR sha256 = ?1 ORDER BY path", (sha256,)
            ).fetchall()
        return [row[0] for row in rows]

    def origins(self) -> list[str]:
        """Every file on the disk that holds a document or a doubtful text, wholly taken in or not."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT source FROM files UNION SELECT source FROM doubtful UNION SELECT path FROM sources"
            ).fetchall()
        return [row[0] for row in rows]

    def sources_of(self, names: Sequence[str]) -> list[str]:
        """The files on the disk that hold these names."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT source FROM files WHERE path IN (SELECT value FROM json_each(?1))"
                " UNION SELECT source FROM doubtful WHERE path IN (SELECT value FROM json_each(?1))",
                (_json(names),),
            ).fetchall()
        return [row[0] for row in rows]

    def is_dismissed(self, path: str, sha256: Callable[[], str]) -> bool:
        """Whether the file ``path`` was dismissed with these bytes, which are asked for only if needed."""
        mark = self._meta(_dismissal(path))
        return mark is not None and mark == _digest(path, sha256())

    def file(self, path: str) -> str | None:
        """The document id that goes by the name ``path``."""
        with self._errors():
            row = self._connection.execute("SELECT doc_id FROM files WHERE path = ?", (path,)).fetchone()
        return row and str(row[0])

    def ids_like(self, beginning: str) -> list[str]:
        """The documents whose id begins so."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT id FROM documents WHERE substr(id, 1, ?) = ? ORDER BY number",
                (len(beginning), beginning),
            ).fetchall()
        return [row[0] for row in rows]

    def names_under(self, path: str) -> list[str]:
        """The names that are ``path``, lie in this source, or lie below this folder."""
        below = path.rstrip("/\\")
        with self._errors():
            rows = self._connection.execute(
                "SELECT path FROM files WHERE path = ?1 OR source = ?1"
                " OR substr(path, 1, length(?2) + 1) IN (?2 || '/', ?2 || '\\')"
                " UNION SELECT path FROM doubtful WHERE path = ?1 OR source = ?1"
                " OR substr(path, 1, length(?2) + 1) IN (?2 || '/', ?2 || '\\')",
                (path, below),
            ).fetchall()
        return [row[0] for row in rows]

    def doubtful(self) -> list[DoubtfulFile]:
        with self._errors():
            rows = self._connection.execute("SELECT path, choices FROM doubtful ORDER BY path").fetchall()
        return [DoubtfulFile(path, tuple(map(tuple, json.loads(choices)))) for path, choices in rows]

    def matching(
        self,
        *,
        names: Sequence[str] | None = None,
        ids: Sequence[str] = (),
        suffixes: Sequence[str] = (),
        since: str = "",
        until: str = "",
    ) -> list[str]:
        """The documents that answer and match everything that is given, in the order they were added.

        ``names`` and ``ids`` together choose documents, None and () choose all. ``suffixes`` are of names, in
        lower case, with their dot. ``since`` and ``until`` are days (YYYY-MM-DD, local time), both included.
        """
        with self._errors():
            rows = self._connection.execute(
                "SELECT d.id FROM documents d WHERE superseded_by IS NULL"
                " AND EXISTS (SELECT 1 FROM files f WHERE f.doc_id = d.id"
                " AND (?1 IS NULL OR f.path IN (SELECT value FROM json_each(?1))"
                " OR d.id IN (SELECT value FROM json_each(?2)))"
                " AND (?3 = '[]' OR EXISTS (SELECT 1 FROM json_each(?3)"
                " WHERE lower(substr(f.path, -length(value))) = value)))"
                f" AND (?4 = '' OR date({_MODIFIED}, 'localtime') >= ?4)"
                f" AND (?5 = '' OR date({_MODIFIED}, 'localtime') <= ?5) ORDER BY number",
                (None if names is None else _json(names), _json(ids), _json(suffixes), since, until),
            ).fetchall()
        return [row[0] for row in rows]

    def passage_ids(self, doc_ids: Sequence[str]) -> list[int]:
        """The ids of all passages of these documents, in no order."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT id FROM passages WHERE doc_id IN (SELECT value FROM json_each(?))", (_json(doc_ids),)
            ).fetchall()
        return [row[0] for row in rows]

    def found(self, ids: Sequence[int]) -> dict[int, tuple[Passage, DocumentInfo]]:
        """The passages with these ids and their documents, of one state; those removed are not among them."""
        with self._errors(), self._snapshot():
            passages = self.passages(ids)
            infos = self.infos(passage.doc_id for passage in passages.values())
        return {number: (passage, infos[passage.doc_id]) for number, passage in passages.items()}

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages with these ids; those that were removed are not in the answer."""
        with self._errors():
            rows = self._connection.execute(
                f"SELECT id, {_PASSAGE_COLUMNS} FROM passages WHERE id IN ({_marks(ids)})", list(ids)
            ).fetchall()
        return {row[0]: _passage(row[1:]) for row in rows}

    def passages_of(self, doc_id: str) -> list[Passage]:
        with self._errors():
            rows = self._connection.execute(
                f"SELECT {_PASSAGE_COLUMNS} FROM passages WHERE doc_id = ? ORDER BY number", (doc_id,)
            ).fetchall()
        return [_passage(row) for row in rows]

    def vectors(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of those of ``ids`` that are there: each (dimension,) float32, unit length."""
        size = self._dimension
        found = self._embeddings(ids)
        return {passage_id: np.frombuffer(data, "<f4", size) for passage_id, data in found.items()}

    def embeddings(self, ids: Sequence[int]) -> dict[int, Embedding]:
        """The vectors of those of ``ids`` that are there, and of their sentences.

        Raises VectorsDamagedError.
        """
        size = self._dimension
        found = self._embeddings(ids)
        return {passage_id: Embedding.from_bytes(data, size) for passage_id, data in found.items()}

    def encoded(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of ``hashes`` whose embedding is kept."""
        known: set[bytes] = set()
        with self._errors():
            for first in range(0, len(hashes), _AT_ONCE):
                some = list(hashes[first : first + _AT_ONCE])
                rows = self._connection.execute(
                    f"SELECT hash FROM embeddings WHERE hash IN ({_marks(some)})", some
                )
                known.update(row[0] for row in rows)
        return known

    def change_since(self, generation: int) -> Change:
        """What a derived index built at ``generation`` has to do to catch up."""
        with self._errors(), self._snapshot():
            now = self.generation
            removed = self._connection.execute(
                "SELECT passage_id FROM removed WHERE generation > ?", (generation,)
            ).fetchall()
            added = self._connection.execute(
                "SELECT id FROM passages WHERE generation > ? ORDER BY id", (generation,)
            ).fetchall()
        return Change(now, tuple(row[0] for row in removed), tuple(row[0] for row in added))

    def passage_count(self) -> int:
        return self._count("SELECT count(*) FROM passages")

    def document_count(self) -> int:
        """How many documents answer."""
        return self._count("SELECT count(*) FROM documents WHERE superseded_by IS NULL")

    def problems(self) -> list[Problem]:
        """Every broken invariant, in words; empty when all is well."""
        with self._errors():
            found = [
                Problem(row[0], "check_database")
                for row in self._connection.execute("PRAGMA integrity_check")
                if row[0] != "ok"
            ]
            found += [
                Problem(f"a row of {row[0]} refers to nothing in {row[2]}", "check_database")
                for row in self._foreign_keys()
            ]
            found += self._document_problems()
            for what, query in _INVARIANTS.items():
                if count := self._count(query):
                    found.append(Problem(f"{count} {what}", "check_database"))
            # Those that no passage has may be another encoder's: a change of encoder was stopped.
            wrong = self._count(
                "SELECT count(*) FROM passages p JOIN embeddings e ON e.id = p.embedding"
                f" WHERE length(e.vectors) <> {self._dimension} * (4 + json_array_length(p.sentences))"
            )
            if wrong:
                found.append(
                    Problem(f"{wrong} passages lack vectors, of themselves or of a sentence", "check_vectors")
                )
            damaged = sum(
                zlib.crc32(vectors) != checksum
                for vectors, checksum in self._connection.execute("SELECT vectors, checksum FROM embeddings")
            )
            if damaged:
                found.append(Problem(f"{damaged} vectors are damaged", "check_vectors"))
            found += [
                Problem(f"the name {row[0]} is damaged", "check_name", name=row[0])
                for row in self._connection.execute(f"SELECT {_FILE_COLUMNS}, checksum FROM files")
                if _checksum(row[:-1]) != row[-1]
            ]
        return found

    # -- writing ---------------------------------------------------------------------------------------------

    def keep_embeddings(
        self, hashes: Sequence[bytes], embeddings: Sequence[Embedding], encoder: EncoderMark
    ) -> None:
        """Keep ``embeddings`` under the hashes of what was encoded, in one transaction."""
        rows = [(key, embedding.to_bytes()) for key, embedding in zip(hashes, embeddings, strict=True)]
        with self._errors(), self._transaction():
            if self.encoder is None:
                self._set_encoder(encoder)
            self._connection.executemany(
                "INSERT INTO embeddings (hash, vectors, checksum) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(key, vectors, zlib.crc32(vectors)) for key, vectors in rows],
            )

    def put(self, prepared: Sequence[Prepared], sources: dict[str, Source]) -> None:
        """Take in documents, in one transaction; their embeddings must be kept already.

        ``sources`` are files that are now wholly taken in. A name that had another document gives it up; a
        document without a name is superseded. One that comes back is revived.
        """
        with self._errors(), self._transaction() as generation:
            given_up: dict[str, Document] = {}  # by what; an archive may hold one name twice
            for each in prepared:
                before = self.file(each.read.document.path)
                self._put(each, generation)
                if before and before != each.read.document.id:
                    given_up[before] = each.read.document
            # Only now, since a text that one file gave up another may have taken.
            for doc_id, document in given_up.items():
                if not self._has_name(doc_id):
                    self._supersede(doc_id, document.id, document.path, generation)
            self._connection.executemany(
                "INSERT INTO sources VALUES (?1, ?2, ?3)"
                " ON CONFLICT (path) DO UPDATE SET sha256 = ?2, modified = ?3",
                [(path, source.sha256, source.modified) for path, source in sources.items()],
            )

    def rename(self, old: str, new: str) -> None:
        """The file ``old`` and what is inside it are now called ``new``, in one transaction."""
        with self._errors(), self._transaction() as generation:
            self._drop_names([path for (path,) in self._names_of(new)], generation)
            self._connection.execute("DELETE FROM sources WHERE path = ?", (new,))
            self._connection.execute("UPDATE sources SET path = ? WHERE path = ?", (new, old))
            for (path,) in self._names_of(old):
                self._connection.execute(
                    "UPDATE files SET path = ? || substr(path, ?), source = ? WHERE path = ?",
                    (new, len(old) + 1, new, path),
                )
                self._seal_file(new + path[len(old) :])
            # Its older versions go with it.
            for (doc_id,) in self._connection.execute(
                "SELECT id FROM documents WHERE last_path = ?", (old,)
            ).fetchall():
                self._connection.execute("UPDATE documents SET last_path = ? WHERE id = ?", (new, doc_id))
                self._seal_document(doc_id)

    def doubt(self, path: str, source: str, choices: Sequence[tuple[str, float, str]]) -> None:
        """Note that the encoding of ``path`` is to be chosen."""
        with self._errors(), self._transaction():
            self._connection.execute(
                "INSERT INTO doubtful VALUES (?, ?, ?)"
                " ON CONFLICT (path) DO UPDATE SET choices = excluded.choices",
                (path, source, json.dumps(choices, ensure_ascii=False)),
            )

    def remove(self, doc_ids: Sequence[str]) -> Removal:
        """Remove documents under all their names, with older versions of these files, in one transaction."""
        with self._errors(), self._transaction() as generation:
            names = [
                path
                for doc_id in doc_ids
                for (path,) in self._connection.execute("SELECT path FROM files WHERE doc_id = ?", (doc_id,))
            ]
            versions = [doc_id for doc_id in doc_ids if not self.is_current(doc_id)]
            gone = list(self.infos(versions).values())
            for doc_id in versions:
                self._delete(doc_id, generation)
            removal = self._drop_names(names, generation)
        self._wipe()
        return Removal((*gone, *removal.documents), removal.names)

    def remove_names(self, paths: Sequence[str]) -> Removal:
        """Give up names, in one transaction. A document without a name is removed with its older versions."""
        with self._errors(), self._transaction() as generation:
            removal = self._drop_names(paths, generation)
        self._wipe()
        return removal

    def dismiss(self, files: Mapping[str, str]) -> None:
        """Note files (path: SHA-256 of their bytes) that somebody removed, so that watching leaves them out.

        Neither a path nor what was in it can be read from the note.
        """
        with self._errors(), self._transaction():
            for path, sha256 in files.items():
                self._set_meta(_dismissal(path), _digest(path, sha256))

    def welcome(self, paths: Iterable[str]) -> None:
        """These files are not dismissed any more."""
        with self._errors():
            rows = self._connection.execute(f"SELECT key FROM meta WHERE key GLOB '{_DISMISSED}*'")
            noted = {row[0] for row in rows}
            keys = noted.intersection(map(_dismissal, paths)) if noted else set()
            if keys:
                with self._transaction():
                    self._connection.executemany("DELETE FROM meta WHERE key = ?", [(key,) for key in keys])

    def split_again(
        self, documents: Iterable[tuple[str, Sequence[Passage], Sequence[bytes]]], encoder: EncoderMark
    ) -> None:
        """Replace the passages of documents (id, passages, hashes) by others, in one transaction.

        Their embeddings must be kept already. With another encoder a new identity makes all that is derived
        stale.
        """
        with self._errors(), self._transaction() as generation:
            for doc_id, passages, hashes in documents:
                self._drop_passages(doc_id, generation)
                self._insert(passages, hashes, generation)
            if self.encoder != encoder:
                self._set_encoder(encoder)
                self._set_meta("identity", uuid.uuid4().hex)

    def drop_damaged(self) -> list[Problem]:
        """Remove what cannot be trusted or belongs to nothing; returns a line on each thing that was done.

        A document whose text is damaged is removed, and its files are read anew by the next ``add``.
        """
        done = []
        with self._errors(), self._transaction() as generation:
            for doc_id in self._damaged_documents():
                names = [
                    row[0]
                    for row in self._connection.execute("SELECT path FROM files WHERE doc_id = ?", (doc_id,))
                ]
                self._forget_sources(names)
                self._connection.execute("DELETE FROM files WHERE doc_id = ?", (doc_id,))
                self._delete(doc_id, generation)
                line = (
                    f"removed the damaged document {doc_id}; read it anew with: judian add {' '.join(names)}"
                )
                done.append(Problem(line, "mended_document", document=doc_id, names=" ".join(names)))
            for row in self._connection.execute(f"SELECT {_FILE_COLUMNS}, checksum FROM files").fetchall():
                if _checksum(row[:-1]) != row[-1]:
                    done.append(Problem(f"dropped the damaged name {row[0]}", "mended_name", name=row[0]))
                    self._drop_names([row[0]], generation)
            for number, vectors, checksum in self._connection.execute(
                "SELECT id, vectors, checksum FROM embeddings"
            ).fetchall():
                if zlib.crc32(vectors) != checksum:  # under another key, it will be made again
                    self._connection.execute(
                        "UPDATE embeddings SET hash = ?, checksum = ? WHERE id = ?",
                        (f"damaged {number}".encode(), zlib.crc32(vectors), number),
                    )
            self._connection.execute("DELETE FROM passages WHERE doc_id NOT IN (SELECT id FROM documents)")
            for (doc_id,) in self._connection.execute(_NAMELESS).fetchall():
                self._delete(doc_id, generation)
                done.append(
                    Problem(f"removed {doc_id}, which no file held", "mended_nameless", document=doc_id)
                )
        return done

    def drop_unused_embeddings(self) -> None:
        """Drop embeddings that no passage has: left by a process that was stopped, or by another encoder."""
        # Those up to the mark have been looked at before; what was removed since took its own with it.
        with self._errors():
            seen = int(self._meta("embeddings_seen") or 0)
            newest = self._count("SELECT coalesce(max(id), 0) FROM embeddings")
            if newest <= seen:
                return
            with self._transaction():
                self._connection.execute(
                    "DELETE FROM embeddings WHERE id > ?"
                    " AND NOT EXISTS (SELECT 1 FROM passages WHERE embedding = embeddings.id)",
                    (seen,),
                )
                self._set_meta("embeddings_seen", str(newest))

    def look_at_all_embeddings(self) -> None:
        """Let the next ``drop_unused_embeddings`` look at every one."""
        with self._errors(), self._transaction():
            self._set_meta("embeddings_seen", "0")

    def document_ids(self) -> list[str]:
        """The documents that answer, in the order they were added."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT id FROM documents WHERE superseded_by IS NULL ORDER BY number"
            ).fetchall()
        return [row[0] for row in rows]

    def hashes_of(self, doc_id: str) -> list[bytes]:
        """The hashes of the embeddings of a document's passages, in their order."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT e.hash FROM passages p JOIN embeddings e ON e.id = p.embedding"
                " WHERE p.doc_id = ? ORDER BY p.number",
                (doc_id,),
            ).fetchall()
        return [row[0] for row in rows]

    # -- inside ----------------------------------------------------------------------------------------------

    @property
    def _dimension(self) -> int:
        return self.encoder.dimension if self.encoder else 0

    def _embeddings(self, ids: Sequence[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        with self._errors():
            for first in range(0, len(ids), _AT_ONCE):
                some = list(ids[first : first + _AT_ONCE])
                rows = self._connection.execute(
                    "SELECT p.id, e.vectors, e.checksum"
                    " FROM passages p JOIN embeddings e ON e.id = p.embedding"
                    f" WHERE p.id IN ({_marks(some)})",
                    some,
                )
                for passage_id, data, checksum in rows:
                    if zlib.crc32(data) != checksum:
                        raise VectorsDamagedError(self.folder)
                    found[passage_id] = data
        return found

    def _connect(self) -> sqlite3.Connection:
        address = self.path.absolute().as_uri()
        if self.path.exists() and not os.access(self.folder, os.W_OK):
            log = self.folder / f"{FILE_NAME}-wal"
            if log.exists() and log.stat().st_size:
                raise LibraryReadOnlyError(self.folder, "and its last changes are still in its log")
            address += "?immutable=1"  # SQLite could not make the files it shares between processes
        connection = sqlite3.connect(
            address, uri=True, timeout=5, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten
        return connection

    def _create(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        meta = {"format": FORMAT, "generation": "0", "identity": uuid.uuid4().hex}
        values = ", ".join(f"('{key}', '{value}')" for key, value in meta.items())
        self._connection.executescript(f"BEGIN;{_SCHEMA}INSERT INTO meta VALUES {values};COMMIT;")

    def _upgrade(self) -> None:
        with self._errors():
            try:
                upgrade_from_1(self._connection, _SCHEMA)
                for (doc_id,) in self._connection.execute("SELECT id FROM documents").fetchall():
                    self._seal_document(doc_id)
                for (path,) in self._connection.execute("SELECT path FROM files").fetchall():
                    self._seal_file(path)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("PRAGMA foreign_keys = ON")

    def _put(self, each: Prepared, generation: int) -> None:
        document = each.read.document
        row = self._connection.execute(
            "SELECT superseded_by FROM documents WHERE id = ?", (document.id,)
        ).fetchone()
        if row is None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._connection.execute(
                "INSERT INTO documents (id, title, text, characters, blocks, places, added_at, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    document.id,
                    document.title,
                    document.text,
                    len(document.text),
                    None if document.blocks is None else _json([astuple(each) for each in document.blocks]),
                    _json([astuple(place) for place in document.places]),
                    now,
                ),
            )
        elif row[0] is not None:
            self._connection.execute(
                "UPDATE documents SET superseded_by = NULL, last_path = NULL WHERE id = ?", (document.id,)
            )
        if row is None or row[0] is not None:
            self._seal_document(document.id)
            self._insert(each.passages, each.hashes, generation)
        self._connection.execute(
            f"INSERT INTO files ({_FILE_COLUMNS}, checksum)"
            " SELECT ?, ?, ?, ?, ?, coalesce(max(number), 0) + 1, 0 FROM files WHERE true"
            " ON CONFLICT (path) DO UPDATE SET source = excluded.source, doc_id = excluded.doc_id,"
            " encoding = excluded.encoding, confidence = excluded.confidence",
            (document.path, each.read.source, document.id, each.read.encoding, each.read.confidence),
        )
        self._seal_file(document.path)
        self._connection.execute("DELETE FROM doubtful WHERE path = ?", (document.path,))

    def _supersede(self, doc_id: str, by: str, path: str, generation: int) -> None:
        self._drop_passages(doc_id, generation)
        self._connection.execute(
            "UPDATE documents SET superseded_by = ?, last_path = ? WHERE id = ?", (by, path, doc_id)
        )
        self._seal_document(doc_id)

    def _insert(self, passages: Sequence[Passage], hashes: Sequence[bytes], generation: int) -> None:
        self._connection.executemany(
            f"INSERT INTO passages ({_PASSAGE_COLUMNS}, embedding, generation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT id FROM embeddings WHERE hash = ?), ?)",
            (
                (
                    passage.doc_id,
                    passage.number,
                    passage.start,
                    passage.end,
                    passage.text,
                    _json(passage.headings),
                    _json(
                        [
                            [s.start, s.end, s.header] if s.header else [s.start, s.end]
                            for s in passage.sentences
                        ]
                    ),
                    key,
                    generation,
                )
                for passage, key in zip(passages, hashes, strict=True)
            ),
        )

    def _drop_names(self, paths: Sequence[str], generation: int) -> Removal:
        documents: dict[str, DocumentInfo] = {}
        names = []
        self._forget_sources(paths)
        for path in paths:
            self._connection.execute("DELETE FROM doubtful WHERE path = ?", (path,))
            doc_id = self.file(path)
            if doc_id is None:
                continue
            (info,) = self.infos([doc_id]).values()
            documents.setdefault(doc_id, info)
            names.append(path)
            self._connection.execute("DELETE FROM files WHERE path = ?", (path,))
            for (version,) in self._connection.execute(
                "SELECT id FROM documents WHERE last_path = ?", (path,)
            ).fetchall():
                documents.update(self.infos([version]))
                self._delete(version, generation)
        gone = []
        for doc_id, info in documents.items():
            if info.superseded_by is None:
                if self._has_name(doc_id):
                    continue
                self._delete(doc_id, generation)
            gone.append(info)
        kept = {path for info in gone for path in info.paths}
        return Removal(tuple(gone), tuple(name for name in names if name not in kept))

    def _forget_sources(self, paths: Sequence[str]) -> None:
        """An ``add`` of the files that held these names reads them again."""
        self._connection.executemany(
            "DELETE FROM sources WHERE path = ?1 OR path IN (SELECT source FROM files WHERE path = ?1)",
            [(path,) for path in paths],
        )

    def _delete(self, doc_id: str, generation: int) -> None:
        self._drop_passages(doc_id, generation)
        self._connection.execute("DELETE FROM documents WHERE id = ?", (doc_id,))

    def _drop_passages(self, doc_id: str, generation: int) -> None:
        """Their embeddings go at the end of the transaction, unless another passage has them by then."""
        self._loose += self._connection.execute(
            "SELECT DISTINCT embedding FROM passages WHERE doc_id = ?", (doc_id,)
        ).fetchall()
        self._connection.execute(
            "INSERT OR REPLACE INTO removed SELECT id, ? FROM passages WHERE doc_id = ?", (generation, doc_id)
        )
        self._connection.execute("DELETE FROM passages WHERE doc_id = ?", (doc_id,))

    def _has_name(self, doc_id: str) -> bool:
        return bool(self._connection.execute("SELECT 1 FROM files WHERE doc_id = ?", (doc_id,)).fetchone())

    def _names_of(self, source: str) -> list[tuple[str]]:
        return self._connection.execute("SELECT path FROM files WHERE source = ?", (source,)).fetchall()

    def _wipe(self) -> None:
        """Take what was removed out of the write-ahead log too, as far as no reader holds on to it."""
        with self._errors():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _seal_document(self, doc_id: str) -> None:
        row = self._connection.execute(
            f"SELECT {_DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (doc_id,)
        ).fetchone()
        self._connection.execute("UPDATE documents SET checksum = ? WHERE id = ?", (_checksum(row), doc_id))

    def _seal_file(self, path: str) -> None:
        row = self._connection.execute(
            f"SELECT {_FILE_COLUMNS} FROM files WHERE path = ?", (path,)
        ).fetchone()
        self._connection.execute("UPDATE files SET checksum = ? WHERE path = ?", (_checksum(row), path))

    def _damaged_documents(self) -> list[str]:
        rows = self._connection.execute(f"SELECT {_DOCUMENT_COLUMNS}, checksum FROM documents")
        return [row[0] for row in rows if _checksum(row[:-1]) != row[-1] or document_id(row[2]) != row[0]]

    def _document_problems(self) -> Iterator[Problem]:
        yield from (
            Problem(f"the document {doc_id} is damaged", "check_document", document=doc_id)
            for doc_id in self._damaged_documents()
        )
        for doc_id, text in self._connection.execute("SELECT id, text FROM documents"):
            for passage in self.passages_of(doc_id):
                if not _stands_in(passage, text):
                    line = f"passage {passage.number} of {doc_id} is not the document's text at its span"
                    yield Problem(line, "check_passages", document=doc_id)

    def _foreign_keys(self) -> list[tuple[str, int, str, int]]:
        return self._connection.execute("PRAGMA foreign_key_check").fetchall()

    def _infos(self, where: str, values: Sequence[str] = ()) -> dict[str, DocumentInfo]:
        chosen = f"(SELECT id FROM documents d {where})"
        with self._errors():
            counts = dict(
                self._connection.execute(
                    f"SELECT doc_id, count(*) FROM passages WHERE doc_id IN {chosen} GROUP BY doc_id",
                    list(values),
                )
            )
            files: dict[str, list[tuple[str, str, float]]] = {}
            for doc_id, *file in self._connection.execute(
                "SELECT doc_id, path, encoding, confidence FROM files"
                f" WHERE doc_id IN {chosen} ORDER BY number",
                list(values),
            ):
                files.setdefault(doc_id, []).append((file[0], file[1], file[2]))
            rows = self._connection.execute(
                f"SELECT id, title, characters, added_at, superseded_by, last_path, {_MODIFIED},"
                f" {_PAGES}"
                f" FROM documents d {where} ORDER BY number",
                list(values),
            )
            infos = {}
            for doc_id, title, characters, added_at, superseded_by, last_path, modified_at, pages in rows:
                named = files.get(doc_id, [])
                infos[doc_id] = DocumentInfo(
                    id=doc_id,
                    title=title,
                    paths=tuple(each[0] for each in named) or ((last_path,) if last_path else ()),
                    encoding=named[0][1] if named else "",
                    confidence=named[0][2] if named else 0.0,
                    characters=characters,
                    passages=counts.get(doc_id, 0),
                    added_at=added_at,
                    superseded_by=superseded_by,
                    modified_at=modified_at,
                    pages=pages,
                )
        return infos

    def _count(self, query: str) -> int:
        with self._errors():
            return int(self._connection.execute(query).fetchone()[0])

    def _meta(self, key: str) -> str | None:
        with self._errors():
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self._connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
        )

    def _set_encoder(self, encoder: EncoderMark) -> None:
        self._set_meta("encoder", json.dumps({slot: getattr(encoder, slot) for slot in encoder.__slots__}))

    @contextmanager
    def _transaction(self) -> Iterator[int]:
        """One writing transaction, all or nothing; yields the generation that it makes."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            generation = self.generation + 1
            self._loose = []
            yield generation
            self._connection.executemany(
                "DELETE FROM embeddings"
                " WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE embedding = ?1)",
                self._loose,
            )
            self._set_meta("generation", str(generation))
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite has rolled back itself after an error of the disk
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
            if any(word in reason for word in ("readonly", "unable to open", "full", "disk I/O")):
                raise LibraryReadOnlyError(self.folder, reason) from error
            raise LibraryDamagedError(self.folder, reason) from error
        except sqlite3.DatabaseError as error:
            raise LibraryDamagedError(self.folder, str(error)) from error
        except OSError as error:
            raise LibraryReadOnlyError(self.folder, error.strerror or str(error)) from error


_NAMELESS = "SELECT id FROM documents WHERE superseded_by IS NULL AND id NOT IN (SELECT doc_id FROM files)"
_INVARIANTS = {
    "documents belong to no file": f"SELECT count(*) FROM ({_NAMELESS})",
    "superseded documents still have passages": (
        "SELECT count(*) FROM documents d WHERE superseded_by IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM passages WHERE doc_id = d.id)"
    ),
    "superseded documents still have a name": (
        "SELECT count(*) FROM documents WHERE superseded_by IS NOT NULL AND id IN (SELECT doc_id FROM files)"
    ),
    "documents have no passages": (
        "SELECT count(*) FROM documents d WHERE superseded_by IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM passages WHERE doc_id = d.id)"
    ),
    "documents have gaps in the numbers of their passages": (
        "SELECT count(*) FROM (SELECT 1 FROM passages GROUP BY doc_id HAVING max(number) + 1 <> count(*))"
    ),
    "passages or removals are newer than the library": (
        "SELECT count(*) FROM (SELECT generation FROM passages UNION ALL SELECT generation FROM removed)"
        " WHERE generation > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation')"
    ),
    "passages are there and removed at once": (
        "SELECT count(*) FROM passages WHERE id IN (SELECT passage_id FROM removed)"
    ),
}


def is_library(folder: Path) -> bool:
    """Whether ``folder`` holds a library that can be seen."""
    return exists(folder / FILE_NAME)


def exists(path: Path) -> bool:
    """Whether ``path`` can be seen: not behind a closed folder, nor under a name that no system takes."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _dismissal(path: str) -> str:
    """The key in ``meta`` of the note that a file was dismissed."""
    return _DISMISSED + _digest(path)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _checksum(values: Sequence[object]) -> int:
    return zlib.crc32("\x1f".join(map(repr, values)).encode("utf-8", "surrogatepass"))


def _blocks(value: str | None) -> tuple[Block, ...] | None:
    if value is None:
        return None
    return tuple(
        Block(start, end, kind, level, (header[0], header[1]) if header else None)
        for start, end, kind, level, header in json.loads(value)
    )


def _places(value: str) -> tuple[Place, ...]:
    return tuple(Place(*place) for place in json.loads(value))


def _stands_in(passage: Passage, text: str) -> bool:
    return passage.text == text[passage.start : passage.end] and all(
        passage.start <= span.start <= span.end <= passage.end for span in passage.sentences
    )


def _passage(row: Sequence[Any]) -> Passage:
    doc_id, number, start, end, text, headings, sentences = row
    above = () if headings == "[]" else tuple(json.loads(headings))
    spans = tuple(Span(*item) for item in json.loads(sentences))
    return Passage(doc_id, number, start, end, text, above, spans)
