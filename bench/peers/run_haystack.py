"""Haystack as its documentation puts hybrid search together. Runs in the peers' environment.

https://docs.haystack.deepset.ai/docs/documentjoiner (hybrid retrieval)
https://docs.haystack.deepset.ai/docs/recursivesplitter
https://docs.haystack.deepset.ai/docs/custom-components

Its ChineseDocumentSplitter cuts with models that HanLP fetches when it is first used; it is not taken here.
"""

# mypy: disable-error-code="import-not-found, misc, untyped-decorator"

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import RecursiveDocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore

from bench.peers.common import CANDIDATES, PAIRS_OF_CHARACTERS, RESULTS, Row, Search, parse, run
from bench.peers.encoding import SharedEncoder

_SPLIT_LENGTH = 400  # characters: its default is 200 words, and a Chinese word has about two
_SEPARATORS = ["\n\n", "\n", "[。！？]", "[，；、]"]


@component
class DocumentEmbedder:
    """Judian's encoder as a component of an indexing pipeline."""

    def __init__(self, encoder: SharedEncoder) -> None:
        self._encoder = encoder

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        vectors = self._encoder.passages([document.content or "" for document in documents])
        return {
            "documents": [
                replace(document, embedding=vector)
                for document, vector in zip(documents, vectors, strict=True)
            ]
        }


@component
class TextEmbedder:
    """Judian's encoder as a component of a query pipeline."""

    def __init__(self, encoder: SharedEncoder) -> None:
        self._encoder = encoder

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        return {"embedding": self._encoder.question(text)}


class Haystack:
    packages: tuple[str, ...] = ("haystack-ai",)
    settings = (
        f"RecursiveDocumentSplitter ({_SPLIT_LENGTH} characters, separators of Chinese sentences), title in "
        "front of the text; InMemoryDocumentStore, bm25_tokenization_regex = pairs of Chinese characters; "
        f"DocumentJoiner(join_mode=reciprocal_rank_fusion), {CANDIDATES} passages a leg. "
        "Untuned: its own bm25_tokenization_regex, which takes each Chinese character for a word."
    )
    passages = 0

    def __init__(self, encoder: SharedEncoder) -> None:
        self._encoder = encoder

    def index(self, rows: Sequence[Row]) -> None:
        self._store = InMemoryDocumentStore(bm25_tokenization_regex=PAIRS_OF_CHARACTERS, shared=False)
        pipeline = Pipeline()
        pipeline.add_component(
            "splitter",
            RecursiveDocumentSplitter(split_length=_SPLIT_LENGTH, split_unit="char", separators=_SEPARATORS),
        )
        pipeline.add_component("embedder", DocumentEmbedder(self._encoder))
        pipeline.add_component("writer", DocumentWriter(self._store))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        documents = [Document(id=row.id, content=row.titled, meta={"row": row.id}) for row in rows]
        pipeline.run({"splitter": {"documents": documents}})
        self.passages = self._store.count_documents()

    def modes(self) -> dict[str, Search]:
        return {
            "hybrid": self._hybrid(self._store),
            "vectors": self._vectors(self._store),
            "bm25": self._bm25(self._store),
        }

    def untuned(self) -> dict[str, Search]:
        store = InMemoryDocumentStore(shared=False)
        store.write_documents(self._store.filter_documents())
        return {"hybrid": self._hybrid(store), "bm25": self._bm25(store)}

    def _hybrid(self, store: Any) -> Search:
        pipeline = Pipeline()
        pipeline.add_component("embedder", TextEmbedder(self._encoder))
        pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=CANDIDATES))
        pipeline.add_component("bm25", InMemoryBM25Retriever(store, top_k=CANDIDATES))
        pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=RESULTS))
        pipeline.connect("embedder.embedding", "vectors.query_embedding")
        pipeline.connect("bm25", "joiner")
        pipeline.connect("vectors", "joiner")

        def search(question: str) -> list[str]:
            out = pipeline.run({"embedder": {"text": question}, "bm25": {"query": question}})
            return _rows_of(out["joiner"]["documents"])

        return search

    def _vectors(self, store: Any) -> Search:
        retriever = InMemoryEmbeddingRetriever(store, top_k=CANDIDATES)
        return lambda question: _rows_of(
            retriever.run(query_embedding=self._encoder.question(question))["documents"]
        )

    def _bm25(self, store: Any) -> Search:
        retriever = InMemoryBM25Retriever(store, top_k=CANDIDATES)
        return lambda question: _rows_of(retriever.run(query=question)["documents"])


def _rows_of(documents: Sequence[Any]) -> list[str]:
    return [document.meta["row"] for document in documents]


if __name__ == "__main__":
    options = parse(__doc__)
    shared = SharedEncoder(options.weights, options.kept)
    run(Haystack(shared), shared, options)
