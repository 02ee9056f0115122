"""A table in plain text (.csv, .tsv) to rows, each with its header. Knows no workbooks."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.encodings import decode
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE = 50  # records
_TICK_EVERY = 1000  # rows
_LOOKED_AT = 6  # rows of a table that decide on its titles and header
_LONGEST_TITLE = 40  # characters
_LONGEST_HEADER = 60  # characters of one cell
_WIDEST = 200  # cells; a wider row is mostly gaps
# A cell with a number, amount or date: data. A year alone is as often a header.
_DATUM = re.compile(
    r"[-+(]?[¥￥$€£]?\s?[-+]?\d[\d,]*(\.\d+)?\s?[%‰]?\)?([eE][-+]?\d+)?|\d{1,4}([-/.:]\d{1,4}){1,2}.*"
)
_YEAR = re.compile(r"(19|20)\d\d")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

_LONGEST_FIELD = 10_000_000  # characters; the limit is there for a quote that never ends


@dataclass(frozen=True, slots=True)
class Row:
    """A row as its program numbers it. ``across`` are the cells with those merged sideways repeated.

    ``down`` is the number of rows that its tallest merged cell takes, ``wide`` are the columns under cells
    merged sideways.
    """

    number: int
    cells: tuple[str, ...]
    across: tuple[str, ...]
    down: int = 1
    wide: frozenset[int] = frozenset()

    @property
    def filled(self) -> int:
        return sum(map(bool, self.cells))

    @property
    def columns(self) -> tuple[int, int]:
        """The first and the last column with text."""
        held = [column for column, cell in enumerate(self.cells) if cell]
        return held[0], held[-1]


class RowWriter:
    """Writes the rows of a sheet: titles as such, each table's header, and its rows with that header."""

    def __init__(self, builder: TextBuilder, sheet: str = "") -> None:
        self._builder = builder
        self._sheet = sheet
        self._waiting: list[Row] = []
        self._header: tuple[int, int] | None = None
        self._columns: tuple[int, int] | None = None
        self._first = 0
        self._decided = False

    def add(self, row: Row) -> None:
        """The next row that has text."""
        if self._decided:
            self._write(row)
            return
        self._waiting.append(row)
        if len(self._waiting) == _LOOKED_AT:
            self._decide()

    def gap(self) -> None:
        """A blank row, or the end: what follows may be another table."""
        if self._waiting:
            self._decide()
        self._decided = False

    def _decide(self) -> None:
        rows, self._waiting, self._decided = self._waiting, [], True
        titles = list(itertools.takewhile(lambda row: row.filled == 1, rows))
        body = rows[len(titles) :]
        if self._header is None:
            titles += body[: _above_header(body)]
            body = rows[len(titles) :]
        if titles and body and is_header(body[0].across):
            self._header = self._columns = None
        for row in titles:
            self._title(row, heading=bool(body) and row is titles[0])
        if not body:
            self._decided = False  # still above the table, if there is one
            return
        self._first = min(row.columns[0] for row in body)
        if self._begins_table(body):
            height = _header_height(body)
            self._write_header(body[:height])
            body = body[height:]
        elif self._columns is not None and not _within(body[0].columns, self._columns):
            self._header = None
        for row in body:
            self._write(row)

    def _begins_table(self, body: Sequence[Row]) -> bool:
        if not is_header(body[0].across):
            return False
        if self._header is None:
            return True
        # After a blank row, in a table of words, a row of words is most often one more row.
        return body[0].columns != self._columns or (len(body) > 1 and not is_header(body[1].across))

    def _write_header(self, rows: Sequence[Row]) -> None:
        width = max(len(row.across) for row in rows)
        stacks = [[row.across[column] for row in rows if column < len(row.across)] for column in range(width)]
        names = [" / ".join(dict.fromkeys(filter(None, stack))) for stack in stacks]
        self._columns = rows[0].columns
        self._header = None
        self._header = self._write(Row(rows[0].number, tuple(names), tuple(names)))

    def _write(self, row: Row) -> tuple[int, int] | None:
        cells = row.cells[min(self._first, row.columns[0]) :]
        if len(cells) > _WIDEST:
            cells = tuple(filter(None, cells))
        self._builder.place("row", row.number, self._sheet)
        return self._builder.row(cells, self._header)

    def _title(self, row: Row, *, heading: bool) -> None:
        text = " ".join(filter(None, row.cells))
        self._builder.place("row", row.number, self._sheet)
        if heading and len(text) <= _LONGEST_TITLE and not re.search(r"[。：:；;\n]|^\d", text):
            self._builder.heading(text, 2)
        else:
            self._builder.paragraph(text)


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _above_header(rows: Sequence[Row]) -> int:
    """How many rows of a few words (who made it, in what unit) stand above a header of many columns."""
    widths = [sum(map(bool, row.across)) for row in rows]
    full = next((index for index, width in enumerate(widths) if width >= 0.6 * max(widths)), 0)
    return full if full and is_header(rows[full].across) and not rows[0].wide else 0


