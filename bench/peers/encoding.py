"""Judian's encoder for every system, timed, with an optional file of embeddings that all of them share."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.embedding import Vectors
from index.encoder import DEFAULT_ENCODER, Encoder, open_encoder
from index.types import EncoderMark
from index.weights import WeightStore

_TOGETHER = 512  # texts that are encoded, looked up and kept at a time


class SharedEncoder:
    """The encoder, as Judian and as the peers' extension points want it.

    With ``kept`` the embeddings of passages come from that file where an earlier run left them, and those of
    questions never do.
    """

    def __init__(self, weights: Path, kept: Path | None) -> None:
        self._encoder: Encoder = open_encoder(DEFAULT_ENCODER, WeightStore(weights))
        self._kept = _Kept(kept) if kept else None
        self.kept = kept is not None
        self.seconds = 0.0

    @property
    def mark(self) -> EncoderMark:
        return self._encoder.mark

    def warm(self) -> None:
        """Load everything, so that loading is not timed."""
        self._encoder.encode_passages(["热身"])
        self._encoder.encode_questions(["热身"])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 of unit length; the time it takes is added to ``seconds``."""
        started = time.perf_counter()
        try:
            if self._kept is None:
                return self._encoder.encode_passages(texts)
            parts = [
                self._kept.encode(texts[first : first + _TOGETHER], self._encoder)
                for first in range(0, len(texts), _TOGETHER)
            ]
            return np.concatenate(parts) if parts else np.zeros((0, self.mark.dimension), np.float32)
        finally:
            self.seconds += time.perf_counter() - started

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 of unit length."""
        return self._encoder.encode_questions(texts)

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """``encode_passages`` as the lists of numbers that LlamaIndex, LangChain and Haystack ask for."""
        numbers: list[list[float]] = self.encode_passages(list(texts)).tolist()
        return numbers

    def question(self, text: str) -> list[float]:
        """The embedding of one question as a list of numbers."""
        numbers: list[float] = self.encode_questions([text])[0].tolist()
        return numbers


class _Kept:
    """Embeddings in a SQLite file, by the hash of encoder and text. A stopped run is gone on with."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS embeddings (hash BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    def encode(self, texts: Sequence[str], encoder: Encoder) -> Vectors:
        mark = f"{encoder.mark.name}\x1f{encoder.mark.fingerprint}\x1f"
        keys = [hashlib.sha256((mark + text).encode("utf-8", "surrogatepass")).digest() for text in texts]
        found = self._found(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            fresh = encoder.encode_passages(list(missing.values()))
            found.update(zip(missing, fresh, strict=True))
            with self._database:
                self._database.executemany(
                    "INSERT OR IGNORE INTO embeddings VALUES (?, ?)",
                    [(key, found[key].tobytes()) for key in missing],
                )
        return np.stack([found[key] for key in keys])

    def _found(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        marks = ",".join("?" * len(keys))
        rows = self._database.execute(f"SELECT hash, vector FROM embeddings WHERE hash IN ({marks})", keys)
        return {key: np.frombuffer(vector, dtype=np.float32) for key, vector in rows}
