"""A PDF to its text: lines with their places on the page become paragraphs, headings and table rows.

Pages without usable text are drawn and recognised. Below the line layout it knows no PDF any more: recognised
pictures take the same way.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from index.normalize import is_han
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError, clean

MOST_PAGES = 5_000

# Left, top, right, bottom; y grows downwards; points or pixels.
Box = tuple[float, float, float, float]

_DOTS_PER_INCH = 200
_LONGEST_SIDE = 4_000  # pixels of a drawn page; A3 at 200 dpi is 3,307
_MOST_PATHS = 5_000  # drawings beyond that are maps and plots, not table rules
_FEW_CHARACTERS = 20  # a scan may carry a stamped number as text
_SCAN_SHARE = 0.4  # of the page that pictures cover
_GARBAGE_SHARE = 0.3
_HYPHENS = (0x02, 0xFFFE)  # pdfium's marks for a hyphen that ends a line
_BOLD = re.compile(r"bold|black|heavy|hei(?!t)|黑", re.IGNORECASE)
_MADE_UP_TITLE = re.compile(
    r"^microsoft |untitled|未命名|无标题|無標題|^(doc)?\d*$|"
    r"\.(docx?|pptx?|xlsx?|pdf|html?|dvi|tex|indd)$",
    re.IGNORECASE,
)
# PDFium keeps global state and must not run in two threads at once.
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or a stretch of one up to a wide gap. ``size`` is the font's, in the box's unit.

    ``score`` (0 to 1) is how sure the characters are.
    """

    text: str
    box: Box
    score: float = 1.0
    size: float = 0.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[str, ...], ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Page:
    """A page to lay out. ``lines`` may be in any order; ``rules`` are the thin lines drawn on it."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[Box, ...] = ()


# From the file to pages


def parse(data: bytes, tick: Tick) -> Parsed:
    """The text of the PDF ``data``, page by page. Raises UnreadableError."""
    with _lock:
        try:
            with pypdfium2.PdfDocument(data) as document:
                pages = list(_pages(document, tick))
                title, outline = _title(document), _outline(document)
        except pypdfium2.PdfiumError as error:
            raise _unreadable(error) from error
    builder = TextBuilder()
    write(builder, pages, outline)
    if builder.empty:
        raise UnreadableError("holds no text; if its pages are pictures of text, scan it again more sharply")
    return builder.build(title, mean_score(pages))


def _unreadable(error: pypdfium2.PdfiumError) -> UnreadableError:
    if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return UnreadableError("is encrypted; save it without its password and add it again")
    return UnreadableError("is damaged or no PDF; open it in a PDF viewer, save it anew and add that file")


def _pages(document: Any, tick: Tick) -> Iterator[Page]:
    count = len(document)
    if count > MOST_PAGES:
        raise UnreadableError(f"has {count:,} pages; split it into parts of at most {MOST_PAGES:,} pages")
    failed = None
    for index in range(count):
        try:
            page = document[index]
        except pypdfium2.PdfiumError as error:  # one broken page must not cost the others
            failed = error
        else:
            with closing(page):
                yield _read_page(page, index + 1)
        tick(index + 1, count)
    if failed is not None and count == 1:
        raise failed


def _read_page(page: Any, number: int) -> Page:
    left, bottom, right, top = page.get_bbox()
    pictures, rules, paths = _drawings(page)
    with closing(page.get_textpage()) as text_page:
        glyphs, unmapped = _glyphs(text_page)
    quarter = Counter(each.quarter for each in glyphs).most_common(1)[0][0] if glyphs else 0
    frame = _turned((left, -top, right, -bottom), quarter)
    origin = frame[:2]
    moved = [
        replace(each, box=_shifted(_turned(each.box, quarter), origin))
        for each in glyphs
        if each.quarter == quarter
    ]
    rules = [_shifted(_turned(box, quarter), origin) for box in rules]
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    area = max(1.0, (right - left) * (top - bottom))
    drawn = pictures > _SCAN_SHARE * area or paths > 200
    if (len(glyphs) < _FEW_CHARACTERS and drawn) or unmapped > _GARBAGE_SHARE * len(glyphs):
        return _recognised(page, number)
    return Page(number, width, height, tuple(_lines(moved, rules)), tuple(rules))


def _recognised(page: Any, number: int) -> Page:
    """The page drawn and read by character recognition, its boxes in points."""
    from index.readers import ocr

    width, height = page.get_size()
    scale = min(_DOTS_PER_INCH / 72, _LONGEST_SIDE / max(width, height, 1.0))
    bitmap = page.render(scale=scale, maybe_alpha=False)
    try:
        image = bitmap.to_numpy()
        lines = ocr.recognise(image)
    finally:
        bitmap.close()
    scaled = []
    for line in lines:
        left, top, right, bottom = line.box
        box = (left / scale, top / scale, right / scale, bottom / scale)
        scaled.append(replace(line, box=box, size=line.size / scale))
    return Page(number, width, height, tuple(scaled))


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A character with its place. ``space`` is what stood before it, ``guessed`` if only a gap did."""

    text: str
    box: Box
    size: float
    bold: bool
    quarter: int
    space: str
    guessed: bool


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    angle: float


