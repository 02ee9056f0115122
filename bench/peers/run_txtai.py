"""txtai as its documentation puts hybrid search together. Runs in the peers' environment.

https://neuml.github.io/txtai/embeddings/configuration/vectors/ (method: external, instructions)
https://neuml.github.io/txtai/embeddings/configuration/scoring/ (hybrid, tokenizer)
https://neuml.github.io/txtai/pipeline/data/segmentation/
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from txtai import Embeddings
from txtai.pipeline import Segmentation

from bench.peers.common import RESULTS, Row, Search, parse, run
from bench.peers.encoding import SharedEncoder

_QUERY, _DATA = "query: ", "passage: "
_PAIRS = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"ngrams": 2}}


class Txtai:
    packages: tuple[str, ...] = ("txtai",)
    settings = (
        "Segmentation(paragraphs=True), title in front of the text; Embeddings(method=external, "
        "content=True), bm25 scoring whose tokenizer cuts ngrams of 2 characters; weights 0.5 (its "
        "default, on normalised scores), ten times the results as candidates of a leg. "
        "Untuned: hybrid=True alone, which takes each Chinese character for a word."
    )
    passages = 0

    def __init__(self, encoder: SharedEncoder) -> None:
        def transform(texts: list[str]) -> Any:
            """The instructions in front of a text say what it is; the encoder has its own way to say it."""
            if all(text.startswith(_QUERY) for text in texts):
                return encoder.encode_questions([text.removeprefix(_QUERY) for text in texts])
            return encoder.encode_passages([text.removeprefix(_DATA) for text in texts])

        self._transform = transform

    def index(self, rows: Sequence[Row]) -> None:
        self._segments = list(_segments(rows))
        self.passages = len(self._segments)
        self._embeddings = self._made(scoring=_PAIRS, transform=self._transform)
        self._embeddings.index(self._segments)

    def modes(self) -> dict[str, Search]:
        return {
            "hybrid": _searching(self._embeddings, None),
            "vectors": _searching(self._embeddings, 1.0),
            "bm25": _searching(self._embeddings, 0.0),
        }

    def untuned(self) -> dict[str, Search]:
        vectors = iter(self._embeddings.batchtransform([text for _, text in self._segments], "data"))

        def again(texts: list[str]) -> Any:
            """The vectors of the passages are there already."""
            if all(text.startswith(_QUERY) for text in texts):
                return self._transform(texts)
            return np.array([next(vectors) for _ in texts], dtype=np.float32)

        embeddings = self._made(hybrid=True, transform=again)
        embeddings.index(self._segments)
        return {"hybrid": _searching(embeddings, None), "bm25": _searching(embeddings, 0.0)}

    def _made(self, **options: Any) -> Any:
        return Embeddings(
            method="external", content=True, instructions={"query": _QUERY, "data": _DATA}, **options
        )


def _segments(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    segment = Segmentation(paragraphs=True)
    for row in rows:
        for number, text in enumerate(segment(row.titled)):
            yield f"{row.id}#{number}", text


def _searching(embeddings: Any, weights: float | None) -> Search:
    return lambda question: [
        found["id"].rpartition("#")[0] for found in embeddings.search(question, RESULTS, weights)
    ]


if __name__ == "__main__":
    options = parse(__doc__)
    shared = SharedEncoder(options.weights, options.kept)
    run(Txtai(shared), shared, options)
