"""Fit the refusal on cases made from a training set, and show it on sets with unanswerable questions.

    python -m bench.fit_refusal DATA [CACHE]

A training question is answerable with all hits, and unanswerable once the hits from its own document are
taken away. What search says is fitted on all kinds of paragraphs; how much the reader's word counts beside
it, only on those that the reader was not trained on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index.library import Library
from index.types import Hit
from rag.assistant import PASSAGES, READ
from rag.evaluation.corpora import library_of
from rag.evaluation.sets import Question, evenly, questions
from rag.instant import read_hits
from rag.reader import FOLDER, Reader, log_odds
from rag.refusal import Refusal, Signals, searched_log_odds
from train.prepare import is_held_out

_TRAIN = 2000
_SHOWN = (
    ("cmrc2018_dev_unans", "cmrc2018_dev_unans"),
    ("drcd_dev_unans", "drcd_dev_unans"),
    ("simpleqa_ood", "cmrc2018_dev"),
)

Features = Callable[[Library, str, Sequence[Hit]], list[float]]


def main(data: Path, cache: Path) -> None:
    library = library_of(data / "cmrc2018_train" / "corpus.jsonl", cache=cache)
    rows = questions(data / "cmrc2018_train" / "questions.jsonl")
    print("search alone")
    every = evenly(rows, _TRAIN)
    _fitted(data, cache, _searched, list(Signals.__slots__), _cases(library, every, _searched), 400)
    print("\nsearch and the reader")
    reader = Reader(FOLDER)

    def read(library: Library, question: str, hits: Sequence[Hit]) -> list[float]:
        found = read_hits(question, hits[:READ], reader)[:PASSAGES]
        signals = Refusal(library.rarity).signals(question, [each.hit for each in found])
        return [searched_log_odds(signals), log_odds(max(each.reading.answers for each in found))]

    unseen = [row for row in rows if is_held_out(row.documents[0])]
    _fitted(data, cache, read, ["searched", "answers"], _cases(library, unseen, read), 240)


def _fitted(
    data: Path,
    cache: Path,
    features: Features,
    names: Sequence[str],
    cases: Iterator[tuple[list[float], int]],
    limit: int,
) -> None:
    found, labels = zip(*cases, strict=True)
    model = LogisticRegression(C=10, max_iter=1000).fit(found, labels)
    print("intercept", round(float(model.intercept_[0]), 3))
    for name, weight in zip(names, model.coef_[0], strict=True):
        print(f"  {name} {weight:.3f}")
    _show("cmrc2018_train", np.array(labels), model.predict_proba(found)[:, 1])
    for folder, corpus in _SHOWN:
        library = library_of(data / corpus / "corpus.jsonl", cache=cache)
        rows = questions(data / folder / "questions.jsonl", limit)
        asked = [features(library, row.text, library.search(row.text, READ)) for row in rows]
        _show(folder, np.array([row.answerable for row in rows]), model.predict_proba(asked)[:, 1])


def _cases(
    library: Library, rows: Sequence[Question], features: Features
) -> Iterator[tuple[list[float], int]]:
    for row in rows:
        hits = library.search(row.text, 2 * READ)
        without = [hit for hit in hits if hit.document.path not in row.documents]
        yield features(library, row.text, hits), 1
        yield features(library, row.text, without), 0


def _searched(library: Library, question: str, hits: Sequence[Hit]) -> list[float]:
    signals = Refusal(library.rarity).signals(question, hits[:PASSAGES])
    return [getattr(signals, name) for name in Signals.__slots__]


def _show(name: str, answerable: np.ndarray, found: np.ndarray) -> None:
    area = roc_auc_score(answerable, found) if 0 < answerable.mean() < 1 else float("nan")
    print(
        f"{name} ({len(found)})   AUROC {area:.3f}   "
        "answerable / unanswerable refused at a least probability of"
    )
    for least in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5):
        refused = found < least
        good = refused[answerable == 1].mean() if answerable.any() else float("nan")
        print(f"  {least:.2f}   {good:.3f} / {refused[answerable == 0].mean():.3f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "bench/.cache"))
