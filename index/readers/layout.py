"""Pages of lines with their places become headings, paragraphs, list items and table rows.

Knows neither PDF nor pictures: where the lines come from is no matter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from index.normalize import is_han
from index.readers.parsed import TextBuilder, clean


class Box(NamedTuple):
    """A rectangle in points or pixels; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def upright(self) -> bool:
        return self.height > self.width

    def holds(self, other: Box) -> bool:
        """Whether the middle of ``other`` is inside."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def touches(self, other: Box, slack: float = 0) -> bool:
        """Whether no more than ``slack`` is between the two."""
        level = self.left - slack <= other.right and other.left <= self.right + slack
        return level and self.top - slack <= other.bottom and other.top <= self.bottom + slack

    @classmethod
    def around(cls, boxes: Sequence[Box]) -> Box:
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return cls(min(lefts), min(tops), max(rights), max(bottoms))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or a stretch of one up to a wide gap. ``size`` is the font's, in the box's unit.

    ``score`` (0 to 1) is how sure the characters are; below 1 they were recognised, and sizes are estimates.
    """

    text: str
    box: Box
    score: float = 1.0
    size: float = 0.0
    bold: bool = False

    @property
    def em(self) -> float:
        """The size, of at least one unit, to measure distances by."""
        return max(self.size, 1.0)


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[str, ...], ...]
    box: Box


Item = Line | Table


@dataclass(frozen=True, slots=True)
class Page:
    """A page to lay out. ``lines`` may be in any order; ``rules`` are the thin lines drawn on it.

    ``lost`` characters of it could not be read.
    """

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[Box, ...] = ()
    lost: int = 0


# The level of each bookmark by its page and the letters of its title.
Outline = Mapping[tuple[int, str], int]

_LONGEST_HEADING = 60  # characters
_TOUCH = 3  # points or pixels; rules that are meant to meet do so with less between them
_PAGE_NUMBER = re.compile(
    r"[-—–·•.|\s]*(第\s*[\d一二三四五六七八九十百〇零]+\s*[页頁]|[page.\s]*\d{1,4}|[ivxlc]{1,7}|"
    r"\d{1,4}\s*[/／]\s*\d{1,4})([，,、/\s]*共\s*\d+\s*[页頁])?[-—–·•.|\s]*",
    re.IGNORECASE,
)
_NUMERAL = "[一二三四五六七八九十百零〇]"
_HEADING_MARKS = (
    ("part", re.compile(rf"第({_NUMERAL}|\d)+[编編部篇卷](?![分门門])")),
    ("chapter", re.compile(rf"第\s?({_NUMERAL}|\d)+\s?章|附[录錄件]\s?({_NUMERAL}|[A-Z\d])")),
    ("section", re.compile(rf"第\s?({_NUMERAL}|\d)+\s?[节節]")),
    ("han", re.compile(rf"{_NUMERAL}+[、.．]\s?\S")),
    ("parenthesis", re.compile(rf"[（(]{_NUMERAL}+[)）]\s?\S")),
    ("decimal", re.compile(r"(?:§\s?)?[A-Z\d]{1,2}(?:[.．]\d{1,2}){1,4}[.．]?(?=\s|[^\s\d.．%％年月])")),
    ("decimal", re.compile(r"\d{1,2}[.．]?\s+(?=[^\W\d])")),
    ("number", re.compile(r"\d{1,2}[、.．]\s?(?=[^\W\d])")),
)
_BULLETS = "•●○■□◆◇▪‣➢✓"
_ITEM = re.compile(
    rf"(?:[{_BULLETS}·\-–—*]\s?(?=\S)|[（(](?:\d{{1,2}}|[a-z]|[一二三四五六七八九十]{{1,3}})[)）]|"
    r"\d{1,2}[)）.、．](?!\d)|[a-z][)）]|[①-⑳])\s?"
)
_ARTICLE = re.compile(rf"第({_NUMERAL}|\d)+[条條](?=[\s　])")
_NOTE = re.compile(r"(?:[\[［〔]?\d{1,3}[\]］〕]?|[①-⑳]|[*＊†‡])\s?(?=[^\W\d])")
_CAPTION = re.compile(r"(?:[图圖表]|figure|fig\.|table)\s*[\dA-Z]", re.IGNORECASE)
_LEADERS = re.compile(r"(?:\s?[.．·…‥]){4,}\s*")
_ENTRY_END = re.compile(r"(\d|\b[ivxl]+)$")  # of a line in a table of contents
_WORD = re.compile(r"[^\s　]+")
_ENDS_SENTENCE = tuple("。！？!?；;：:…”」』)）.")
_NO_HEADING_END = tuple("。；;，,、：:")
_REFERS_ON = tuple("见在和与及至《“（、，")
_CLOSING = "，。、；：？！）》」』”’〉】〕…—,.;:?!)]}%"


