"""Documents that say the same with different figures. Knows no question and no model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.normalize import fold
from index.numerals import calendar_years, is_year, quantities, values, without_numbers
from index.tokens import STOP_WORDS, names, words
from rag.citations import Rarity
from rag.evidence import Evidence

# The share of a clause's words, by rarity, that the other document must say, and the other way around.
_LEAST_SHARED, _LEAST_SHARED_BACK = 0.8, 0.5
_LEAST_WORDS = 2
# What only one of can be meant.
_KINDS = (
    "男女",
    "甲乙丙丁",
    ("一级", "二级", "三级", "四级"),
    ("东部", "西部", "南部", "北部", "中部"),
    ("上半", "下半"),
)
_CLAUSE = re.compile(r"[^，；。！？,;!?\n]+")


@dataclass(frozen=True, slots=True)
class _Statement:
    """A figure and what its clause says of it; ``about`` is all that the sentence and its title say.

    ``subject`` are the words of the title that a sentence without a name leaves out, and may mean.
    """

    value: str
    unit: str
    clause: str
    words: frozenset[str]
    years: frozenset[str]
    about: str
    subject: frozenset[str]


def disagreeing(
    said: str, cited: Sequence[Evidence], evidence: Sequence[Evidence], rarity: Rarity
) -> list[Evidence]:
    """Sentences of other documents that contradict a figure which ``said`` takes from ``cited``.

    They say the same of it with another number, and of no other year. One of each document at most.
    """
    told = values(said)
    found: dict[str, Evidence] = {}
    for one in cited:
        for statement in _statements(one):
            if statement.value not in told:
                continue
            for other in evidence:
                if other.document.id == one.document.id or other.document.id in found:
                    continue
                if any(_contradicts(statement, each, told, rarity) for each in _statements(other)):
                    found[other.document.id] = other
    return list(found.values())


def _contradicts(one: _Statement, other: _Statement, told: frozenset[str], rarity: Rarity) -> bool:
    if one.value == other.value or one.unit != other.unit or other.value in told:
        return False
    if one.years != other.years or _are_set_apart(one.clause, other.clause):
        return False
    if min(len(one.words), len(other.words)) < _LEAST_WORDS:
        return False
    pairs = ((one, other), (other, one))
    if any(word not in second.about for first, second in pairs for word in first.subject):
        return False
    return (
        _share(one.words, other.about, rarity) >= _LEAST_SHARED
        and _share(other.words, one.about, rarity) >= _LEAST_SHARED_BACK
    )


def _are_set_apart(one: str, other: str) -> bool:
    """Whether one clause is about the men and the other about the women, or the like."""
    for kinds in _KINDS:
        mine, theirs = ({kind for kind in kinds if kind in clause} for clause in (one, other))
        if mine and theirs and not mine & theirs:
            return True
    return False


def _share(these: frozenset[str], text: str, rarity: Rarity) -> float:
    ordered = sorted(these)
    weights = rarity(ordered)
    held = sum(weight for word, weight in zip(ordered, weights, strict=True) if word in text)
    return held / (sum(weights) or 1.0)


def _statements(evidence: Evidence) -> Iterator[_Statement]:
    folded = fold(evidence.text)
    title = fold(evidence.document.title)
    left_out = frozenset(word for word in _words(title) if word not in folded)
    subject = frozenset() if names(evidence.text) else left_out
    years = calendar_years(folded)
    for clause in _CLAUSE.finditer(folded):
        said = clause.group()
        figures = [each for each in quantities(said) if not is_year(each, said)]
        if len(figures) == 1:  # which of several words belong to which of several figures is a guess
            yield _Statement(
                figures[0].value,
                said[figures[0].end : figures[0].end + 1],
                said,
                _words(said),
                years,
                f"{title} {folded}",
                subject,
            )


def _words(text: str) -> frozenset[str]:
    said = words(without_numbers(text))
    return frozenset(word for word in said if word not in STOP_WORDS and len(word) > 1)
