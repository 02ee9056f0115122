"""LlamaIndex as its documentation puts hybrid search together. Runs in the peers' environment.

https://developers.llamaindex.ai/python/framework/integrations/retrievers/reciprocal_rerank_fusion/
https://developers.llamaindex.ai/python/framework/integrations/embeddings/custom_embeddings/
https://developers.llamaindex.ai/python/framework-api-reference/retrievers/bm25 (token_pattern)
"""

# mypy: disable-error-code="import-not-found, misc"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import BaseNode
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import PrivateAttr

from bench.peers.common import CANDIDATES, PAIRS_OF_CHARACTERS, RESULTS, Row, Search, parse, run
from bench.peers.encoding import SharedEncoder


class JudianEmbedding(BaseEmbedding):
    """Judian's encoder as LlamaIndex wants an embedding model."""

    _encoder: SharedEncoder = PrivateAttr()

    def __init__(self, encoder: SharedEncoder, **values: Any) -> None:
        super().__init__(model_name="multilingual-e5-small", **values)
        self._encoder = encoder

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._encoder.question(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._encoder.passages([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._encoder.passages(texts)


class LlamaIndex:
    packages: tuple[str, ...] = ("llama-index-core", "llama-index-retrievers-bm25")
    settings = (
        "SentenceSplitter (1,024 tokens, 200 overlap: its defaults), title as metadata; VectorStoreIndex; "
        "BM25Retriever with token_pattern = pairs of Chinese characters and skip_stemming; "
        f"QueryFusionRetriever(mode=reciprocal_rerank, num_queries=1), {CANDIDATES} passages a leg. "
        "Untuned: its own token_pattern, which takes a run of Chinese for one word."
    )
    passages = 0

    def __init__(self, encoder: SharedEncoder) -> None:
        Settings.llm = MockLLM()  # the fusion asks for one even where it makes no further queries
        self._embedding = JudianEmbedding(encoder)
        self._nodes: list[BaseNode] = []

    def index(self, rows: Sequence[Row]) -> None:
        documents = [Document(text=row.text, doc_id=row.id, metadata={"title": row.title}) for row in rows]
        self._nodes = SentenceSplitter().get_nodes_from_documents(documents)
        self.passages = len(self._nodes)
        index = VectorStoreIndex(self._nodes, embed_model=self._embedding)
        self._vectors = index.as_retriever(similarity_top_k=CANDIDATES)
        self._bm25 = self._lexical(token_pattern=PAIRS_OF_CHARACTERS, skip_stemming=True)

    def modes(self) -> dict[str, Search]:
        return {
            "hybrid": _searching(self._fused(self._bm25)),
            "vectors": _searching(self._vectors),
            "bm25": _searching(self._bm25),
        }

    def untuned(self) -> dict[str, Search]:
        bm25 = self._lexical()
        return {"hybrid": _searching(self._fused(bm25)), "bm25": _searching(bm25)}

    def _lexical(self, **options: Any) -> Any:
        return BM25Retriever.from_defaults(nodes=self._nodes, similarity_top_k=CANDIDATES, **options)

    def _fused(self, bm25: Any) -> Any:
        return QueryFusionRetriever(
            [self._vectors, bm25],
            mode="reciprocal_rerank",
            num_queries=1,
            similarity_top_k=RESULTS,
            use_async=False,
        )


def _searching(retriever: Any) -> Search:
    return lambda question: [found.node.ref_doc_id for found in retriever.retrieve(question)]


if __name__ == "__main__":
    options = parse(__doc__)
    shared = SharedEncoder(options.weights, options.kept)
    run(LlamaIndex(shared), shared, options)