def write(builder: TextBuilder, pages: Sequence[Page], outline: Outline | None = None) -> None:
    """Adds the text of ``pages`` in reading order to ``builder``, without headers and page numbers."""
    columns = [column for page in _without_furniture(pages) for column in _columns(page)]
    measures = _Measures.of(columns, outline or {})
    _Writer(builder, measures).write(_parts(columns, measures))


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines of one page: column by column, each from top to bottom."""
    return [line for group, _ in _groups(lines) for row in _rows(group) for line in row]


def mean_score(pages: Iterable[Page]) -> float:
    """How sure the characters of the pages are, on average; those that are lost count 0."""
    pages = list(pages)
    scored = [(len(line.text), line.score) for page in pages for line in page.lines]
    total = sum(length for length, _ in scored) + sum(page.lost for page in pages)
    return sum(length * score for length, score in scored) / total if total else 1.0


def is_wide(character: str) -> bool:
    """Whether it is as wide as its font is large, and no spaces stand beside it."""
    return is_han(character) or "\u3000" <= character <= "\u30ff" or "\uff00" <= character <= "\uffef"


def letters(text: str) -> str:
    """What two settings of one title have in common."""
    return re.sub(r"[\W_]+", "", text).casefold()


def join(text: str, line: str) -> str:
    """``line`` goes on after ``text``: Chinese without a space, words with one, a divided word made whole."""
    if not text or not line:
        return text + line
    last, first = text[-1], line[0]
    if last == "-" and len(text) > 1 and text[-2].isalpha() and first.islower() and not is_wide(text[-2]):
        return text[:-1] + line
    if last in "-/" and (len(text) < 2 or not text[-2].isspace()):
        return text + line
    if is_wide(last) or is_wide(first) or last in "“‘—…" or first in "”’—…":
        return text + line
    return f"{text} {line}"


# Furniture: headers, footers, page numbers


@dataclass(frozen=True, slots=True)
class _Margin:
    """A row near the upper or lower end of a page.

    ``height`` is where it stands, in steps of half a per cent; ``signs`` are what other pages' headers have
    too: the same words, or a number that grows with the page's.
    """

    text: str
    lines: tuple[Line, ...]
    height: int
    signs: frozenset[tuple[str, str | int]]

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)


def _without_furniture(pages: Sequence[Page]) -> list[Page]:
    """``pages`` without what repeats at their upper and lower ends, and without page numbers there."""
    margins = [_margins(page) for page in pages]
    counts = Counter(sign for rows in margins for sign in {sign for row in rows for sign in row.signs})
    enough = 2 if len(pages) == 2 else max(3, len(pages) // 50)

    def repeats(row: _Margin) -> bool:
        return bool(_PAGE_NUMBER.fullmatch(row.text)) or any(counts[sign] >= enough for sign in row.signs)

    repeated = [row for rows in margins for row in rows if repeats(row)]
    # A chapter's title, which the headers of its pages repeat, is larger than they are.
    largest = 1.3 * median(row.size for row in repeated) if repeated else 0.0
    # Where many pages have such a row, the others' rows are headers too, if only of a short chapter.
    heights = Counter(row.height for row in repeated)
    usual = {height for height, count in heights.items() if count > max(4, len(pages) / 3)}
    kept = []
    for page, rows in zip(pages, margins, strict=True):
        dropped = {
            line
            for row in rows
            if row.size <= largest
            and (repeats(row) or (row.height in usual and len(row.text) <= _LONGEST_HEADING))
            for line in row.lines
        }
        kept.append(replace(page, lines=tuple(line for line in page.lines if line not in dropped)))
    return kept if any(page.lines for page in kept) else list(pages)


def _margins(page: Page) -> list[_Margin]:
    """The two rows nearest to the upper and the lower end, if they stand in the margin."""
    rows = _rows(page.lines)
    found = []
    for edge, candidates in (("top", rows[:2]), ("bottom", rows[:-3:-1])):
        for row in candidates:
            height = round((row[0].box.top + row[0].box.bottom) / max(page.height, 1.0) * 100)
            if (height < 28) if edge == "top" else (height > 172):  # a seventh of the page
                text = " ".join(line.text for line in row)
                found.append(_Margin(text, tuple(row), height, frozenset(_signs(page, edge, text))))
    return found


def _signs(page: Page, edge: str, text: str) -> Iterator[tuple[str, str | int]]:
    yield edge, re.sub(r"\d+|\b[ivxlc]+\b|\s+", "", text) or "#"
    words = text.split()
    for word in {words[0], words[-1]} if words else ():
        if word.isdecimal() and len(word) < 5:
            yield edge, int(word) - page.number


# Rows and columns


def _rows(items: Iterable[Item]) -> list[list[Line]]:
    """The lines among ``items`` that stand side by side, top to bottom, each row from left to right."""
    lines = [item for item in items if isinstance(item, Line)]
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: (each.box.top + each.box.bottom, each.box.left)):
        if rows and _side_by_side(rows[-1][-1].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda each: each.box.left) for row in rows]


def _side_by_side(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > 0.5 * min(one.height, other.height)


@dataclass(frozen=True, slots=True)
class _Column:
    """A page's column, or a part of one between headings across all columns. ``of`` columns stand abreast."""

    page: int
    items: tuple[Item, ...]
    left: float
    right: float
    of: int

    @property
    def long(self) -> bool:
        """Whether its own lines tell where full ones end."""
        return len(self.items) >= 8


