"""What a run measured: frozen values, their summary and their one JSON form. Measures nothing itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORM = 1  # of the JSON; a change that readers would trip over raises it
LEGS = ("words", "vectors", "fusion")

# Scores of which less is better; of every other score more is.
LOWER_IS_BETTER = frozenset(
    {
        "unsupported sentences",
        "answerable refused",
        "answerable refused unread",
        "calibration ECE",
        "twin R@1 difference",
    }
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document that a leg ranked, with the score of its best passage; a bigger score is better."""

    id: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Record:
    """One question: what was asked, found and said, and every score it has.

    ``ranks`` and ``first`` (the first five) are by leg; a rank is None where no gold document was ranked.
    ``gold`` are titles. ``probability`` is that of an answer before the language model
    reads, None where it was not asked for. ``answer`` is the JSON
    form of an Answer, None where only retrieval was measured.
    """

    id: str
    question: str
    understood_as: str
    answerable: bool
    gold: tuple[str, ...]
    answers: tuple[str, ...]
    ranks: Mapping[str, int | None]
    first: Mapping[str, tuple[Ranked, ...]]
    probability: float | None
    scores: Mapping[str, float]
    timings_ms: Mapping[str, float]
    answer: Mapping[str, Any] | None = None

    def faults(self) -> list[str]:
        """What went wrong, the worst first: missed, refused, answered, wrong, not first."""
        found = []
        answer = self.answer
        if self.gold and self.answerable and (self.ranks.get("fusion") or 99) > 5:
            found.append("missed")
        if answer is not None and answer["refused"] == self.answerable:
            found.append("refused" if answer["refused"] else "answered")
        right = self.scores.get("complete", self.scores.get("contains"))
        if answer is not None and not answer["refused"] and self.answerable and right == 0:
            found.append("wrong")
        if answer is not None and self.scores.get("citation recall") == 0:
            found.append("cited elsewhere")
        if self.gold and self.answerable and 1 < (self.ranks.get("fusion") or 0) <= 5:
            found.append("not first")
        return found


@dataclass(frozen=True, slots=True)
class Score:
    """A mean over ``count`` questions."""

    value: float
    count: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of a stage: the median, and what 95 of 100 stay below."""

    p50: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True)
class About:
    """What was measured: the set and the documents, the models, and when (ISO 8601, UTC)."""

    set: str
    sources: tuple[str, ...]
    documents: int
    passages: int
    encoder: str
    generator: str | None
    started_at: str
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement of a set.

    ``whole`` are figures of the set that no single question has (AUROC, ECE). ``threshold`` is the
    probability below which nothing is read. ``partial``: it was stopped before all were asked,
    ``stopped_by`` a mistake that this tells, else by the user.
    ``peak_memory`` is in bytes, None where the system does not tell it.
    """

    about: About
    records: tuple[Record, ...]
    whole: Mapping[str, float]
    latency: Mapping[str, Latency]
    threshold: float
    peak_memory: int | None = None
    partial: bool = False
    stopped_by: str = ""

    def summary(self) -> dict[str, Score]:
        """Every score with its mean over the questions that have it, and the figures of the whole set."""
        values: dict[str, list[float]] = {}
        for record in self.records:
            for name, value in record.scores.items():
                values.setdefault(name, []).append(value)
        means = {name: Score(sum(each) / len(each), len(each)) for name, each in values.items()}
        return {**means, **{name: Score(value, len(self.records)) for name, value in self.whole.items()}}

    def summary_json(self) -> dict[str, Any]:
        """What was measured and every figure, without the questions."""
        return {
            "form": FORM,
            "about": asdict(self.about),
            "partial": self.partial,
            "questions": len(self.records),
            "metrics": {name: asdict(score) for name, score in self.summary().items()},
            "latency_ms": {stage: asdict(latency) for stage, latency in self.latency.items()},
            "peak_memory": self.peak_memory,
            "threshold": self.threshold,
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, as ``run.json`` keeps it."""
        return {**self.summary_json(), "records": [asdict(record) for record in self.records]}


def judged(records: Sequence[Record]) -> tuple[list[float], list[bool]]:
    """The probabilities of the questions that have one, and whether each is answerable."""
    pairs = [(record.probability, record.answerable) for record in records if record.probability is not None]
    return [sure for sure, _ in pairs], [answerable for _, answerable in pairs]


def write_json(value: Mapping[str, Any], file: Path) -> None:
    """Write beside, then put in place: a file that is there is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8", "backslashreplace")
    unfinished.replace(file)
