"""Which part of the chain loses the answers that do not hold a reference, of a run of ``judian eval``.

    python -m bench.losses RUN.json CORPUS.jsonl [--cache bench/.cache]

The questions that were answered wrong, or not, are searched and their evidence is chosen again, without a
language model.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from bench.reader import chosen_for
from rag.assistant import READ, Assistant
from rag.evaluation.corpora import library_of
from rag.evaluation.metrics import contains
from rag.reader import FOLDER, Reader
from rag.settings import Settings
from rag.wiring import make_generator

_KINDS = (
    "search: no gold document among those that are read",
    "refusal: not read",
    "evidence: it holds no reference",
    "refusal: the model declined, or nothing could be proven",
    "saying: the cited sentences hold a reference",
    "reading: the answer is another one",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.losses", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("bench/.cache"))
    asked = parser.parse_args()
    records = json.loads(asked.run.read_text(encoding="utf-8"))["records"]
    answered = [row for row in records if row["answerable"] and "contains" in row["scores"]]
    library = library_of(asked.corpus, cache=asked.cache)
    assistant = Assistant(library, make_generator(Settings.read()), Reader(FOLDER))
    found = Counter(_lost(assistant, row) for row in answered if not row["scores"]["contains"])
    print(f"{asked.run}: {sum(found.values())} of {len(answered)} answers hold no reference")
    for kind in _KINDS:
        print(f"  {found[kind]:4} {found[kind] / len(answered):.3f}  {kind}")


def _lost(assistant: Assistant, row: dict[str, Any]) -> str:
    search, unread, evidence, declined, saying, reading = _KINDS
    rank = row["ranks"].get("fusion") or READ + 1
    if rank > READ:
        return search
    chosen = chosen_for(assistant, row["understood_as"])
    if chosen is None:
        return unread
    if not contains("".join(each.text for each in chosen), row["answers"]):
        return evidence
    if row["answer"]["refused"]:
        return declined
    cited = "".join(citation["quote"] for citation in row["answer"]["citations"])
    return saying if contains(cited, row["answers"]) else reading


if __name__ == "__main__":
    main()