def _glyphs(text_page: Any) -> tuple[list[_Glyph], int]:
    """The characters in the order of the file, and how many of them have no known meaning."""
    found: list[_Glyph] = []
    unmapped, space, guessed = 0, "", True
    owner, style = None, _Style(10.0, False, 0.0)
    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        character = "-" if code in _HYPHENS else _character(code)
        if code == 0 and pdfium.FPDFText_IsGenerated(text_page, index) != 1:
            unmapped += 1
        if not character or character.isspace():
            if character not in ("", "\r", "\n"):
                space = "　" if character == "　" else space or " "
                guessed = guessed and pdfium.FPDFText_IsGenerated(text_page, index) == 1
            continue
        handle = pdfium.FPDFText_GetTextObject(text_page, index)
        address = ctypes.cast(handle, ctypes.c_void_p).value
        if address != owner:
            owner, style = address, _style(text_page, index, handle)
        unmapped += pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1 or _meaningless(code)
        box = _glyph_box(text_page, index, style)
        quarters = style.angle / (math.pi / 2)
        # Text across the page is a watermark.
        if abs(quarters - round(quarters)) < 0.1 and style.size > 1:
            found.append(_Glyph(character, box, style.size, style.bold, round(quarters) % 4, space, guessed))
        space, guessed = "", True
    return found, unmapped


def _character(code: int) -> str:
    return clean(chr(code)) if 0 < code < 0x110000 else ""


def _meaningless(code: int) -> bool:
    return 0xE000 <= code <= 0xF8FF or code == 0xFFFD or code >= 0xF0000


def _glyph_box(text_page: Any, index: int, style: _Style) -> Box:
    """From the left to the right side of the character's advance; from its font's upper to its lower end."""
    loose = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, index, loose)
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
    if abs(math.sin(style.angle)) < 0.5:
        return (
            loose.left,
            -y.value - 0.88 * style.size,
            max(loose.right, loose.left),
            -y.value + 0.12 * style.size,
        )
    return loose.left, -loose.top, loose.right, -loose.bottom


def _style(text_page: Any, index: int, handle: Any) -> _Style:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text_page, index, matrix)
    size = pdfium.FPDFText_GetFontSize(text_page, index) * math.sqrt(
        abs(matrix.a * matrix.d - matrix.b * matrix.c)
    )
    angle = pdfium.FPDFText_GetCharAngle(text_page, index)
    if not (math.isfinite(size) and math.isfinite(angle)):
        return _Style(0.0, False, 0.0)  # of no size: left out
    font = pdfium.FPDFTextObj_GetFont(handle) if handle else None
    bold = bool(_BOLD.search(_font_name(font))) if font else False
    return _Style(size, bold, angle)


def _font_name(font: Any) -> str:
    length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(max(1, length))
    pdfium.FPDFFont_GetBaseFontName(font, buffer, length)
    return buffer.value.decode("utf-8", "replace")


def _turned(box: Box, quarter: int) -> Box:
    """``box`` on a page turned so that text in this direction runs from left to right."""
    left, top, right, bottom = box
    if quarter == 1:
        return top, -right, bottom, -left
    if quarter == 2:
        return -right, -bottom, -left, -top
    if quarter == 3:
        return -bottom, left, -top, right
    return box


def _shifted(box: Box, origin: Sequence[float]) -> Box:
    return box[0] - origin[0], box[1] - origin[1], box[2] - origin[0], box[3] - origin[1]


def _drawings(page: Any) -> tuple[float, list[Box], int]:
    """The area of the page's pictures, its horizontal and vertical rules, the number of its paths."""
    pictures, paths = 0.0, 0
    rules: list[Box] = []
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH]
    for item in page.get_objects(filter=kinds, max_depth=3):
        try:
            left, bottom, right, top = item.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures += (right - left) * (top - bottom)
            continue
        paths += 1
        if paths > _MOST_PATHS:
            return pictures, [], paths
        rules += _edges((left, -top, right, -bottom))
    return pictures, rules, paths


