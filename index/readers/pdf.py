"""A PDF to pages of lines with their places; pages without usable text are drawn and recognised.

Knows no paragraphs and no tables: layout.py makes those.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from index.normalize import is_han
from index.readers.layout import Box, Line, Page, is_wide, letters, mean_score, write
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError, clean
from index.readers.pdf_fonts import prepare

MOST_PAGES = 5_000

_DOTS_PER_INCH = 200
_LONGEST_SIDE = 4_000  # pixels of a drawn page; A3 at 200 dpi is 3,307
_MOST_PATHS = 5_000  # drawings beyond that are maps and plots, not table rules
_MANY_PATHS = 200  # on a page without text: its characters are drawn as outlines
_FEW_CHARACTERS = 20  # a scan may carry a stamped number as text
_SCAN_SHARE = 0.4  # of the page that pictures cover
_GARBAGE_SHARE = 0.3
_MOST_BOOKMARKS = 20_000
_HYPHENS = (0x02, 0xFFFE)  # pdfium's marks for a hyphen that ends a line
_BOLD = re.compile(r"bold|black|heavy|hei(?!t)|黑", re.IGNORECASE)
_MADE_UP_TITLE = re.compile(
    r"^microsoft |untitled|未命名|无标题|無標題|^(doc)?\d*$|"
    r"\.(docx?|pptx?|xlsx?|pdf|html?|dvi|tex|indd)$",
    re.IGNORECASE,
)
# PDFium keeps global state and must not run in two threads at once.
_lock = threading.Lock()


def parse(data: bytes, tick: Tick) -> Parsed:
    """The text of the PDF ``data``, page by page. Raises UnreadableError."""
    with _lock:
        prepare()
        try:
            with pypdfium2.PdfDocument(data) as document:
                pages = list(_pages(document, tick))
                title, outline = _title(document), _outline(document)
        except pypdfium2.PdfiumError as error:
            raise _unreadable(error) from error
    builder = TextBuilder()
    write(builder, pages, outline)
    if not builder.empty:
        return builder.build(title, mean_score(pages))
    if any(page.lost for page in pages):
        raise UnreadableError(
            "does not say which characters its fonts draw, and they could not be recognised; "
            "add the file that it was made from",
            "no_characters",
        )
    raise UnreadableError(
        "holds no text; if its pages are pictures of text, scan it again more sharply", "no_scan"
    )


def _unreadable(error: pypdfium2.PdfiumError) -> UnreadableError:
    if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return UnreadableError("is encrypted; save it without its password and add it again", "encrypted")
    return UnreadableError(
        "is damaged or no PDF; open it in a PDF viewer, save it anew and add that file", "damaged"
    )


def _pages(document: Any, tick: Tick) -> Iterator[Page]:
    count = len(document)
    if count > MOST_PAGES:
        raise UnreadableError(
            f"has {count:,} pages; split it into parts of at most {MOST_PAGES:,} pages",
            "pages",
            count=count,
            most=MOST_PAGES,
        )
    for index in range(count):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:  # one broken page must not cost the others
            if count == 1:
                raise
        else:
            with closing(page):
                yield _read_page(page, index + 1)
        tick(index + 1, count)


def _read_page(page: Any, number: int) -> Page:
    left, bottom, right, top = page.get_bbox()
    drawings = _drawings(page)
    with closing(page.get_textpage()) as text_page:
        glyphs, unmapped = _glyphs(text_page)
    area = max(1.0, (right - left) * (top - bottom))
    drawn = drawings.pictures > _SCAN_SHARE * area or drawings.paths > _MANY_PATHS
    if unmapped > _GARBAGE_SHARE * len(glyphs):
        return _recognised(page, number, unmapped)
    if len(glyphs) < _FEW_CHARACTERS and drawn:
        return _recognised(page, number)
    # A page may lie on its side: most characters tell which way is up.
    quarter = Counter(each.quarter for each in glyphs).most_common(1)[0][0] if glyphs else 0
    frame = _turned(Box(left, -top, right, -bottom), quarter)
    upright = [
        replace(each, box=_moved(_turned(each.box, quarter), frame))
        for each in glyphs
        if each.quarter == quarter
    ]
    rules = tuple(_moved(_turned(box, quarter), frame) for box in drawings.rules)
    # Above the sheet stand printers' marks; what runs over its other ends is text that was set too long.
    lines = tuple(line for line in _lines(upright, rules) if line.box.bottom > 0)
    return Page(number, frame.width, frame.height, lines, rules)


def _turned(box: Box, quarter: int) -> Box:
    """``box`` on a page turned so that text in this direction runs from left to right."""
    for _ in range(quarter):
        box = Box(box.top, -box.right, box.bottom, -box.left)
    return box


def _moved(box: Box, frame: Box) -> Box:
    """``box`` counted from the upper left corner of ``frame``."""
    left, top = frame.left, frame.top
    return Box(box.left - left, box.top - top, box.right - left, box.bottom - top)


def _recognised(page: Any, number: int, unmapped: int = 0) -> Page:
    """The page drawn and read by character recognition, its boxes in points."""
    from index.readers import ocr

    width, height = page.get_size()
    scale = min(_DOTS_PER_INCH / 72, _LONGEST_SIDE / max(width, height, 1.0))
    with closing(page.render(scale=scale, maybe_alpha=False)) as bitmap:
        found = ocr.recognise(bitmap.to_numpy())
    lines = []
    for line in found:
        box = Box(*(value / scale for value in line.box))
        lines.append(replace(line, box=box, size=line.size / scale))
    return Page(number, width, height, tuple(lines), lost=0 if lines else unmapped)


# Characters


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    angle: float


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


def _glyphs(text_page: Any) -> tuple[list[_Glyph], int]:
    """The characters in the order of the file, and how many of them have no known meaning."""
    found: list[_Glyph] = []
    unmapped, space, guessed = 0, "", True
    owner, style = None, _Style(10.0, False, 0.0)
    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        character = "-" if code in _HYPHENS else clean(chr(code)) if 0 < code < 0x110000 else ""
        if not character or character.isspace():
            generated = pdfium.FPDFText_IsGenerated(text_page, index) == 1
            unmapped += code == 0 and not generated
            if character not in ("", "\n"):
                space = "　" if character == "　" else space or " "
                guessed = guessed and generated
            continue
        handle = pdfium.FPDFText_GetTextObject(text_page, index)
        address = ctypes.cast(handle, ctypes.c_void_p).value
        if address != owner:
            owner, style = address, _style(text_page, index, handle)
        unmapped += pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1 or _meaningless(code)
        quarters = style.angle / (math.pi / 2)
        # Text aslant across the page is a watermark.
        if abs(quarters - round(quarters)) < 0.1 and style.size > 1:
            box = _glyph_box(text_page, index, style)
            found.append(_Glyph(character, box, style.size, style.bold, round(quarters) % 4, space, guessed))
        space, guessed = "", True
    return found, unmapped


def _meaningless(code: int) -> bool:
    """Whether it is of a private use area or the replacement character."""
    return 0xE000 <= code <= 0xF8FF or code == 0xFFFD or code >= 0xF0000


def _glyph_box(text_page: Any, index: int, style: _Style) -> Box:
    """From the left to the right side of the character's advance; from its font's upper to its lower end."""
    loose = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, index, loose)
    if abs(math.sin(style.angle)) > 0.5:
        return Box(loose.left, -loose.top, loose.right, -loose.bottom)
    # Fonts lie about their heights: count from the baseline, as Chinese fonts have it.
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
    top, bottom = -y.value - 0.88 * style.size, -y.value + 0.12 * style.size
    return Box(loose.left, top, max(loose.right, loose.left), bottom)


def _style(text_page: Any, index: int, handle: Any) -> _Style:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text_page, index, matrix)
    scale = math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c))
    size = pdfium.FPDFText_GetFontSize(text_page, index) * scale
    angle = pdfium.FPDFText_GetCharAngle(text_page, index)
    if not (math.isfinite(size) and math.isfinite(angle)):
        return _Style(0.0, False, 0.0)  # of no size: left out
    font = pdfium.FPDFTextObj_GetFont(handle) if handle else None
    try:
        name = pypdfium2.PdfFont(font).get_base_name() if font else ""
    except pypdfium2.PdfiumError:
        name = ""
    return _Style(size, bool(_BOLD.search(name)), angle)


# Lines


def _lines(glyphs: Sequence[_Glyph], rules: Sequence[Box]) -> Iterator[Line]:
    """Neighbouring characters on one baseline, cut at gaps as wide as a character and at vertical rules."""
    upright = [box for box in rules if box.upright]
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
    size = max(glyph.size, *(each.size for each in run[-4:]))  # a raised note number does not end the line
    gap = glyph.box.left - last.box.right
    if abs(glyph.box.bottom - last.box.bottom) > 0.5 * size or not -0.6 * size < gap < size:
        return False
    if abs(glyph.box.bottom - run[0].box.bottom) > 0.7 * size:
        return False
    middle = (glyph.box.top + glyph.box.bottom) / 2
    return not any(
        last.box.right - 1 <= box.left and box.right <= glyph.box.left + 1 and box.top <= middle <= box.bottom
        for box in upright
    )


def _line(run: Sequence[_Glyph]) -> Line:
    parts = [run[0].text]
    for last, glyph in pairwise(run):
        gap = (glyph.box.left - last.box.right) / max(last.size, glyph.size)
        wide = is_wide(last.text) + is_wide(glyph.text)
        # Typesetters put a quarter of a character between Chinese and Latin letters; no space was typed.
        thin = (glyph.guessed and wide and gap < 0.35) or (wide == 2 and gap < 0.1)
        parts += ["" if thin else glyph.space, glyph.text]
    largest = max(each.size for each in run)
    main = [each for each in run if each.size > 0.9 * largest]
    top, right = min(each.box.top for each in main), max(each.box.right for each in run)
    box = Box(run[0].box.left, top, right, main[0].box.bottom)
    size = Counter(round(each.size, 1) for each in run).most_common(1)[0][0]
    return Line("".join(parts), box, size=size, bold=sum(each.bold for each in run) > len(run) / 2)


# Drawings


@dataclass(frozen=True, slots=True)
class _Drawings:
    """The area of a page's pictures, its horizontal and vertical rules, the number of its paths."""

    pictures: float
    rules: list[Box]
    paths: int


def _drawings(page: Any) -> _Drawings:
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
            return _Drawings(pictures, [], paths)
        rules += _edges(Box(left, -top, right, -bottom))
    return _Drawings(pictures, rules, paths)


def _edges(box: Box) -> list[Box]:
    """The rules that a path with this box draws: itself if it is thin, else its four sides."""
    wide, tall = box.width >= 8, box.height >= 6  # less is a dash or a part of a letter
    if box.height <= 2:
        return [box] if wide else []
    if box.width <= 2:
        return [box] if tall else []
    if not (wide and tall):
        return []
    level = [box._replace(top=y, bottom=y) for y in (box.top, box.bottom)]
    return level + [box._replace(left=x, right=x) for x in (box.left, box.right)]


# What the file says of itself


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
        key = letters(bookmark.get_title())
        if index is not None and key:
            found.setdefault((index + 1, key), bookmark.level + 1)
        if len(found) > _MOST_BOOKMARKS:
            break
    return found
