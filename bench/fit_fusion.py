"""Fit the weight of the dense leg on one set and show it on others.

Printed are R@1, R@5 and MRR@10 of each leg and of the fusion.

python -m bench.fit_fusion DATA [CACHE]
"""

from __future__ import annotations

import sys
from pathlib import Path

from index.fusion import fuse
from index.library import Library
from rag.evaluation.corpora import library_of
from rag.evaluation.sets import Question, questions

_SETS = (
    ("cmrc2018_train", "corpus", "questions", 1500),
    ("cmrc2018_dev", "corpus", "questions", 800),
    ("drcd_dev", "corpus", "questions", 800),
    ("drcd_dev", "corpus", "questions.hans", 800),
    ("xquad_zh", "corpus", "questions", 800),
)
_WEIGHTS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0)

Legs = list[tuple[dict[int, float], dict[int, float]]]


def main(data: Path, cache: Path) -> None:
    for folder, corpus, asked, most in _SETS:
        library = library_of(data / folder / f"{corpus}.jsonl", cache=cache)
        rows = questions(data / folder / f"{asked}.jsonl", most)
        rankings = [library.rank(row.text) for row in rows]
        legs = [(dict(each.lexical), dict(each.dense)) for each in rankings]
        print(f"{folder} {asked} ({len(rows)} questions)   R@1 / R@5 / MRR@10")
        for weight in _WEIGHTS:
            measured = _measured(library, rows, legs, weight)
            print(f"  dense weight {weight:.2f}   " + " / ".join(f"{value:.3f}" for value in measured))


def _measured(
    library: Library, rows: list[Question], legs: Legs, weight: float
) -> tuple[float, float, float]:
    names = {info.id: info.paths for info in library.documents()}  # a corpus's own ids
    first = five = reciprocal = 0.0
    for row, (lexical, dense) in zip(rows, legs, strict=True):
        ranked = [item.passage_id for item in fuse(lexical, dense, weight)[:40]]
        owners = library.owners(ranked)
        documents = list(dict.fromkeys(names[owners[passage_id]] for passage_id in ranked))
        rank = next(
            (place for place, held in enumerate(documents, 1) if set(held) & set(row.documents)), 1_000
        )
        first += rank == 1
        five += rank <= 5
        reciprocal += 1 / rank if rank <= 10 else 0
    return first / len(rows), five / len(rows), reciprocal / len(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "bench/.cache"))
