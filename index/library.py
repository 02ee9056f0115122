"""Library: add, remove, search, check. What rag/ and Python scripts see of index/."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.chunking import split_passages
from index.derived import Derived, encoded_text
from index.encoder import DEFAULT_ENCODER, Encoder
from index.errors import (
    DocumentAmbiguousError,
    DocumentMissingError,
    EncoderMismatchError,
    LibraryBusyError,
    LibraryMissingError,
    LibraryReadOnlyError,
    NoReadableFilesError,
    PathMissingError,
    QuestionError,
    UnreadableFileError,
)
from index.fusion import fuse
from index.readers import SUFFIXES, files_under, read
from index.store import FILE_NAME, Store, Vectors
from index.types import AddReport, Document, DocumentInfo, FileOutcome, Hit

LONGEST_QUESTION = 2_000  # characters

_CANDIDATES = 50  # passages that each leg ranks
_ENCODE_BATCH = 64

# Called after each file with its outcome, the number of files done and the number of all files.
AddProgress = Callable[[FileOutcome, int, int], None]


class Library:
    """A folder that holds documents and finds passages in them.

    The folder is made by the first ``add``. ``open_encoder`` turns a name into an Encoder; it is asked only
    when something is to be encoded, with ``encoder``, else with the encoder the library was made with, else
    the default.
    """

    def __init__(
        self, folder: str | Path, *, open_encoder: Callable[[str], Encoder], encoder: str | None = None
    ) -> None:
        self.folder = Path(folder).expanduser()
        self._open_encoder = open_encoder
        self._asked_encoder = encoder
        self._loaded_encoder: Encoder | None = None
        self._store: Store | None = None
        self._derived: Derived | None = None
        self._lock = FileLock(self.folder / "write.lock")
        if (self.folder / FILE_NAME).exists():
            self._open_store()

    # -- asking ----------------------------------------------------------------------------------------------

    def documents(self) -> list[DocumentInfo]:
        """Every document, in the order they were added."""
        return self._opened().documents()

    def find(self, reference: str) -> DocumentInfo:
        """The document with this id, the beginning of one (4 characters or more), or this file path.

        Raises DocumentMissingError and DocumentAmbiguousError.
        """
        infos = self.documents()
        path = str(Path(reference).expanduser().absolute())
        found = [
            info for info in infos if info.id == reference or path in info.paths or reference in info.paths
        ]
        if not found and len(reference) >= 4:
            found = [info for info in infos if info.id.startswith(reference)]
        if not found:
            raise DocumentMissingError(reference)
        if len(found) > 1:
            raise DocumentAmbiguousError(reference, [info.id for info in found])
        return found[0]

    def document(self, reference: str) -> Document:
        """The document with its whole text; ``reference`` as in ``find``."""
        document = self._opened().document(self.find(reference).id)
        if document is None:
            raise DocumentMissingError(reference)
        return document

    def search(self, question: str, k: int = 8) -> list[Hit]:
        """At most ``k`` passages for ``question``, best first. Raises QuestionError, EncoderMismatchError."""
        lexical, dense = self.legs(question)
        store = self._opened()
        known = store.passages(
            [*{**lexical, **dense}]
        )  # a passage that was removed meanwhile is not among them
        fused = [item for item in fuse(lexical, dense) if item.passage_id in known][:k]
        infos = store.infos(known[item.passage_id].doc_id for item in fused)
        return [
            Hit(
                known[item.passage_id],
                infos[known[item.passage_id].doc_id],
                item.score,
                item.lexical,
                item.dense,
            )
            for item in fused
        ]

    def legs(self, question: str) -> tuple[dict[int, float], dict[int, float]]:
        """The passages that words and vectors rank for ``question``, by id: lexical scores, all cosines."""
        question = checked_question(question)
        derived = self._refreshed()
        if derived.lexical is None or derived.vectors is None or not len(derived.vectors):
            return {}, {}
        vector = self._encoder().encode_questions([question])[0]
        lexical = {item.passage_id: item.score for item in derived.lexical.search(question, _CANDIDATES)}
        dense = {item.passage_id: item.score for item in derived.vectors.search(vector, _CANDIDATES)}
        unseen = [passage_id for passage_id in lexical if passage_id not in dense]
        dense.update(zip(unseen, derived.vectors.cosines(vector, unseen), strict=True))
        return lexical, dense

    def owners(self, passage_ids: Sequence[int]) -> dict[int, str]:
        """The document id of each passage."""
        return {
            passage_id: passage.doc_id for passage_id, passage in self._opened().passages(passage_ids).items()
        }

    def rarity(self, terms: Sequence[str]) -> list[float]:
        """How rare each word is in this library: its BM25 idf. A word that is nowhere gets the highest."""
        lexical = self._refreshed().lexical
        return lexical.idf(terms) if lexical is not None else [0.0] * len(terms)

    def unmentioned(self, terms: Sequence[str]) -> list[str]:
        """Those of ``terms`` that no document of this library mentions."""
        lexical = self._refreshed().lexical
        return [term for term in terms if lexical is not None and not lexical.holds(term)]

    @property
    def encoder(self) -> Encoder:
        """The encoder of this library's vectors."""
        return self._encoder()

    # -- changing --------------------------------------------------------------------------------------------

    def add(
        self, *paths: str | Path, encoding: str | None = None, progress: AddProgress | None = None
    ) -> AddReport:
        """Take in files, and folders with all readable files below them. What did not change is not read.

        Each file is one transaction: after Ctrl-C or a crash the files that were reported are there. A file
        that cannot be read is reported as ``failed`` and stops no other. Raises PathMissingError,
        NoReadableFilesError.
        """
        files = _collect(paths)
        outcomes: list[FileOutcome] = []
        with self.writing() as store:
            self._check_encoder(store)
            try:
                for file in files:
                    outcomes.append(self._add_file(store, file, encoding))
                    if progress is not None:
                        progress(outcomes[-1], len(outcomes), len(files))
            finally:
                self._refreshed()
        return AddReport(tuple(outcomes))

    def remove(self, *references: str) -> list[DocumentInfo]:
        """Remove documents with all their passages. If one of them is not found, none is removed."""
        found = [self.find(reference) for reference in references]
        with self.writing() as store:
            store.remove(info.id for info in found)
            self._refreshed()
        return found

    def check(self) -> list[str]:
        """Every broken invariant in words; empty when all is well."""
        problems = self._opened().problems()
        derived = self._derived_of(self._opened())
        return problems + derived.problems()

    def repair(self) -> None:
        """Build postings and vectors again from the store; encode again if another encoder is asked for."""
        with self.writing() as store:
            encoder = self._open_encoder(
                self._asked_encoder or (store.encoder.name if store.encoder else DEFAULT_ENCODER)
            )
            if store.encoder is not None and store.encoder != encoder.mark:
                store.encode_again(self._batches_encoded(store, encoder), encoder.mark)
            self._loaded_encoder = encoder
            self._derived_of(store).rebuild()

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._derived = None

    # -- inside ----------------------------------------------------------------------------------------------

    def _add_file(self, store: Store, file: Path, encoding: str | None) -> FileOutcome:
        path = str(file)
        if file.suffix.lower() not in SUFFIXES:
            return FileOutcome(path, "skipped", message=f"not one of {', '.join(SUFFIXES)}")
        try:
            found = read(file, encoding=encoding)
        except UnreadableFileError as error:
            return FileOutcome(path, "failed", message=str(error))
        before = store.file(path)
        if before is not None and before == (found.document.id, found.sha256):
            return FileOutcome(path, "unchanged", doc_id=before[0])
        passages = split_passages(found.document)
        encoder = self._encoder()
        known = store.document(found.document.id) is not None
        texts = [] if known else [encoded_text(found.document.title, passage) for passage in passages]
        vectors = encoder.encode_passages(texts) if texts else store.vectors([])
        new = store.put(found, passages, vectors, encoder.mark)
        status = "updated" if before is not None else "added" if new else "duplicate"
        return FileOutcome(path, status, doc_id=found.document.id, passages=len(passages))

    def _batches_encoded(self, store: Store, encoder: Encoder) -> Iterator[tuple[list[int], Vectors]]:
        ids = store.passage_ids()
        for first in range(0, len(ids), _ENCODE_BATCH):
            batch = store.passages(ids[first : first + _ENCODE_BATCH])
            titles = store.infos(passage.doc_id for passage in batch.values())
            texts = [encoded_text(titles[passage.doc_id].title, passage) for passage in batch.values()]
            yield list(batch), encoder.encode_passages(texts)

    def _encoder(self) -> Encoder:
        if self._loaded_encoder is None:
            mark = self._store.encoder if self._store is not None else None
            encoder = self._open_encoder(self._asked_encoder or (mark.name if mark else DEFAULT_ENCODER))
            if mark is not None and encoder.mark != mark:
                raise EncoderMismatchError(self.folder, made_with=mark, asked_for=encoder.mark)
            self._loaded_encoder = encoder
        return self._loaded_encoder

    def _check_encoder(self, store: Store) -> None:
        if store.encoder is not None and self._asked_encoder is not None:
            self._encoder()

    def _opened(self) -> Store:
        if self._store is None:
            if not (self.folder / FILE_NAME).exists():
                raise LibraryMissingError(self.folder)
            self._open_store()
        assert self._store is not None
        return self._store

    def _open_store(self) -> None:
        self._store = Store(self.folder)

    def _derived_of(self, store: Store) -> Derived:
        if self._derived is None:
            self._derived = Derived(self.folder / "derived", store, self._lock)
        return self._derived

    def _refreshed(self) -> Derived:
        derived = self._derived_of(self._opened())
        try:
            derived.refresh()
        except OSError as error:
            raise LibraryReadOnlyError(self.folder, error.strerror or str(error)) from error
        return derived

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """The store, with no other writer. Raises LibraryBusyError and LibraryReadOnlyError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = self._lock.acquire(timeout=2)
        except Timeout as error:
            raise LibraryBusyError(self.folder) from error
        except OSError as error:
            raise LibraryReadOnlyError(self.folder, error.strerror or str(error)) from error
        with lock:
            if self._store is None:
                self._open_store()
            yield self._opened()


def checked_question(question: str) -> str:
    """``question`` without surrounding white space. Raises QuestionError when it is empty or too long."""
    stripped = question.strip()
    if not stripped:
        raise QuestionError('The question is empty. Type one, for example: judian ask "合同什么时候到期？"')
    if len(stripped) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(stripped):,} characters; ask with at most {LONGEST_QUESTION:,}, "
            "and add long texts with: judian add PATH"
        )
    return stripped


def _collect(paths: Sequence[str | Path]) -> list[Path]:
    """All files to take in, each once. Every path is looked at before anything is done."""
    named = [Path(path).expanduser().absolute() for path in paths]
    for path in named:
        if not path.exists():
            raise PathMissingError(path)
    files = list(dict.fromkeys(file for path in named for file in files_under(path)))
    if not any(file.suffix.lower() in SUFFIXES for file in files):
        raise NoReadableFilesError(named[0] if named else Path(), SUFFIXES)
    return files
