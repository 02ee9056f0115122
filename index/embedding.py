"""The vectors of one passage and of its sentences, and the bytes that they are kept as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

_TINY = 1e-9  # an encoder may give a sentence of punctuation no direction


@dataclass(frozen=True, slots=True)
class Embedding:
    """``passage`` is (dimension,) float32 of unit length, ``sentences`` (n, dimension) int8.

    A sentence's vector is kept as its direction alone, the largest number of it as 127: that costs a fourth
    of the space, and cosines move by less than 0.003.
    """

    passage: Vectors
    sentences: npt.NDArray[np.int8]

    @classmethod
    def of(cls, passage: Vectors, sentences: Vectors) -> Embedding:
        """From vectors (dimension,) and (n, dimension), both float32 and not 0."""
        largest = np.maximum(np.abs(sentences).max(axis=1, keepdims=True), _TINY)
        return cls(passage, np.rint(sentences / largest * 127).astype(np.int8))

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int) -> Embedding:
        """What ``to_bytes`` wrote. Raises ValueError when it is no whole number of vectors."""
        passage = np.frombuffer(data, "<f4", dimension)
        return cls(passage, np.frombuffer(data, np.int8, offset=4 * dimension).reshape(-1, dimension))

    def to_bytes(self) -> bytes:
        return np.ascontiguousarray(self.passage, "<f4").tobytes() + self.sentences.tobytes()

    def cosines(self, question: Vectors) -> tuple[float, tuple[float, ...]]:
        """With a question's unit vector: of the whole, and of each sentence.

        That of the whole is the mean of the passage's and of its nearest sentence's.
        """
        whole = float(self.passage @ question)
        directions = self.sentences.astype(np.float32)
        lengths = np.maximum(np.linalg.norm(directions, axis=1), _TINY)
        sentences: tuple[float, ...] = tuple((directions @ question / lengths).tolist())
        return (whole + max(sentences, default=whole)) / 2, sentences
