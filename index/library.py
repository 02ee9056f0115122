"""Library: add, remove, search, check. What rag/ and Python scripts see of index/."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from index.arranging import LOOKED_AT, arranged
from index.context import context, reading
from index.coverage import Coverage
from index.derived import BuildProgress, Derived
from index.encoder import DEFAULT_ENCODER, Encoder
from index.encodings import CANDIDATES
from index.errors import (
    DocumentAmbiguousError,
    DocumentMissingError,
    EmptyFolderError,
    EncoderMismatchError,
    EncodingUnknownError,
    LibraryBusyError,
    LibraryMissingError,
    LibraryReadOnlyError,
    NoReadableFilesError,
    NothingMatchesError,
    PathMissingError,
    Problem,
    QuestionError,
)
from index.filters import Filter
from index.fusion import DENSE_WEIGHT, FOREIGN_DENSE_WEIGHT, Ranking, fuse
from index.intake import Intake, Progress
from index.mending import mend
from index.normalize import fold
from index.query import is_foreign
from index.readers import SUFFIXES
from index.reading import FileReader, FoundFile, absolute, files_under, sha256_of
from index.store import Store, exists, is_library
from index.terms import Terms, stamp
from index.titles import Titles
from index.types import AddReport, Document, DocumentInfo, DoubtfulFile, Hit, Passage, Place, Removal

LONGEST_QUESTION = 2_000  # characters

_CANDIDATES = 50  # passages that each leg ranks
_READ = 60  # of them are read sentence by sentence
_READ_AT_ONCE = 500  # passages
_TRIES = 3  # of a search that another process changed the library under
# While files are taken in, what came can be found after so many passages at the latest.
_SEARCHABLE_AFTER = 10_000
# Up to so many passages postings are written anew within seconds.
_WIPED_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Left:
    """How much of some documents a library holds: texts, passages, and these in postings and vectors."""

    texts: int
    passages: int
    postings: int
    vectors: int


class Library:
    """A folder that holds documents and finds passages in them.

    The folder is made by the first ``add``. ``open_encoder`` turns a name into an Encoder; it is asked only
    when something is to be encoded, with ``encoder``, else with the encoder the library was made with, else
    the default.
    """

    def __init__(
        self, folder: str | Path, *, open_encoder: Callable[[str], Encoder], encoder: str | None = None
    ) -> None:
        self.folder = absolute(folder)
        self._open_encoder = open_encoder
        self._asked_encoder = encoder
        self._loaded_encoder: Encoder | None = None
        self._store: Store | None = None
        self._derived: Derived | None = None
        self._terms: tuple[object, Terms] | None = None
        self._titles: tuple[object, Titles] | None = None
        self._trying = threading.local()  # another thread searches with what is saved
        self._lock = FileLock(self.folder / "write.lock")
        if is_library(self.folder):
            self._open_store()

    # -- asking ----------------------------------------------------------------------------------------------

    @property
    def is_there(self) -> bool:
        """Whether the folder holds a library already; the first ``add`` makes one."""
        return is_library(self.folder)

    def documents(self) -> list[DocumentInfo]:
        """Every document that answers, in the order they were added."""
        return [info for info in self._opened().documents() if info.superseded_by is None]

    def versions(self) -> list[DocumentInfo]:
        """The documents whose file has changed since; they do not answer."""
        return [info for info in self._opened().documents() if info.superseded_by is not None]

    @property
    def state(self) -> tuple[str, int]:
        """Another one after every change of what the library holds."""
        store = self._opened()
        return store.identity, store.generation

    def size(self) -> tuple[int, int]:
        """How many documents answer, and how many passages they have."""
        store = self._opened()
        return store.document_count(), store.passage_count()

    def find(self, reference: str) -> DocumentInfo:
        """The document with this id, the beginning of one (4 characters or more), or this file path.

        Raises DocumentMissingError and DocumentAmbiguousError.
        """
        store = self._opened()
        named = store.file(reference) or store.file(str(absolute(reference)))
        ids = [named] if named else store.ids_like(reference) if len(reference) >= 4 else []
        if not ids:
            raise DocumentMissingError(reference)
        if len(ids) > 1:
            raise DocumentAmbiguousError(reference, ids)
        (info,) = store.infos(ids).values()
        return info

    def matching(self, within: Filter) -> list[str]:
        """The ids of the documents that answer and match ``within``, in the order they were added.

        A reference that nothing goes by is an error, and so is a filter that leaves nothing. Raises
        DocumentMissingError, DocumentAmbiguousError, NothingMatchesError.
        """
        names: list[str] = []
        ids: list[str] = []
        for reference in within.documents:
            below = self._names(reference)
            names += below
            if not below:
                ids.append(self.find(reference).id)
        found = self._opened().matching(
            names=names if within.documents else None,
            ids=ids,
            suffixes=within.suffixes,
            since=str(within.since or ""),
            until=str(within.until or ""),
        )
        if not found and not within.is_empty:
            raise NothingMatchesError(str(within))
        return found

    def document(self, reference: str) -> Document:
        """The document with its whole text; ``reference`` as in ``find``."""
        document = self._opened().document(self.find(reference).id)
        if document is None:
            raise DocumentMissingError(reference)
        return document

    def mentions(self, doc_id: str, term: str) -> bool:
        """Whether a document says ``term``, in either script and under any of its spellings."""
        document = self.document(doc_id)
        spellings = {term, *self.terms.spellings_with(term)}
        if any(each in document.text for each in spellings):
            return True  # the normal form of a long text takes a while
        forms = set(map(fold, spellings))
        return any(form in text for text in map(fold, (document.title, document.text)) for form in forms)

    def search(
        self,
        question: str,
        k: int = 8,
        *,
        within: Filter | None = None,
        dense_weight: float | None = None,
    ) -> list[Hit]:
        """At most ``k`` passages for ``question``, best first, of the documents that ``within`` allows.

        What says the same stands once, and neighbours become one passage: see index/arranging.py.
        ``dense_weight`` as in ``rank``, which also says what is raised.
        """
        for _ in range(_TRIES):
            before = self._opened().generation
            found = self.rank(
                question, within=within, candidates=max(_CANDIDATES, k), dense_weight=dense_weight
            )
            hits = self._arranged(found, max(LOOKED_AT, 2 * k), k)
            if len(hits) < k and len(found.fused) > LOOKED_AT:
                # What was looked at said the same thing many times.
                hits = self._arranged(found, len(found.fused), k)
            if self._opened().generation == before:
                break  # else what was found may be gone, and what came in its place not found
        return [replace(hit, place=self.place(hit.document.id, hit.passage.start)) for hit in hits]

    def _arranged(self, found: Ranking, looked_at: int, k: int) -> list[Hit]:
        fused = found.fused[:looked_at]
        known = self._opened().found([item.passage_id for item in fused])
        candidates = [
            Hit(
                *known[item.passage_id],
                item.score,
                item.lexical,
                item.dense,
                cosines=found.cosines[item.passage_id],
            )
            for item in fused
            if item.passage_id in known
        ]
        return arranged(candidates, k, self._opened().text)

    def rank(
        self,
        question: str,
        *,
        within: Filter | None = None,
        candidates: int = _CANDIDATES,
        dense_weight: float | None = None,
    ) -> Ranking:
        """The passages that words and vectors rank for ``question``, ``candidates`` each, and their fusion.

        ``dense_weight`` is the share of the vectors in it, 0 to 1; None takes what was measured to be best.
        Raises QuestionError, EncoderMismatchError, and as ``matching`` does.
        """
        question = checked_question(question)
        derived = self._refreshed()
        only = None
        if within is not None and not within.is_empty:
            allowed = self.matching(within)
            if len(allowed) < self._opened().document_count():
                only = self._opened().passage_ids(allowed)
        postings, vectors = derived.lexical, derived.vectors  # another thread may put others there
        if postings is None or vectors is None or not len(vectors):
            return Ranking({}, {}, {}, (), {})
        store = self._opened()
        clock = _Stages()
        query = self.terms.query(question)
        vector = self._encoder().encode_questions([query.encoded])[0]
        clock.mark("encode")
        bm25 = {item.passage_id: item.score for item in postings.search(query.groups, candidates, only)}
        clock.mark("words")
        # The index may hold vectors in 8 bits: more candidates, ranked by what the store holds.
        near = vectors.search(vector, candidates * (1 if vectors.is_exact else 2), only)
        either = [*{**bm25, **{item.passage_id: 0.0 for item in near}}]
        dense: dict[int, float] = {}
        cosines: dict[int, tuple[float, ...]] = {}
        for number, embedding in store.embeddings(either).items():
            dense[number], cosines[number] = embedding.cosines(vector)
        clock.mark("vectors")
        weight = FOREIGN_DENSE_WEIGHT if is_foreign(question) else DENSE_WEIGHT
        weight = weight if dense_weight is None else dense_weight
        coverage = Coverage(query.groups, postings.weights(query.groups))
        lexical = {number: bm25.get(number, 0.0) / 2 for number in dense}
        first = [item.passage_id for item in fuse(lexical, dense, weight)[:_READ]]
        for number, (passage, info) in store.found(first).items():
            lexical[number] += coverage.best_sentence(passage, context(info.title, passage.headings)) / 2
        clock.mark("sentences")
        fused = fuse(lexical, dense, weight)
        clock.mark("fusion")
        return Ranking(lexical, dense, cosines, fused, clock.milliseconds)

    def titles_in(self, text: str) -> list[str]:
        """The titles of this library's documents that ``text`` names, as it writes them, in order."""
        store = self._opened()
        now = (store.identity, store.generation)
        if self._titles is None or self._titles[0] != now:
            self._titles = (now, Titles(info.title for info in self.documents()))
        return self._titles[1].named_in(text)

    @property
    def terms(self) -> Terms:
        """The user's dictionary and synonyms, as they are now."""
        tried: Terms | None = getattr(self._trying, "terms", None)
        if tried is not None:
            return tried
        now = stamp(self.folder)
        if self._terms is None or self._terms[0] != now:
            self._terms = (now, Terms.read(self.folder))
        return self._terms[1]

    @contextmanager
    def trying(self, terms: Terms) -> Iterator[None]:
        """Search with ``terms`` in place of the files' as long as this lasts."""
        self._trying.terms = terms
        try:
            yield
        finally:
            self._trying.terms = None

    def passages(self, reference: str) -> list[Passage]:
        """The passages of a document, in order; ``reference`` as in ``find``."""
        return self._opened().passages_of(self.find(reference).id)

    def sample(self, most: int) -> tuple[list[str], int]:
        """The texts of at most ``most`` passages, taken evenly, and how many passages there are."""
        store = self._opened()
        ids = store.change_since(-1).added
        chosen = [ids[len(ids) * place // most] for place in range(most)] if len(ids) > most else list(ids)
        texts: list[str] = []
        for first in range(0, len(chosen), _READ_AT_ONCE):
            found = store.passages(chosen[first : first + _READ_AT_ONCE])
            texts += [found[number].text for number in sorted(found)]
        return texts, len(ids)

    def place(self, doc_id: str, start: int) -> Place | None:
        """Where in its file the character ``start`` of a document stands, None if the file has no places."""
        before = [place for place in self._opened().places(doc_id) if place.start <= start]
        return before[-1] if before else None

    def doubtful(self) -> list[DoubtfulFile]:
        """Files whose encoding could not be told; they are not indexed until one is named with ``add``."""
        return self._opened().doubtful()

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
        """Those of ``terms`` that no document of this library mentions, under any of their spellings."""
        lexical, known = self._refreshed().lexical, self.terms
        return [
            term
            for term in terms
            if lexical is not None and not any(map(lexical.holds, known.spellings_with(term)))
        ]

    @property
    def encoder_name(self) -> str:
        """The name of the encoder, which need not be loaded for it."""
        mark = self._store.encoder if self._store is not None else None
        return mark.name if mark else self._asked_encoder or DEFAULT_ENCODER

    @property
    def encoder(self) -> Encoder:
        """The encoder of this library's vectors."""
        return self._encoder()

    # -- changing --------------------------------------------------------------------------------------------

    def add(
        self,
        *paths: str | Path,
        encoding: str | None = None,
        progress: Progress | None = None,
        bring_back: bool = True,
    ) -> AddReport:
        """Take in files, and folders with all readable files below them. What did not change is not read.

        A file is reported when it is stored: after Ctrl-C or a crash what was reported is there, and an
        ``add`` of the same goes on where this one stopped. A file that cannot be read is reported as
        ``failed`` and stops no other. Without ``bring_back`` files that were removed, and are as they were,
        stay out. Raises PathMissingError, NoReadableFilesError, EncodingUnknownError.
        """
        checked_encoding(encoding)
        files = _collect(paths)
        unsearched = 0

        def committed(passages: int) -> None:
            nonlocal unsearched
            unsearched += passages
            if unsearched >= _SEARCHABLE_AFTER:
                unsearched = 0
                self._refreshed()

        with self.writing() as store:
            self._check_encoder(store)
            if not bring_back:
                files = [file for file in files if not _is_dismissed(store, file.path)]
            store.welcome(str(file.path) for file in files)
            try:
                with FileReader() as reader:
                    intake = Intake(store, self._encoder, reader, progress=progress, committed=committed)
                    outcomes = intake.run(files, encoding)
            finally:
                self._refreshed()
        return AddReport(tuple(outcomes))

    def remove(self, *references: str) -> Removal:
        """Remove documents, by id, with all their names and older versions; or files and folders, by path.

        A path gives up its name only: its document stays as long as another file holds the same text. If one
        of ``references`` is not found, nothing is removed. Watching does not bring back what was removed.
        """
        return self._remove(references, wanted=True)

    def _remove(self, references: Sequence[str], *, wanted: bool) -> Removal:
        """``wanted`` by a person, not gone with its file: it stays away, and leaves no word in postings."""
        documents: list[str] = []
        names: list[str] = []
        for reference in references:
            below = self._names(reference)
            names += below
            if not below:
                documents.append(self.find(reference).id)
        with self.writing() as store:
            if wanted:
                _dismiss(store, names + _names_of(store, documents))
            removals = [store.remove(documents), store.remove_names(list(dict.fromkeys(names)))]
            if wanted or store.passage_count() <= _WIPED_AT_ONCE:
                self._derived_of(store).wipe()
            self._refreshed()
        gone = {info.id: info for removal in removals for info in removal.documents}
        return Removal(tuple(gone.values()), tuple(name for removal in removals for name in removal.names))

    def passage_ids(self, reference: str) -> dict[str, list[int]]:
        """The documents that ``remove`` of ``reference`` is about, each with the numbers of its passages."""
        store = self._opened()
        named = [store.file(name) for name in self._names(reference)] or [self.find(reference).id]
        return {doc_id: store.passage_ids([doc_id]) for doc_id in named if doc_id}

    def left_of(self, documents: Mapping[str, Sequence[int]]) -> Left:
        """What can still be found of documents, each with the numbers of the passages that it had."""
        store, derived = self._opened(), self._refreshed()
        ids = {each for passages in documents.values() for each in passages}
        return Left(
            texts=len(store.infos(documents)),
            passages=len(store.passage_ids(list(documents))),
            postings=len(ids.intersection(derived.lexical.ids())) if derived.lexical is not None else 0,
            vectors=len(ids.intersection(derived.vectors.ids())) if derived.vectors is not None else 0,
        )

    def source(self, path: str | Path) -> str | None:
        """The SHA-256 of the bytes of the file ``path`` when it was last taken in as a whole."""
        return self._opened().source(str(path)) if self.is_there else None

    def rename(self, old: Path, new: Path) -> None:
        """The file ``old`` and what is inside it are called ``new`` from now on."""
        with self.writing() as store:
            store.rename(str(old), str(new))

    def forget_missing(self, folder: str | Path, changed: Sequence[Path] | None = None) -> Removal:
        """Remove what was read from files below ``folder`` that are not there any more.

        ``changed`` are paths that were seen to change; nothing else is looked at then. Raises
        PathMissingError when the folder itself is gone, and EmptyFolderError when nothing of what it held is
        left and nobody saw it go: it may only be a disk that is not there.
        """
        folder = absolute(folder)
        if not folder.is_dir():
            raise PathMissingError(folder)
        if not is_library(self.folder):
            return Removal((), ())
        known = [path for path in map(Path, self._opened().origins()) if path.is_relative_to(folder)]
        missing = [path for path in known if not exists(path)]
        if changed is not None:
            missing = [path for path in missing if any(path.is_relative_to(each) for each in changed)]
        elif missing and len(missing) == len(known):
            raise EmptyFolderError(folder)
        return self._remove(list(map(str, missing)), wanted=False) if missing else Removal((), ())

    def check(self) -> list[str]:
        """Every broken invariant as a Problem; empty when all is well."""
        store = self._opened()
        problems: list[str] = [*store.problems()]
        if not problems and store.encoder is not None:
            mark = store.encoder
            for document in self._documents(store):
                passages = store.passages_of(document.id)
                expected = [reading(document.title, each).key(mark) for each in passages]
                if store.hashes_of(document.id) != expected:
                    line = f"the vectors of {document.id} are those of another text"
                    problems.append(Problem(line, "check_vectors"))
        return problems + self._derived_of(store).problems()

    def repair(self, progress: BuildProgress | None = None, encoder: str = "") -> list[str]:
        """Mend the library from its texts; returns a Problem for each thing that could not be kept.

        Every text is cut again and encoded where its embedding is not kept; with another ``encoder``, or one
        that was asked for, all of it. Postings and vectors are built anew. ``progress`` hears of the passages
        done and to do. An encoder that cannot be loaded changes nothing; until all is encoded the one before
        answers.
        """
        with self.writing() as store:
            asked = encoder or self._asked_encoder
            name = asked or (store.encoder.name if store.encoder else DEFAULT_ENCODER)
            opened = self._open_encoder(name) if store.passage_count() or asked else None
            mark = opened.mark if opened is not None else None  # loads it
            done: list[str] = [*store.drop_damaged()]
            if opened is not None:
                if encoder and mark != store.encoder:
                    self._asked_encoder = None  # from now on what the vectors were made with decides
                mend(store, opened, progress)
                self._loaded_encoder = opened
            store.look_at_all_embeddings()
            store.drop_unused_embeddings()
            self._derived_of(store).rebuild(progress)
        return done

    def rebuild(self, progress: BuildProgress | None = None) -> None:
        """Build postings and vectors anew from the store."""
        with self.writing() as store:
            self._derived_of(store).rebuild(progress)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._derived = None

    # -- inside ----------------------------------------------------------------------------------------------

    def _names(self, reference: str) -> list[str]:
        """The names that a path stands for; empty if no file has this path or lies below it."""
        if not reference.strip():  # else it would be the folder that the command was typed in, or all
            return []
        store = self._opened()
        full = str(absolute(reference))
        return list(dict.fromkeys([*store.names_under(reference), *store.names_under(full)]))

    def _documents(self, store: Store) -> Iterator[Document]:
        for doc_id in store.document_ids():
            document = store.document(doc_id)
            if document is not None:
                yield document

    def _encoder(self) -> Encoder:
        """The encoder of the vectors that are there: another process may have encoded all of them again."""
        mark = self._store.encoder if self._store is not None else None
        if self._loaded_encoder is None or (mark is not None and self._loaded_encoder.mark != mark):
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
            if not is_library(self.folder):
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


class _Stages:
    """Milliseconds of each stage since the one before."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.milliseconds: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = 1000 * (now - self._last)
        self._last = now


def checked_question(question: str) -> str:
    """``question`` without white space around it. Raises QuestionError if empty, too long or no text."""
    stripped = question.strip()
    if any("\ud800" <= character <= "\udfff" for character in stripped):
        raise QuestionError(
            "The question holds bytes that are not UTF-8. Type it again in a UTF-8 terminal", "question_bytes"
        )
    if not stripped:
        raise QuestionError(
            'The question is empty. Type one, for example: judian ask "合同什么时候到期？"', "question_empty"
        )
    if len(stripped) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(stripped):,} characters; ask with at most {LONGEST_QUESTION:,}, "
            "and add long texts with: judian add PATH",
            "question_long",
            characters=len(stripped),
            most=LONGEST_QUESTION,
        )
    return stripped


def checked_encoding(encoding: str | None) -> None:
    """Raises EncodingUnknownError when Python knows no such text encoding."""
    if encoding is not None:
        try:
            b"  ".decode(encoding)  # no bytes at all would be decoded by any name
        except UnicodeDecodeError:
            return
        except (LookupError, ValueError) as error:
            raise EncodingUnknownError(encoding, CANDIDATES) from error


def _names_of(store: Store, doc_ids: Sequence[str]) -> list[str]:
    """The names that go with these documents; an older version has none any more."""
    infos = store.infos(doc_ids).values()
    return [path for info in infos if info.superseded_by is None for path in info.paths]


def _dismiss(store: Store, names: Sequence[str]) -> None:
    """Note the files that hold ``names``, each with the bytes that were read from it or that it has."""
    files = {}
    for source in store.sources_of(names):
        with suppress(OSError):  # it cannot be read: there is nothing that could come back
            files[source] = store.source(source) or sha256_of(Path(source))
    store.dismiss(files)


def _is_dismissed(store: Store, path: Path) -> bool:
    """Whether a person removed this file, with the bytes that it has, and no file of these bytes is here."""
    try:
        return store.is_dismissed(str(path), lambda: sha256_of(path)) and not store.sources(sha256_of(path))
    except OSError:  # told when it is to be read
        return False


def _collect(paths: Sequence[str | Path]) -> list[FoundFile]:
    """All files to take in, each once. Every path is looked at before anything is done."""
    named = [absolute(path) for path in paths]
    for path in named:
        if not exists(path):
            raise PathMissingError(path)
    files = list(dict.fromkeys(file for path in named for file in files_under(path)))
    if not any(file.path.suffix.lower() in SUFFIXES for file in files):
        raise NoReadableFilesError(named[0] if named else Path(), SUFFIXES)
    return files
