"""What the reader is taught by: a question, a text, and the characters that answer it, or none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Example:
    """A question about ``text``, of a document called ``title``.

    ``spans`` are the places in ``text``, (start, end) in characters, where the answer stands; without one
    ``text`` does not answer. ``relevant`` says whether the text is about what is asked, None where nobody
    knows. ``source`` names what made the example.
    """

    question: str
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    relevant: bool | None
    source: str


def occurrences(text: str, wanted: str) -> tuple[tuple[int, int], ...]:
    """Every place of ``wanted`` in ``text``."""
    found = []
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        found.append((start, start + len(wanted)))
        start = text.find(wanted, start + 1)
    return tuple(found)


def write(path: Path, examples: Iterable[Example]) -> int:
    """Keep ``examples``, one JSON object a line; how many they were."""
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for count, example in enumerate(examples, 1):  # noqa: B007 - counted
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
    return count


def read(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield Example(**{**row, "spans": tuple((start, end) for start, end in row["spans"])})
