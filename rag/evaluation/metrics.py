"""Rankings, answers and probabilities in, figures out. Knows neither libraries nor models.

Every function of one question gives a value from 0 to 1; sets are averaged elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.normalize import fold

CUTOFFS = (1, 3, 5, 10, 20)

_BINS = 10
# The marks that the CMRC 2018 scorer drops, and what else NFKC or ASCII writes them as.
_MARKS = set("-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
_HAN = re.compile("[\u4e00-\u9fa5]")
_LATIN = re.compile(r"\d+(?:[.,]\d+)*|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Point:
    """When everything below a threshold is refused: the shares of both kinds that are refused."""

    threshold: float
    answerable_refused: float
    unanswerable_refused: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities from ``low`` up: how many, their mean, and the share that was answerable indeed."""

    low: float
    count: int
    predicted: float
    observed: float


# -- retrieval -----------------------------------------------------------------------------------------------


def retrieval(
    ranked: Mapping[str, Sequence[str]], gold: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """By question: R@1 to R@20, MRR@10 (its reciprocal rank) and nDCG@10, computed by ir-measures.

    ``ranked`` are document ids by question, best first, ``gold`` those that are right. Recall is the share of
    the gold documents among the first k.
    """
    import ir_measures

    measures = [ir_measures.R @ cutoff for cutoff in CUTOFFS] + [ir_measures.RR @ 10, ir_measures.nDCG @ 10]
    judged = {question: dict.fromkeys(ids, 1) for question, ids in gold.items()}
    # Scores that fall with the place: a library that sorts by score itself breaks no tie another way.
    run = {
        question: {doc_id: float(len(ids) - place) for place, doc_id in enumerate(ids)}
        for question, ids in ranked.items()
        if ids
    }
    found: dict[str, dict[str, float]] = {
        question: dict.fromkeys((_named(measure) for measure in measures), 0.0) for question in gold
    }
    if run:
        for item in ir_measures.iter_calc(measures, judged, run):
            found[item.query_id][_named(item.measure)] = float(item.value)
    return found


def rank_of(ranked: Sequence[str], gold: Sequence[str]) -> int | None:
    """The place, from 1, of the first gold document; None if there is none."""
    return next((place for place, doc_id in enumerate(ranked, start=1) if doc_id in gold), None)


def _named(measure: object) -> str:
    return str(measure).replace("RR@", "MRR@")


# -- answers -------------------------------------------------------------------------------------------------


def exact_match(answer: str, gold: Sequence[str]) -> float:
    """1 if ``answer`` without case and punctuation is one of ``gold``, as the CMRC 2018 scorer has it."""
    return float(any(_bare(answer) == _bare(each) for each in gold))


def f1(answer: str, gold: Sequence[str]) -> float:
    """The best F1 over ``gold``, as the CMRC 2018 scorer has it.

    Source: cmrc2018_evaluate.py in github.com/ymcui/cmrc2018. Chinese counts by characters, everything else
    by words, punctuation is dropped, and what is shared is the longest common substring. The scorer cuts
    words with NLTK; here runs of letters, numbers and single signs are words.
    """
    said = units(answer)
    return max((_overlap(said, units(each)) for each in gold), default=0.0)


def contains(answer: str, gold: Sequence[str]) -> float:
    """1 if one of ``gold`` stands in ``answer``; script, width, case and spaces do not count.

    A number stands there whole: 5天 is not in 15天.
    """
    said = _folded(answer)
    return float(any(_stands(_folded(each), said) for each in gold if _folded(each)))


def _stands(wanted: str, said: str) -> bool:
    before = r"(?<!\d)" if wanted[0].isdecimal() else ""
    after = r"(?!\d)" if wanted[-1].isdecimal() else ""
    return re.search(f"{before}{re.escape(wanted)}{after}", said) is not None


def complete(answer: str, must: Sequence[Sequence[str]]) -> float:
    """1 if of every item in ``must`` one spelling stands in ``answer``."""
    return float(all(contains(answer, spellings) for spellings in must))


def units(text: str) -> list[str]:
    """Single Chinese characters, and words of everything else, without punctuation."""
    spaced = "".join(
        "" if character in _MARKS else f" {character} " if _HAN.match(character) else character
        for character in text.lower().strip()
    )
    return [unit for part in spaced.split() for unit in _LATIN.findall(part)]


def _overlap(said: Sequence[str], wanted: Sequence[str]) -> float:
    shared = _longest_common(said, wanted)
    if not shared:
        return 0.0
    precision, recall = shared / len(said), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def _longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    best, above = 0, [0] * (len(second) + 1)
    for unit in first:
        row = [0] * (len(second) + 1)
        for place, other in enumerate(second):
            if unit == other:
                row[place + 1] = above[place] + 1
        best, above = max(best, *row), row
    return best


def _bare(text: str) -> str:
    return "".join(character for character in text.lower().strip() if character not in _MARKS)


def _folded(text: str) -> str:
    return "".join(fold(text).split())


# -- refusal -------------------------------------------------------------------------------------------------


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The probability that a positive one scores higher than another; a tie counts half. None for one kind.

    The Mann-Whitney statistic over ranks.
    """
    values, labels = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    many, few = int(labels.sum()), int((~labels).sum())
    if not many or not few:
        return None
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[labels].sum() - many * (many + 1) / 2) / (many * few))


def refusal_curve(probabilities: Sequence[float], answerable: Sequence[bool]) -> list[Point]:
    """What is refused at every threshold that makes a difference, from nothing to everything."""
    values, labels = np.asarray(probabilities, dtype=float), np.asarray(answerable, dtype=bool)
    if not labels.any() or labels.all():
        return []
    return [refused_below(threshold, values, labels) for threshold in [*np.unique(values).tolist(), math.inf]]


def refused_below(threshold: float, probabilities: object, answerable: object) -> Point:
    """The point of the curve where everything below ``threshold`` is refused."""
    values, labels = np.asarray(probabilities, dtype=float), np.asarray(answerable, dtype=bool)
    refused = values < threshold
    return Point(threshold, float(refused[labels].mean()), float(refused[~labels].mean()))


def calibration(probabilities: Sequence[float], answerable: Sequence[bool]) -> list[Bin]:
    """Ten bins of equal width, those that are empty left out."""
    values, labels = np.asarray(probabilities, dtype=float), np.asarray(answerable, dtype=float)
    places = np.minimum((values * _BINS).astype(int), _BINS - 1)
    return [
        Bin(
            place / _BINS,
            int((places == place).sum()),
            float(values[places == place].mean()),
            float(labels[places == place].mean()),
        )
        for place in range(_BINS)
        if (places == place).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """ECE: the mean distance of predicted and observed, by the number in each bin."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.predicted - each.observed) for each in bins) / total if total else 0.0


# -- comparing -----------------------------------------------------------------------------------------------


def sign_test(lost: int, won: int) -> float:
    """The probability of ``lost`` or more of ``lost + won`` when both are equally likely (one-sided)."""
    total = lost + won
    cases: int = sum(math.comb(total, count) for count in range(lost, total + 1))
    return cases / int(2**total)
