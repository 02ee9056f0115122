"""A Word document (.docx) to its headings, numbered clauses, tables and notes. Knows no layout."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.opc.oxml import serialize_part_xml
from docx.oxml.parser import parse_xml
from docx.package import Package

from index.readers.legacy import refuse_compound
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError, clean

_TICK_EVERY = 200  # paragraphs
_LONGEST_HEADING = 80  # characters
_LONGEST_CHAIN = 20  # styles, each based on the next
_PAGE = "\0"  # a page break inside a text; XML cannot hold this character

_HEADING = re.compile(r"(?:heading|标题|標題)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"title|标题|標題", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"(microsoft )?word\b.*|untitled.*|无标题.*|文档\s*\d*|document ?\d*|.*\.(docx?|wps|tmp)", re.IGNORECASE
)

_LEFT_OUT = {"pPr", "rPr", "del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "sdtPr", "tblPr"}
_PIECES = {"tab": "\t", "cr": "\n", "noBreakHyphen": "-"}
# Check boxes and ticks as the Wingdings fonts keep them; other symbols carry no text.
_SYMBOLS = {
    "A8": "□",
    "6F": "□",
    "A3": "□",
    "FE": "☑",
    "52": "☑",
    "FD": "☒",
    "53": "☒",
    "FC": "✓",
    "FB": "✗",
    "B7": "•",
}


def parse(data: bytes, tick: Tick) -> Parsed:
    """The text of ``data``: inserted text counts, deleted and hidden text does not.

    Places are pages where Word noted on saving where it broke them. Raises UnreadableError.
    """
    refuse_compound(data, ".docx")
    try:
        parsed = _Reader(_opened(data), tick).read()
    except MemoryError:
        raise
    except Exception as error:  # zipfile, lxml and python-docx fail on damaged files in a dozen ways
        raise UnreadableError(
            "is damaged or no .docx file; open it in Word and save it again", "damaged"
        ) from error
    if not parsed.text:
        raise UnreadableError(
            "holds no text; if its pages are pictures, save it as .pdf and add that", "no_text"
        )
    return parsed


def _opened(data: bytes) -> Package:
    try:
        return Package.open(io.BytesIO(data))
    except KeyError:
        # Some programs leave relations to parts that are not there; Word reads such files.
        return Package.open(io.BytesIO(_without_dangling(data)))


def _without_dangling(data: bytes) -> bytes:
    """The archive without the relations to parts that it does not hold."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as other:
        held = set(archive.namelist())
        for name in held:
            content = archive.read(name)
            if name.endswith(".rels"):
                folder = name.rpartition("_rels/")[0]
                root: Any = parse_xml(content)
                for relation in list(root):
                    target = relation.get("Target", "")
                    path = target[1:] if target.startswith("/") else _joined(folder, target)
                    if relation.get("TargetMode") != "External" and path not in held:
                        root.remove(relation)
                content = serialize_part_xml(root)
            other.writestr(name, content)
    return made.getvalue()


