"""A saved web page, or the HTML of a mail or book, to blocks of text. Knows no style sheets, no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from typing import Any

from lxml import etree

from index.encodings import Decoded, DoubtfulEncodingError, decode
from index.readers.colours import ON_WHITE, UNKNOWN, Colours
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

# Of no use to who reads, or not shown; the reading aid of ruby would stand in the middle of words.
_DROPPED = frozenset(
    "script style template noscript title meta link base svg canvas iframe frame noframes object audio video"
    " embed applet area button select option optgroup input textarea datalist progress rt rp rtc annotation"
    " annotation-xml".split()
)
# Links of the program that made the page, in the middle of its text: Sphinx, MediaWiki, DocBook.
_DROPPED_CLASSES = frozenset("headerlink mw-editsection mw-jump-link navheader navfooter".split())
_PAGE_PARTS = {"banner": "header", "contentinfo": "footer", "complementary": "aside", "navigation": "nav"}
_BLOCKS = frozenset(
    "html head body main article section header footer aside nav address div p center form fieldset legend"
    " figure figcaption details summary dialog blockquote pre listing xmp hr ul ol menu dir li dl table"
    " caption thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6".split()
)
_LISTS = frozenset("ul ol menu dir".split())
_PREFORMATTED = frozenset("pre listing xmp".split())
_TABLE_PARTS = frozenset("thead tbody tfoot tr td th caption colgroup col".split())

_TABLE_FRAME = frozenset("table thead tbody tfoot tr".split())

_BREAK = "\v"  # a line break that is meant, until the block is complete
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\U00020000-\U0003ffff“”‘’…—·"
_BLANKS = re.compile(r"[ \t\n\f\r]+")
_BREAK_BETWEEN_WIDE = re.compile(f"(?<=[{_WIDE}])\n(?=[{_WIDE}])")
_INVISIBLE = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)
_SUPERSCRIPTS = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")

_NOT_SHOWN = re.compile(r"display\s*:\s*none|(?:^|[;\s])opacity\s*:\s*(?:0+(?:\.0*)?|\.0+)\s*(?:%|!|;|$)")
_VISIBILITY = re.compile(r"(?:^|[;\s])visibility\s*:\s*(\w+)")
_FONT_SIZE = re.compile(r"font-size\s*:\s*([^;!]+)")
_ZERO = re.compile(r"(?:0+(?:\.0*)?|\.0+)\s*(?:[a-z]+|%)?\s*$")
_WHITE_SPACE = re.compile(r"white-space\s*:\s*([\w-]+)")

_CHARSETS = (
    re.compile(rb"""\A\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE),
    re.compile(rb"""<meta\b[^>]*\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE),
)
# What is never closed goes to the end, or each of many such would be sought to the end again.
_MARKUP = re.compile(
    rb"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_MIME_HEAD = re.compile(rb"\s*(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_SITE_SUFFIX = re.compile(r"\s*[-_|–—·»:：｜]")

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_MOST_REPEATED = 1_000_000  # characters that the cells spanning rows may add to a table by being repeated
_MOST_COLUMNS = 1000  # what a browser allows, too

_FOREIGN = (etree.LxmlError, MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def parse(data: bytes, tick: Tick, *, encoding: str | None = None) -> Parsed:
    """The main content of a page (.html, .xhtml) or of a page saved in one file with its pictures (.mhtml).

    Raises UnreadableError and DoubtfulEncodingError.
    """
    tick(0, 0)
    try:
        for content, charset in _pages(data):
            page = page_text(content, encoding, charset)
            root = tree(page.text)
            builder = TextBuilder()
            blocks_into(builder, root, main_content=True)
            if builder.empty:  # all of it looks like navigation
                blocks_into(builder, root)
            if not builder.empty:
                parsed = builder.build(title_of(root), page.confidence)
                return replace(parsed, encoding=page.encoding)
    except _FOREIGN as error:
        raise UnreadableError(
            "is not a web page that can be read; open it in a browser, save it again and add that",
            "damaged",
        ) from error
    raise UnreadableError(
        "holds no text; if its text shows in a browser, print it to PDF there and add that", "no_text"
    )


def page_text(data: bytes, encoding: str | None = None, charset: str = "") -> Decoded:
    """The HTML of ``data``. ``charset`` is what its container says of it. Raises DoubtfulEncodingError.

    The encoding is told from the text without its markup, which is ASCII and would make every reading look
    well. Pages often hold a character cut in half: once the encoding is known, those become U+FFFD.
    """
    if encoding is not None:
        return decode(data, encoding)
    declared = charset or declared_charset(data)
    visible = data if b"\x00" in data else _MARKUP.sub(b" ", data)
    if visible.isascii():
        visible = data  # only its markup or scripts have other characters, or none at all
    try:
        found = decode(visible, declared=declared)
    except DoubtfulEncodingError:
        found = _mended(visible, declared)
    text = data.decode(found.encoding, "replace").removeprefix("\ufeff")
    return Decoded(text, found.encoding, found.confidence)


def _mended(data: bytes, declared: str) -> Decoded:
    """As ``decode``, where one byte in a thousand is broken. Raises DoubtfulEncodingError."""
    for name in ("utf-8", "gb18030", "big5hkscs"):
        text = data.decode(name, "replace")
        broken = text.count("\ufffd")
        if 0 < broken <= 1 + len(text) // 1000:
            try:
                found = decode(text.replace("\ufffd", "").encode(name), declared=declared)
            except DoubtfulEncodingError:
                continue
            if found.encoding == name:
                return found
    return decode(data, declared=declared)


def declared_charset(data: bytes) -> str:
    """What a page says its encoding is, "" if it does not."""
    for pattern in _CHARSETS:
        found = pattern.search(data[:8192])
        if found:
            return found.group(1).decode("ascii")
    return ""


def _pages(data: bytes) -> Iterator[tuple[bytes, str]]:
    """The page, or those of an MHTML file with the charset of their MIME header, the main one first."""
    head = _MIME_HEAD.match(data[:65536])
    if not head or b"mime-version" not in head.group().lower():
        yield data, ""
        return
    # The policy "default" parses every header by grammar and has raised a dozen kinds of errors on bad ones.
    message: Message = message_from_bytes(data.lstrip())
    parts = [part for part in message.walk() if part.get_content_type() in _PAGE_TYPES]
    start = str(message.get_param("start") or "")
    for part in sorted(parts, key=lambda part: not start or part.get("Content-ID") != start):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content, part.get_content_charset("") or ""


def tree(text: str) -> Any:
    """The root element of HTML, None if there is nothing in it. Raises UnreadableError.

    libxml2 stops without a word at 256 levels of nesting and at 10 MB of text or of an embedded picture, and
    drops what follows; ``huge_tree`` raises that to 2048 levels. HTML cannot define entities, so that opens
    no way for a bomb.
    """
    if text.lstrip()[:5] == "<?xml":
        text = _CDATA.sub(lambda found: found.group(1).replace("&", "&amp;").replace("<", "&lt;"), text)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_pis=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise UnreadableError(
            "is nested deeper than 2048 tags; print it to PDF in a browser and add that", "nested"
        )
    return root


def title_of(root: Any) -> str:
    """The page's title, or its heading where there is none or where it says only the site's name more."""
    if root is None:
        return ""
    title = next((flat_text(element, force=True) for element in root.iter("title")), "")
    for heading in map(flat_text, root.iter("h1")):
        rest = title.removeprefix(heading)
        if heading and (not title or (rest != title and _SITE_SUFFIX.match(rest))):
            return heading
    return title


def flat_text(element: Any, *, force: bool = False) -> str:
    """The text of ``element`` in one line; ``force`` reads it even if it is never shown."""
    builder = TextBuilder()
    writer = _Writer(builder, tables=False)
    writer.write(element, force=force)
    return " ".join(builder.build().text.split())


def blocks_into(builder: TextBuilder, root: Any, *, main_content: bool = False) -> None:
    """Adds what a browser would show of ``root`` (from ``tree``) to ``builder``.

    ``main_content`` leaves out the navigation and what surrounds the content of a web page.
    """
    if root is not None:
        page = _PageParts.of(root) if main_content else None
        _Writer(builder, page=page, colours=UNKNOWN if _has_stylesheet(root) else ON_WHITE).write(root)


def _has_stylesheet(root: Any) -> bool:
    links = (link.get("rel") or "" for link in root.iter("link"))
    return next(root.iter("style"), None) is not None or any("stylesheet" in each.lower() for each in links)


@dataclass(frozen=True, slots=True)
class _PageParts:
    """Whether a page marks its main content: only then its headers surely hold none of it."""

    has_main: bool

    @classmethod
    def of(cls, root: Any) -> _PageParts:
        return cls(any(_is_main(element) for element in root.iter(etree.Element)))

    def leaves_out(self, element: Any) -> bool:
        part = _PAGE_PARTS.get(element.get("role", ""), element.tag)
        if part == "nav":
            return True
        if part not in ("header", "footer", "aside") or any(map(_is_main, element.iterancestors())):
            return False
        # pandoc and old pages have their title in a header, and mark no main content.
        return part != "header" or self.has_main or not _holds(element, "h1")


def _is_main(element: Any) -> bool:
    return element.tag in ("main", "article") or element.get("role") in ("main", "article")


@dataclass(frozen=True, slots=True)
class _Style:
    """What an element hands down to those in it."""

    visible: bool = True
    sized: bool = True
    preformatted: bool = False
    colours: Colours = UNKNOWN

    @property
    def shown(self) -> bool:
        return self.visible and self.sized and self.colours.readable

    def within(self, element: Any) -> _Style:
        style = self
        if element.tag in _PREFORMATTED:
            style = replace(style, preformatted=True)
        css = (element.get("style") or "").lower()
        style = replace(style, colours=style.colours.within(element, css))
        if not css:
            return style
        if (found := _VISIBILITY.search(css)) and not _is_shown_by_script(element):
            style = replace(style, visible=found.group(1) not in ("hidden", "collapse"))
        if found := _FONT_SIZE.search(css):
            style = replace(style, sized=not _ZERO.match(found.group(1).strip()))
        if found := _WHITE_SPACE.search(css):
            style = replace(style, preformatted=found.group(1).startswith("pre"))
        return style


def _is_dropped(element: Any) -> bool:
    tag = element.tag
    if tag in _DROPPED or (tag == "dialog" and element.get("open") is None):
        return True
    classes = (element.get("class") or "").split()
    if not _DROPPED_CLASSES.isdisjoint(classes) or (tag == "sup" and "reference" in classes):
        return True
    css = (element.get("style") or "").lower()
    hidden = (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or (css != "" and _NOT_SHOWN.search(css) is not None)
    )
    return hidden and not _is_shown_by_script(element) and not _is_formula(element)


def _is_shown_by_script(element: Any) -> bool:
    """Whether hiding the element only bridges the time until a script has run, as WeChat's articles do."""
    return element.tag in ("html", "body") or element.get("id") == "js_content"


def _is_formula(element: Any) -> bool:
    """Whether the element holds but a formula: Wikipedia shows a picture, and hides the source next to it."""
    return len(element) == 1 and element[0].tag == "math" and not (element.text or "").strip()


class _Writer:
    """Takes the elements and texts of a page in order and gives blocks to the builder. Never recurses."""

    def __init__(
        self,
        builder: TextBuilder,
        *,
        page: _PageParts | None = None,
        tables: bool = True,
        colours: Colours = UNKNOWN,
    ) -> None:
        self._builder = builder
        self._page = page
        self._tables = tables
        self._buffer: list[str] = []
        self._styles = [_Style(colours=colours)]
        self._lists: list[_Numbers | None] = []
        self._heading = 0
        self._mark: str | None = None  # of the list item that begins; None where none does
        self._term = False  # the buffer holds a term that waits for its definition
        self._superscripts: list[int] = []

    def write(self, root: Any, *, force: bool = False) -> None:
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        skipped: Any = None
        for event, node in walk:
            if event == "start":
                if (node is root and force) or self._enters(node):
                    self._open(node)
                    self._text(node.text)
                else:
                    walk.skip_subtree()
                    skipped = node
                continue
            if event == "end" and node is not skipped:
                self._close(node)
            skipped = None
            if node is not root:
                self._text(node.tail)
        self._term = False
        self._flush()

    def _enters(self, element: Any) -> bool:
        """Whether to walk into ``element``; if not, what it holds is written here."""
        if _is_dropped(element) or (self._page and self._page.leaves_out(element)):
            return False
        if element.tag == "math" and element.get("alttext"):
            self._text(_formula(element.get("alttext")))
            return False
        style = self._styles[-1]
        if element.tag == "table" and self._tables and style.shown:
            rows = _data_rows(element)
            if rows:
                self._flush()
                _write_table(self._builder, element, rows)
                return False
        return True

    def _open(self, element: Any) -> None:
        tag = element.tag
        self._styles.append(self._styles[-1].within(element))
        if tag == "br":
            self._buffer.append(_BREAK)
        elif tag == "sup":
            self._superscripts.append(len(self._buffer))
        elif tag == "dd":
            self._flush()
            self._mark = self._mark or ""
        elif tag == "dt":
            self._term = False  # one without a definition, as in tables of contents
            self._flush()
            self._mark = self._mark or ""
        if tag in _BLOCKS:
            self._flush()
        if level := _heading_level(element):
            self._flush()
            self._heading = level
        if tag in _LISTS:
            self._lists.append(_Numbers.of(element) if tag == "ol" else None)
        elif tag == "li":
            numbers = self._lists[-1] if self._lists else None
            self._mark = numbers.next_mark(element) if numbers else ""

    def _close(self, element: Any) -> None:
        tag = element.tag
        self._styles.pop()
        if tag == "sup":
            self._end_superscript(self._superscripts.pop())
        elif tag == "dt":
            self._buffer.append(_BREAK)
            self._term = True
        elif tag == "dl":
            self._term = False
        if tag in _BLOCKS or tag == "dd":
            self._flush()
        if _heading_level(element):
            self._flush()
            self._heading = 0
        if tag in _LISTS:
            self._lists.pop()
        if tag in ("li", "dd", "dl"):
            self._mark = None

    def _text(self, text: str | None) -> None:
        style = self._styles[-1]
        if not text or not style.shown:
            return
        if style.preformatted:
            self._buffer.append(text.replace("\r\n", "\n").replace("\n", _BREAK))
            self._term = False
            return
        self._buffer.append(_BLANKS.sub(lambda found: "\n" if "\n" in found.group() else " ", text))
        self._term = self._term and text.isspace()

    def _end_superscript(self, start: int) -> None:
        """10 to the third must not become 103, nor a year with a note mark another year."""
        text = "".join(self._buffer[start:]).strip()
        if text and all(character in "0123456789+-−" for character in text):
            self._buffer[start:] = [text.translate(_SUPERSCRIPTS)]

    def _flush(self) -> None:
        """Ends the block that the buffer holds, if it holds any."""
        if self._term or not self._buffer:
            return
        text = _collapsed("".join(self._buffer))
        self._buffer.clear()
        if not text:
            return
        if self._heading:
            self._builder.heading(text, self._heading)
        elif self._mark is not None:
            self._builder.item(self._mark + text.replace("\n\n", "\n"))
            self._mark = None
        else:
            for paragraph in text.split("\n\n"):
                self._builder.paragraph(paragraph)


def _collapsed(text: str) -> str:
    """``text`` with blanks as browsers show them; a line end between Chinese characters goes."""
    text = text.translate(_INVISIBLE)
    text = _BLANKS.sub(lambda found: "\n" if "\n" in found.group() else " ", text)
    text = _BREAK_BETWEEN_WIDE.sub("", text).replace("\n", " ").replace("\xa0", " ")
    text = re.sub(r" ?\v ?", "\n", re.sub(" +", " ", text))
    return re.sub("\n\n+", "\n\n", text).strip(" \n")


def _heading_level(element: Any) -> int:
    tag = element.tag
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return int(tag[1])
    if element.get("role") == "heading":
        level = element.get("aria-level") or ""
        return int(level) if level in ("1", "2", "3", "4", "5", "6") else 2
    return 0


def _formula(alttext: str) -> str:
    """The TeX source of a formula, without the wrapping that Wikipedia gives it."""
    found = re.fullmatch(r"\s*\{\\(?:display|text)style (.*)\}\s*", alttext, re.DOTALL)
    return found.group(1).strip() if found else alttext


@dataclass(slots=True)
class _Numbers:
    """The numbers of an ordered list, as ``start``, ``reversed``, ``value`` and ``type`` have them."""

    number: int
    step: int
    kind: str

    @classmethod
    def of(cls, element: Any) -> _Numbers:
        step = -1 if element.get("reversed") is not None else 1
        first = 1 if step == 1 else sum(child.tag == "li" for child in element)
        return cls(_integer(element.get("start"), first), step, element.get("type") or "1")

    def next_mark(self, item: Any) -> str:
        number = _integer(item.get("value"), self.number)
        self.number = number + self.step
        return f"{_numeral(number, self.kind)}. "


def _numeral(number: int, kind: str) -> str:
    if kind in ("a", "A") and 1 <= number <= 26:
        return chr(ord(kind) + number - 1)
    if kind in ("i", "I") and 1 <= number <= 89:
        tens = ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx")[number // 10]
        roman = tens + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[number % 10]
        return roman if kind == "i" else roman.upper()
    return str(number)


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) else default


