"""The passages around what a kept answer quotes, as far as the library still holds them. Knows no page."""

from __future__ import annotations

from index.errors import JudianError
from index.library import Library
from index.types import Hit, Passage
from rag.answer import Answer, Citation, Nearest


class Quoted:
    """Finds passages in ``library``; each document is read once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._read: dict[str, list[Passage]] = {}

    def hits(self, answer: Answer) -> list[Hit]:
        """The passages of its citations and nearest ones, each once; their scores are not known any more."""
        found: dict[tuple[str, int], Hit] = {}
        quotes: list[Citation | Nearest] = [*answer.citations, *answer.nearest]
        for quoted in quotes:
            passage = self._around(quoted)
            if passage is not None:
                hit = Hit(passage, quoted.document, 0.0, place=quoted.place)
                found.setdefault((passage.doc_id, passage.number), hit)
        return list(found.values())

    def _around(self, quoted: Citation | Nearest) -> Passage | None:
        identity = quoted.document.id
        if identity not in self._read:
            try:
                self._read[identity] = self._library.passages(identity)
            except JudianError:
                self._read[identity] = []  # it was removed
        for passage in self._read[identity]:
            if passage.start <= quoted.start < quoted.end <= passage.end:
                return passage
        return None
