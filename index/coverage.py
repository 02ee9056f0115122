"""How much of what a question asks for a single sentence holds. Knows groups and passages, no index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import numerals
from index.query import Group, bounded
from index.tokens import is_latin, latin, search_text
from index.types import Passage

# What stands in the title or in a heading holds for every sentence below it, but says less of each.
_ABOVE = 0.5


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A group's spellings, and what it counts.

    Apart are those that are a run of Latin letters or digits, and those that begin or end with one.
    """

    runs: frozenset[str]
    others: tuple[str, ...]
    edged: re.Pattern[str] | None
    weight: float

    @classmethod
    def of(cls, group: Group, weight: float) -> _Wanted:
        others = [spelling for spelling in group.spellings if not is_latin(spelling)]
        edged = [spelling for spelling in others if bounded(spelling) != re.escape(spelling)]
        return cls(
            frozenset(filter(is_latin, group.spellings)),
            tuple(spelling for spelling in others if spelling not in edged),
            re.compile("|".join(map(bounded, edged))) if edged else None,
            weight,
        )

    def stands_in(self, text: str, runs: frozenset[str]) -> bool:
        if not self.runs.isdisjoint(runs) or any(spelling in text for spelling in self.others):
            return True
        return self.edged is not None and self.edged.search(text) is not None


class Coverage:
    """Reads passages for one question. ``weights`` say how much each group counts, say its idf."""

    def __init__(self, groups: Sequence[Group], weights: Sequence[float]) -> None:
        self._wanted = [
            _Wanted.of(group, weight) for group, weight in zip(groups, weights, strict=True) if weight > 0
        ]
        self._total = sum(each.weight for each in self._wanted)
        self._latin = any(each.runs for each in self._wanted)
        self._numbers = any(any(map(str.isdigit, "".join(group.spellings))) for group in groups)

    def best_sentence(self, passage: Passage, above: str) -> float:
        """The share, 0 to 1, that the best sentence of ``passage`` holds below ``above``, its headings."""
        if not self._total:
            return 0.0
        sentences = [self._searchable(passage.slice(span.start, span.end)) for span in passage.sentences]
        here = self._held(self._wanted, "\n".join(sentences))
        less = {id(each): _ABOVE * each.weight for each in self._held(self._wanted, search_text(above))}
        whole = sum(less.values())
        best = 0.0
        for sentence in sentences:
            held = self._held(here, sentence)
            best = max(best, whole + sum(each.weight - less.get(id(each), 0.0) for each in held))
        return best / self._total

    def _searchable(self, text: str) -> str:
        """In normal form, with its numbers in digits behind it where the question has some."""
        searched = search_text(text)
        return " ".join([searched, *numerals.terms(searched)]) if self._numbers else searched

    def _held(self, wanted: Sequence[_Wanted], text: str) -> list[_Wanted]:
        runs = frozenset(latin(text)) if self._latin else frozenset()
        return [each for each in wanted if each.stands_in(text, runs)]