_Row = tuple[Any, list[Any]]  # the tr, its cells


def _data_rows(table: Any) -> list[_Row]:
    """The rows of a table that holds data; none if it only arranges a page, or is too broken to tell."""
    arranges = table.get("role") in ("presentation", "none")
    if arranges or _holds(table, "table"):
        return []
    rows: list[_Row] = []
    for element in table.iterdescendants(etree.Element):
        parent = element.getparent()
        if element.tag in ("td", "th"):
            if not rows or parent is not rows[-1][0]:
                return []
            rows[-1][1].append(element)
        elif element.tag == "tr":
            rows.append((element, []))
        if parent.tag in _TABLE_FRAME:
            stray = element.tag not in _TABLE_PARTS and element.tag not in _DROPPED
            if stray or (element.tail or "").strip() or (parent.text or "").strip():
                return []
    if max((sum(map(_has_text, row)) for _, row in rows), default=0) < 2:
        return []
    cells = [cell for _, row in rows for cell in row]
    marked = any(cell.tag == "th" for cell in cells) or _holds(table, "thead", "caption")
    return rows if marked or not any(map(_holds_blocks, cells)) else []


def _holds(element: Any, *names: str) -> bool:
    return next(element.iterdescendants(*names), None) is not None


def _holds_blocks(cell: Any) -> bool:
    """Whether a cell holds a part of a page and not a value."""
    if _holds(cell, "h1", "h2", "h3", "h4", "h5", "h6", "hr", "form"):
        return True
    return sum(1 for _ in cell.iter("p", "li", "dd", "blockquote")) > 2 or sum(1 for _ in cell.iter("br")) > 5