def _joined(folder: str, target: str) -> str:
    parts = folder.rstrip("/").split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _name(element: Any) -> str:
    """The element's name without its namespace, which differs between two forms of the standard."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _get(element: Any, name: str) -> str | None:
    for key, value in element.attrib.items() if element is not None else ():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def _child(element: Any, *path: str) -> Any:
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if _name(child) == name), None)
    return element


def _value(element: Any, *path: str) -> str | None:
    """The val attribute of the element at ``path``."""
    return _get(_child(element, *path), "val")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text) else None


def _on(element: Any, *path: str) -> bool:
    """Whether the property at ``path`` is there and not switched off."""
    found = _child(element, *path)
    return found is not None and _get(found, "val") not in ("0", "false", "off", "none")


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    based_on: str = ""
    outline: int | None = None
    number: str | None = None
    level: int | None = None


class _Styles:
    """What a paragraph's style says of headings and numbers, itself or through those it is based on."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, _Style] = {}
        for style in root if root is not None else ():
            if _name(style) == "style":
                properties = _child(style, "pPr")
                self._styles[_get(style, "styleId") or ""] = _Style(
                    _value(style, "name") or "",
                    _value(style, "basedOn") or "",
                    _number(_value(properties, "outlineLvl")),
                    _value(properties, "numPr", "numId"),
                    _number(_value(properties, "numPr", "ilvl")),
                )

    def chain(self, name: str) -> Iterator[tuple[str, _Style]]:
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get(name)
            if style is None:
                return
            yield name, style
            name = style.based_on

    def is_title(self, name: str) -> bool:
        return any(_TITLE.fullmatch(style.name.strip()) for _, style in self.chain(name))

    def heading_level(self, name: str) -> int:
        """The level from 1, 0 for body text."""
        for _, style in self.chain(name):
            if style.outline is not None:
                return style.outline + 1 if style.outline < 9 else 0
            match = _HEADING.fullmatch(style.name.strip())
            if match:
                return int(match.group(1))
        return 0

    def number(self, name: str) -> str | None:
        """The number id that applies through the style."""
        return next((style.number for _, style in self.chain(name) if style.number is not None), None)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    style: str = ""
    legal: bool = False
    glued: bool = False
    restart: int | None = None


class _Numbering:
    """Word's automatic numbers, counted as the paragraphs come. Lists of one abstract definition count on."""

    def __init__(self, root: Any, styles: _Styles) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._links: dict[str, str] = {}
        self._lists: dict[str, str] = {}
        self._overrides: dict[str, dict[int, _Level]] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._styles = styles
        for element in root if root is not None else ():
            if _name(element) == "abstractNum":
                number = _get(element, "abstractNumId") or ""
                self._abstract[number] = dict(_levels(element))
                self._links[number] = _value(element, "numStyleLink") or ""
            elif _name(element) == "num":
                self._read_list(element)

    def _read_list(self, element: Any) -> None:
        number = _get(element, "numId") or ""
        self._lists[number] = _value(element, "abstractNumId") or ""
        overrides = [child for child in element if _name(child) == "lvlOverride"]
        self._overrides[number] = {
            level: value for override in overrides for level, value in _levels(override)
        }
        starts = {_number(_get(each, "ilvl")): _number(_value(each, "startOverride")) for each in overrides}
        self._starts[number] = {
            level: start for level, start in starts.items() if level is not None and start is not None
        }

    def mark(self, number: str, level: int | None, style: str) -> str:
        """The number or bullet of the next paragraph of the list ``number``, with the space after it."""
        abstract = self._lists.get(number)
        if abstract is not None and self._links.get(abstract):
            abstract = self._lists.get(self._styles.number(self._links[abstract]) or "", abstract)
        if abstract is None:
            return ""
        levels = self._abstract.get(abstract, {}) | self._overrides.get(number, {})
        if level is None:
            level = self._level_of(style, levels)
        if level not in levels:
            return ""
        counts = self._counts.setdefault(abstract, {})
        counts.update(self._begun(number, counts))
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [each for each in counts if each > level]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or level < restart:
                del counts[deeper]
        return _mark(levels, counts, level)

    def _begun(self, number: str, counts: dict[int, int]) -> dict[int, int]:
        """Where a list that begins here sets its counts anew."""
        starts = self._starts.pop(number, {})
        if 0 in starts:
            counts.clear()
        return {level: start - 1 for level, start in starts.items()}

    def _level_of(self, style: str, levels: dict[int, _Level]) -> int:
        for name, found in self._styles.chain(style):
            linked = next((level for level, value in levels.items() if value.style == name), None)
            if linked is not None:
                return linked
            if found.level is not None:
                return found.level
        return 0