def _columns(page: Page) -> list[_Column]:
    """The page in reading order."""
    tables = _ruled_tables(page)
    outside = [line for line in page.lines if not any(table.box.holds(line.box) for table in tables)]
    return [_column(page.number, group, of) for group, of in _groups([*outside, *tables]) if group]


def _groups(items: Sequence[Item], of: int = 1) -> list[tuple[list[Item], int]]:
    """The items of each column in reading order, with how many columns stand abreast there."""
    notes = _beside_the_text(items)
    if notes:
        return [*_groups([item for item in items if item not in notes], of), (notes, of + 2)]
    gutter = _gutter(items)
    if gutter is None:
        return [(list(items), of)]
    groups: list[tuple[list[Item], int]] = []
    from_above = sorted(items, key=lambda item: item.box.top)
    for across, band in groupby(
        from_above, key=lambda item: item.box.left < gutter - 1 < gutter + 1 < item.box.right
    ):
        if across:
            groups.append((list(band), of))
            continue
        sides: tuple[list[Item], list[Item]] = ([], [])
        for item in band:
            sides[item.box.right > gutter + 1].append(item)
        for side in filter(None, sides):
            groups += _groups(side, of + 1)
    return groups


def _beside_the_text(items: Sequence[Item]) -> list[Item]:
    """Notes in the margin: what is beyond the edge where most full lines end or begin."""
    lines = [item for item in items if isinstance(item, Line)]
    if len(lines) < 12:
        return []
    em = _usual_em(lines)
    full = [line.box for line in lines if line.box.width > 20 * em]
    if len(full) < 0.4 * len(lines):
        return []
    left, right = median(box.left for box in full), median(box.right for box in full)
    if sum(abs(box.right - right) < em for box in full) < 0.5 * len(full):
        return []
    notes = [item for item in items if item.box.left > right + 0.3 * em or item.box.right < left - 0.3 * em]
    return notes if len(notes) < 0.35 * len(items) else []