def _write_table(builder: TextBuilder, table: Any, rows: list[_Row]) -> None:
    for caption in table.iterchildren("caption"):
        if not _is_dropped(caption):
            builder.paragraph(flat_text(caption))
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    in_head = True
    for (row, cells), texts in zip(rows, _grid(rows), strict=True):
        if _is_dropped(row) or _is_dropped(row.getparent()):
            continue
        if first is None and len(rows) > 1 and len(cells) == 1 and any(texts):
            builder.paragraph(" ".join(texts).strip())  # one cell over the whole breadth: a title
            continue
        # Without th, the first row is taken for the header, as in most tables pasted from office programs.
        has_header_cells = row.getparent().tag == "thead" or _are_headers(cells)
        in_head = in_head and (has_header_cells or (first is None and not _has_header_column(rows)))
        span = builder.row(texts, (first[0], last[1]) if first and last and not in_head else None)
        if in_head and span:
            first, last = first or span, span
            in_head = has_header_cells


def _are_headers(cells: list[Any]) -> bool:
    """Whether all cells are headers; the corner over a column of headers is often an empty td."""
    return any(cell.tag == "th" for cell in cells) and all(
        cell.tag == "th" or not _has_text(cell) for cell in cells
    )


def _has_text(element: Any) -> bool:
    return any(not text.isspace() for text in element.itertext())


def _has_header_column(rows: list[_Row]) -> bool:
    return any(cell.tag == "th" for _, cells in rows for cell in cells)


def _grid(rows: list[_Row]) -> Iterator[list[str]]:
    """The texts of each row; a cell over several rows is repeated in each, one over several columns not."""
    hanging: dict[int, tuple[int, str]] = {}  # column: the rows it goes on for, its text
    budget = _MOST_REPEATED
    for _, cells in rows:
        texts: dict[int, str] = {}
        for column, (left, text) in list(hanging.items()):
            budget -= len(text)
            texts[column] = text if budget > 0 else ""
            hanging.pop(column)
            if left > 1:
                hanging[column] = (left - 1, text)
        column = 0
        for cell in cells:
            while column in texts:
                column += 1
            text = "" if _is_dropped(cell) else flat_text(cell)
            down = _integer(cell.get("rowspan"), 1)
            for offset in range(min(max(1, _integer(cell.get("colspan"), 1)), _MOST_COLUMNS)):
                texts[column + offset] = "" if offset else text
                if down > 1 or down == 0:
                    hanging[column + offset] = ((down or len(rows)) - 1, "" if offset else text)
        yield [texts.get(column, "") for column in range(max(texts, default=-1) + 1)]
