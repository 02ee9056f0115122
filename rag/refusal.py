"""Answer, or say that the library does not hold it. Knows scores and words, runs no model."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.normalize import fold, is_han, squeezed
from index.numerals import calendar_years, terms, values, years_between
from index.tokens import content_words, names, places
from index.types import Hit
from rag.evidence import Evidence
from rag.reader import log_odds

REFUSAL_TEXT = "资料库里没有找到能回答这个问题的内容。"
OTHER_TEXT = "资料库里找到的内容说的是别的年份或对象，回答不了这个问题。"
UNPROVEN_TEXT = "资料库里没有找到能证明答案的内容。"
STOPPED_TEXT = "已停止，还没有说出答案。"
_LONGEST_DECLINING = 80
_NEXT_WORD = 2  # characters: 无法确定。 and 无法确定损失的 are two things

# Phrases with which models say that the evidence holds no answer.
_DECLINING = re.compile(
    r"(?:资料|文中|文本|材料|上述内容|给出的内容|信息)[^，。；]{0,12}(?:没有|未|并未|并没有|不)[^，。；]{0,6}(?:提[到及供]|说明|涉及|包含|给出|明确)"
    r"|无法(?:确定|回答|得知|判断|从)|没有(?:相关|足够的?)(?:信息|资料|内容)|不(?:知道|清楚)"
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer in what was found: two values from 0 to 1, and two counts.

    ``lexical`` is the best of any passage; ``covered`` is the share of the question's words, by rarity,
    that one of the first passages holds; the counts are of names and numbers that none of them holds.
    """

    lexical: float
    covered: float
    names_missing: float
    numbers_missing: float


# Logistic regression on cases made from CMRC 2018 train: each question with its own document among the hits,
# and without it. Command and figures: bench/LOG.md.
_INTERCEPT = -5.176
_WEIGHTS = Signals(lexical=10.626, covered=1.636, names_missing=-2.735, numbers_missing=-2.108)
# The same again over what these give together and the reader's log odds, on questions it was not trained on.
_READ_INTERCEPT, _SEARCHED_WEIGHT, _ANSWERS_WEIGHT = -1.475, 0.418, 0.712

# Low on purpose: the questions of CMRC repeat the words of their paragraph, those of people do not. Above it,
# answerable questions of seeds/ would be refused unread: the one that is least sure has .0174. What is let
# through must still prove its answer.
LEAST_PROBABILITY = 0.015

# (probability, shares of the answerable and of the unanswerable questions that are refused below it), of the
# 800 questions of cmrc2018_dev_unans and drcd_dev_unans. ``python -m bench.refusal_curve`` prints it.
CURVE = (
    (0.001, 0.000, 0.210),
    (0.002, 0.002, 0.316),
    (0.005, 0.002, 0.489),
    (0.01, 0.002, 0.641),
    (0.015, 0.002, 0.704),
    (0.02, 0.002, 0.752),
    (0.05, 0.005, 0.825),
    (0.1, 0.017, 0.866),
    (0.2, 0.040, 0.927),
    (0.5, 0.143, 0.959),
    (0.8, 0.254, 0.980),
    (0.9, 0.373, 0.997),
    (0.95, 0.519, 0.997),
    (0.98, 0.810, 1.000),
    (0.99, 0.933, 1.000),
)

_PASSAGES_READ = 3
_LATIN = re.compile(r"[a-z]")
_UNIT_SYMBOLS = frozenset("g kg mg t m cm mm km l ml h min s w kw kwh mb gb tb hz ghz".split())


