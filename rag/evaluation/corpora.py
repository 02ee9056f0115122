"""Corpora and folders in, a library of them out, encoded once and kept. Knows no questions."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from index.chunking import split_passages
from index.context import Reading, reading
from index.errors import DocumentAmbiguousError, DocumentMissingError
from index.intake import encode_missing
from index.library import Library
from index.reading import ReadFile, absolute, document_id
from index.store import FILE_NAME, Prepared, is_library
from index.types import Document
from rag.evaluation.errors import SetError
from rag.evaluation.sets import Row, rows_of

Progress = Callable[[int, int], None]

_DOCUMENTS_AT_A_TIME = 500
_COMPLETE = "complete"


def library_of(
    *sources: Path,
    cache: Path,
    open_library: Callable[[Path], Library] | None = None,
    progress: Progress | None = None,
) -> Library:
    """A library of all ``sources``: corpus files, whose documents go by their id, and folders of documents.

    Made once in ``cache``, under a name made of theirs; a run that was stopped is gone on with, and a source
    that changed is taken in again. The largest of the sources that has a library of its own there is copied,
    so that nothing in it is encoded twice.
    """
    folder = cache / "+".join(map(_name, sources))
    open_library = open_library or _as_settings_say
    if len(sources) > 1 and not folder.exists():
        _copy_largest([cache / _name(source) for source in sources], folder, open_library)
    library = open_library(folder)
    corpora = [source for source in sources if source.is_file()]
    marker = folder / _COMPLETE
    state = json.dumps({_name(source): _sha256(source) for source in corpora})
    if corpora and not (marker.is_file() and marker.read_text() in ("", state)):
        rows = _rows(corpora)
        _forget_renamed(library, {row["id"]: row["title"] for row in rows})
        fill(library, rows, progress)
        _forget_others(library, {row["id"] for row in rows}, sources)
    for source in set(sources) - set(corpora):
        library.add(source)
        library.forget_missing(source)
    library.size()  # there is one, if only an empty one
    marker.write_text(state)
    return library


def fill(library: Library, rows: Sequence[Row], progress: Progress | None = None) -> None:
    """Put the documents of ``rows`` (id, title, text) into ``library``, some at a time."""
    with library.writing() as store:
        for first in range(0, len(rows), _DOCUMENTS_AT_A_TIME):
            prepared: list[Prepared] = []
            waiting: dict[bytes, Reading] = {}
            batch = rows[first : first + _DOCUMENTS_AT_A_TIME]
            for row in batch:
                document = Document(document_id(row["text"]), row["title"], row["id"], row["text"])
                if store.file(row["id"]) == document.id:
                    continue  # an earlier run has it
                passages = () if store.is_current(document.id) else tuple(split_passages(document))
                readings = [reading(document.title, passage) for passage in passages]
                hashes = tuple(each.key(library.encoder.mark) for each in readings)
                waiting.update(zip(hashes, readings, strict=True))
                prepared.append(Prepared(ReadFile(document, row["id"], "utf-8", 1.0), passages, hashes))
            if prepared:
                encode_missing(store, lambda: library.encoder, waiting)
                store.put(prepared, {})
            if progress is not None:
                progress(first + len(batch), len(rows))


class Gold:
    """Finds the documents that a question set names: by id, path, or file name.

    ``folder`` is where relative paths begin, for a set of real files.
    """

    def __init__(self, library: Library, folder: Path | None = None) -> None:
        self._library = library
        self._folder = folder
        self._names: dict[str, set[str]] | None = None

    def ids(self, reference: str) -> set[str]:
        """The ids of the library's documents with this name; empty if there is none."""
        candidates = [str(self._folder / reference)] if self._folder is not None else []
        for candidate in [*candidates, reference]:
            try:
                return {self._library.find(candidate).id}
            except (DocumentMissingError, DocumentAmbiguousError):
                continue
        return self._by_file_name().get(Path(reference).name, set())

    def _by_file_name(self) -> dict[str, set[str]]:
        if self._names is None:
            self._names = {}
            for info in self._library.documents():
                for path in info.paths:
                    self._names.setdefault(Path(path).name, set()).add(info.id)
        return self._names


def _as_settings_say(folder: Path) -> Library:
    from rag import wiring

    return wiring.Library(folder)


def _name(source: Path) -> str:
    """Of a corpus as bench has always named it; of a folder with a part that tells two of one name apart."""
    if source.is_file():
        return f"{source.parent.name}-{source.name.split('.jsonl')[0]}"
    return f"{source.name}-{hashlib.sha256(str(absolute(source)).encode()).hexdigest()[:8]}"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _rows(corpora: Sequence[Path]) -> list[Row]:
    """The rows of all corpora. Raises SetError for an id that two texts go by."""
    found: dict[str, Row] = {}
    for corpus in corpora:
        for row in rows_of(corpus):
            if found.setdefault(row["id"], row)["text"] != row["text"]:
                raise SetError(
                    f"{corpus}: the id {row['id']!r} has another text before. Give each its own id."
                )
    return list(found.values())


def _forget_renamed(library: Library, titles: Mapping[str, str]) -> None:
    """Remove documents whose title is another one now: it is part of everything that was made of them."""
    if not is_library(library.folder):
        return
    renamed = [
        path
        for info in library.documents()
        for path in info.paths
        if titles.get(path, info.title) != info.title
    ]
    if renamed:
        library.remove(*renamed)


def _copy_largest(folders: Sequence[Path], target: Path, open_library: Callable[[Path], Library]) -> None:
    complete = [folder for folder in folders if (folder / _COMPLETE).is_file()]
    if not complete:
        return
    donor = open_library(max(complete, key=lambda folder: (folder / FILE_NAME).stat().st_size))
    unfinished = target.with_name(f"{target.name}.copying")
    shutil.rmtree(unfinished, ignore_errors=True)
    with donor.writing():  # nobody changes it meanwhile
        shutil.copytree(donor.folder, unfinished, ignore=shutil.ignore_patterns("*.lock", "*-shm", _COMPLETE))
    donor.close()
    unfinished.rename(target)


def _forget_others(library: Library, ids: set[str], sources: Sequence[Path]) -> None:
    """Remove what an earlier state of the corpora had."""
    folders = [source for source in sources if source.is_dir()]
    with library.writing() as store:
        others = [
            origin
            for origin in store.origins()
            if origin not in ids and not any(Path(origin).is_relative_to(folder) for folder in folders)
        ]
    if others:
        library.remove(*others)
