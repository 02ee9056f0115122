"""Judian itself, in its own environment."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench.peers.common import RESULTS, Row, Search, parse, run
from bench.peers.encoding import SharedEncoder
from index.library import Library
from rag.evaluation.corpora import fill


class Judian:
    packages: tuple[str, ...] = ()
    settings = (
        "its own passages (about 320 characters, at sentence ends, title and headings encoded with each), "
        "tantivy over jieba words with Traditional turned into Simplified, FAISS, its own fusion; no "
        "settings changed. Indexing ends with everything on the disk."
    )
    passages = 0

    def __init__(self, encoder: SharedEncoder, folder: Path) -> None:
        self._encoder = encoder
        self._library = Library(folder, open_encoder=lambda _: encoder)
        self._names: dict[str, tuple[str, ...]] = {}

    def index(self, rows: Sequence[Row]) -> None:
        fill(self._library, [asdict(row) for row in rows])
        self._library.search("热身")  # postings and vectors catch up with the store
        self.passages = self._library.size()[1]

    def modes(self) -> dict[str, Search]:
        self._names = {info.id: info.paths for info in self._library.documents()}  # a corpus's own ids
        return {
            "hybrid": self._hybrid,
            "vectors": partial(self._leg, "dense"),
            "bm25": partial(self._leg, "lexical"),
        }

    def untuned(self) -> dict[str, Search]:
        return {}

    def _hybrid(self, question: str) -> list[str]:
        return [name for hit in self._library.search(question, RESULTS) for name in hit.document.paths]

    def _leg(self, leg: str, question: str) -> list[str]:
        """What one leg ranks; the time is that of both."""
        ranking = self._library.rank(question)
        scores: Mapping[int, float] = ranking.dense if leg == "dense" else ranking.lexical
        best = sorted(scores, key=scores.__getitem__, reverse=True)[:RESULTS]
        owners = self._library.owners(best)
        return [name for passage in best for name in self._names[owners[passage]]]


if __name__ == "__main__":
    options = parse(__doc__)
    shared = SharedEncoder(options.weights, options.kept)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        run(Judian(shared, Path(temporary) / "library"), shared, options)
