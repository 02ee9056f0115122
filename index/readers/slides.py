"""A presentation (.pptx) to the text of its slides and notes, hidden slides left out. Knows no pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER

from index.readers.legacy import refuse_compound
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

_LEFT_OUT = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER}
_TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
_BODIES = {
    PP_PLACEHOLDER.BODY,
    PP_PLACEHOLDER.OBJECT,
    PP_PLACEHOLDER.VERTICAL_BODY,
    PP_PLACEHOLDER.VERTICAL_OBJECT,
}
_NO_TITLE = re.compile(
    r"(powerpoint )?presentation|powerpoint\b.*|untitled.*|slide 1|"
    r"演示文稿\d*|幻灯片 ?\d*|microsoft powerpoint.*",
    re.IGNORECASE,
)
# Shapes whose tops differ by less stand on one line; a slide is about 6,858,000 units high.
_SAME_LINE = 120_000


def parse(data: bytes, tick: Tick) -> Parsed:
    """The visible slides of ``data`` in order. Raises UnreadableError."""
    refuse_compound(data, ".pptx")
    builder = TextBuilder()
    try:
        presentation = pptx.Presentation(io.BytesIO(data))
        slides = list(presentation.slides)
        for number, slide in enumerate(slides, 1):
            tick(number - 1, len(slides))
            if slide._element.get("show") not in ("0", "false"):
                _slide(builder, slide, number)
        title = presentation.core_properties.title or ""
    except (MemoryError, UnreadableError):
        raise
    except Exception as error:  # zipfile, lxml and python-pptx fail on damaged files in a dozen ways
        raise UnreadableError(
            "is damaged or no .pptx file; open it in PowerPoint and save it again",
            "damaged",
        ) from error
    if builder.empty:
        raise UnreadableError(
            "holds no text; if its slides are pictures, save it as .pdf and add that", "no_text"
        )
    return builder.build("" if _NO_TITLE.fullmatch(title.strip()) else title)


def _slide(builder: TextBuilder, slide: Any, number: int) -> None:
    _choose(slide.shapes._spTree)
    title = next((shape for shape in slide.placeholders if shape.placeholder_format.type in _TITLES), None)
    name = " ".join(title.text_frame.text.split()) if title is not None and title.has_text_frame else ""
    builder.place("slide", number, name)
    builder.heading(name, 1)
    for shape in _in_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _shape(builder, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
            builder.paragraph(_text(paragraph))


def _choose(tree: Any) -> None:
    """Puts the first choice in place of each set of alternatives, which python-pptx passes over."""
    for alternatives in list(tree.iter(f"{_COMPATIBILITY}AlternateContent")):
        parent = alternatives.getparent()
        if parent is None or not len(alternatives):
            continue
        index = parent.index(alternatives)
        for offset, element in enumerate(list(alternatives[0])):
            parent.insert(index + offset, element)
        parent.remove(alternatives)


def _in_order(shapes: Any) -> Iterator[Any]:
    """The shapes from top to bottom, on one line from left to right, those of groups in the group's stead."""
    line: list[Any] = []
    for shape in sorted(shapes, key=_top):
        if line and _top(shape) - _top(line[0]) > _SAME_LINE:
            yield from _across(line)
            line = []
        line.append(shape)
    yield from _across(line)


def _across(line: Sequence[Any]) -> Iterator[Any]:
    for shape in sorted(line, key=lambda each: each.left or 0):
        if hasattr(shape, "shapes"):
            yield from _in_order(shape.shapes)
        else:
            yield shape


def _top(shape: Any) -> int:
    return int(shape.top or 0)


def _shape(builder: TextBuilder, shape: Any) -> None:
    if shape.is_placeholder and shape.placeholder_format.type in _LEFT_OUT:
        return
    if getattr(shape, "has_table", False):
        _table(builder, shape.table)
    elif getattr(shape, "has_chart", False):
        _chart(builder, shape.chart._chartSpace)
    elif shape.has_text_frame:
        _frame(builder, shape)
    else:
        _diagram(builder, shape)


def _frame(builder: TextBuilder, shape: Any) -> None:
    styles = list(_list_styles(shape))
    counts: dict[int, int] = {}
    for paragraph in shape.text_frame.paragraphs:
        text = _text(paragraph)
        if not text.strip():
            continue
        level = paragraph.level
        bullet = _bullet(paragraph, styles)
        counts = {deeper: count for deeper, count in counts.items() if deeper <= level}
        if bullet is None or bullet.tag == f"{_A}buNone":
            counts.pop(level, None)
            builder.paragraph(text)
        elif bullet.tag == f"{_A}buAutoNum":
            counts[level] = counts.get(level, int(bullet.get("startAt", "1")) - 1) + 1
            builder.item(f"{_numbered(counts[level], bullet.get('type', ''))} {text}")
        else:
            counts.pop(level, None)
            builder.item(f"{'–' if level else '•'} {text}")


