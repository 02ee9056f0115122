"""A bare yes or no gets the sentence that it rests on: alone it holds no word that could be proven."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.normalize import fold
from index.tokens import content_words
from rag.evidence import Evidence

_ASKED = re.compile(r"吗|是否|能否|可否|会否|有没有|([是能会可要用行])不\1")
_YES = "是|是的|对|对的|能|可以|会|有|需要|要|可|行|适合|属于"
_NO = "否|不|不是|不对|不能|不可以|不会|没有|不需要|不用|不要|不可|不行|不得|不适合|不属于|无需|并非"
_BARE = re.compile(rf"(?:(?P<yes>{_YES})|(?P<no>{_NO}))[。.！!]?")
_NEGATION = re.compile(
    r"不(?!仅|但|只|断|少|同|久|过|管|论|锈)|没有|未(?!来|必)|无法|无需|无权|禁止|严禁|并非|免于|拒绝"
)
# The share of the question's words, by rarity, that the sentence must hold; others may stand around it.
_LEAST_HELD = 0.4


def asks_yes_or_no(question: str) -> bool:
    """Whether ``question`` can be answered with a bare yes or no."""
    return bool(_ASKED.search(fold(question)))


def reason_for(
    said: str,
    question: str,
    evidence: Sequence[Evidence],
    rarity: Callable[[Sequence[str]], Sequence[float]],
) -> int | None:
    """Which sentence of ``evidence`` is most about ``question``, when ``said`` is a bare yes or no to it.

    None for any other answer, and when that sentence does not negate as the answer does.
    """
    bare = _BARE.fullmatch(said.strip())
    words = content_words(question)
    if bare is None or not evidence or not words or not asks_yes_or_no(question):
        return None
    weights = dict(zip(words, rarity(words), strict=True))
    total = sum(weights.values()) or 1.0

    def held(item: Evidence) -> float:
        text = fold(item.text)
        return sum(weight for word, weight in weights.items() if word in text) / total

    best = max(range(len(evidence)), key=lambda index: held(evidence[index]))
    negated = bool(_NEGATION.search(fold(evidence[best].text)))
    if held(evidence[best]) < _LEAST_HELD or negated != bool(bare.group("no")):
        return None
    return best
