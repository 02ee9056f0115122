"""What every system in the comparison does alike: reads documents and questions, is timed, is scored.

Knows no system. Only the standard library, since it runs in the peers' environment as well as in Judian's.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import gzip
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

CANDIDATES = 50  # passages that each leg of a hybrid search hands over, where a system lets that be said
RESULTS = 20  # passages that are asked for; enough for ten documents

# Chinese runs as overlapping pairs of characters, everything else as words, for systems whose only setting is
# a regular expression that is given to ``findall``: the lookahead consumes nothing, its group is the term.
PAIRS_OF_CHARACTERS = r"(?=([\u3400-\u9fff\uf900-\ufaff]{2}|(?<![0-9A-Za-z])[0-9A-Za-z]+))"

T = TypeVar("T")

Search = Callable[[str], list[str]]  # a question to the document ids of the passages found, best first


@dataclass(frozen=True, slots=True)
class Row:
    """A document of a corpus."""

    id: str
    title: str
    text: str

    @property
    def titled(self) -> str:
        """Title, line break, text: what a system gets that knows texts only."""
        return f"{self.title}\n{self.text}"


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids of the documents that answer it."""

    text: str
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scores:
    """Share of questions with a right document first, among the first five, and the mean reciprocal rank."""

    recall_1: float
    recall_5: float
    mrr_10: float


@dataclass(frozen=True, slots=True)
class Mode:
    """How well and how fast one way of searching was: milliseconds from question to ranked documents."""

    scores: Scores
    p50_ms: float
    p95_ms: float


class TimedEncoder(Protocol):
    """An encoder that knows how long it was at work on passages."""

    seconds: float
    kept: bool  # embeddings came from an earlier run, so ``seconds`` say nothing

    def warm(self) -> None: ...


class System(Protocol):
    """One of the systems compared."""

    settings: str  # in one line: splitter, words, fusion
    packages: tuple[str, ...]  # whose versions are told
    passages: int

    def index(self, rows: Sequence[Row]) -> None:
        """Cut, encode and index ``rows``; afterwards the first search is as fast as any."""
        ...

    def modes(self) -> dict[str, Search]:
        """``hybrid`` and its legs ``vectors`` and ``bm25``."""
        ...

    def untuned(self) -> dict[str, Search]:
        """``hybrid`` and ``bm25`` with the words that the system cuts when it is not told about Chinese."""
        ...


def read_rows(path: Path) -> list[Row]:
    """The documents of a corpus (.jsonl or .jsonl.gz)."""
    return [Row(row["id"], row["title"], row["text"]) for row in _objects(path)]


def read_questions(path: Path, limit: int | None = None, history: int = 0) -> list[Question]:
    """At most ``limit`` questions, taken evenly, each with the last ``history`` utterances in front of it."""
    rows = evenly(_objects(path), limit)
    return [
        Question(
            " ".join([*(row.get("history", ())[-history:] if history else ()), row["question"]]),
            frozenset(row["doc_ids"]),
        )
        for row in rows
    ]


def _objects(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def evenly(items: Sequence[T], limit: int | None) -> list[T]:
    """At most ``limit`` of ``items``, spread evenly over them."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[place * len(items) // limit] for place in range(limit)]


def rank_of(found: Sequence[str], wanted: frozenset[str]) -> int | None:
    """The rank, from 1, of the first wanted document; ``found`` may name a document once a passage."""
    documents = dict.fromkeys(found)
    return next((rank for rank, document in enumerate(documents, 1) if document in wanted), None)


def score(ranks: Sequence[int | None]) -> Scores:
    """Recall@1, recall@5 and MRR@10 over the ranks of all questions."""
    count = len(ranks)
    return Scores(
        recall_1=sum(rank == 1 for rank in ranks) / count,
        recall_5=sum(rank is not None and rank <= 5 for rank in ranks) / count,
        mrr_10=sum(1 / rank for rank in ranks if rank is not None and rank <= 10) / count,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of ``values`` that at least ``percent`` of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)]


def peak_memory() -> int:
    """The most bytes of main memory this process has held."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(search: Search, questions: Sequence[Question]) -> Mode:
    """Ask every question once, one after the other."""
    search(questions[0].text)
    ranks: list[int | None] = []
    milliseconds: list[float] = []
    for question in questions:
        started = time.perf_counter()
        found = search(question.text)
        milliseconds.append(1000 * (time.perf_counter() - started))
        ranks.append(rank_of(found, question.documents))
    return Mode(score(ranks), percentile(milliseconds, 50), percentile(milliseconds, 95))


def run(system: System, encoder: TimedEncoder, arguments: argparse.Namespace) -> None:
    """Index the corpus, ask the questions in every mode, write what was measured as JSON.

    Memory is that of the system with its best settings: the untuned searches are built afterwards.
    """
    rows = read_rows(arguments.corpus)
    questions = read_questions(arguments.questions, arguments.limit, arguments.history)
    encoder.warm()
    loaded = peak_memory()
    encoder.seconds = 0.0
    started = time.perf_counter()
    system.index(rows)
    seconds = time.perf_counter() - started
    encoding = encoder.seconds
    gc.collect()
    modes = {name: measure(search, questions) for name, search in system.modes().items()}
    peak = peak_memory()
    untuned = {name: measure(search, questions) for name, search in system.untuned().items()}
    arguments.output.write_text(
        json.dumps(
            {
                "settings": system.settings,
                "versions": {name: version(name) for name in system.packages},
                "documents": len(rows),
                "passages": system.passages,
                "questions": len(questions),
                "index_seconds": seconds,
                "encode_seconds": encoding,
                "kept": encoder.kept,
                "loaded_bytes": loaded,
                "peak_bytes": peak,
                "modes": _plain(modes),
                "untuned": _plain(untuned),
            },
            ensure_ascii=False,
            indent=2,
        ),
        encoding="utf-8",
    )


def _plain(modes: Mapping[str, Mode]) -> dict[str, dict[str, Any]]:
    return {name: asdict(mode) for name, mode in modes.items()}


def parse(description: str | None) -> argparse.Namespace:
    """The command line that every system has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="the folder of Judian's weights")
    parser.add_argument("--kept", type=Path, help="a file of embeddings that every system shares")
    parser.add_argument("--limit", type=int, help="ask so many questions, taken evenly")
    parser.add_argument("--history", type=int, default=0, help="utterances put in front of each question")
    return parser.parse_args()
