"""Fit the refusal on cases made from a training set, and show it on sets with unanswerable questions.

    python -m bench.fit_refusal DATA [CACHE]

A training question is answerable with all hits, and unanswerable once the hits from its own document are
taken away.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index.library import Library
from index.types import Hit
from rag.evaluation.corpora import library_of
from rag.evaluation.sets import questions
from rag.refusal import Refusal, Signals

_TRAIN = 2000
_SHOWN = (
    ("cmrc2018_dev_unans", "cmrc2018_dev_unans"),
    ("drcd_dev_unans", "drcd_dev_unans"),
    ("simpleqa_ood", "cmrc2018_dev"),
)


def main(data: Path, cache: Path) -> None:
    library = library_of(data / "cmrc2018_train" / "corpus.jsonl", cache=cache)
    features, labels = [], []
    for row in questions(data / "cmrc2018_train" / "questions.jsonl", _TRAIN):
        hits = library.search(row.text, 20)
        without = [hit for hit in hits if hit.document.path not in row.documents]
        for each, label in ((hits[:8], 1), (without[:8], 0)):
            features.append(_features(library, row.text, each))
            labels.append(label)
    model = LogisticRegression(C=10, max_iter=1000).fit(features, labels)
    print("intercept", round(float(model.intercept_[0]), 3))
    for name, weight in zip(Signals.__slots__, model.coef_[0], strict=True):
        print(f"  {name} {weight:.3f}")
    _show("cmrc2018_train", np.array(labels), model.predict_proba(features)[:, 1])
    for folder, corpus in _SHOWN:
        library = library_of(data / corpus / "corpus.jsonl", cache=cache)
        rows = questions(data / folder / "questions.jsonl", 400)
        found = [_features(library, row.text, library.search(row.text, 8)) for row in rows]
        _show(folder, np.array([row.answerable for row in rows]), model.predict_proba(found)[:, 1])


def _features(library: Library, question: str, hits: Sequence[Hit]) -> list[float]:
    signals = Refusal(library.rarity).signals(question, hits)
    return [getattr(signals, name) for name in Signals.__slots__]


def _show(name: str, answerable: np.ndarray, found: np.ndarray) -> None:
    area = roc_auc_score(answerable, found) if 0 < answerable.mean() < 1 else float("nan")
    print(
        f"{name} ({len(found)})   AUROC {area:.3f}   "
        "answerable / unanswerable refused at a least probability of"
    )
    for least in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
        refused = found < least
        good = refused[answerable == 1].mean() if answerable.any() else float("nan")
        print(f"  {least:.2f}   {good:.3f} / {refused[answerable == 0].mean():.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "bench/.cache"))
