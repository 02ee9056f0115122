"""A file to a Document: its text as it stands, and a title. Knows no passages and no library."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from index.encodings import CANDIDATES, decode
from index.errors import UnreadableFileError
from index.normalize import is_han
from index.types import Document

SUFFIXES = (".txt", ".md", ".markdown", ".text")

_LONGEST_TITLE = 60
_LINES_LOOKED_AT = 5
_SENTENCE_END = re.compile(r"[。！？!?；;，,：:…]$")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read. ``sha256`` is that of its bytes, ``confidence`` (0 to 1) that of ``encoding``."""

    document: Document
    sha256: str
    encoding: str
    confidence: float


def read(path: Path, *, encoding: str | None = None) -> ReadFile:
    """The document in the file ``path``.

    Raises UnreadableFileError for a file that is binary, empty, in no known encoding, or cannot be opened.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read ({error.strerror}). Check its permissions and add it again."
        ) from error
    decoded = decode(data, encoding)
    if decoded is None and encoding is not None:
        raise UnreadableFileError(
            f"{path} is not {encoding}. Try another: judian add {path} --encoding {'|'.join(CANDIDATES)}"
        )
    if decoded is None:
        kind = (
            "is binary, not text" if b"\x00" in data[:4096] else "is text in no encoding that could be told"
        )
        raise UnreadableFileError(
            f"{path} {kind}. If it is text, name its encoding: judian add {path} --encoding gb18030"
        )
    if not decoded.text.strip():
        raise UnreadableFileError(f"{path} is empty. There is nothing to index; add another file.")
    document = Document(document_id(decoded.text), title_of(decoded.text, path), str(path), decoded.text)
    return ReadFile(document, hashlib.sha256(data).hexdigest(), decoded.encoding, decoded.confidence)


def document_id(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of ``text``."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def title_of(text: str, path: Path) -> str:
    """The first line that looks like a title, else the file's name without its suffix."""
    lines = [line.strip() for line in text[:4000].splitlines() if line.strip()][:_LINES_LOOKED_AT]
    for line in lines:
        if _SENTENCE_END.search(line):
            break
        candidate = line.lstrip("#").strip()
        if sum(map(is_han, candidate)) >= 4 and len(candidate) <= _LONGEST_TITLE:
            return candidate
    return path.stem


def files_under(path: Path) -> list[Path]:
    """``path`` itself if it is a file, else the files below it in name order, hidden ones left out."""
    if path.is_file():
        return [path]
    found = (each for each in path.rglob("*") if each.is_file())
    return sorted(
        each for each in found if not any(part.startswith(".") for part in each.relative_to(path).parts)
    )