def _gutter(items: Sequence[Item]) -> float | None:
    """Where the white strip between two columns of running text is, None if there is but one column."""
    lines = [item for item in items if isinstance(item, Line)]
    if len(lines) < 8:
        return None
    em = _usual_em(lines)
    left, right = min(line.box.left for line in lines), max(line.box.right for line in lines)
    if right - left < 24 * em:  # no room for two
        return None
    half_ems = range(int(0.6 * (right - left) / em), int(1.4 * (right - left) / em))  # the middle two fifths
    crossings = {
        x: sum(item.box.left < x + 0.25 * em and item.box.right > x - 0.25 * em for item in items)
        for x in (left + step * em / 2 for step in half_ems)
    }
    gutter = min(crossings, key=crossings.__getitem__)
    if crossings[gutter] > 0.15 * len(lines):
        return None
    contents = sum(bool(_LEADERS.search(line.text)) for line in lines) > 0.2 * len(lines)
    for start, end in ((left, gutter), (gutter, right)):
        side = [line for line in lines if start <= line.box.left and line.box.right <= end]
        if contents:
            side = [_joined(row) for row in _rows(side)]
        if len(side) < 4 or median(line.box.width for line in side) <= 0.6 * (end - start):
            return None
    return gutter


def _usual_em(lines: Sequence[Line]) -> float:
    return median(line.size or line.box.height for line in lines)


def _column(page: int, items: Sequence[Item], of: int) -> _Column:
    """The items joined into full lines, with what stands aligned made into tables."""
    rows = _rows(items)
    merged: list[Item] = [item for item in items if isinstance(item, Table)]
    position = 0
    while position < len(rows):
        length = _aligned(rows, position)
        if length:
            merged.append(_table_of(rows[position : position + length]))
        else:
            merged.append(_joined(rows[position]))
        position += length or 1
    merged.sort(key=lambda item: item.box.top)
    left, right = _sides([item for item in merged if isinstance(item, Line)] or merged)
    return _Column(page, tuple(merged), left, right, of)


def _sides(items: Sequence[Item]) -> tuple[float, float]:
    """The sides that lines keep to; a single one that sticks out does not move them."""
    em = median((item.size if isinstance(item, Line) else 0) or 10.0 for item in items)
    least = 2 if len(items) > 3 else 1
    lefts = sorted(item.box.left for item in items)
    rights = sorted((item.box.right for item in items), reverse=True)
    left = next((x for x in lefts if sum(abs(x - each) < 0.5 * em for each in lefts) >= least), lefts[0])
    right = next((x for x in rights if sum(abs(x - each) < em for each in rights) >= least), rights[0])
    return left, right