def _edges(box: Box) -> list[Box]:
    """The rules that a path with this box draws: itself if it is thin, else its four sides."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if height <= 2:
        return [box] if width >= 8 else []
    if width <= 2:
        return [box] if height >= 6 else []
    if width < 8 or height < 6:
        return []
    return [
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    ]


def _lines(glyphs: Sequence[_Glyph], rules: Sequence[Box]) -> Iterator[Line]:
    """Neighbouring characters on one baseline, cut at gaps as wide as a character and at vertical rules."""
    upright = [box for box in rules if box[3] - box[1] > box[2] - box[0]]
    run: list[_Glyph] = []
    for glyph in glyphs:
        if run and not _continues(run, glyph, upright):
            yield _line(run)
            run = []
        run.append(glyph)
    if run:
        yield _line(run)


def _continues(run: Sequence[_Glyph], glyph: _Glyph, upright: Sequence[Box]) -> bool:
    last = run[-1]
    size = max(last.size, glyph.size, max(each.size for each in run[-4:]))
    gap = glyph.box[0] - last.box[2]
    if abs(glyph.box[3] - last.box[3]) > 0.5 * size or not -0.6 * size < gap < size:
        return False
    if abs(glyph.box[3] - run[0].box[3]) > 0.7 * size:
        return False
    middle = (glyph.box[1] + glyph.box[3]) / 2
    return not any(
        last.box[2] - 1 <= box[0] and box[2] <= glyph.box[0] + 1 and box[1] <= middle <= box[3]
        for box in upright
    )


def _line(run: Sequence[_Glyph]) -> Line:
    parts = [run[0].text]
    for last, glyph in pairwise(run):
        gap = (glyph.box[0] - last.box[2]) / max(last.size, glyph.size)
        # Typesetters put a quarter of a character between Chinese and Latin letters; no space was typed.
        thin = glyph.guessed and gap < 0.35 and (_is_wide(last.text) or _is_wide(glyph.text))
        if glyph.space and not thin and not (gap < 0.1 and _is_wide(last.text) and _is_wide(glyph.text)):
            parts.append(glyph.space)
        parts.append(glyph.text)
    largest = max(each.size for each in run)
    main = [each for each in run if each.size > 0.9 * largest]
    box = (run[0].box[0], min(each.box[1] for each in main), max(each.box[2] for each in run), main[0].box[3])
    size = Counter(round(each.size, 1) for each in run).most_common(1)[0][0]
    return Line("".join(parts), box, size=size, bold=sum(each.bold for each in run) > len(run) / 2)


def _title(document: Any) -> str:
    """What the file's metadata calls it, "" if that is a program's invention."""
    title = " ".join(clean(document.get_metadata_value("Title")).split())
    if _MADE_UP_TITLE.search(title):
        return ""
    return title if sum(map(is_han, title)) >= 2 or len(re.findall(r"[^\W\d_]+", title)) >= 3 else ""


def _outline(document: Any) -> dict[tuple[int, str], int]:
    """The level, from 1, of each bookmark by its page and the letters of its title."""
    found: dict[tuple[int, str], int] = {}
    for bookmark in document.get_toc(max_depth=6):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        key = _letters(bookmark.get_title())
        if index is not None and key:
            found.setdefault((index + 1, key), bookmark.level + 1)
        if len(found) > 20_000:
            break
    return found


# From pages of lines to blocks. Nothing below knows PDF.

_PAGE_NUMBER = re.compile(
    r"[-—–·•.|\s]*(第\s*[\d一二三四五六七八九十百〇零]+\s*[页頁]|[page.\s]*\d{1,4}|[ivxlc]{1,7}|"
    r"\d{1,4}\s*[/／]\s*\d{1,4})([，,、/\s]*共\s*\d+\s*[页頁])?[-—–·•.|\s]*",
    re.IGNORECASE,
)
_NUMERAL = "[一二三四五六七八九十百零〇]"
_HEADING_MARKS = (
    ("part", re.compile(rf"第({_NUMERAL}|\d)+[编編部篇卷](?![分门門])")),
    ("chapter", re.compile(rf"第\s?({_NUMERAL}|\d)+\s?章")),
    ("chapter", re.compile(rf"附[录錄件]\s?({_NUMERAL}|[A-Z\d])")),
    ("section", re.compile(rf"第\s?({_NUMERAL}|\d)+\s?[节節]")),
    ("han", re.compile(rf"{_NUMERAL}+[、.．]\s?\S")),
    ("parenthesis", re.compile(rf"[（(]{_NUMERAL}+[)）]\s?\S")),
    ("decimal", re.compile(r"(?:§\s?)?[A-Z\d]{1,2}(?:[.．]\d{1,2}){1,4}[.．]?(?=\s|[^\s\d.．%％年月])")),
    ("decimal", re.compile(r"\d{1,2}[.．]?\s+(?=[^\W\d])")),
    ("number", re.compile(r"\d{1,2}[、.．]\s?(?=[^\W\d])")),
)
_ITEM = re.compile(
    r"(?:[•·●○■□◆◇▪‣➢✓\-–—*]\s?(?=\S)|[（(](?:\d{1,2}|[a-z]|[一二三四五六七八九十]{1,3})[)）]|\d{1,2}[)）.、．](?!\d)|"
    r"[a-z][)）]|[①-⑳])\s?"
)
_CAPTION = re.compile(r"(?:[图圖表]|figure|fig\.|table)\s*[\dA-Z]", re.IGNORECASE)
_ENDS_SENTENCE = tuple("。！？!?；;：:…”」』)）.")
_NO_HEADING_END = tuple("。；;，,、：:")
_LEADERS = re.compile(r"(?:\s?[.．·…‥]){4,}\s*")
_WORD = re.compile(r"[^\s　]+")
_CLOSING = "，。、；：？！）》」』”’〉】〕…—,.;:?!)]}%"
_LONGEST_HEADING = 60


def write(
    builder: TextBuilder, pages: Sequence[Page], outline: dict[tuple[int, str], int] | None = None
) -> None:
    """Adds the text of ``pages`` in reading order to ``builder``, without headers and page numbers."""
    columns = [
        column
        for page in _without_furniture(pages)
        for column in _columns(page, _grid_tables(page), page.lines)
    ]
    measures = _Measures.of(columns, outline or {})
    _Writer(builder, measures).write(_paragraphs(columns, measures))


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines of one page: column by column, each from top to bottom."""
    groups = _groups(list(lines))
    return [
        line
        for group, _ in groups
        for row in _rows(each for each in group if isinstance(each, Line))
        for line in row
    ]


def mean_score(pages: Iterable[Page]) -> float:
    """How sure the characters of the pages are, on average."""
    scored = [(len(line.text), line.score) for page in pages for line in page.lines]
    total = sum(length for length, _ in scored)
    return sum(length * score for length, score in scored) / total if total else 1.0


