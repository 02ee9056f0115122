"""tantivy postings: passages ranked by the words they share with a question. Derived from the store.

Knows terms and passage ids; knows neither documents nor vectors.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from index.query import Group, parts
from index.tokens import pairs, words

# BM25 as tantivy has it (k1 = 1.2): a term's contribution stays below (k1 + 1) times its idf.
_BM25_BOUND = 2.2
_TITLE = 0.3  # of what a match in the text counts
_WRITER_BYTES = 64_000_000
_FOOTER_MAGIC = 1337


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage id with a score; a bigger score is better."""

    passage_id: int
    score: float


class LexicalIndex:
    """Two fields of a passage, words and character pairs, and its title and headings in a third."""

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        """Open the postings in ``folder``, or with ``create`` make empty ones.

        Raises ValueError when they are damaged or, without ``create``, missing.
        """
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        for name in ("words", "pairs", "title"):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        elif not (folder / "meta.json").exists():
            raise ValueError(f"there are no postings in {folder}")
        verify(folder)
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

    def search(self, groups: Sequence[Group], k: int, only: Collection[int] | None = None) -> list[Scored]:
        """At most ``k`` passages, best first; scores are shares of the best BM25 score a text could get.

        A group scores as its best spelling. With ``only`` no other passages are looked at.
        """
        searcher = self._index.searcher()
        if not groups or not searcher.num_docs or (only is not None and not only):
            return []
        clauses = []
        bound = 0.0
        for group, idf in zip(groups, self.weights(groups), strict=True):
            spellings = [self._spelling(searcher, group.field, each, idf) for each in group.spellings]
            query = spellings[0] if len(spellings) == 1 else tantivy.Query.disjunction_max_query(spellings)
            clauses.append((tantivy.Occur.Should, query))
            bound += _BM25_BOUND * idf
        query = tantivy.Query.boolean_query(clauses)
        if only is not None:
            allowed = tantivy.Query.term_set_query(self._schema, "id", list(only))
            unscored = tantivy.Query.const_score_query(allowed, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)])
        found = searcher.search(query, limit=k, count=False).hits
        ids = searcher.fast_field_values("id", [address for _, address in found])
        return [
            Scored(int(passage_id), score / bound) for passage_id, (score, _) in zip(ids, found, strict=True)
        ]

    def weights(self, groups: Sequence[Group]) -> list[float]:
        """How rare each group is: the BM25 idf of the passages that hold any of its spellings, at most."""
        searcher = self._index.searcher()
        return [
            self._idf(searcher, sum(self._count(searcher, group.field, each) for each in group.spellings))
            for group in groups
        ]

    def idf(self, terms: Sequence[str]) -> list[float]:
        """How rare each word is in the library: its BM25 idf in the words field."""
        searcher = self._index.searcher()
        return [self._idf(searcher, searcher.doc_freq("words", term)) for term in terms]

    def holds(self, term: str) -> bool:
        """Whether any passage or title holds ``term``: for Chinese, whether all its character pairs occur."""
        searcher = self._index.searcher()
        return all(
            searcher.doc_freq(field, part) or searcher.doc_freq("title", part) for field, part in parts(term)
        )

    def ids(self) -> list[int]:
        """The passages it holds."""
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return []
        found = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False).hits
        return [int(i) for i in searcher.fast_field_values("id", [address for _, address in found])]

    def reload(self) -> None:
        """See what was committed since, by this or another process."""
        self._index.reload()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def _spelling(self, searcher: tantivy.Searcher, field: str, text: str, idf: float) -> tantivy.Query:
        """What finds a spelling: a term, or all parts of a phrase. It counts ``idf``, not its own."""
        needed = parts(text) if field == "phrase" else [(field, text)]
        if len(needed) == 1:
            ((field, term),) = needed
            own = self._idf(searcher, searcher.doc_freq(field, term))
            boost = idf / own if own else 0.0
            return tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Should, self._term(field, term, boost)),
                    (tantivy.Occur.Should, self._term("title", term, _TITLE * boost)),
                ]
            )
        text_holds = self._all((field, part) for field, part in needed)
        title_holds = self._all(("title", part) for _, part in needed)
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.const_score_query(text_holds, idf)),
                (tantivy.Occur.Should, tantivy.Query.const_score_query(title_holds, _TITLE * idf)),
            ]
        )

    def _all(self, terms: Iterable[tuple[str, str]]) -> tantivy.Query:
        clauses = [(tantivy.Occur.Must, self._term(field, term, 1.0)) for field, term in terms]
        return tantivy.Query.boolean_query(clauses) if clauses else tantivy.Query.empty_query()

    def _term(self, field: str, term: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term, "freq"), boost)

    @staticmethod
    def _count(searcher: tantivy.Searcher, field: str, text: str) -> int:
        """How many passages hold a spelling, at most."""
        needed = parts(text) if field == "phrase" else [(field, text)]
        return min((searcher.doc_freq(field, term) for field, term in needed), default=0)

    @staticmethod
    def _idf(searcher: tantivy.Searcher, count: int) -> float:
        count = min(count, searcher.num_docs)
        return math.log(1 + (searcher.num_docs - count + 0.5) / (count + 0.5))


def verify(folder: Path) -> None:
    """Compare the files that meta.json names with the checksums that tantivy wrote; its own reader does not.

    A file ends with a JSON object that holds the CRC-32 of what is before it, the object's length, and a
    magic number, each in 4 bytes, little-endian (tantivy, directory/footer.rs). Raises ValueError.
    """
    meta = folder / "meta.json"
    if not meta.exists():
        return
    for segment in json.loads(meta.read_bytes())["segments"]:
        for path in folder.glob(f"{segment['segment_id'].replace('-', '')}.*"):
            data = path.read_bytes()
            length, magic = (
                int.from_bytes(data[start:end], "little") for start, end in ((-8, -4), (-4, None))
            )
            body = memoryview(data)[: -8 - length]
            footer = data[-8 - length : -8]
            if magic != _FOOTER_MAGIC or json.loads(footer)["crc"] != zlib.crc32(body):
                raise ValueError(f"{path} is damaged")
