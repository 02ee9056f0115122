"""A workbook (.xlsx) to the rows of its visible sheets, with the values they show. Knows no charts."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import openpyxl

from index.readers.delimited import Row, RowWriter
from index.readers.legacy import refuse_compound
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

_CHUNK = 1 << 20  # bytes
_OVERLAP = 400  # bytes; longer than a merged range, or the end of a formula, in XML
_MOST_MERGES = 200_000
_WIDEST_MERGE = 200  # columns
_EMPTY_ROWS = 100_000  # in a row; then the sheet is taken to end
_TICK_EVERY = 500  # rows

_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_NO_VALUE = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></|</(?:\w+:)?c>)"
)

# A number format, once its quotes and escapes are gone: what stands before, the digits, a percent sign, what
# stands after.
_FORMAT = re.compile(r"([^#0?%]*)([#0?][#0?,]*)(?:\.([0#?]+))?(%?)([^#0?%.,]*)")
_ESCAPES = re.compile(r'"([^"]*)"|\\(.)|!(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')


@dataclass(frozen=True, slots=True)
class _Merges:
    """A sheet's merged ranges by the row where they begin: (first column from 0, last row, last column)."""

    by_row: dict[int, list[tuple[int, int, int]]]
    formulas_without_value: bool


def parse(data: bytes, tick: Tick) -> Parsed:
    """The rows of the workbook ``data``. Raises UnreadableError."""
    refuse_compound(data, ".xlsx")
    builder = TextBuilder()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not read here: validations, images, styles
            _read(data, builder, tick)
    except (MemoryError, UnreadableError):
        raise
    except (
        Exception
    ) as error:  # openpyxl has no error of its own for a damaged file; fuzzing met a dozen kinds
        raise UnreadableError(
            "is damaged or no .xlsx file; open it in Excel and save it again", "damaged"
        ) from error
    if builder.empty:
        raise UnreadableError("holds no text; there is nothing to index, add another file", "no_text")
    return builder.build()


def _read(data: bytes, builder: TextBuilder, tick: Tick) -> None:
    archive = zipfile.ZipFile(io.BytesIO(data))
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    formulas: Any = None
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        merges = _merges(archive, sheet._worksheet_path)  # streaming leaves merged ranges out
        other: Any = None
        if merges.formulas_without_value:
            formulas = formulas or openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            other = formulas[sheet.title]
        _sheet(builder, sheet, other, merges, tick)


def _sheet(builder: TextBuilder, sheet: Any, formulas: Any, merges: _Merges, tick: Tick) -> None:
    writer = RowWriter(builder, sheet.title)
    held: dict[int, tuple[int, str]] = {}  # column: (last row, text) of cells merged downward
    begun = False
    empty = 0
    for number, cells in _rows(sheet, formulas):
        if number % _TICK_EVERY == 0:
            tick(number, 0)
        if not any(cells):
            empty += 1
            if empty > _EMPTY_ROWS:
                break
            if empty == 1:
                writer.gap()
            continue
        if not begun:
            begun = True
            builder.place("row", number, sheet.title)
            builder.heading(sheet.title, 1)
        empty = 0
        writer.add(_merged(number, cells, merges.by_row.get(number, []), held))
    writer.gap()