def _is_wide(character: str) -> bool:
    return is_han(character) or "\u3000" <= character <= "\u30ff" or "\uff00" <= character <= "\uffef"


def _letters(text: str) -> str:
    """What two settings of one title have in common."""
    return re.sub(r"[\W_]+", "", text).casefold()


# -- Headers, footers, page numbers


def _without_furniture(pages: Sequence[Page]) -> list[Page]:
    """``pages`` without what repeats at their upper and lower ends, and without page numbers there."""
    edges = [_edge_rows(page) for page in pages]
    seen = [
        {key for edge, text, _ in rows for key in _signs(page, edge, text)}
        for page, rows in zip(pages, edges, strict=True)
    ]
    counts = Counter(key for keys in seen for key in keys)
    enough = 2 if len(pages) == 2 else max(3, len(pages) // 50)
    chosen = [
        [
            _PAGE_NUMBER.fullmatch(text) is not None
            or any(counts[key] >= enough for key in _signs(page, edge, text))
            for edge, text, _ in rows
        ]
        for page, rows in zip(pages, edges, strict=True)
    ]
    # Where most pages have such a row, the others' rows are headers too, if only of a short chapter.
    heights = Counter(
        _height(page, lines)
        for page, rows, marks in zip(pages, edges, chosen, strict=True)
        for (_, _, lines), mark in zip(rows, marks, strict=True)
        if mark
    )
    kept = []
    for page, rows, marks in zip(pages, edges, chosen, strict=True):
        dropped = {
            line
            for (_, text, lines), mark in zip(rows, marks, strict=True)
            if mark
            or (heights[_height(page, lines)] > max(4, len(pages) / 3) and len(text) <= _LONGEST_HEADING)
            for line in lines
        }
        kept.append(replace(page, lines=tuple(line for line in page.lines if line not in dropped)))
    return kept if any(page.lines for page in kept) else list(pages)


def _signs(page: Page, edge: str, text: str) -> Iterator[tuple[str, str | int]]:
    """What other pages' headers have too: the same words, or a number that grows with the page's."""
    yield edge, _shape(text)
    first, *_, last = text.split() * 2
    for word in {first, last}:
        if word.isdecimal() and len(word) < 5:
            yield edge, int(word) - page.number
        elif re.fullmatch("[ivxl]{1,7}", word):
            yield edge, 10_000 + _roman(word) - page.number


def _roman(word: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10, "l": 50}[letter] for letter in word]
    return sum(
        -value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _edge_rows(page: Page) -> list[tuple[str, str, list[Line]]]:
    """The two rows nearest to the upper and the lower end, if they stand in the margin: edge, text, lines."""
    rows = _rows(page.lines)
    found = []
    for edge, candidates in (("top", rows[:2]), ("bottom", rows[:-3:-1])):
        for row in candidates:
            middle = (row[0].box[1] + row[0].box[3]) / 2 / max(page.height, 1.0)
            if (middle < 0.14) if edge == "top" else (middle > 0.86):
                found.append((edge, " ".join(line.text for line in row), row))
    return found


def _height(page: Page, lines: Sequence[Line]) -> int:
    """Where on the page the row stands, in steps of half a per cent."""
    return round((lines[0].box[1] + lines[0].box[3]) / max(page.height, 1.0) * 100)


def _shape(text: str) -> str:
    """``text`` with its numbers left out, so that page numbers do not make headers differ."""
    return re.sub(r"\d+|\b[ivxlc]+\b|\s+", "", text) or "#"


# -- Rows, columns, tables


def _rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand side by side, from top to bottom, each row from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: (each.box[1] + each.box[3], each.box[0])):
        if rows and _side_by_side(rows[-1][-1].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda each: each.box[0]) for row in rows]


def _side_by_side(one: Box, other: Box) -> bool:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared > 0.5 * min(one[3] - one[1], other[3] - other[1])


@dataclass(frozen=True, slots=True)
class _Column:
    """A page's column, or a part of one between headings across all columns. ``of`` columns stand abreast."""

    page: int
    items: tuple[Line | Table, ...]
    left: float
    right: float
    of: int


def _columns(page: Page, tables: Sequence[Table], lines: Sequence[Line]) -> list[_Column]:
    """The page in reading order."""
    outside = [line for line in lines if not any(_inside(line.box, table.box) for table in tables)]
    return [_column(page.number, group, of) for group, of in _groups([*outside, *tables]) if group]


def _groups(items: list[Line | Table], of: int = 1) -> list[tuple[list[Line | Table], int]]:
    notes = _margin_notes(items)
    if notes:
        return [*_groups([item for item in items if item not in notes], of), (notes, of + 2)]
    gutter = _gutter(items)
    if gutter is None:
        return [(items, of)]
    groups: list[tuple[list[Line | Table], int]] = []
    band: list[Line | Table] = []
    across: list[Line | Table] = []

    def close_band() -> None:
        left = [item for item in band if item.box[2] <= gutter + 1]
        right = [item for item in band if item.box[2] > gutter + 1]
        groups.extend((side, of + 1) for side in (left, right) if side)
        band.clear()

    for item in sorted(items, key=lambda each: each.box[1]):
        if item.box[0] < gutter - 1 and item.box[2] > gutter + 1:
            close_band()
            across.append(item)
        else:
            if across:
                groups.append(([*across], of))
                across.clear()
            band.append(item)
    close_band()
    if across:
        groups.append((across, of))
    return [
        part
        for group, number in groups
        for part in (_groups(group, number) if number > of else [(group, number)])
    ]


