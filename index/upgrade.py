"""Brings a library of the format before up to this one, in one transaction. Knows both sets of tables."""

from __future__ import annotations

import json
import sqlite3
import zlib

from index.context import Reading, reading
from index.types import EncoderMark, Passage

_ASIDE = """
DROP INDEX files_by_document; DROP INDEX passages_by_document; DROP INDEX passages_by_generation;
DROP INDEX removed_by_generation;
ALTER TABLE passages RENAME TO old_passages; ALTER TABLE files RENAME TO old_files;
ALTER TABLE documents RENAME TO old_documents; ALTER TABLE meta RENAME TO old_meta;
ALTER TABLE removed RENAME TO old_removed;
"""
_COPY = """
INSERT INTO meta SELECT key, value FROM old_meta;
UPDATE meta SET value = '2' WHERE key = 'format';
INSERT INTO documents (id, title, text, characters, blocks, places, added_at, checksum)
    SELECT id, title, text, characters, NULL, '[]', added_at, 0 FROM old_documents ORDER BY rowid;
INSERT INTO sources SELECT path, sha256, NULL FROM old_files;
INSERT INTO files SELECT path, path, doc_id, encoding, confidence, number, 0 FROM old_files;
INSERT INTO removed SELECT passage_id, generation FROM old_removed;
"""
# An id that was given once is never given again, also where its passage is gone.
_DROP = """
DELETE FROM sqlite_sequence WHERE name = 'passages';
INSERT INTO sqlite_sequence SELECT 'passages', seq FROM sqlite_sequence WHERE name = 'old_passages';
DROP TABLE old_passages; DROP TABLE old_files; DROP TABLE old_documents;
DROP TABLE old_meta; DROP TABLE old_removed;
"""


def upgrade_from_1(connection: sqlite3.Connection, schema: str) -> None:
    """Turn the tables of format 1 into those of ``schema``.

    Vectors are kept; those of sentences, which format 1 did not have, come with ``doctor --repair``.
    Passages keep their ids and generations, so that postings and vectors in FAISS stay valid. The transaction
    is left open: the caller seals the rows and commits. Raises sqlite3.Error, and the library is as it was.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.executescript(f"BEGIN IMMEDIATE; {_ASIDE} {schema} {_COPY}")
    mark = connection.execute("SELECT value FROM meta WHERE key = 'encoder'").fetchone()
    encoder = EncoderMark(**json.loads(mark[0])) if mark else EncoderMark("", "", 0)
    rows = connection.execute(
        "SELECT p.id, p.doc_id, p.number, p.start, p.end, p.text, p.headings, p.sentences, p.vector,"
        " p.generation, d.title FROM old_passages p JOIN documents d ON d.id = p.doc_id ORDER BY p.id"
    )
    for row in rows:
        doc_id, number, start, end, text = row[1:6]
        passage = Passage(doc_id, number, start, end, text, tuple(json.loads(row[6])))
        key = Reading(reading(row[10], passage).text, ()).key(encoder)  # its sentences were not encoded
        connection.execute(
            "INSERT INTO embeddings (hash, vectors, checksum) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (key, row[8], zlib.crc32(row[8])),
        )
        connection.execute(
            "INSERT INTO passages (id, doc_id, number, start, end, text, headings, sentences,"
            " embedding, generation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM embeddings WHERE hash = ?), ?)",
            (*row[:8], key, row[9]),
        )
    for statement in _DROP.split(";"):
        connection.execute(statement)