def _header_height(rows: Sequence[Row]) -> int:
    """How many of the first rows name columns: as many as a merged cell takes; two if a wide one is split."""
    height = min(rows[0].down, len(rows) - 1, 3)
    if height == 1 and rows[0].wide and len(rows) > 2:
        below = {column for column, cell in enumerate(rows[1].cells) if cell}
        height = 2 if below <= rows[0].wide else 1
    while height > 1 and not is_header(rows[height - 1].across):
        height -= 1
    return max(1, height)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row names columns: two cells or more, all short words or years."""
    texts = [cell for cell in cells if cell]
    return len(set(texts)) > 1 and all(
        len(text) <= _LONGEST_HEADER and (_YEAR.fullmatch(text) or not _DATUM.fullmatch(text))
        for text in texts
    )


def parse(data: bytes, tick: Tick, *, encoding: str | None = None) -> Parsed:
    """The rows of ``data``; a place's number counts records from 1, as a spreadsheet would show them.

    Raises UnreadableError, and DoubtfulEncodingError where the encoding cannot be told.
    """
    decoded = decode(data, encoding)
    text = decoded.text
    declared = _SEPARATOR_LINE.match(text)
    skipped = 1 if declared else 0
    if declared:
        text = text[declared.end() :]
        delimiter, quoting = declared.group(1), csv.QUOTE_MINIMAL
    else:
        delimiter, quoting = _dialect(text)
    builder = TextBuilder()
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        _write(builder, _records(text, delimiter, quoting), skipped, tick)
    except csv.Error as error:
        raise UnreadableError(
            f"is no table ({error}); save it as .xlsx or .txt and add it again", "no_table"
        ) from error
    if builder.empty:
        raise UnreadableError("holds no text; there is nothing to index, add another file", "no_text")
    return replace(builder.build(), encoding=decoded.encoding, confidence=decoded.confidence)


def _write(builder: TextBuilder, records: Iterator[list[str]], skipped: int, tick: Tick) -> None:
    writer = RowWriter(builder)
    for number, record in enumerate(records, 1 + skipped):
        if number % _TICK_EVERY == 0:
            tick(number, 0)
        cells = tuple(cell.strip() for cell in record)
        if any(cells):
            writer.add(Row(number, cells, cells))
        else:
            writer.gap()
    writer.gap()


def _records(text: str, delimiter: str, quoting: int, *, strict: bool = False) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=strict)  # type: ignore[arg-type]


def _dialect(text: str) -> tuple[str, int]:
    """The delimiter that cuts the first records into equal rows, and whether quotes hold them together.

    csv.Sniffer looks at quotes and letters first: it finds delimiters in prose, and none where cells differ.
    """
    best, found = 0.0, (",", csv.QUOTE_MINIMAL)
    for quoting, delimiter in itertools.product((csv.QUOTE_MINIMAL, csv.QUOTE_NONE), _DELIMITERS):
        score = _consistency(text, delimiter, quoting)
        if score > best:
            best, found = score, (delimiter, quoting)
    if best == 0.0 and _consistency(text, "\0", csv.QUOTE_MINIMAL, columns=1) == 0.0:
        return ",", csv.QUOTE_NONE
    return found


def _consistency(text: str, delimiter: str, quoting: int, *, columns: int = 2) -> float:
    """The share of records with the commonest number of cells, if that is ``columns`` or more."""
    try:
        sample = list(itertools.islice(_records(text, delimiter, quoting, strict=True), _SAMPLE))
    except csv.Error:
        return 0.0
    widths = Counter(len(record) for record in sample if any(record))
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    if width < columns:
        # Titles above a table of few rows are as many as the rows.
        width, count = max(
            ((width, count) for width, count in widths.items() if width >= columns), default=(0, 0)
        )
    return count / widths.total() if width else 0.0