def _margin_notes(items: Sequence[Line | Table]) -> list[Line | Table]:
    """What stands beside the running text: beyond the edge where most full lines end or begin."""
    lines = [item for item in items if isinstance(item, Line)]
    if len(lines) < 12:
        return []
    em = median(line.size or line.box[3] - line.box[1] for line in lines)
    wide = [line for line in lines if line.box[2] - line.box[0] > 20 * em]
    if len(wide) < 0.4 * len(lines):
        return []
    left, right = median(line.box[0] for line in wide), median(line.box[2] for line in wide)
    if sum(abs(line.box[2] - right) < em for line in wide) < 0.5 * len(wide):
        return []
    notes = [item for item in items if item.box[0] > right + 0.3 * em or item.box[2] < left - 0.3 * em]
    return notes if len(notes) < 0.35 * len(items) else []


def _gutter(items: Sequence[Line | Table]) -> float | None:
    """Where the white strip between two columns of running text is, None if there is but one column."""
    lines = [item for item in items if isinstance(item, Line)]
    if len(lines) < 8:
        return None
    em = median(line.size or line.box[3] - line.box[1] for line in lines)
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    if right - left < 24 * em:
        return None
    best: tuple[int, float] | None = None
    for step in range(int(0.3 * (right - left) / em * 2), int(0.7 * (right - left) / em * 2)):
        x = left + step * em / 2
        crossing = sum(item.box[0] < x + 0.25 * em and item.box[2] > x - 0.25 * em for item in items)
        if best is None or crossing < best[0]:
            best = crossing, x
    if best is None or best[0] > 0.15 * len(lines):
        return None
    sides = [
        [each for each in lines if each.box[2] <= best[1]],
        [each for each in lines if each.box[0] >= best[1]],
    ]
    if sum(bool(_LEADERS.search(line.text)) for line in lines) > 0.2 * len(lines):
        sides = [[_joined_row(row) for row in _rows(side)] for side in sides]  # a table of contents
    extents = (best[1] - left, right - best[1])
    filled = all(
        len(side) >= 4 and median(each.box[2] - each.box[0] for each in side) > 0.6 * extent
        for side, extent in zip(sides, extents, strict=True)
    )
    return best[1] if filled else None


def _column(page: int, items: Sequence[Line | Table], of: int) -> _Column:
    """The items joined into full lines, with what stands aligned made into tables."""
    tables = [item for item in items if isinstance(item, Table)]
    rows = _rows(item for item in items if isinstance(item, Line))
    merged: list[Line | Table] = list(tables)
    position = 0
    while position < len(rows):
        length = _aligned(rows, position)
        if length:
            merged.append(_table_of(rows[position : position + length]))
            position += length
        else:
            merged.append(_joined_row(rows[position]))
            position += 1
    merged.sort(key=lambda item: item.box[1])
    left, right = _extent([item for item in merged if isinstance(item, Line)] or merged)
    return _Column(page, tuple(merged), left, right, of)


def _extent(items: Sequence[Line | Table]) -> tuple[float, float]:
    """The sides that lines keep to; a single one that sticks out does not move them."""
    em = median((item.size if isinstance(item, Line) else 0) or 10.0 for item in items)
    least = 2 if len(items) > 3 else 1
    lefts = sorted(item.box[0] for item in items)
    rights = sorted((item.box[2] for item in items), reverse=True)
    left = next((x for x in lefts if sum(abs(x - each) < 0.5 * em for each in lefts) >= least), lefts[0])
    right = next((x for x in rights if sum(abs(x - each) < em for each in rights) >= least), rights[0])
    return left, right