def _levels(element: Any) -> Iterator[tuple[int, _Level]]:
    for child in element:
        level = _number(_get(child, "ilvl"))
        if _name(child) == "lvl" and level is not None:
            start = _number(_value(child, "start"))
            yield (
                level,
                _Level(
                    1 if start is None else start,
                    _form(child),
                    _value(child, "lvlText") or "",
                    _value(child, "pStyle") or "",
                    _on(child, "isLgl"),
                    _value(child, "suff") == "nothing",
                    _number(_value(child, "lvlRestart")),
                ),
            )


def _form(level: Any) -> str:
    """The level's number format; newer ones stand beside a stand-in for older programs."""
    choice = _child(level, "AlternateContent", "Choice", "numFmt")
    return _get(choice, "val") or _value(level, "numFmt") or "decimal"


def _mark(levels: dict[int, _Level], counts: dict[int, int], level: int) -> str:
    here = levels[level]
    after = "" if here.glued else " "
    if here.form == "bullet":
        return "• " if here.text.strip() else ""
    if here.form == "none" and "%" not in here.text.replace(f"%{level + 1}", ""):
        return ""

    def shown(match: re.Match[str]) -> str:
        other = int(match.group(1)) - 1
        shape = levels.get(other, _Level())
        count = counts.get(other, shape.start)
        return str(count) if here.legal and other != level else format_number(count, shape.form)

    text = re.sub(r"%([1-9])", shown, here.text)
    return f"{text}{after}" if text.strip() else ""


def format_number(count: int, form: str) -> str:
    """``count`` as the number format ``form`` of WordprocessingML (ECMA-376 part 1, 17.18.59) writes it."""
    if form in _SERIES:
        series = _SERIES[form]
        return series[count - 1] if 0 < count <= len(series) else str(count)
    return _FORMS.get(form, str)(count) if count > 0 or form == "decimalZero" else str(count)


def _chinese(count: int, digits: str, units: str) -> str:
    """101 as 一百零一, 12 as 十二."""
    if count > 99_999:
        return str(count)
    text = ""
    for power in range(4, -1, -1):
        digit = count // 10**power % 10
        if digit:
            text += digits[digit] + units[power]
        elif text and not text.endswith(digits[0]):
            text += digits[0]
    text = text.rstrip(digits[0])
    return text[1:] if text.startswith(f"{digits[1]}{units[1]}") and units[1] == "十" else text


def _in_han(count: int) -> str:
    return _chinese(count, "零一二三四五六七八九", " 十百千万").replace(" ", "")


def _by_digits(count: int) -> str:
    """101 as 一〇一, but 12 as 十二."""
    return _in_han(count) if count < 100 else str(count).translate(_HAN_DIGITS)


