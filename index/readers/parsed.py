"""What a reader makes of a file: its text, the roles of its lines, where they stand. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from index.errors import Problem
from index.types import Block, Place

# What SQLite, JSON and a terminal cannot take or would act on; such characters carry no text.
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[^\S\n]+")

CELL_SEPARATOR = " | "

# Characters. These stand again with every passage or row below them: a CSV file of 1 MB with 100,000 columns
# once made a library of 4 GB. A heading that is longer is a paragraph, a header one more row.
_LONGEST_TITLE = 200
_LONGEST_HEADING = 400
_LONGEST_HEADER = 2_000
_LONGEST_NAME = 200

# Called now and then with the parts (pages, slides ...) done and their number, 0 if it is not known yet: a
# sign of life for who waits, and progress for who looks.
Tick = Callable[[int, int], None]


class UnreadableError(Exception):
    """The content cannot be read. The message goes on from the file's name: "is encrypted; save ...".

    ``kind`` and ``facts`` are as in Problem.
    """

    def __init__(self, line: str, kind: str = "", **facts: Any) -> None:
        super().__init__(line)
        self.problem = Problem(line, kind, **facts)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document's text. ``title`` is what the file itself calls it, "" if it does not say.

    ``encoding`` is "" for formats that say theirs, ``confidence`` (0 to 1) how sure the text is right: that
    of the encoding, or of character recognition.
    """

    text: str
    title: str = ""
    blocks: tuple[Block, ...] | None = None
    places: tuple[Place, ...] = ()
    encoding: str = ""
    confidence: float = 1.0


class TextBuilder:
    """Puts a document's text together from blocks, one a line, and notes where each came from.

    >>> builder = TextBuilder()
    >>> builder.place("page", 1)
    >>> builder.heading("一、概况", 1)
    >>> builder.table([["城市", "人口"], ["长沙", "1051万"]])
    >>> parsed = builder.build()
    >>> parsed.text
    '一、概况\\n城市 | 人口\\n长沙 | 1051万\\n'
    >>> parsed.text[slice(*parsed.blocks[2].header)]
    '城市 | 人口'
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._places: list[Place] = []

    def place(self, kind: str, number: int, name: str = "") -> None:
        """What is added from here on stands at this page, slide, row, chapter or line."""
        place = Place(self._length, kind, number, clean(name[:_LONGEST_NAME]))
        if self._places and self._places[-1].start == self._length:
            self._places.pop()
        self._places.append(place)

    def heading(self, text: str, level: int) -> None:
        """A heading; ``level`` counts from 1."""
        text = " ".join(text.split())
        if len(text) > _LONGEST_HEADING:
            self._add(text, "text")
        else:
            self._add(text, "heading", level=max(1, level))

    def paragraph(self, text: str, pages: Sequence[tuple[int, int]] = ()) -> None:
        """A paragraph; line breaks inside it are kept.

        ``pages`` are (offset in ``text``, page number) where it runs over to another page; ``text`` must then
        be clean already.
        """
        for offset, number in pages:
            self._places.append(Place(self._length + offset, "page", number))
        self._add(text, "text")

    def item(self, text: str) -> None:
        """An item of a list, with its mark or number."""
        self._add(text, "item")

    def row(self, cells: Sequence[str], header: tuple[int, int] | None = None) -> tuple[int, int] | None:
        """A table row; ``header`` is what ``row`` returned for its header. None when all cells are empty."""
        if header is not None and header[1] - header[0] > _LONGEST_HEADER:
            header = None
        texts = [" ".join(cell.split()) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        return self._add(CELL_SEPARATOR.join(texts), "row", header=header) if any(texts) else None

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A table whose first row with text is its header."""
        header: tuple[int, int] | None = None
        for cells in rows:
            span = self.row(cells, header)
            header = header or span

    @property
    def empty(self) -> bool:
        return not self._blocks

    @property
    def length(self) -> int:
        """The characters added so far."""
        return self._length

    def build(self, title: str = "", confidence: float = 1.0) -> Parsed:
        return Parsed(
            "".join(self._parts),
            " ".join(clean(title[: 2 * _LONGEST_TITLE]).split())[:_LONGEST_TITLE],
            tuple(self._blocks),
            tuple(self._places),
            confidence=confidence,
        )

    def _add(
        self, text: str, kind: str, *, level: int = 0, header: tuple[int, int] | None = None
    ) -> tuple[int, int] | None:
        text = clean(text).strip("\n ") if kind != "text" else clean(text).rstrip()
        if not text.strip():
            return None
        span = (self._length, self._length + len(text))
        self._blocks.append(Block(*span, kind, level, header))
        self._parts += [text, "\n"]
        self._length = span[1] + 1
        return span


def clean(text: str) -> str:
    """``text`` without control characters and lone surrogates, with one kind of line break and of space."""
    text = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _SPACES.sub(lambda match: "　" if "　" in match.group() else " ", text)
