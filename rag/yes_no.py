"""A bare yes or no gets the sentence that it rests on: alone it holds no word that could be proven."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.normalize import fold
from index.numerals import calendar_years, possible_values, values
from index.tokens import content_words
from rag.evidence import Evidence
from rag.polarity import clauses

_ASKED = re.compile(r"吗|是否|能否|可否|会否|有没有|([是能会可要用行])不\1")
_YES = "是|是的|对|对的|能|可以|会|有|需要|要|可|行|适合|属于"
_NO = "否|不|不是|不对|不能|不可以|不会|没有|不需要|不用|不要|不可|不行|不得|不适合|不属于|无需|并非"
_BARE = re.compile(rf"(?:(?P<yes>{_YES})|(?P<no>{_NO}))[。.！!]?")
_NEGATION = re.compile(
    r"(?<!不得)不(?!仅|但|只|断|少|同|久|过|管|论|锈|低于|超过|高于|晚于|得不|得(?:少|低|超|高|晚))|没有|未(?!来|必)"
    r"|无法|无需|无权|禁(?=[止用烟入行带售])|严禁|并非|免于|拒绝|谢绝|[请切]勿"
)
_DENIES = re.compile("[不没未非无]")
_ORDINAL = re.compile(r"第[\d一二三四五六七八九十百千零〇]+")
# Who asks whether it is more than 100 is answered by 150.
_COMPARING = re.compile(r"[超多少低高大小]于|超过|以[上下内]|不[足到满]|至[少多]|[够满]")
# The share of the question's words, by rarity, that the sentence must hold; others may stand around it.
_LEAST_HELD = 0.4


def asks_yes_or_no(question: str) -> bool:
    """Whether ``question`` can be answered with a bare yes or no."""
    return bool(_ASKED.search(fold(question)))


def brought_by(question: str, claim: str) -> frozenset[str]:
    """The numbers of ``question`` that ``claim`` need not take from a source: they say what is asked about.

    Where it is asked whether a number is right, a claim that does not deny it must have it from there.
    """
    if not asks_yes_or_no(question) or _DENIES.search(fold(claim)):
        return values(question)
    ordinals = frozenset(value for ordinal in _ORDINAL.findall(fold(question)) for value in values(ordinal))
    return calendar_years(question) | ordinals


def is_yes_or_no(said: str) -> bool:
    """Whether ``said`` is a yes or no and nothing else."""
    return bool(_BARE.fullmatch(fold(said.strip())))


def reason_for(
    said: str,
    question: str,
    evidence: Sequence[Evidence],
    rarity: Callable[[Sequence[str]], Sequence[float]],
) -> int | None:
    """Which sentence of ``evidence`` is most about ``question``, when ``said`` is a bare yes or no to it.

    None for any other answer, when its clauses about it do not negate as the answer does,
    and when the question asks of a number that is not there.
    """
    bare = _BARE.fullmatch(fold(said.strip()))
    words = content_words(question)
    if bare is None or not evidence or not words or not asks_yes_or_no(question):
        return None
    weights = dict(zip(words, rarity(words), strict=True))
    total = sum(weights.values()) or 1.0

    def held(text: str) -> float:
        return sum(weight for word, weight in weights.items() if word in text) / total

    texts = [fold(item.text) for item in evidence]
    best = max(range(len(texts)), key=lambda index: held(texts[index]))
    negated = any(_NEGATION.search(clause) for clause in clauses(texts[best]) if held(clause))
    if held(texts[best]) < _LEAST_HELD or negated != bool(bare.group("no")):
        return None
    if not _COMPARING.search(fold(question)) and not values(question) <= possible_values(
        evidence[best].around
    ):
        return None
    return best
