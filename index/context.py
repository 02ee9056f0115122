"""What a passage is about and what the encoder reads of it. Knows neither encoders nor the store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from index.normalize import is_han
from index.types import EncoderMark, Passage


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder reads for a passage: all of it below what it is about, and each sentence alone."""

    text: str
    sentences: tuple[str, ...]

    def key(self, encoder: EncoderMark) -> bytes:
        """Under which key the embedding of this by ``encoder`` is kept: 16 bytes."""
        parts = (encoder.name, encoder.fingerprint, self.text, *self.sentences)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]


def context(title: str, headings: Sequence[str]) -> str:
    """What a passage is about, as far as it stands above it: the document's title and headings, each once."""
    parts = [title] if any(map(is_han, title)) else []
    return " ".join(dict.fromkeys([*parts, *headings]))


def reading(title: str, passage: Passage) -> Reading:
    """``passage`` of a document called ``title`` as the encoder reads it."""
    text = f"{context(title, passage.headings)}\n{passage.text}".strip()
    # Without what stands above them: with it the sentences of a document are all alike.
    sentences = (
        f"{span.header}\n{passage.slice(span.start, span.end)}".strip() for span in passage.sentences
    )
    return Reading(text, tuple(sentences))