class Refusal:
    """Decides from the passages that were found whether they can hold the answer."""

    def __init__(
        self,
        rarity: Callable[[Sequence[str]], Sequence[float]],
        spellings: Callable[[str], Sequence[str]] = lambda term: (term,),
    ) -> None:
        """``spellings`` of a name are what else the user calls it, itself among them."""
        self._rarity = rarity
        self._spellings = spellings

    def probability(self, question: str, hits: Sequence[Hit], answers: float | None = None) -> float:
        """The probability, 0 to 1, that ``hits`` hold the answer; 0 without hits.

        ``answers`` is the reader's best probability that a passage answers, None where nothing was read.
        """
        return probability(self.signals(question, hits), answers) if hits else 0.0

    def signals(self, question: str, hits: Sequence[Hit]) -> Signals:
        passages = [_searchable(_about(hit)) for hit in hits[:_PASSAGES_READ]]
        near = "\n".join(passages)
        words = content_words(question)
        rare = dict(zip(words, self._rarity(words), strict=True))
        total = sum(rare.values())
        held = [sum(weight for word, weight in rare.items() if word in passage) for passage in passages]
        return Signals(
            lexical=max(hit.lexical or 0.0 for hit in hits),
            covered=max(held) / total if total else 0.0,
            names_missing=float(
                sum(not self._stands(name, near) for name in _comparable(names(question), question))
            ),
            numbers_missing=float(len(values(question) - values(near))),
        )

    def speaks_of_another(self, question: str, cited: Sequence[Evidence]) -> bool:
        """Whether the evidence is about another year or place than ``question`` asks for.

        A year of the question must stand in a cited sentence or in a span of years there, or around it
        when no cited sentence names a year. A place must stand around one of them, and a Latin name where
        other Latin names do.
        """
        around = "\n".join(squeezed(item.around) for item in cited)
        years = _years(question)
        said = frozenset().union(*(_years(item.text) for item in cited))
        # Without its white space "4. 2021年" is another number; with it a year may be in two pieces.
        near = frozenset().union(*(_years(item.around) for item in cited)) | _years(around)
        spans = frozenset().union(*(years_between(item.text) for item in cited))
        if years and not years & ((said or near) | spans):
            return True
        asked = places(question)
        # Who writes 首席执行官 where a CEO was asked for speaks of no other.
        names_none = not any(_LATIN.match(name) for name in names(around) - asked)
        return any(
            not self._stands(place, around)
            for place in _comparable(asked, question)
            if not (names_none and _LATIN.match(place))
        )

    def _stands(self, name: str, text: str) -> bool:
        return any(spelling in text for spelling in self._spellings(name))


def probability(signals: Signals, answers: float | None = None) -> float:
    """The probability, 0 to 1, that the answer is there; ``answers`` as in ``Refusal.probability``."""
    value = searched_log_odds(signals)
    if answers is not None:
        value = _READ_INTERCEPT + _SEARCHED_WEIGHT * value + _ANSWERS_WEIGHT * log_odds(answers)
    return 1 / (1 + math.exp(min(-value, 700.0)))  # a question may have a thousand numbers


def searched_log_odds(signals: Signals) -> float:
    """What search says alone."""
    return _INTERCEPT + sum(
        float(getattr(_WEIGHTS, name)) * float(getattr(signals, name)) for name in Signals.__slots__
    )


def _comparable(named: set[str], question: str) -> set[str]:
    """Who asks in another language names things as Chinese documents do not."""
    if not any(map(is_han, question)):
        return set()
    return {name for name in named if name.lstrip("0123456789.") not in _UNIT_SYMBOLS}


def _searchable(text: str) -> str:
    """``text`` in normal form, with its numbers in digits behind it."""
    folded = fold(text)
    return " ".join([folded, *terms(folded)])


def _years(text: str) -> frozenset[str]:
    return frozenset(year for year in calendar_years(text) if year.startswith(("19", "20")))


def declines(text: str, evidence: Sequence[Evidence] = ()) -> bool:
    """Whether a model's answer says that it found none, in words that are not the evidence's."""
    match = _DECLINING.search(text)
    if match is None or len(text) >= _LONGEST_DECLINING:
        return False
    said = text[match.start() : match.end() + _NEXT_WORD]
    return not any(said in item.text for item in evidence)


def _about(hit: Hit) -> str:
    return " ".join([hit.document.title, *hit.passage.headings, hit.passage.text])
