"""FAISS: passages ranked by the cosine of their vector and the question's. Derived from the store."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index.lexical import Scored
from index.store import Vectors


class VectorIndex:
    """Exact inner product over unit vectors, addressed by passage id."""

    def __init__(self, dimension: int) -> None:
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read what ``save`` wrote. Raises ValueError when the file is damaged."""
        loaded = cls.__new__(cls)
        try:
            loaded._index = faiss.deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8))
        except RuntimeError as error:
            raise ValueError(f"{path} is not a FAISS index") from error
        return loaded

    def save(self, path: Path) -> None:
        """Replace the file at once. Written by Python: FAISS's own fails on Chinese paths on Windows."""
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(faiss.serialize_index(self._index).tobytes())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def update(self, removed: Sequence[int], ids: Sequence[int], vectors: Vectors) -> None:
        """Take out ``removed`` and take in ``vectors`` (n, dimension) under ``ids``. Harmless if repeated."""
        gone = np.array([*removed, *ids], dtype=np.int64)
        if len(gone) and len(self):
            self._index.remove_ids(gone)
        if len(ids):
            self._index.add_with_ids(
                np.ascontiguousarray(vectors, dtype=np.float32), np.array(ids, dtype=np.int64)
            )

    def search(self, vector: Vectors, k: int) -> list[Scored]:
        """At most ``k`` passages nearest to ``vector`` (dimension,), best first; scores are cosines."""
        if not len(self):
            return []
        scores, ids = self._index.search(vector[np.newaxis, :], min(k, len(self)))
        return [Scored(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]

    def cosines(self, vector: Vectors, ids: Sequence[int]) -> list[float]:
        """The cosine of ``vector`` with each of ``ids``, 0 for one not here (the postings may be newer)."""
        return [self._cosine(vector, int(i)) for i in ids]

    def _cosine(self, vector: Vectors, passage_id: int) -> float:
        try:
            return float(self._index.reconstruct(passage_id) @ vector)
        except RuntimeError:
            return 0.0

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)
