"""What a passage is about and what the encoder reads of it. Knows neither encoders nor the store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from index.normalize import is_han
from index.types import EncoderMark, Passage


def context(title: str, headings: Sequence[str]) -> str:
    """What a passage is about, as far as it stands above it: the document's title and headings, each once."""
    parts = [title] if any(map(is_han, title)) else []
    return " ".join(dict.fromkeys([*parts, *headings]))


def encoded_text(title: str, passage: Passage) -> str:
    """What the encoder reads for a passage: what it is about, then its text."""
    return f"{context(title, passage.headings)}\n{passage.text}".strip()


def embedding_hash(encoder: EncoderMark, text: str) -> bytes:
    """Under which key the embedding of ``text`` by ``encoder`` is kept: 16 bytes."""
    digest = hashlib.sha256(f"{encoder.name}\x1f{encoder.fingerprint}\x1f".encode())
    digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.digest()[:16]
