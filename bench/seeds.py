"""Every seed question asked for real: answers, citations, refusals, times and memory.

    python -m bench.seeds [FOLDER ...]

A FOLDER holds documents and ``questions.jsonl``. By default the five real documents (../shared/seeds) where
they are there, then the project's own ``seeds``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.normalize import fold
from rag.answer import Answer
from rag.assistant import Done, Found, Instant, Piece
from rag.followup import Turn
from rag.wiring import Assistant, Library

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Asked:
    """A row, its answer, and the seconds until passages and the instant answer (0: none) were there."""

    row: dict[str, Any]
    answer: Answer
    found_after: float
    instant_after: float
    exact: bool

    @property
    def right(self) -> bool:
        if not self.row["answerable"]:
            return self.answer.refused
        return not self.answer.refused and self.complete and self.right_file and self.exact

    @property
    def complete(self) -> bool:
        said = "".join(fold(self.answer.text).split())
        return all(
            any("".join(fold(one).split()) in said for one in spellings) for spellings in self.row["must"]
        )

    @property
    def right_file(self) -> bool:
        wanted = set(self.row.get("files") or [self.row.get("document")])
        return any(Path(citation.document.path).name in wanted for citation in self.answer.citations)


def main(folders: Sequence[Path]) -> None:
    for folder in folders:
        with tempfile.TemporaryDirectory() as temporary:
            _one(folder, Path(temporary) / "library")


def _one(folder: Path, library_folder: Path) -> None:
    print(f"== {folder}")
    with multiprocessing.get_context("spawn").Pool(
        1
    ) as pool:  # what indexing takes must not count for answering
        seconds = pool.apply(_add, (folder, library_folder))
    print(f"add: {seconds:.1f} s once the encoder is loaded")
    print(f"search from the shell, cold: {_cold_search(library_folder):.1f} s")
    assistant = Assistant(Library(library_folder))
    started = time.perf_counter()
    assistant.load()  # as the page and the chat do before anyone asks
    print(f"the models loaded in {time.perf_counter() - started:.1f} s")
    rows = [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]
    asked = [ask(assistant, row) for row in rows]
    for each in asked:
        _tell(each)
    _summarise(asked)
    spoken = [_stopped_and_again(assistant, row) for row in rows if row["answerable"]]
    if stopped := sorted(rest for rest, _ in spoken if rest):
        print(f"stopped in the middle: engine at rest after {_middle(stopped)}, slowest {stopped[-1]:.0f} ms")
    again = [first for _, first in spoken if first]
    print(f"asked again, evidence not read again: first token {_middle(again)}")


def _add(folder: Path, library_folder: Path) -> float:
    library = Library(library_folder)
    library.encoder.encode_passages(["载入"])
    started = time.perf_counter()
    library.add(folder)
    return time.perf_counter() - started


def _cold_search(library_folder: Path) -> float:
    command = [sys.executable, "-m", "rag.cli", "search", "先进制造业集群", "--library", str(library_folder)]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return time.perf_counter() - started


def ask(assistant: Assistant, row: dict[str, Any]) -> Asked:
    started = time.perf_counter()
    found_after = instant_after = 0.0
    for event in assistant.stream(row["question"], _history(row)):
        if isinstance(event, Found):
            found_after = time.perf_counter() - started
        elif isinstance(event, Instant):
            instant_after = time.perf_counter() - started
        elif isinstance(event, Done):
            answer = event.answer
    library = assistant.library
    exact = all(library.document(c.document.id).text[c.start : c.end] == c.quote for c in answer.citations)
    return Asked(row, answer, found_after, instant_after, exact)


def _history(row: dict[str, Any]) -> list[Turn]:
    return [Turn(turn["question"], turn["answer"]) for turn in row.get("history", [])]


def _stopped_and_again(assistant: Assistant, row: dict[str, Any]) -> tuple[float, float]:
    """Milliseconds from stopping an answer after its first piece until the engine is at rest, and then until

    the first piece when the same is asked again; 0 where no language model speaks.
    """
    found = []
    for _ in range(2):
        stop = threading.Event()
        started, first = time.perf_counter(), 0.0
        for event in assistant.stream(row["question"], _history(row), stop):
            if isinstance(event, Piece) and not first:
                first = time.perf_counter()
                stop.set()
        found.append(
            (1000 * (first - started), 1000 * (time.perf_counter() - first)) if first else (0.0, 0.0)
        )
    return found[0][1], found[1][0]


def _tell(asked: Asked) -> None:
    row, answer = asked.row, asked.answer
    verdict = "right" if asked.right else "WRONG"
    faults = [
        *(["refused"] if answer.refused and row["answerable"] else []),
        *(["answered"] if not answer.refused and not row["answerable"] else []),
        *(["incomplete"] if row["answerable"] and not answer.refused and not asked.complete else []),
        *(["other file"] if row["answerable"] and not answer.refused and not asked.right_file else []),
        *(["quote differs"] if not asked.exact else []),
    ]
    print(f"{row['id']} {verdict} {' '.join(faults)}".rstrip())
    print(
        f"    问：{row['question']}"
        + (f"（{answer.understood_as}）" if answer.understood_as != row["question"] else "")
    )
    print(f"    答：{' '.join(answer.text.split())}")
    for citation in answer.citations:
        place = f"{Path(citation.document.path).name} {citation.start}-{citation.end}"
        print(f"        [{citation.number}] {place} {' '.join(citation.quote.split())}")


def _summarise(asked: Sequence[Asked]) -> None:
    answerable = [each for each in asked if each.row["answerable"]]
    others = [each for each in asked if not each.row["answerable"]]
    print(f"answerable right: {sum(each.right for each in answerable)}/{len(answerable)}")
    print(f"unanswerable refused: {sum(each.right for each in others)}/{len(others)}")
    print(f"quotes exact: {sum(each.exact for each in asked)}/{len(asked)}")
    spoken = [each.answer.timings_ms for each in asked if "first_token" in each.answer.timings_ms]
    print(f"passages visible: median {_middle([1000 * each.found_after for each in asked])}, ", end="")
    print(f"slowest {1000 * max(each.found_after for each in asked):.0f} ms")
    instants = [1000 * each.instant_after for each in asked if each.instant_after]
    print(f"instant answer ({len(instants)}): median {_middle(instants)}, ", end="")
    print(f"95 of 100 within {np.percentile(instants, 95):.0f} ms" if instants else "none")
    print(f"first token: median {_middle([times['first_token'] for times in spoken])}")
    print(f"full answer: median {_middle([times['total'] for times in spoken])}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9:.2f} GB")


def _middle(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ms" if values else "none"


if __name__ == "__main__":
    here = [folder for folder in (ROOT.parent / "shared" / "seeds", ROOT / "seeds") if folder.exists()]
    parser = argparse.ArgumentParser(prog="python -m bench.seeds", description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER", default=here)
    given = parser.parse_args().folders
    for folder in given:
        if not (folder / "questions.jsonl").exists():
            parser.error(f"{folder} holds no questions.jsonl")
    main(given)
