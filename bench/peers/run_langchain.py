"""LangChain as its documentation puts hybrid search together. Runs in the peers' environment.

https://docs.langchain.com/oss/python/integrations/splitters/recursive_text_splitter (separators for Chinese)
https://docs.langchain.com/oss/python/integrations/retrievers/bm25 (preprocess_func)
https://reference.langchain.com/python/langchain-classic/retrievers/ensemble/EnsembleRetriever
"""

# mypy: disable-error-code="import-not-found, import-untyped, misc"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jieba
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from bench.peers.common import CANDIDATES, Row, Search, parse, run
from bench.peers.encoding import SharedEncoder

# From the splitter's page, "Splitting text from languages without word boundaries".
_SEPARATORS = ["\n\n", "\n", " ", ".", ",", "\u200b", "\uff0c", "\u3001", "\uff0e", "\u3002", ""]


class JudianEmbeddings(Embeddings):
    """Judian's encoder as LangChain wants embeddings."""

    def __init__(self, encoder: SharedEncoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._encoder.passages(texts)

    def embed_query(self, text: str) -> list[float]:
        return self._encoder.question(text)


class LangChain:
    packages: tuple[str, ...] = ("langchain-classic", "langchain-community", "langchain-text-splitters")
    settings = (
        "RecursiveCharacterTextSplitter (1,000 characters, 200 overlap, the separators its page names for "
        "Chinese), title in front of the text; FAISS; BM25Retriever with preprocess_func=jieba.lcut; "
        f"EnsembleRetriever(weights=[0.5, 0.5]), {CANDIDATES} passages a leg. "
        "Untuned: its own preprocess_func, which cuts at white space."
    )
    passages = 0

    def __init__(self, encoder: SharedEncoder) -> None:
        self._embeddings = JudianEmbeddings(encoder)
        self._splits: list[Document] = []
        jieba.initialize()

    def index(self, rows: Sequence[Row]) -> None:
        documents = [Document(page_content=row.titled, metadata={"id": row.id}) for row in rows]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, separators=_SEPARATORS)
        self._splits = splitter.split_documents(documents)
        self.passages = len(self._splits)
        store = FAISS.from_documents(self._splits, self._embeddings)
        self._vectors = store.as_retriever(search_kwargs={"k": CANDIDATES})
        self._bm25 = BM25Retriever.from_documents(self._splits, preprocess_func=jieba.lcut, k=CANDIDATES)

    def modes(self) -> dict[str, Search]:
        return {
            "hybrid": _searching(self._fused(self._bm25)),
            "vectors": _searching(self._vectors),
            "bm25": _searching(self._bm25),
        }

    def untuned(self) -> dict[str, Search]:
        bm25 = BM25Retriever.from_documents(self._splits, k=CANDIDATES)
        return {"hybrid": _searching(self._fused(bm25)), "bm25": _searching(bm25)}

    def _fused(self, bm25: Any) -> Any:
        return EnsembleRetriever(retrievers=[bm25, self._vectors], weights=[0.5, 0.5])


def _searching(retriever: Any) -> Search:
    return lambda question: [found.metadata["id"] for found in retriever.invoke(question)]


if __name__ == "__main__":
    options = parse(__doc__)
    shared = SharedEncoder(options.weights, options.kept)
    run(LangChain(shared), shared, options)
