"""Whether a claim gives two things each other's part: 甲方向乙方支付, 乙方向甲方支付. Knows no citation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.normalize import fold
from index.tokens import STOP_WORDS, cut
from rag.polarity import clauses

# Who acts stands before these and who is acted upon after them; with 被 and 由 it is the other way round.
_BETWEEN = ("向", "对", "给", "被", "由")
_SHORTEST = 2  # characters of a word


def exchanged(claim: str, sources: Sequence[str]) -> bool:
    """Whether what is on both sides of a 向 or 被 in ``claim`` stands in ``sources`` only the other way."""
    there = [sides for source in sources for sides in _sides(source)]
    for word, before, after in _sides(claim):
        alike = [(left, right) for other, left, right in there if other == word]
        turned = any(left & after - before and right & before - after for left, right in alike)
        if turned and not any(left & before and right & after for left, right in alike):
            return True
    return False


def _sides(text: str) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """The words before and after each such word of a clause."""
    for clause in clauses(fold(text)):
        words = cut(clause)
        for place, word in enumerate(words):
            if word in _BETWEEN:
                yield word, _telling(words[:place]), _telling(words[place + 1 :])


def _telling(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in words if len(word) >= _SHORTEST and word not in STOP_WORDS)
