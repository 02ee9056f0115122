"""A file's bytes to its documents, by suffix. The one table of formats; each format has its own module.

A file is one document, or holds several: a mail has attachments, an archive has members. The modules are
imported when a file wants them.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from index.encodings import DoubtfulEncodingError, EncodingChoice
from index.errors import Problem
from index.readers.parsed import Parsed, Tick, UnreadableError

_TEXT = (".txt", ".md", ".markdown", ".text")
_MODULES = {
    **dict.fromkeys(_TEXT, "text"),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".mhtml", ".mht"), "html"),
    ".pdf": "pdf",
    ".docx": "word",
    ".pptx": "slides",
    ".xlsx": "sheets",
    **dict.fromkeys((".csv", ".tsv"), "delimited"),
    ".epub": "book",
    ".eml": "mail",
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "records"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"), "ocr"),
}
_LEGACY = (".doc", ".ppt", ".xls", ".rtf", ".odt", ".odp", ".ods")
_CONTAINERS = {".zip": "archive", ".eml": "mail"}
_ZIPPED = (".docx", ".pptx", ".xlsx", ".epub")

SUFFIXES = (*_MODULES, *_LEGACY, ".zip")

# Bytes and characters. A larger file is rather a database or a log, and no good single document.
MOST_BYTES = 200_000_000
MOST_CHARACTERS = 20_000_000
_DEEPEST = 3  # an archive in an archive in a mail

TOO_MUCH_MEMORY = Problem("needs more memory than a file may take. Split it and add the parts", "memory")
_NONE = Problem("")


@dataclass(frozen=True, slots=True)
class Part:
    """A document of a file, read, or the reason why not. ``name`` is "" for the file itself.

    Exactly one of ``parsed``, ``problem`` (which goes on from the file's name) and ``choices`` (the encodings
    it may be in) is there. ``skipped`` says that nothing is wrong, it is only of a kind that is not read.
    """

    name: str
    parsed: Parsed | None = None
    problem: Problem = _NONE
    choices: tuple[EncodingChoice, ...] = ()
    skipped: bool = False


def parts_of(data: bytes, suffix: str, tick: Tick, *, encoding: str | None = None) -> Iterator[Part]:
    """The documents in a file's bytes. ``suffix`` is lower case, with its dot, and one of SUFFIXES.

    What is wrong with one of them is told in its Part and stops none of the others.
    """
    yield from _parts("", data, suffix, tick, encoding, 0)


def _parts(
    name: str, data: bytes, suffix: str, tick: Tick, encoding: str | None, depth: int
) -> Iterator[Part]:
    if len(data) > MOST_BYTES:
        yield Part(name, problem=too_large(len(data)))
        return
    told = ""
    if suffix in _MODULES or suffix in _LEGACY:
        part = _read(name, data, suffix, tick, encoding)
        yield part
        told = part.problem
    if suffix in _CONTAINERS:
        for part in _members(name, data, suffix, tick, encoding, depth):
            if part.name != name or part.problem != told:  # a mail that is none has no attachments, too
                yield part


def _read(name: str, data: bytes, suffix: str, tick: Tick, encoding: str | None) -> Part:
    try:
        if suffix in _LEGACY:
            data, suffix = _module("legacy").convert(data, suffix, tick)
        if suffix in _ZIPPED:
            _module("archive").check(data)
        parse: Callable[..., Parsed] = _module(_MODULES[suffix]).parse
        named = {"encoding": encoding} if "encoding" in inspect.signature(parse).parameters else {}
        parsed = parse(data, tick, **named)
        if len(parsed.text) > MOST_CHARACTERS:
            raise UnreadableError(
                f"holds {len(parsed.text):,} characters, more than {MOST_CHARACTERS:,}. "
                "Split it and add the parts",
                "characters",
                count=len(parsed.text),
                most=MOST_CHARACTERS,
            )
    except DoubtfulEncodingError as doubt:
        if not doubt.choices:
            return Part(name, problem=Problem("is binary, not text. Add a file that holds text", "binary"))
        return Part(name, choices=doubt.choices)
    except UnreadableError as error:
        return Part(name, problem=error.problem)
    except RecursionError:
        return Part(
            name, problem=Problem("is nested too deeply. Save it in another form and add that", "nested")
        )
    except MemoryError:
        return Part(name, problem=TOO_MUCH_MEMORY)
    except Exception as error:  # a fault in a reader: told for this document, and it stops no other
        return Part(name, problem=fault(error))
    return Part(name, replace(parsed, encoding=parsed.encoding or suffix.removeprefix(".")))


def _members(
    name: str, data: bytes, suffix: str, tick: Tick, encoding: str | None, depth: int
) -> Iterator[Part]:
    if depth >= _DEEPEST:
        line = f"lies more than {_DEEPEST} archives deep. Unpack it and add what is inside"
        yield Part(name, problem=Problem(line, "deep"))
        return
    try:
        for index, (member, content) in enumerate(_module(_CONTAINERS[suffix]).members(data)):
            tick(index, 0)
            inner = f"{name}/{member}" if name else member
            kind = PurePosixPath(member).suffix.lower()
            if isinstance(content, UnreadableError):
                yield Part(inner, problem=content.problem)
            elif kind in SUFFIXES:
                yield from _parts(inner, content, kind, tick, encoding, depth + 1)
            else:
                yield Part(inner, problem=Problem("is of a kind that is not read"), skipped=True)
    except UnreadableError as error:
        yield Part(name, problem=error.problem)


def too_large(size: int) -> Problem:
    """What is told of a file of ``size`` bytes."""
    line = f"has {size:,} bytes, more than {MOST_BYTES:,}. Split it and add the parts"
    return Problem(line, "bytes", megabytes=size / 1e6, most=MOST_BYTES / 1e6)


def fault(error: Exception) -> Problem:
    """What is told of a document for which its reader has a fault."""
    reason = " ".join(f"{type(error).__name__}: {str(error)[:200]}".split())
    line = f"could not be read ({reason}). This is a fault of Judian's; save it in another form and add that"
    return Problem(line, "fault", reason=reason)


def _module(name: str) -> Any:
    return importlib.import_module(f"index.readers.{name}")
