"""A run and a saved one: what became better or worse. Knows figures, not how they came about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.evaluation.errors import BaselineError
from rag.evaluation.metrics import sign_test
from rag.evaluation.record import FORM, LOWER_IS_BETTER, About, Latency, Ranked, Record, Run

# A score is worse when its mean fell by more than LARGE, or by more than SMALL while the questions that lost
# outnumber those that won in a way that chance explains in fewer than one of twenty cases.
SMALL, LARGE = 0.005, 0.02
_SIGNIFICANT = 0.05
# Times and memory are worse when they grew by half; a few milliseconds more are noise at any size.
_GROWN = 1.5
_LEAST_MS = 5.0

_TOTALS = ("search", "answer first_token", "answer total")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A saved run, as far as it is compared: scores by question id, and the figures of the whole set."""

    file: Path
    set: str
    sources: tuple[str, ...]
    questions: Mapping[str, str]
    scores: Mapping[str, Mapping[str, float]]
    spoken: frozenset[str]
    means: Mapping[str, float]
    latency: Mapping[str, Mapping[str, float]]
    peak_memory: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and now. ``lost`` and ``won`` count questions, both 0 where there are none."""

    name: str
    before: float
    now: float
    worse: bool
    better: bool
    lost: int = 0
    won: int = 0


@contextmanager
def _saved(file: Path) -> Iterator[dict[str, Any]]:
    """What a run was saved as. Raises BaselineError, also for what its reader does not find in it."""
    try:
        saved: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if saved["form"] != FORM:
            raise BaselineError(
                file, f"it has form {saved['form']}, this Judian writes form {FORM}", "run_form"
            )
        yield saved
    except OSError as error:
        raise BaselineError(file, error.strerror or "it cannot be read") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BaselineError(file, "it is no saved run", "run_none") from error


def read_baseline(file: Path) -> Baseline:
    """A saved run. Raises BaselineError."""
    with _saved(file) as saved:
        if saved["partial"]:
            raise BaselineError(file, "that run was stopped before its end", "run_stopped")
        records = saved["records"]
        return Baseline(
            file,
            saved["about"]["set"],
            tuple(saved["about"]["sources"]),
            {row["id"]: row["question"] for row in records},
            {row["id"]: dict(row["scores"]) for row in records},
            frozenset(row["id"] for row in records if row["answer"] is not None),
            {name: float(each["value"]) for name, each in saved["metrics"].items()},
            saved["latency_ms"],
            saved["peak_memory"],
        )


def read_run(file: Path) -> Run:
    """A saved run with its questions. Raises BaselineError."""
    with _saved(file) as saved:
        records = tuple(map(_record, saved["records"]))
        told = {name for record in records for name in record.scores}
        return Run(
            About(**{**saved["about"], "sources": tuple(saved["about"]["sources"])}),
            records,
            {name: each["value"] for name, each in saved["metrics"].items() if name not in told},
            {stage: Latency(**each) for stage, each in saved["latency_ms"].items()},
            saved["threshold"],
            saved["peak_memory"],
            saved["partial"],
        )


def _record(row: Mapping[str, Any]) -> Record:
    first = {leg: tuple(Ranked(**each) for each in ranked) for leg, ranked in row["first"].items()}
    return Record(**{**row, "gold": tuple(row["gold"]), "answers": tuple(row["answers"]), "first": first})


def check_same(
    baseline: Baseline, name: str, sources: Sequence[str], asked: Mapping[str, str], spoken: set[str]
) -> None:
    """Raises BaselineError unless the same questions, ``asked`` by id, are asked of the same documents."""
    if (baseline.set, baseline.sources) != (name, tuple(sources)):
        before, now = (
            f"{each} on {', '.join(documents)}"
            for each, documents in ((baseline.set, baseline.sources), (name, sources))
        )
        raise BaselineError(baseline.file, f"it measured {before}, this is {now}", "run_other")
    if set(baseline.scores) != set(asked):
        raise BaselineError(
            baseline.file,
            f"it asked {len(baseline.scores)} questions, this asks {len(asked)}, not all the same",
            "run_questions",
        )
    if other := next((each for each in asked if baseline.questions[each] != asked[each]), None):
        raise BaselineError(baseline.file, f"its question {other} is another one", "run_questions")
    if baseline.spoken != spoken:
        raise BaselineError(
            baseline.file,
            f"it has {len(baseline.spoken)} answers, this takes {len(spoken)}, not all the same",
            "run_answers",
        )


def compare(baseline: Baseline, run: Run) -> list[Change]:
    """Every figure that both runs have."""
    changes = []
    paired = {record.id: record.scores for record in run.records}
    for name, score in run.summary().items():
        if name not in baseline.means:
            continue
        lost, won = _lost_and_won(name, baseline.scores, paired)
        sign = 1 if lower_is_better(name) else -1
        drop = round(sign * (score.value - baseline.means[name]), 9)  # 0.92 - 0.90 is 0.02, not more
        worse = drop > LARGE or (drop > SMALL and sign_test(lost, won) < _SIGNIFICANT)
        better = not worse and drop < -SMALL
        changes.append(Change(name, baseline.means[name], score.value, worse, better, lost, won))
    return changes + _costs(baseline, run)


def lower_is_better(name: str) -> bool:
    return name in LOWER_IS_BETTER


def _lost_and_won(
    name: str, before: Mapping[str, Mapping[str, float]], now: Mapping[str, Mapping[str, float]]
) -> tuple[int, int]:
    sign = -1 if lower_is_better(name) else 1
    gains = [
        sign * (scores[name] - before[question][name])
        for question, scores in now.items()
        if name in scores and name in before.get(question, {})
    ]
    return sum(gain < 0 for gain in gains), sum(gain > 0 for gain in gains)


def _costs(baseline: Baseline, run: Run) -> list[Change]:
    """The times of whole searches and answers, and memory; single stages are shown, not judged."""
    changes = []
    for stage in _TOTALS:
        if stage in run.latency and stage in baseline.latency:
            for part in ("p50", "p95"):
                before, now = float(baseline.latency[stage][part]), getattr(run.latency[stage], part)
                worse, better = (
                    more > _GROWN * less and more - less > _LEAST_MS
                    for less, more in ((before, now), (now, before))
                )
                changes.append(Change(f"{stage} {part} ms", before, now, worse, better))
    if baseline.peak_memory and run.peak_memory:
        before, now = baseline.peak_memory / 1e9, run.peak_memory / 1e9
        changes.append(Change("peak memory GB", before, now, now > _GROWN * before, before > _GROWN * now))
    return changes