def _letters(count: int) -> str:
    """27 as AA, as Word counts, not AA after AZ."""
    return chr(ord("A") + (count - 1) % 26) * min((count - 1) // 26 + 1, 20)


def _roman(count: int) -> str:
    if count > 3999:
        return str(count)
    text = ""
    for value, letters in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        text += letters * (count // value)
        count %= value
    return text


def _series(first: str, length: int) -> str:
    return "".join(chr(ord(first) + step) for step in range(length))


_HAN_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_SERIES: dict[str, Sequence[str]] = {
    "ideographTraditional": _STEMS,
    "ideographZodiac": _BRANCHES,
    "ideographZodiacTraditional": [_STEMS[step % 10] + _BRANCHES[step % 12] for step in range(60)],
    "decimalEnclosedCircle": _series("①", 20) + _series("㉑", 15) + _series("㊱", 15),
    "decimalEnclosedCircleChinese": _series("①", 20) + _series("㉑", 15) + _series("㊱", 15),
    "decimalEnclosedParen": _series("⑴", 20),
    "decimalEnclosedFullstop": _series("⒈", 20),
    "ideographEnclosedCircle": _series("㊀", 10),
}
_FORMS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda count: f"{count:02}",
    "decimalFullWidth": lambda count: str(count).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda count: str(count).translate(_FULL_WIDTH),
    "chineseCounting": _by_digits,
    "taiwaneseCounting": _by_digits,
    "chineseCountingThousand": _in_han,
    "taiwaneseCountingThousand": _in_han,
    # Word's lists for Chinese offer 一、二、三 under this name too.
    "japaneseCounting": _in_han,
    "ideographDigital": lambda count: str(count).translate(_HAN_DIGITS),
    "japaneseDigitalTenThousand": lambda count: str(count).translate(_HAN_DIGITS),
    "taiwaneseDigital": lambda count: str(count).translate(_HAN_DIGITS),
    "chineseLegalSimplified": lambda count: _chinese(count, "零壹贰叁肆伍陆柒捌玖", " 拾佰仟万").replace(
        " ", ""
    ),
    "ideographLegalTraditional": lambda count: _chinese(count, "零壹貳參肆伍陸柒捌玖", " 拾佰仟萬").replace(
        " ", ""
    ),
    "upperLetter": _letters,
    "lowerLetter": lambda count: _letters(count).lower(),
    "upperRoman": _roman,
    "lowerRoman": lambda count: _roman(count).lower(),
    "none": lambda _: "",
}


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """``text`` holds a mark at each page break; ``level`` is that of a heading, or 0."""

    text: str
    mark: str
    level: int
    is_title: bool
    boxes: Sequence[Any]


@dataclass(slots=True)
class _Row:
    cells: list[str] = field(default_factory=list)
    breaks: int = 0
    height: int = 1
    is_header: bool = False


class _Reader:
    """Goes through one document once, in order: numbers, notes and pages are counted on the way."""

    def __init__(self, package: Package, tick: Tick) -> None:
        main = next(
            each for each in package.rels.values() if each.reltype.endswith("/officeDocument")
        ).target_part
        parts = {
            each.reltype.rpartition("/")[2]: each.target_part
            for each in main.rels.values()
            if not each.is_external
        }
        roots = {name: parse_xml(parts[name].blob) for name in _PARTS if name in parts}
        self._body: Any = _child(parse_xml(main.blob), "body")
        self._package = package
        self._styles = _Styles(roots.get("styles"))
        self._numbering = _Numbering(roots.get("numbering"), self._styles)
        self._notes = {
            f"{name[:-1]}Reference": {_get(note, "id"): note for note in roots[name]}
            for name in ("footnotes", "endnotes")
            if name in roots
        }
        self._referred: dict[str, list[Any]] = {"footnoteReference": [], "endnoteReference": []}
        self._builder = TextBuilder()
        self._tick = tick
        self._count = 0
        self._page = 1
        self._title = ""

    def read(self) -> Parsed:
        if self._body is None:
            return self._builder.build()
        if any(_name(each) == "lastRenderedPageBreak" for each in self._body.iter()):
            self._builder.place("page", 1)
        self._blocks(self._body)
        for reference, notes in self._referred.items():
            for number, note in enumerate(notes, 1):
                text = " ".join(filter(None, (clean(text).strip() for text, _ in self._texts(note))))
                self._builder.paragraph(f"{_note_mark(reference, number)} {text}".replace(_PAGE, ""))
        title = self._title or self._package.core_properties.title or ""
        return self._builder.build("" if _NO_TITLE.fullmatch(title.strip()) else title)

    def _blocks(self, parent: Any) -> None:
        for element in _content(parent):
            if _name(element) == "tbl":
                self._table(element)
            else:
                self._emit(self._paragraph(element))

    def _paragraph(self, element: Any) -> _Paragraph:
        self._count += 1
        if self._count % _TICK_EVERY == 0:
            self._tick(self._count, 0)
        pieces: list[str] = []
        boxes: list[Any] = []
        self._collect(element, pieces, boxes)
        text = "".join(pieces)
        properties = _child(element, "pPr")
        style = _value(properties, "pStyle") or ""
        outline = _number(_value(properties, "outlineLvl"))
        level = self._styles.heading_level(style) if outline is None else outline + 1 if outline < 9 else 0
        is_title = self._styles.is_title(style)
        # Whole clauses are set in heading styles, to have their numbers.
        if len(text) > _LONGEST_HEADING or re.search(r"[。；;]\s*$", text):
            level, is_title = 0, False
        deleted = not text.strip() and _child(properties, "rPr", "del") is not None
        mark = "" if deleted else self._mark(properties, style)
        return _Paragraph(text, mark, 1 if is_title else level, is_title, boxes)

    def _mark(self, properties: Any, style: str) -> str:
        number = _value(properties, "numPr", "numId")
        level = _number(_value(properties, "numPr", "ilvl"))
        if number is None:
            number = self._styles.number(style)
        elif level is None and self._styles.number(style) is None:
            level = 0
        return self._numbering.mark(number, level, style) if number is not None else ""

    def _collect(self, element: Any, pieces: list[str], boxes: list[Any]) -> None:
        for child in element:
            name = _name(child)
            if name == "t":
                pieces.append(child.text or "")
            elif name in _PIECES:
                pieces.append(_PIECES[name])
            elif name == "br":
                pieces.append("\n" if _get(child, "type") in (None, "textWrapping") else "")
            elif name == "lastRenderedPageBreak":
                pieces.append(_PAGE)
            elif name == "sym":
                pieces.append(_SYMBOLS.get((_get(child, "char") or "")[-2:].upper(), ""))
            elif name in self._referred:
                pieces.append(self._refer(name, child))
            elif name == "txbxContent":
                boxes.append(child)
            elif name == "AlternateContent":
                # The other choices say the same for older programs.
                self._collect(child[0] if len(child) else child, pieces, boxes)
            elif name == "f":
                self._fraction(child, pieces, boxes)
            elif name == "sup":
                pieces.append("^")
                self._collect(child, pieces, boxes)
            elif name not in _LEFT_OUT and not (name == "r" and _on(child, "rPr", "vanish")):
                self._collect(child, pieces, boxes)

    def _fraction(self, element: Any, pieces: list[str], boxes: list[Any]) -> None:
        for index, part in enumerate(each for each in element if _name(each) in ("num", "den")):
            pieces.append("/" if index else "")
            self._collect(part, pieces, boxes)

    def _refer(self, name: str, reference: Any) -> str:
        note = self._notes.get(name, {}).get(_get(reference, "id"))
        if note is None:
            return ""
        self._referred[name].append(note)
        return _note_mark(name, len(self._referred[name]))

    def _emit(self, paragraph: _Paragraph) -> None:
        parts = paragraph.text.split(_PAGE)
        while len(parts) > 1 and not parts[0].strip():
            parts.pop(0)
            self._turn_page(1)
        if paragraph.is_title and not self._title:
            self._title = " ".join(clean("".join(parts)).split())
        if paragraph.level or paragraph.mark:
            text = "".join(parts)
            if text.strip() and paragraph.level:
                self._builder.heading(paragraph.mark + text, paragraph.level)
            elif text.strip():
                self._builder.item(paragraph.mark + text.strip())
            self._turn_page(len(parts) - 1)
        else:
            self._emit_text(parts)
        for box in paragraph.boxes:
            self._blocks(box)

    def _emit_text(self, parts: Sequence[str]) -> None:
        text = clean(parts[0])
        starts: list[tuple[int, int]] = []
        for number, part in enumerate(parts[1:], self._page + 1):
            # Two spaces at the seam would become one, and move what follows.
            part = clean(part).lstrip() if text[-1:].isspace() else clean(part)
            starts.append((len(text), number))
            text += part
        length = len(text.rstrip())
        self._builder.paragraph(text, [(start, number) for start, number in starts if start < length])
        if starts:
            self._page = starts[-1][1]
            if starts[-1][0] >= length:
                self._builder.place("page", self._page)

    def _turn_page(self, count: int) -> None:
        if count:
            self._page += count
            self._builder.place("page", self._page)

    def _texts(self, parent: Any) -> Iterator[tuple[str, int]]:
        """The text and page breaks of each paragraph below ``parent``, in inner tables and boxes too."""
        for element in _content(parent):
            if _name(element) == "tbl":
                for row in _rows(element):
                    for cell in _cells(row):
                        yield from self._texts(cell)
            else:
                paragraph = self._paragraph(element)
                # A table may have nothing but the number in a cell.
                yield (
                    f"{paragraph.mark}{paragraph.text.strip()}".replace(_PAGE, ""),
                    paragraph.text.count(_PAGE),
                )
                for box in paragraph.boxes:
                    yield from self._texts(box)

    def _table(self, table: Any) -> None:
        elements = list(_rows(table))
        if all(len(list(_cells(row))) <= 1 for row in elements):
            # A frame around text, not a table.
            for row in elements:
                for cell in _cells(row):
                    self._blocks(cell)
            return
        rows = self._read_rows(elements)
        widest = max(len(row.cells) for row in rows)
        while len(rows) > 1 and len(rows[0].cells) == 1 < widest:
            self._builder.paragraph(rows[0].cells[0])
            self._turn_page(rows.pop(0).breaks)
        headers = next((index for index, row in enumerate(rows) if not row.is_header), len(rows))
        if not 0 < headers < len(rows):
            headers = rows[0].height if rows[0].height < min(len(rows), 4) else 1
        header: tuple[int, int] | None = None
        for index, row in enumerate(rows):
            span = self._builder.row(row.cells, None if index < headers else header)
            if span is not None and index < headers:
                header = (header[0] if header else span[0], span[1])
            self._turn_page(row.breaks)

    def _read_rows(self, elements: Sequence[Any]) -> list[_Row]:
        """The rows, with the text of a cell that goes down over rows in each of them."""
        rows: list[_Row] = []
        above: dict[int, tuple[int, str]] = {}
        for index, element in enumerate(elements):
            properties = _child(element, "trPr")
            row = _Row(is_header=_on(properties, "tblHeader"))
            column = _number(_value(properties, "gridBefore")) or 0
            for cell in _cells(element):
                texts = list(self._texts(cell))
                text = " ".join(filter(None, (text for text, _ in texts)))
                row.breaks = max(row.breaks, sum(breaks for _, breaks in texts))
                merged = _child(cell, "tcPr", "vMerge")
                if merged is not None and _get(merged, "val") != "restart" and column in above:
                    first, text = above[column]
                    rows[first].height = max(rows[first].height, index - first + 1)
                else:
                    above.pop(column, None)
                    if merged is not None:
                        above[column] = (index, text)
                row.cells.append(text)
                column += max(1, _number(_value(cell, "tcPr", "gridSpan")) or 1)
            rows.append(row)
        return rows


_PARTS = ("styles", "numbering", "footnotes", "endnotes")
_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "Choice"}


def _below(parent: Any, names: set[str]) -> Iterator[Any]:
    """The elements called ``names`` below ``parent``, also inside content controls and insertions."""
    for child in parent:
        name = _name(child)
        if name in names:
            yield child
        elif name in _WRAPPERS:
            yield from _below(child, names)
        elif name == "AlternateContent" and len(child):
            yield from _below(child[0], names)


def _content(parent: Any) -> Iterator[Any]:
    return _below(parent, {"p", "tbl"})


def _rows(table: Any) -> Iterator[Any]:
    return (row for row in _below(table, {"tr"}) if _child(row, "trPr", "del") is None)


def _cells(row: Any) -> Iterator[Any]:
    return _below(row, {"tc"})


def _note_mark(reference: str, number: int) -> str:
    return f"[{number}]" if reference == "footnoteReference" else f"[{_roman(number).lower()}]"
