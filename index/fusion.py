"""Two rankings become one. Knows scores, not where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage id with the score of both legs; a leg that did not rank the passage is None."""

    passage_id: int
    score: float
    lexical: float | None
    dense: float | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """What both legs and their fusion say of a question.

    ``lexical``, ``dense`` and ``cosines`` (of the sentences) are by passage id, as in Hit, and ``fused``
    is best first. ``timings_ms`` are the stages: encode (the question), words, vectors, sentences, fusion.
    Each leg scores the candidates of both.
    """

    lexical: Mapping[int, float]
    dense: Mapping[int, float]
    cosines: Mapping[int, tuple[float, ...]]
    fused: Sequence[Fused]
    timings_ms: Mapping[str, float]


# Cosines of e5 crowd between 0.7 and 0.95: 0.75 and below says nothing. Fitted on CMRC 2018 train, see
# bench/LOG.md.
DENSE_FLOOR = 0.75
DENSE_RANGE = 0.2
DENSE_WEIGHT = 0.3
# Of a question in another language the postings see only what a dictionary makes of its words.
FOREIGN_DENSE_WEIGHT = 0.6


def fuse(
    lexical: Mapping[int, float], dense: Mapping[int, float], weight: float = DENSE_WEIGHT
) -> list[Fused]:
    """Passages by a weighted sum of both legs' scores, best first; ties go to the smaller id.

    ``lexical`` and ``dense`` are as in Hit, ``weight`` is the share of ``dense``. Both are absolute, so a leg
    that is sure of nothing moves nothing, unlike with ranks, where its first place counts as much as any
    other.
    """
    fused = [
        Fused(
            passage_id,
            (1 - weight) * lexical.get(passage_id, 0.0)
            + weight * (dense.get(passage_id, DENSE_FLOOR) - DENSE_FLOOR) / DENSE_RANGE,
            lexical.get(passage_id),
            dense.get(passage_id),
        )
        for passage_id in {**lexical, **dense}
    ]
    return sorted(fused, key=lambda item: (-item.score, item.passage_id))