def _joined_row(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    text = row[0].text
    for last, line in pairwise(row):
        gap = (line.box[0] - last.box[2]) / max(last.size, line.size, 1.0)
        text += ("" if gap < 0.25 else " ") + line.text
    box = (row[0].box[0], min(x.box[1] for x in row), max(x.box[2] for x in row), max(x.box[3] for x in row))
    longest = max(row, key=lambda each: len(each.text))
    score = sum(each.score * len(each.text) for each in row) / sum(len(each.text) for each in row)
    return Line(text, box, score, longest.size, longest.bold)


def _inside(box: Box, frame: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]


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
        block = rows[start:end]
        if len(block[-1]) > 1 or _continues_cell(
            block[-1][0], next(x for x in reversed(block) if len(x) > 1)
        ):
            full = [row for row in block if len(row) > 1]
            if len(full) >= 3 and _is_table(full, _cell_columns(block)):
                return end - start
        end -= 1
    return 0


def _continues_cell(line: Line, above: Sequence[Line]) -> bool:
    """Whether a line that stands alone is the next line of a cell of the row above, other than its first."""
    return any(abs(line.box[0] - cell.box[0]) < 0.5 * max(cell.size, 1.0) for cell in above[1:])


def _near(row: Sequence[Line], below: Sequence[Line]) -> bool:
    height = max(line.box[3] - line.box[1] for line in (*row, *below))
    return below[0].box[1] - row[0].box[3] < 1.8 * height


def _cell_columns(rows: Sequence[Sequence[Line]]) -> list[tuple[float, float]]:
    """The x extents of the columns: where the cells of all rows overlap."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted((line.box[0], line.box[2]) for row in rows for line in row):
        if merged and left < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _is_table(rows: Sequence[Sequence[Line]], cuts: Sequence[tuple[float, float]]) -> bool:
    if len(cuts) < 2:
        return False
    cells = [line for row in rows for line in row]
    # Running text that leaves gaps, and leaders of a table of contents, are no cells.
    if median(len(line.text) for line in cells) > 25 or any(_LEADERS.search(x.text) for x in cells):
        return False
    full = sum(len(row) == len(cuts) for row in rows)
    if full < 0.6 * len(rows):
        return False
    # A mark and its text, or a number and its heading, are a list rather than a table.
    first = [row[0].text for row in rows]
    return not (
        len(cuts) == 2
        and sum(bool(_ITEM.fullmatch(text + " ") or len(text) < 2) for text in first) > 0.5 * len(first)
    )


def _table_of(rows: Sequence[Sequence[Line]]) -> Table:
    cuts = _cell_columns(rows)
    table: list[list[str]] = []
    for row in rows:
        cells = [""] * len(cuts) if len(row) > 1 or not table else table.pop()
        for line in row:
            number = next(index for index, cut in enumerate(cuts) if cut[0] <= line.box[0] <= cut[1])
            cells[number] = join(cells[number], line.text)
        table.append(cells)
    boxes = [line.box for row in rows for line in row]
    return Table(tuple(map(tuple, table)), _around(boxes))


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def _grid_tables(page: Page) -> list[Table]:
    """The tables whose cells are ruled on all sides."""
    tables = []
    for rules in _connected(page.rules):
        level = [box for box in rules if box[2] - box[0] >= box[3] - box[1]]
        upright = [box for box in rules if box[3] - box[1] > box[2] - box[0]]
        # Many tables are open at the sides: there the ends of the level rules stand for the upright ones.
        xs = _distinct([box[0] for box in upright] + [x for box in level for x in (box[0], box[2])])
        ys = _distinct([box[1] for box in level] + [y for box in upright for y in (box[1], box[3])])
        if not upright or not level or len(xs) < 3 or len(ys) < 3:
            continue
        frame = (xs[0] - 1, ys[0] - 1, xs[-1] + 1, ys[-1] + 1)
        rows = _cells([line for line in page.lines if _inside(line.box, frame)], xs, ys)
        rows = [row for row in rows if any(row)]
        filled = sum(bool(cell) for row in rows for cell in row)
        # A frame around a listing, with a strip for its line numbers, has text in one column only.
        used = sum(any(column) for column in zip(*rows, strict=True))
        if len(rows) >= 2 and used >= 2 and filled >= max(4, 0.4 * len(rows) * (len(xs) - 1)):
            tables.append(Table(tuple(tuple(row) for row in rows), frame))
    return tables


def _cells(lines: Sequence[Line], xs: Sequence[float], ys: Sequence[float]) -> list[list[str]]:
    """The text in each field of the grid; the lines of a cell are joined."""
    fields: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
        row = sum(y > edge for edge in ys[1:-1])
        fields[row, sum(x > edge for edge in xs[1:-1])].append(line)
    table = []
    for row in range(len(ys) - 1):
        cells = []
        for column in range(len(xs) - 1):
            text = ""
            for part in map(_joined_row, _rows(fields[row, column])):
                text = join(text, part.text)
            cells.append(text)
        table.append(cells)
    return table


def _connected(rules: Sequence[Box]) -> list[list[Box]]:
    """The rules in groups that touch one another."""
    groups: list[tuple[Box, list[Box]]] = []
    for rule in sorted(rules, key=lambda box: box[1]):
        frame, members = rule, [rule]
        rest = []
        for other, boxes in groups:
            if (
                other[0] - 3 <= frame[2]
                and frame[0] <= other[2] + 3
                and other[1] - 3 <= frame[3]
                and frame[1] <= other[3] + 3
            ):
                frame, members = _around([frame, other]), boxes + members
            else:
                rest.append((other, boxes))
        groups = [*rest, (frame, members)]
    return [members for _, members in groups if len(members) >= 6]


def _distinct(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > 3:
            found.append(value)
    return found


# -- Paragraphs and headings


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is usual in the document: size of the body text, distance of its lines, widths of its columns."""

    body: float
    bold: bool
    pitch: float
    widths: dict[int, float]
    indents: bool
    outline: dict[tuple[int, str], int]
    contents: frozenset[int]  # pages of a table of contents

    @classmethod
    def of(cls, columns: Sequence[_Column], outline: dict[tuple[int, str], int]) -> _Measures:
        lines = [(column, line) for column in columns for line in column.items if isinstance(line, Line)]
        sizes: Counter[float] = Counter()
        bold: Counter[bool] = Counter()
        for _, line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
            bold[line.bold] += len(line.text)
        body = sizes.most_common(1)[0][0] if sizes else 10.0
        pitches = [
            (below.box[3] - line.box[3]) / line.size
            for column in columns
            for line, below in pairwise(column.items)
            if isinstance(line, Line) and isinstance(below, Line)
            if line.size and 0.8 < (below.box[3] - line.box[3]) / line.size < 3
        ]
        widths: dict[int, list[float]] = defaultdict(list)
        for column in columns:
            if len(column.items) >= 8:
                widths[column.of].append(column.right - column.left)
        leaders = Counter(column.page for column, line in lines if _LEADERS.search(line.text))
        indented = sum(1.2 < (line.box[0] - column.left) / max(line.size, 1) < 3 for column, line in lines)
        return cls(
            body,
            bold[True] > bold[False],
            median(pitches) if pitches else 1.5,
            {of: median(values) for of, values in widths.items()},
            indented > 0.08 * len(lines),
            outline,
            frozenset(page for page, number in leaders.items() if number >= 5),
        )

    def right(self, column: _Column) -> float:
        """Where full lines of the column end; a short column says nothing of it by itself."""
        if len(column.items) >= 8:
            return column.right
        return max(column.right, column.left + self.widths.get(column.of, 0.0))


@dataclass(slots=True)
class _Paragraph:
    """Lines that belong together, while they are collected."""

    text: str
    lines: list[Line]
    column: _Column
    page: int
    pages: list[tuple[int, int]]
    short: bool = False  # the last line ends before the column does


def _paragraphs(columns: Sequence[_Column], measures: _Measures) -> Iterator[_Paragraph | tuple[int, Table]]:
    current: _Paragraph | None = None
    for column in columns:
        for item in column.items:
            if isinstance(item, Table):
                if current:
                    yield current
                current = None
                yield column.page, item
                continue
            line = replace(item, text=_LEADERS.sub(" …… ", clean(item.text)).strip())
            if not line.text:
                continue
            if current is not None and not _breaks(current, line, column, measures):
                _extend(current, line, column)
            else:
                if current:
                    yield current
                current = _Paragraph(line.text, [line], column, column.page, [])
            current.short = measures.right(column) - line.box[2] > 2.5 * line.size
    if current:
        yield current


def _extend(paragraph: _Paragraph, line: Line, column: _Column) -> None:
    joined = join(paragraph.text, line.text)
    if column.page != paragraph.column.page:
        paragraph.pages.append((len(joined) - len(line.text), column.page))
    paragraph.text = joined
    paragraph.lines.append(line)
    paragraph.column = column


def join(text: str, line: str) -> str:
    """``line`` goes on after ``text``: Chinese without a space, words with one, a divided word made whole."""
    if not text or not line:
        return text + line
    last, first = text[-1], line[0]
    if last == "-" and len(text) > 1 and text[-2].isalpha() and first.islower() and not _is_wide(text[-2]):
        return text[:-1] + line
    if last in "-/" and not last.isspace() and (len(text) < 2 or not text[-2].isspace()):
        return text + line
    if _is_wide(last) or _is_wide(first) or last in "“‘—…" or first in "”’—…":
        return text + line
    return f"{text} {line}"


def _breaks(paragraph: _Paragraph, line: Line, column: _Column, measures: _Measures) -> bool:
    """Whether ``line`` begins another paragraph."""
    previous = paragraph.lines[-1]
    size = max(previous.size, line.size, 1.0)
    loose = 0.35 if line.score < 1 else 0.12
    if abs(previous.size - line.size) > loose * size or "……" in previous.text[-12:]:
        return True
    if _starts_block(line, previous):
        return True
    if paragraph.page in measures.contents and re.search(r"\d$", previous.text):
        return True
    ends = previous.text.endswith(_ENDS_SENTENCE)
    if _room(previous, line, measures.right(paragraph.column)):
        return True
    indent = (line.box[0] - column.left) / size
    if paragraph.column is not column:
        if _is_heading_like(paragraph, measures):
            return True
        return indent > 0.8 if measures.indents else ends or indent > 0.8
    if (line.box[3] - previous.box[3]) / size > max(1.4 * measures.pitch, measures.pitch + 0.35):
        return True
    return _indented(paragraph, line, indent, ends)


def _indented(paragraph: _Paragraph, line: Line, indent: float, ends: bool) -> bool:
    """Whether the line is set in as the first of a paragraph, seen from the lines above it."""
    previous = paragraph.lines[-1]
    step = (line.box[0] - previous.box[0]) / max(line.size, 1.0)
    item = bool(_ITEM.match(paragraph.text))
    if step > 0.8:  # an item's or a definition's further lines hang below its text
        return not (len(paragraph.lines) == 1 and step < 8 and (item or not ends))
    if step < -0.8:
        return len(paragraph.lines) > 1 and ends
    return indent > 0.8 and len(paragraph.lines) == 1 and ends and not item


def _starts_block(line: Line, previous: Line) -> bool:
    """Whether the line begins with the mark of a heading or of a list item."""
    if _kind(line.text) in ("part", "chapter", "section") and len(line.text) <= _LONGEST_HEADING:
        return not previous.text.endswith(tuple("见在和与及至《“（、，"))
    if re.match(rf"第({_NUMERAL}|\d)+[条條](?=[\s　])", line.text):
        return True
    if previous.text.endswith((*_ENDS_SENTENCE, "，", ",", "、")) or _ITEM.match(previous.text):
        return bool(_ITEM.match(line.text) or _kind(line.text) in ("han", "parenthesis", "number"))
    return line.text[0] in "•●○■□◆◇▪‣➢✓"


def _room(previous: Line, line: Line, right: float) -> bool:
    """Whether the first word of ``line`` would have found room after ``previous``, had it belonged there."""
    size = max(line.size, 1.0)
    if _is_wide(line.text[0]):
        unit, slack = 1.0 + sum(character in _CLOSING for character in line.text[1:3]), 1.2
    else:
        word = _WORD.match(line.text)
        letters = re.split(r"(?<=[-/])|(?=[\u3000-\uffef])", word.group())[0] if word else ""
        unit, slack = 0.5 * len(letters) + 0.3, 0.8
    if previous.text.endswith((",", "，", "、")):
        slack += 3
    return right - previous.box[2] > (unit + slack) * size


def _is_heading_like(paragraph: _Paragraph, measures: _Measures) -> bool:
    return paragraph.lines[-1].size > 1.1 * measures.body or (paragraph.short and bool(_kind(paragraph.text)))


def _kind(text: str) -> str:
    """The kind of heading number that ``text`` begins with, "" for none."""
    for kind, pattern in _HEADING_MARKS:
        match = pattern.match(text)
        if match:
            return (
                f"decimal{len(re.findall(r'[.．]', match.group().rstrip('.．')))}"
                if kind == "decimal"
                else kind
            )
    return ""


class _Writer:
    """Gives paragraphs their roles and hands them to a builder."""

    def __init__(self, builder: TextBuilder, measures: _Measures) -> None:
        self._builder = builder
        self._measures = measures
        self._page = 0
        self._header: tuple[tuple[str, ...], tuple[int, int] | None] | None = None

    def write(self, items: Iterable[_Paragraph | tuple[int, Table]]) -> None:
        gathered = list(items)
        styles = [self._style(item) if isinstance(item, _Paragraph) else None for item in gathered]
        levels = _levels([style for style in styles if style])
        for item, style in zip(gathered, styles, strict=True):
            if isinstance(item, _Paragraph):
                self._header = None
                self._paragraph(item, levels[style] if style else 0)
            else:
                self._turn_to(item[0])
                self._table(item[1])

    def _paragraph(self, paragraph: _Paragraph, level: int) -> None:
        self._turn_to(paragraph.page)
        level = self._marked(paragraph) or level
        if level:
            self._builder.heading(paragraph.text, level)
        elif not paragraph.pages and (_ITEM.match(paragraph.text) or "……" in paragraph.text[-12:]):
            self._builder.item(paragraph.text)
        else:
            self._builder.paragraph(paragraph.text, paragraph.pages)
            self._page = paragraph.pages[-1][1] if paragraph.pages else self._page

    def _table(self, table: Table) -> None:
        """Its rows; a table that goes on after another of as many columns goes on under the same header."""
        first = table.rows[0]
        if self._header and len(self._header[0]) == len(first) and self._header[1]:
            rows = table.rows[1:] if first == self._header[0] else table.rows
            for row in rows:
                self._builder.row(row, self._header[1])
            return
        span = self._builder.row(first)
        for row in table.rows[1:]:
            self._builder.row(row, span)
        self._header = first, span

    def _turn_to(self, page: int) -> None:
        if page != self._page:
            self._builder.place("page", page)
            self._page = page

    def _marked(self, paragraph: _Paragraph) -> int:
        """The level of the bookmark that points at this paragraph, 0 for none."""
        if len(paragraph.text) > 2 * _LONGEST_HEADING or paragraph.pages:
            return 0
        letters = _letters(paragraph.text)
        outline = self._measures.outline
        bare = _letters(re.sub(r"^[\d.．A-Z]+\s", "", paragraph.text))
        return outline.get((paragraph.page, letters), 0) or outline.get((paragraph.page, bare), 0)

    def _style(self, paragraph: _Paragraph) -> tuple[float, str] | None:
        """A heading's size and the kind of its number, by which it differs from others; None for text."""
        text, first = paragraph.text, paragraph.lines[0]
        if len(text) > _LONGEST_HEADING or len(paragraph.lines) > 3 or paragraph.pages:
            return None
        if _CAPTION.match(text):
            return None
        if (
            text.endswith(_NO_HEADING_END)
            or "……" in text
            or len(_letters(text)) < 2
            or _letters(text).isdigit()
        ):
            return None
        if paragraph.page in self._measures.contents and re.search(r"(\d|\b[ivxl]+)$", text):
            return None
        body = self._measures.body
        if paragraph.page in self._measures.contents and first.size < 1.12 * body:
            return None
        factor = 1.3 if first.score < 1 else 1.12
        larger = first.size >= factor * body
        kind = _kind(text)
        strong = first.bold and not self._measures.bold and first.size >= 0.95 * body
        numbered = kind not in ("", "number", "decimal0", "parenthesis") and paragraph.short
        if larger or (strong and paragraph.short and not _ITEM.match(text)) or numbered or (strong and kind):
            return (round(first.size / body, 1) if larger else 1.0), kind
        return None


def _levels(styles: Sequence[tuple[float, str]]) -> dict[tuple[float, str], int]:
    """A level for each style of heading: by size, and within one size in the order they first appear."""
    sizes = sorted({size for size, _ in styles}, reverse=True)
    levels: dict[tuple[float, str], int] = {}
    base = 1
    for size in sizes:
        kinds = list(dict.fromkeys(kind for each, kind in styles if each == size and kind))
        for kind in ["", *kinds]:
            levels[size, kind] = min(6, base + max(0, kinds.index(kind) if kind else 0))
        base += max(1, len(kinds))
    return levels
