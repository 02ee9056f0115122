"""FAISS: passages ranked by the cosine of their vector and the question's. Derived from the store."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index.embedding import Vectors
from index.lexical import Scored

# Up to here vectors are kept as they are (4 bytes a number); above, in 8 bits a number, which a search reads
# four times as fast. What is found is ranked again by exact cosines, so only what is missed altogether is
# lost.
MOST_EXACT = 20_000


class VectorIndex:
    """Inner product over unit vectors, addressed by passage id."""

    def __init__(self, dimension: int, most_exact: int = MOST_EXACT) -> None:
        self._index: Any = faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
        self._most_exact = most_exact
        self._lock = threading.Lock()  # FAISS searches while others search, not while it is changed

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read what ``save`` wrote. Raises OSError, and ValueError when the file is damaged."""
        data = np.fromfile(path, dtype=np.uint8)
        loaded = cls(1)
        if len(data) < _CHECKSUM or _checksum(data[:-_CHECKSUM]) != data[-_CHECKSUM:].tobytes():
            raise ValueError(f"{path} is damaged")
        try:
            loaded._index = faiss.deserialize_index(data[:-_CHECKSUM])
        except RuntimeError as error:
            raise ValueError(f"{path} is not a FAISS index") from error
        return loaded

    def save(self, path: Path) -> None:
        """Replace the file at once. Written by Python: FAISS's own fails on Chinese paths on Windows."""
        temporary = path.with_suffix(".tmp")
        data = faiss.serialize_index(self._index)
        with temporary.open("wb") as file:
            file.write(data.tobytes())
            file.write(_checksum(data))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def update(self, removed: Sequence[int], batches: Iterable[tuple[Sequence[int], Vectors]]) -> None:
        """Take out ``removed`` and take in batches of ids with their vectors (n, dimension).

        Harmless if repeated: an id is taken out before it is taken in.
        """
        with self._lock:
            self._take_out(removed)
        for ids, vectors in batches:
            with self._lock:
                self._take_out(ids)
                if len(ids):
                    self._index.add_with_ids(
                        np.ascontiguousarray(vectors, dtype=np.float32), np.array(ids, dtype=np.int64)
                    )
                if self.is_exact and len(self) > self._most_exact:
                    self._quantise()

    def search(self, vector: Vectors, k: int, only: Collection[int] | None = None) -> list[Scored]:
        """At most ``k`` passages nearest to ``vector`` (dimension,), best first; scores are cosines.

        With ``only`` no other passages are looked at. Above MOST_EXACT passages the scores are off by some
        thousandths.
        """
        if not len(self) or (only is not None and not only):
            return []
        chosen = None if only is None else _only(only)
        with self._lock:
            scores, ids = self._index.search(vector[np.newaxis, :], min(k, len(self)), params=chosen)
        return [Scored(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]

    def ids(self) -> list[int]:
        """The passages it holds."""
        return [int(i) for i in faiss.vector_to_array(self._index.id_map)]

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def is_exact(self) -> bool:
        return isinstance(faiss.downcast_index(self._index.index), faiss.IndexFlat)

    def _take_out(self, ids: Sequence[int]) -> None:
        if not len(ids) or not len(self):
            return
        wanted = np.array(ids, dtype=np.int64)
        # New passages have higher ids than any before, so that mostly there is nothing to look for.
        if wanted.min() <= faiss.vector_to_array(self._index.id_map).max():
            self._index.remove_ids(wanted)

    def _quantise(self) -> None:
        """From here on 8 bits a number, between the least and the greatest that each has had so far."""
        flat: Any = faiss.downcast_index(self._index.index)
        vectors = faiss.vector_to_array(flat.codes).view(np.float32).reshape(flat.ntotal, flat.d)
        ids = faiss.vector_to_array(self._index.id_map)
        quantised: Any = faiss.IndexScalarQuantizer(
            flat.d, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        quantised.sq.rangestat_arg = 0.1  # later vectors may lie a little outside
        quantised.train(vectors)
        self._index = faiss.IndexIDMap(quantised)
        self._index.add_with_ids(vectors, ids)


def _only(ids: Collection[int]) -> Any:
    """Search parameters with a bit for each id up to the highest, which FAISS looks up faster than a set."""
    wanted = np.fromiter(ids, dtype=np.int64, count=len(ids))
    bits = np.zeros(int(wanted.max()) + 1, dtype=np.uint8)
    bits[wanted] = 1
    library: Any = faiss  # its types know C++ only
    chosen = library.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
    return library.SearchParameters(sel=chosen)


_CHECKSUM = 8


def _checksum(data: Any) -> bytes:
    """Eight bytes that tell damage: FAISS reads a file with a flipped byte without a word."""
    return zlib.crc32(memoryview(data)).to_bytes(_CHECKSUM, "little")
