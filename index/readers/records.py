"""JSON, or JSON lines, to one block of "key: value" lines a record. Knows no schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from index.encodings import decode
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

_LIST_SEPARATOR = "、"
_MOST_BAD = 0.1  # of the lines; with more, it is another format
_TITLE_KEYS = ("标题", "题名", "名称", "title", "Title", "name", "Name")
# Every value carries its path, so a long key over many values could make gigabytes of a small file.
_MOST_GROWTH = 20
_GROWTH_FREE = 1_000_000  # characters
_EVERY = 1000  # records between two signs of life

# Numbers stay as they are written: 1.50 is not 1.5, and no number is too long.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


def parse(data: bytes, tick: Tick, *, encoding: str | None = None) -> Parsed:
    """The records of .json (a list, an object) and of .jsonl or .ndjson (one a line).

    Lines that are no JSON are left out, at most one in ten; ``confidence`` then sinks by their share. Raises
    UnreadableError and DoubtfulEncodingError.
    """
    decoded = decode(data, encoding)
    writer = _Writer(tick, most=_GROWTH_FREE + _MOST_GROWTH * len(decoded.text))
    try:
        share = _write(writer, decoded.text)
    except (ValueError, RecursionError) as error:
        reason = "is nested too deeply" if isinstance(error, RecursionError) else "is not valid JSON"
        raise UnreadableError(
            f"{reason}; mend it where a JSON checker points, and add it again", "not_json"
        ) from error
    if writer.builder.empty:
        raise UnreadableError("holds no text; there is nothing to index, add another file", "no_text")
    parsed = writer.builder.build(writer.title, min(decoded.confidence, share))
    return replace(parsed, encoding=decoded.encoding)


def _write(writer: _Writer, text: str) -> float:
    """Writes what is in ``text``; the share of it that could be read, 0 to 1."""
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError:
        return _write_lines(writer, text)
    writer.document(value)
    return 1.0


def _write_lines(writer: _Writer, text: str) -> float:
    good = bad = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line.strip())
        except (ValueError, RecursionError):
            bad += 1
            continue
        good += 1
        writer.record(value, "line", number)
    if not good or bad > _MOST_BAD * (good + bad):
        raise ValueError(f"{bad} lines of {good + bad} are not JSON")
    return good / (good + bad)


class _Writer:
    """Gives records to a builder, up to ``most`` characters."""

    def __init__(self, tick: Tick, *, most: int) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._tick = tick
        self._most = most
        self._written = 0
        self._count = 0

    def document(self, value: Any) -> None:
        """A whole file: a list of records or the rows of a table, or an object, which may wrap such lists."""
        if isinstance(value, list):
            self._list(value)
        elif isinstance(value, dict):
            self._object(value)
        else:
            self.record(value, "row", 1)

    def record(self, value: Any, kind: str, number: int, name: str = "") -> None:
        """One block for ``value``, from which a key and its value can be quoted."""
        self._count += 1
        if self._count % _EVERY == 0:
            self._tick(self._count, 0)
        if text := self._joined(value, "\n"):
            self.builder.place(kind, number, name)
            self.builder.paragraph(text)

    def _joined(self, value: Any, separator: str) -> str:
        lines = []
        for line in _lines(value):
            self._written += len(line)
            if self._written > self._most:
                raise UnreadableError(
                    "repeats long keys without end; shorten them and add it again", "long_keys"
                )
            lines.append(line)
        return separator.join(lines)

    def _list(self, values: list[Any], name: str = "") -> None:
        header: tuple[int, int] | None = None
        is_table = all(isinstance(value, list) for value in values)
        for number, value in enumerate(values, start=1):
            if is_table:
                cells = [self._joined(each, _LIST_SEPARATOR) for each in value]
                if any(cells):
                    self.builder.place("row", number, name)
                    span = self.builder.row(cells, header)
                    header = header or span
            else:
                self.record(value, "row", number, name)

    def _object(self, value: dict[str, Any]) -> None:
        if len(value) > 1 and all(isinstance(each, dict) for each in value.values()):
            for number, (key, each) in enumerate(value.items(), start=1):
                self.record({key: each}, "row", number, key)
            return
        self.title = next((value[key] for key in _TITLE_KEYS if isinstance(value.get(key), str)), "")
        wrapped = {key: each for key, each in value.items() if _is_records(each)}
        rest = {key: each for key, each in value.items() if key not in wrapped}
        if rest:
            self.record(rest, "row", 1)
        for key, each in wrapped.items():
            self._list(each, key)


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _lines(value: Any) -> Iterator[str]:
    """Every scalar in ``value`` and every list of scalars as "key: value".

    Keys of what is nested are joined as ``a.b``; elements of a list count from 1.
    """
    keys: list[str] = []
    open_values = [iter([("", value)])]
    while open_values:
        key, each = next(open_values[-1], (None, None))
        if key is None:
            open_values.pop()
            if keys:
                keys.pop()
        elif isinstance(each, dict):
            open_values.append(iter(each.items()))
            keys.append(key)
        elif isinstance(each, list) and any(isinstance(inner, dict | list) for inner in each):
            open_values.append((str(number), inner) for number, inner in enumerate(each, start=1))
            keys.append(key)
        elif text := _scalar_text(each):
            path = ".".join(part for part in [*keys, key] if part)
            yield f"{path}: {text}" if path else text


def _scalar_text(value: Any) -> str:
    """A scalar as it is written, a list of scalars joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _LIST_SEPARATOR.join(text for text in map(_scalar_text, value) if text)
    return str(value).strip()