def _joined(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    text = row[0].text
    for last, line in pairwise(row):
        gap = (line.box.left - last.box.right) / max(last.em, line.em)
        text += ("" if gap < 0.25 else " ") + line.text
    longest = max(row, key=lambda each: len(each.text))
    score = sum(each.score * len(each.text) for each in row) / sum(len(each.text) for each in row)
    return Line(text, Box.around([each.box for each in row]), score, longest.size, longest.bold)


# Tables


def _aligned(rows: Sequence[Sequence[Line]], start: int) -> int:
    """How many rows from ``start`` on form a table without rules: three or more of aligned cells."""
    end, above = start, rows[start]
    while end < len(rows) and (end == start or _near(rows[end - 1], rows[end])):
        if len(rows[end]) > 1:
            above = rows[end]
        elif end == start or not _continues_cell(rows[end][0], above):
            break
        end += 1
    while end - start >= 3:
        if _is_table(rows[start:end]):
            return end - start
        end -= 1
    return 0


def _near(row: Sequence[Line], below: Sequence[Line]) -> bool:
    return below[0].box.top - row[0].box.bottom < 1.8 * max(line.box.height for line in (*row, *below))


def _continues_cell(line: Line, above: Sequence[Line]) -> bool:
    """Whether a line that stands alone is the next line of a cell of the row above, other than its first."""
    return any(abs(line.box.left - cell.box.left) < 0.5 * cell.em for cell in above[1:])


def _is_table(rows: Sequence[Sequence[Line]]) -> bool:
    full = [row for row in rows if len(row) > 1]
    cells = [line for row in full for line in row]
    cuts = _cell_columns(rows)
    if len(full) < 3 or len(cuts) < 2 or sum(len(row) == len(cuts) for row in full) < 0.6 * len(full):
        return False
    # Running text that leaves gaps, and leaders of a table of contents, are no cells.
    if median(len(line.text) for line in cells) > 25 or any(_LEADERS.search(line.text) for line in cells):
        return False
    # A mark and its text, or a number and its heading, are a list rather than a table.
    first = [row[0].text for row in full]
    marks = sum(bool(_ITEM.fullmatch(text + " ") or len(text) < 2) for text in first)
    return len(cuts) > 2 or marks <= 0.5 * len(first)


def _cell_columns(rows: Sequence[Sequence[Line]]) -> list[tuple[float, float]]:
    """The x extents of the columns: where the cells of all rows overlap."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted((line.box.left, line.box.right) for row in rows for line in row):
        if merged and left < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _table_of(rows: Sequence[Sequence[Line]]) -> Table:
    cuts = _cell_columns(rows)
    table: list[list[str]] = []
    for row in rows:
        if len(row) > 1 or not table:
            table.append([""] * len(cuts))
        for line in row:
            number = next(index for index, cut in enumerate(cuts) if cut[0] <= line.box.left <= cut[1])
            table[-1][number] = join(table[-1][number], line.text)
    return Table(tuple(map(tuple, table)), Box.around([line.box for row in rows for line in row]))


def _ruled_tables(page: Page) -> list[Table]:
    """The tables whose cells are ruled on all sides."""
    tables = []
    for rules in _touching(page.rules):
        upright = [box for box in rules if box.upright]
        level = [box for box in rules if not box.upright]
        # Many tables are open at the sides: there the ends of the level rules stand for the upright ones.
        xs = _distinct([box.left for box in upright] + [x for box in level for x in (box.left, box.right)])
        ys = _distinct([box.top for box in level] + [y for box in upright for y in (box.top, box.bottom)])
        if not upright or not level or len(xs) < 3 or len(ys) < 3:
            continue
        frame = Box(xs[0] - 1, ys[0] - 1, xs[-1] + 1, ys[-1] + 1)
        rows = _cells([line for line in page.lines if frame.holds(line.box)], xs, ys)
        filled = sum(bool(cell) for row in rows for cell in row)
        # A frame around a listing, with a strip for its line numbers, has text in one column only.
        used = sum(any(column) for column in zip(*rows, strict=True))
        if len(rows) >= 2 and used >= 2 and filled >= max(4, 0.4 * len(rows) * (len(xs) - 1)):
            tables.append(Table(tuple(map(tuple, rows)), frame))
    return tables


def _cells(lines: Sequence[Line], xs: Sequence[float], ys: Sequence[float]) -> list[list[str]]:
    """The text in each field of the grid, without its empty rows; the lines of a cell are joined."""
    fields: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        x, y = (line.box.left + line.box.right) / 2, (line.box.top + line.box.bottom) / 2
        fields[sum(y > edge for edge in ys[1:-1]), sum(x > edge for edge in xs[1:-1])].append(line)
    grid = [
        [_joined_lines(fields[row, column]) for column in range(len(xs) - 1)] for row in range(len(ys) - 1)
    ]
    return [row for row in grid if any(row)]


def _joined_lines(lines: Sequence[Line]) -> str:
    return reduce(join, (_joined(row).text for row in _rows(lines)), "")


def _touching(rules: Sequence[Box]) -> Iterable[list[Box]]:
    """The rules in groups that touch one another."""
    groups: list[tuple[Box, list[Box]]] = []
    for rule in sorted(rules, key=lambda box: box.top):
        frame, members = rule, [rule]
        apart = []
        for other, boxes in groups:
            if frame.touches(other, _TOUCH):
                frame, members = Box.around([frame, other]), boxes + members
            else:
                apart.append((other, boxes))
        groups = [*apart, (frame, members)]
    return [members for _, members in groups if len(members) >= 6]  # as two rows of two cells have


def _distinct(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _TOUCH:
            found.append(value)
    return found


# Paragraphs


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is usual in the document: size of the body text, distance of its lines, widths of its columns."""

    body: float
    bold: bool
    pitch: float
    widths: Mapping[int, float]
    indents: bool
    outline: Outline
    contents: frozenset[int]  # pages of a table of contents

    @classmethod
    def of(cls, columns: Sequence[_Column], outline: Outline) -> _Measures:
        sizes: Counter[float] = Counter()
        bold: Counter[bool] = Counter()
        leaders: Counter[int] = Counter()
        widths: dict[int, list[float]] = defaultdict(list)
        indents: list[bool] = []
        for column in columns:
            for line in column.items:
                if isinstance(line, Line):
                    sizes[round(line.size * 2) / 2] += len(line.text)
                    bold[line.bold] += len(line.text)
                    indents.append(1.2 < (line.box.left - column.left) / line.em < 3)
                    leaders[column.page] += bool(_LEADERS.search(line.text))
            if column.long:
                widths[column.of].append(column.right - column.left)
        pitches = [
            (below.box.bottom - line.box.bottom) / line.em
            for column in columns
            for line, below in pairwise(column.items)
            if isinstance(line, Line) and isinstance(below, Line)
        ]
        pitches = [pitch for pitch in pitches if 0.8 < pitch < 3]
        return cls(
            sizes.most_common(1)[0][0] if sizes else 10.0,
            bold[True] > bold[False],
            median(pitches) if pitches else 1.5,
            {of: median(values) for of, values in widths.items()},
            sum(indents) > 0.08 * len(indents),
            outline,
            frozenset(page for page, number in leaders.items() if number >= 5),
        )

    def right(self, column: _Column) -> float:
        """Where full lines of the column end; a short column says nothing of it by itself."""
        if column.long:
            return column.right
        return max(column.right, column.left + self.widths.get(column.of, 0.0))


@dataclass(slots=True)
class _Paragraph:
    """Lines that belong together, while they are collected. ``start`` is the number of its first column.

    ``pages`` are (offset in ``text``, page number) where it runs over to another page.
    """

    start: int
    page: int
    column: _Column  # of the last line
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    pages: list[tuple[int, int]] = field(default_factory=list)
    short: bool = False  # the last line ends before the column does

    def add(self, line: Line, column: _Column) -> None:
        self.text = join(self.text, line.text)
        self.lines.append(line)
        if column.page != self.column.page:
            self.pages.append((len(self.text) - len(line.text), column.page))
        self.column = column


@dataclass(frozen=True, slots=True)
class _Placed:
    """A table with its page; ``start`` is the number of its column."""

    start: int
    page: int
    table: Table


_Part = _Paragraph | _Placed


def _parts(columns: Sequence[_Column], measures: _Measures) -> list[_Part]:
    """Paragraphs and tables in order; one that runs on to the next page comes before its page's footnotes."""
    split = [(column, _footnotes(column, measures)) for column in columns]
    text = [replace(column, items=column.items[:end]) for column, end in split]
    notes = [replace(column, items=column.items[end:]) for column, end in split]
    return sorted(_gathered(text, measures) + _gathered(notes, measures), key=lambda part: part.start)


def _footnotes(column: _Column, measures: _Measures) -> int:
    """Where in the column's items the footnotes begin: smaller lines at its end, the first with a mark."""
    start = len(column.items)
    for index in range(len(column.items) - 1, 0, -1):
        item = column.items[index]
        if isinstance(item, Table) or item.score < 1 or item.size > 0.93 * measures.body:
            break
        if _NOTE.match(item.text):
            start = index
    return start


def _gathered(columns: Sequence[_Column], measures: _Measures) -> list[_Part]:
    parts: list[_Part] = []
    for number, column in enumerate(columns):
        for item in column.items:
            if isinstance(item, Table):
                parts.append(_Placed(number, column.page, item))
                continue
            line = replace(item, text=_LEADERS.sub(" …… ", clean(item.text)).strip())
            if not line.text:
                continue
            paragraph = parts[-1] if parts else None
            if not isinstance(paragraph, _Paragraph) or _breaks(paragraph, line, column, measures):
                paragraph = _Paragraph(number, column.page, column)
                parts.append(paragraph)
            paragraph.add(line, column)
            paragraph.short = measures.right(column) - line.box.right > 2.5 * line.size
    return parts


def _breaks(paragraph: _Paragraph, line: Line, column: _Column, measures: _Measures) -> bool:
    """Whether ``line`` begins another paragraph."""
    previous = paragraph.lines[-1]
    size = max(previous.em, line.em)
    unlike = 0.35 if line.score < 1 else 0.12
    if abs(previous.size - line.size) > unlike * size or "……" in previous.text[-12:]:
        return True
    if _starts_block(line, previous):
        return True
    if paragraph.page in measures.contents and previous.text[-1].isdigit():
        return True
    if _room(previous, line, measures.right(paragraph.column)):
        return True
    if paragraph.column is not column:
        indented = (line.box.left - column.left) / size > 0.8
        ends = previous.text.endswith(_ENDS_SENTENCE) and not measures.indents
        return indented or ends or _is_heading_like(paragraph, measures)
    if (line.box.bottom - previous.box.bottom) / size > max(1.4 * measures.pitch, measures.pitch + 0.35):
        return True
    return _indented(paragraph, line)


def _indented(paragraph: _Paragraph, line: Line) -> bool:
    """Whether the line is set in as the first of a paragraph, seen from the lines above it."""
    previous = paragraph.lines[-1]
    first = len(paragraph.lines) == 1
    item = bool(_ITEM.match(paragraph.text))
    ends = previous.text.endswith(_ENDS_SENTENCE)
    step = (line.box.left - previous.box.left) / line.em
    if step > 0.8:  # an item's or a definition's further lines hang below its text
        return not (first and step < 8 and (item or not ends))
    if step < -0.8:
        return ends and not first
    return first and ends and not item and (line.box.left - paragraph.column.left) / line.em > 0.8


def _starts_block(line: Line, previous: Line) -> bool:
    """Whether the line begins with the mark of a heading or of a list item."""
    kind = _kind(line.text)
    if kind in ("part", "chapter", "section") and len(line.text) <= _LONGEST_HEADING:
        return not previous.text.endswith(_REFERS_ON)
    if _ARTICLE.match(line.text) or line.text[0] in _BULLETS:
        return True
    if previous.text.endswith((*_ENDS_SENTENCE, "，", ",", "、")) or _ITEM.match(previous.text):
        return kind == "han" or bool(_ITEM.match(line.text))
    return False


def _room(previous: Line, line: Line, right: float) -> bool:
    """Whether the first word of ``line`` would have found room after ``previous``, had it belonged there."""
    if is_wide(line.text[0]):  # no line begins with a closing mark: it takes the character before it along
        ems, slack = 1.0 + sum(character in _CLOSING for character in line.text[1:3]), 1.2
    else:
        word = _WORD.match(line.text)
        unbroken = re.split(r"(?<=[-/])|(?=[\u3000-\uffef])", word.group())[0] if word else ""
        ems, slack = 0.5 * len(unbroken) + 0.3, 0.8
    if previous.text.endswith((",", "，", "、")):
        slack += 3
    return right - previous.box.right > (ems + slack) * line.em


def _is_heading_like(paragraph: _Paragraph, measures: _Measures) -> bool:
    larger = paragraph.lines[-1].size > 1.1 * measures.body
    return larger or (paragraph.short and bool(_kind(paragraph.text)))


def _kind(text: str) -> str:
    """The kind of heading number that ``text`` begins with, "" for none; of decimals also how many."""
    for kind, pattern in _HEADING_MARKS:
        match = pattern.match(text)
        if match:
            points = len(re.findall(r"[.．]", match.group().rstrip(".．")))
            return f"decimal{points}" if kind == "decimal" else kind
    return ""


# Roles


class _Writer:
    """Gives paragraphs their roles and hands them to a builder."""

    def __init__(self, builder: TextBuilder, measures: _Measures) -> None:
        self._builder = builder
        self._measures = measures
        self._page = 0
        self._header: tuple[tuple[str, ...], tuple[int, int] | None] | None = None

    def write(self, parts: Sequence[_Part]) -> None:
        styles = [_style(part, self._measures) if isinstance(part, _Paragraph) else None for part in parts]
        levels = _levels([style for style in styles if style])
        for part, style in zip(parts, styles, strict=True):
            if part.page != self._page:
                self._builder.place("page", part.page)
                self._page = part.page
            if isinstance(part, _Paragraph):
                self._header = None
                self._paragraph(part, self._marked(part) or (levels[style] if style else 0))
            else:
                self._table(part.table)

    def _paragraph(self, paragraph: _Paragraph, level: int) -> None:
        if level:
            self._builder.heading(paragraph.text, level)
        elif not paragraph.pages and (_ITEM.match(paragraph.text) or "……" in paragraph.text[-12:]):
            self._builder.item(paragraph.text)
        else:
            self._builder.paragraph(paragraph.text, paragraph.pages)
            self._page = paragraph.column.page

    def _table(self, table: Table) -> None:
        """Its rows; a table that goes on after another of as many columns goes on under the same header."""
        first, *rows = table.rows
        if self._header and len(self._header[0]) == len(first):
            if first != self._header[0]:
                rows = [first, *rows]
        else:
            self._header = first, self._builder.row(first)
        for row in rows:
            self._builder.row(row, self._header[1])

    def _marked(self, paragraph: _Paragraph) -> int:
        """The level of the bookmark that points at this paragraph, 0 for none."""
        if len(paragraph.text) > 2 * _LONGEST_HEADING or paragraph.pages:
            return 0
        bare = re.sub(r"^[\d.．A-Z]+\s", "", paragraph.text)
        found = (
            self._measures.outline.get((paragraph.page, letters(text))) for text in (paragraph.text, bare)
        )
        return next(filter(None, found), 0)


def _style(paragraph: _Paragraph, measures: _Measures) -> tuple[float, str] | None:
    """A heading's size and the kind of its number, by which it differs from others; None for text."""
    first, kind = paragraph.lines[0], _kind(paragraph.text)
    if not _may_be_heading(paragraph, measures):
        return None
    if first.size >= (1.3 if first.score < 1 else 1.12) * measures.body:
        return round(first.size / measures.body, 1), kind
    if paragraph.page in measures.contents:
        return None
    strong = first.bold and not measures.bold and first.size >= 0.95 * measures.body
    numbered = kind not in ("", "number", "decimal0", "parenthesis") and paragraph.short
    if numbered or (strong and (kind or (paragraph.short and not _ITEM.match(paragraph.text)))):
        return 1.0, kind
    return None


def _may_be_heading(paragraph: _Paragraph, measures: _Measures) -> bool:
    text = paragraph.text
    if len(text) > _LONGEST_HEADING or len(paragraph.lines) > 3 or paragraph.pages:
        return False
    if text.endswith(_NO_HEADING_END) or "……" in text or _CAPTION.match(text):
        return False
    if paragraph.page in measures.contents and _ENTRY_END.search(text):
        return False
    return len(letters(text)) >= 2 and not letters(text).isdigit()


def _levels(styles: Sequence[tuple[float, str]]) -> dict[tuple[float, str], int]:
    """A level for each style of heading: by size, and within one size in the order they first appear."""
    levels: dict[tuple[float, str], int] = {}
    base = 1
    for size in sorted({size for size, _ in styles}, reverse=True):
        kinds = list(dict.fromkeys(kind for each, kind in styles if each == size and kind))
        levels[size, ""] = min(6, base)
        levels |= {(size, kind): min(6, base + step) for step, kind in enumerate(kinds)}
        base += max(1, len(kinds))
    return levels
