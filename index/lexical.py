"""tantivy postings: passages ranked by the words they share with a question. Derived from the store.

Knows terms and passage ids; knows neither documents nor vectors.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from index.tokens import content_pairs, content_words, pairs, words

# BM25 as tantivy has it (k1 = 1.2): a term's contribution stays below (k1 + 1) times its idf.
_BM25_BOUND = 2.2
_WRITER_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage id with a score; a bigger score is better."""

    passage_id: int
    score: float


class LexicalIndex:
    """Two fields of a passage, words and character pairs, and its title and headings in a third."""

    def __init__(self, folder: Path) -> None:
        """Open the postings in ``folder``, or make empty ones. Raises ValueError when they are damaged."""
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        for name in ("words", "pairs", "title"):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(folder))

    def update(self, removed: Iterable[int], added: Iterable[tuple[int, str, str]]) -> None:
        """Take out ``removed`` ids and take in ``added`` (id, title and headings, text), in one commit.

        Doing it twice changes nothing: an id is taken out before it is taken in.
        """
        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for passage_id in removed:
            writer.delete_documents_by_term("id", passage_id)
        for passage_id, title, text in added:
            writer.delete_documents_by_term("id", passage_id)
            document = tantivy.Document()
            document.add_unsigned("id", passage_id)
            document.add_text("words", " ".join(words(text)))
            document.add_text("pairs", " ".join(pairs(text)))
            document.add_text("title", " ".join(words(title) + pairs(title)))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(self, question: str, k: int) -> list[Scored]:
        """At most ``k`` passages, best first; scores are shares of the best BM25 score a text could get."""
        searcher = self._index.searcher()
        terms = [("words", term, 1.0) for term in content_words(question)]
        terms += [("pairs", term, 1.0) for term in content_pairs(question)]
        if not terms or not searcher.num_docs:
            return []
        clauses = []
        bound = 0.0
        for field, term, boost in terms:
            clauses.append((tantivy.Occur.Should, self._term(field, term, boost)))
            clauses.append((tantivy.Occur.Should, self._term("title", term, 0.3 * boost)))
            bound += boost * _BM25_BOUND * self._idf(searcher, field, term)
        found = searcher.search(tantivy.Query.boolean_query(clauses), limit=k, count=False).hits
        ids = searcher.fast_field_values("id", [address for _, address in found])
        return [
            Scored(int(passage_id), score / bound) for passage_id, (score, _) in zip(ids, found, strict=True)
        ]

    def idf(self, terms: Sequence[str]) -> list[float]:
        """How rare each word is in the library: its BM25 idf in the words field."""
        searcher = self._index.searcher()
        return [self._idf(searcher, "words", term) for term in terms]

    def holds(self, term: str) -> bool:
        """Whether any passage or title holds ``term``: for Chinese, whether all its character pairs occur."""
        searcher = self._index.searcher()
        parts = pairs(term)
        field = "pairs" if parts else "words"
        return all(
            searcher.doc_freq(field, part) or searcher.doc_freq("title", part)
            for part in parts or words(term)
        )

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def _term(self, field: str, term: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term, "freq"), boost)

    @staticmethod
    def _idf(searcher: tantivy.Searcher, field: str, term: str) -> float:
        count = searcher.doc_freq(field, term)
        return math.log(1 + (searcher.num_docs - count + 0.5) / (count + 0.5))


def remove_postings(folder: Path) -> None:
    """Delete the postings; they are derived and will be built again."""
    shutil.rmtree(folder, ignore_errors=True)
