"""Plain text and Markdown: the text as it stands, in whatever encoding it is. Knows no file names."""

from __future__ import annotations

from index.encodings import decode
from index.readers.parsed import Parsed, Tick, UnreadableError


def parse(data: bytes, tick: Tick, *, encoding: str | None = None) -> Parsed:
    """The text of ``data``, unchanged but for its byte order mark; its lines' roles are not told.

    Raises UnreadableError and DoubtfulEncodingError.
    """
    tick(0, 1)
    decoded = decode(data, encoding)
    if not decoded.text.strip():
        raise UnreadableError("is empty. There is nothing to index; add another file", "empty")
    return Parsed(decoded.text, encoding=decoded.encoding, confidence=decoded.confidence)
