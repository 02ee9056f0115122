"""The values that index/ hands out. Frozen; they know nothing of storage, search engines or models."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document's text whose role its file told: ``kind`` is heading, text, item or row.

    ``level`` counts headings from 1. ``header`` is where the header of a table row stands in the same text.
    """

    start: int
    end: int
    kind: str
    level: int = 0
    header: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its file a document's text stands, from ``start`` up to the next place.

    ``kind`` is page, slide, row, chapter or line, ``number`` counts from 1 (a row as its program shows it),
    ``name`` is that of the sheet or chapter.
    """

    start: int
    kind: str
    number: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One text, whatever number of files hold it.

    ``id`` is the first 16 hexadecimal digits of the SHA-256 of ``text`` (UTF-8), so equal texts are one
    document. ``path`` is the first file it was read from. Offsets everywhere count characters of ``text``,
    from 0. ``blocks`` is None where the file is plain text and tells no roles; ``places`` are in order.
    """

    id: str
    title: str
    path: str
    text: str
    blocks: tuple[Block, ...] | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence, heading or table row: ``text[start:end]`` of its document.

    ``header`` is the text of the header row above a table row, which is needed to read the row.
    """

    start: int
    end: int
    header: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one document, short enough to quote.

    ``text`` is exactly the document's text from ``start`` to ``end``, so a citation can always point at the
    characters it came from. ``headings`` is the path of headings above it, outermost first; ``sentences`` are
    the spans inside it, in order.
    """

    doc_id: str
    number: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    sentences: tuple[Span, ...] = ()

    def slice(self, start: int, end: int) -> str:
        """The document's text from ``start`` to ``end``, which must lie inside this passage."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"{start}-{end} is outside the passage {self.start}-{self.end}")
        return self.text[start - self.start : end - self.start]


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A line of ``judian list``: what is known of a document without its text.

    A file that changed has a new document; the old one is ``superseded_by`` it, is listed, and does not
    answer. ``modified_at`` is when the file was last modified as it was taken in, of several the earliest,
    since the text has stood unchanged from then on; ``added_at`` where that is not known. Both are ISO dates
    with time, UTC. ``pages`` counts pages or slides, 0 for a file without.
    """

    id: str
    title: str
    paths: tuple[str, ...]
    encoding: str
    confidence: float
    characters: int
    passages: int
    added_at: str
    superseded_by: str | None = None
    modified_at: str = ""
    pages: int = 0

    @property
    def path(self) -> str:
        return self.paths[0] if self.paths else ""


@dataclass(frozen=True, slots=True)
class DoubtfulFile:
    """A file whose encoding is not told. ``choices`` are (encoding, confidence, preview), best first."""

    path: str
    choices: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What ``remove`` did: documents that are gone, older versions among them, and names given up.

    A name alone is given up where another file holds the same text, so that its document stays.
    """

    documents: tuple[DocumentInfo, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a question found. A bigger score is better.

    ``lexical`` is the mean of two shares, 0 to about 1: of the best BM25 score that any text could have for
    this question, and of the question's words that the best sentence holds. ``dense`` is the mean of the
    passage's cosine and that of its nearest sentence.
    ``place`` is where in its file the passage begins, None where the file has no places. ``same`` are other
    documents that say the same. ``cosines`` are those of the passage's sentences with the question, where
    they are known.
    """

    passage: Passage
    document: DocumentInfo
    score: float
    lexical: float | None = None
    dense: float | None = None
    place: Place | None = None
    same: tuple[DocumentInfo, ...] = ()
    cosines: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class EncoderMark:
    """Which encoder made the vectors: two encoders agree when name and fingerprint do."""

    name: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What a file, or a document inside it, became.

    ``added``, ``updated``, ``unchanged``, ``duplicate`` (of a text that is there), ``renamed`` (it was there
    under a name that is gone), ``doubtful`` (its encoding is to be chosen), ``skipped`` or ``failed``. The
    ``message`` of one that is doubtful or failed is a Problem (index/errors.py).
    """

    path: str
    status: str
    doc_id: str | None = None
    passages: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far an ``add`` is. ``outcome`` is the newest file's, None between two files.

    ``passages`` counts those encoded and stored so far; ``seconds`` have passed since the start.
    """

    files: int
    total_files: int
    passages: int
    seconds: float
    outcome: FileOutcome | None = None
    message: str = ""

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the files done, None while there is nothing to go by."""
        if not self.files or not self.total_files:
            return None
        return self.seconds / self.files * (self.total_files - self.files)


@dataclass(frozen=True, slots=True)
class AddReport:
    """Every file of one ``add`` with its outcome, in the order they were taken in."""

    outcomes: tuple[FileOutcome, ...] = field(default_factory=tuple)

    def count(self, status: str) -> int:
        return sum(outcome.status == status for outcome in self.outcomes)