def _rows(sheet: Any, formulas: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row's number with its cells as shown. What a sheet claims as its size is not believed."""
    sheet.reset_dimensions()
    if formulas is not None:
        formulas.reset_dimensions()
    others = formulas.iter_rows(values_only=True) if formulas is not None else None
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = [_shown(cell) for cell in cells]
        for column, value in enumerate(next(others, ()) if others is not None else ()):
            if column < len(cells) and cells[column].value is None and isinstance(value, str):
                texts[column] = value.strip() if value.startswith("=") else texts[column]
        yield number, texts


def _merged(
    number: int, cells: list[str], begin: list[tuple[int, int, int]], held: dict[int, tuple[int, str]]
) -> Row:
    """The row with the cells merged from above filled in. Rows with no cell of their own do not come here."""
    for column, (last, text) in list(held.items()):
        if number > last:
            del held[column]
        elif column < len(cells) and not cells[column]:
            cells[column] = text
        elif column >= len(cells):
            cells += [""] * (column - len(cells)) + [text]
    across = list(cells)
    down = 1
    wide: set[int] = set()
    for first, last_row, last in begin:
        if first >= len(cells) or not cells[first]:
            continue
        if last > first:
            columns = range(first, min(last, first + _WIDEST_MERGE) + 1)
            wide.update(columns)
            across += [""] * (columns.stop - len(across))
            across[first : columns.stop] = [cells[first]] * len(columns)
        if last_row > number:
            held[first] = (last_row, cells[first])
            down = max(down, last_row - number + 1)
    return Row(number, tuple(cells), tuple(across), down, frozenset(wide))


def _merges(archive: zipfile.ZipFile, path: str) -> _Merges:
    by_row: dict[int, list[tuple[int, int, int]]] = {}
    found: set[tuple[bytes, ...]] = set()
    without_value = False
    rest = b""
    with archive.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = rest + chunk
            without_value = without_value or _NO_VALUE.search(chunk) is not None
            if len(found) < _MOST_MERGES:
                found.update(match.groups() for match in _MERGE.finditer(chunk))
            rest = chunk[-_OVERLAP:]
    for first_column, first_row, last_column, last_row in sorted(found):
        ranges = by_row.setdefault(int(first_row), [])
        ranges.append((_column(first_column), int(last_row), _column(last_column)))
    return _Merges(by_row, without_value)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _shown(cell: Any) -> str:
    """The cell's value as a person sees it, without thousands separators; "" for an error."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return "" if cell.data_type == "e" else value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "General")
    if isinstance(value, datetime.datetime):
        return _moment(value, cell.number_format or "")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    return str(value)


def _moment(value: datetime.datetime, number_format: str) -> str:
    code = _ESCAPES.sub("", number_format).lower()
    if value.time() == datetime.time():
        # 2023年5月 is kept in a workbook as the first of May.
        return f"{value:%Y-%m}" if "y" in code and "m" in code and "d" not in code else f"{value:%Y-%m-%d}"
    return f"{value:%Y-%m-%d %H:%M:%S}" if value.second else f"{value:%Y-%m-%d %H:%M}"


def _number(value: float, number_format: str) -> str:
    """``value`` with the digits, percent sign, currency and unit that its format shows."""
    # Fifteen digits are what Excel keeps, and leave no noise: 0.1 + 0.2 is 0.3.
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if not exact.is_finite():
        return ""
    plain = f"{exact:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    code = number_format.split(";")[0]
    shape = _FORMAT.fullmatch(_ESCAPES.sub(_unescaped, code))
    if shape is None or re.search(r"\[[<>=]", code):
        return plain
    before, whole, decimals, percent, after = shape.groups()
    if whole.endswith(",") or "E" in f"{before}{after}" or "?" in whole:
        return plain  # thousands, powers of ten, fractions: the value says more
    places = len(decimals or "")
    scaled = exact * 100 if percent else exact
    text = (
        f"{scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}" if abs(scaled) < 10**24 else plain
    )
    for _ in range(len(decimals or "") - len((decimals or "").rstrip("#?"))):
        text = text.removesuffix("0")
    text = text.rstrip(".") if "." in text else text
    sign = "-" if text.startswith("-") else ""
    digits = text.removeprefix("-").rjust(whole.count("0"), "0") if not decimals else text.removeprefix("-")
    return f"{sign}{before.strip()}{digits}{percent}{after.strip()}"


def _unescaped(match: re.Match[str]) -> str:
    literal, escaped, marked, currency = match.groups()
    return literal or escaped or marked or currency or ""