def _text(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", "\n")


def _list_styles(shape: Any) -> Iterator[Any]:
    """Where a paragraph's bullet may be set, nearest first: the shape, its layout, its master, all bodies."""
    yield from shape.text_frame._txBody.findall(f"{_A}lstStyle")
    if not shape.is_placeholder or shape.placeholder_format.type not in _BODIES:
        return
    base = getattr(shape, "_base_placeholder", None)
    while base is not None:
        yield from base._element.iter(f"{_A}lstStyle")
        base = getattr(base, "_base_placeholder", None)
    layout = getattr(shape.part, "slide_layout", None)
    if layout is not None:
        yield from (
            each for each in layout.slide_master._element.iter() if str(each.tag).endswith("}bodyStyle")
        )


def _bullet(paragraph: Any, styles: Sequence[Any]) -> Any:
    name = f"{_A}lvl{paragraph.level + 1}pPr"
    sets = [paragraph._p.find(f"{_A}pPr"), *(style.find(name) for style in styles)]
    for properties in sets:
        for child in properties if properties is not None else ():
            if child.tag in (f"{_A}buNone", f"{_A}buChar", f"{_A}buAutoNum", f"{_A}buBlip"):
                return child
    return None


def _numbered(count: int, form: str) -> str:
    if form.startswith("ea1"):
        number = _chinese(count)
        return f"{number}、" if "Plain" in form else f"{number}."
    if form.startswith("alpha"):
        letters = chr(ord("a") + (count - 1) % 26)
        number = letters.upper() if "Uc" in form else letters
    elif form.startswith("circle"):
        return chr(0x2460 + count - 1) if count <= 20 else str(count)
    else:
        number = str(count)
    if form.endswith("ParenBoth"):
        return f"({number})"
    return f"{number})" if form.endswith("ParenR") else f"{number}."


def _chinese(count: int) -> str:
    tens, ones = divmod(count, 10)
    digits = " 一二三四五六七八九"
    if count > 99:
        return str(count)
    return ((digits[tens] if tens > 1 else "") + ("十" if tens else "") + digits[ones]).replace(" ", "")


def _table(builder: TextBuilder, table: Any) -> None:
    header: tuple[int, int] | None = None
    above: dict[int, str] = {}
    for index, row in enumerate(table.rows):
        cells: list[str] = []
        for column, cell in enumerate(row.cells):
            downward = cell._tc.get("vMerge") in ("1", "true")
            sideways = cell._tc.get("hMerge") in ("1", "true")
            if sideways:
                continue
            above[column] = above.get(column, "") if downward else cell.text_frame.text.replace("\v", " ")
            cells.append(above[column])
        span = builder.row(cells, header)
        if index == 0 and table.first_row:
            header = span


def _chart(builder: TextBuilder, space: Any) -> None:
    """The chart's title and a table of its values, from what the chart itself keeps of its workbook."""
    title = space.find(f"{_C}chart/{_C}title")
    if title is not None:
        builder.paragraph("".join(each.text or "" for each in title.iter(f"{_A}t", f"{_C}v")))
    names: list[str] = []
    columns: list[dict[int, str]] = []
    categories: dict[int, str] = {}
    for series in space.iter(f"{_C}ser"):
        texts = _points(series, ("tx",))
        names.append(
            texts.get(0, "") or "".join(each.text or "" for each in series.iterfind(f"{_C}tx/{_C}v"))
        )
        categories = categories or _points(series, ("cat", "xVal"))
        columns.append(_points(series, ("val", "yVal")))
    header = builder.row(["", *names]) if any(names) else None
    for index in sorted(set().union(categories, *columns)):
        builder.row([categories.get(index, ""), *(column.get(index, "") for column in columns)], header)


def _points(series: Any, tags: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for tag in tags:
        percent = "%" in (series.findtext(f"{_C}{tag}//{_C}formatCode") or "")
        for point in series.iterfind(f"{_C}{tag}//{_C}pt"):
            index = int(point.get("idx", "0"))
            text = point.findtext(f"{_C}v", "") or ""
            text = _value(text, percent=percent) if tag in ("val", "yVal") else text
            # Categories of two levels come innermost first.
            found[index] = f"{text} {found[index]}" if index in found else text
    return found


def _value(text: str, *, percent: bool) -> str:
    """A number without the noise of binary fractions, other text as it is."""
    try:
        number = Decimal(f"{float(text):.15g}")
    except ValueError:
        return text
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return text
    plain = f"{number * 100 if percent else number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{plain}%" if percent else plain


def _diagram(builder: TextBuilder, shape: Any) -> None:
    """The texts of a SmartArt graphic, in the order in which they were written."""
    for ids in shape._element.iter(f"{_DIAGRAM}relIds"):
        part = shape.part.related_part(ids.get(f"{_RELATION}dm"))
        for point in pptx.oxml.parse_xml(part.blob).iter(f"{_DIAGRAM}pt"):
            if point.get("type", "node") in ("node", "asst"):
                builder.item("".join(each.text or "" for each in point.iter(f"{_A}t")))
