"""A question and passages to what each passage says of it: whether it answers, with which characters.

The reader is Judian's own small model, made by ``train/``. Knows texts and characters, no library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.compiled import CompiledModel
from index.normalize import simplified

FOLDER = Path(__file__).parent / "reader_model"  # what the package ships

_BOS, _EOS, _PAD = 0, 2, 1
_QUESTION, _TITLE, _ALL = 64, 32, 512  # the most tokens of each part
_LONGEST_SPAN = 80  # tokens
_AT_ONCE = 5  # passages; fewer wait for each other's padding, more for each other's arithmetic

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Joined:
    """Token ids of a question with a text: ``ids[text_start + n]`` stands for ``offsets[n]`` of the text.

    ``offsets`` are (start, end) in characters.
    """

    ids: list[int]
    text_start: int
    offsets: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a passage says of a question.

    ``text[start:end]`` of the passage is its best answer, ``certainty`` (0 to 1) how sure the reader is of
    these characters, ``answers`` (0 to 1) whether the passage answers at all, ``relevance`` (0 to 1) whether
    it is about what is asked.
    """

    start: int
    end: int
    certainty: float
    answers: float
    relevance: float

    @property
    def score(self) -> float:
        """How well this answers beside other passages: 0 to 1."""
        return self.answers * self.certainty


class Reader:
    """The model in ``folder``, loaded on first use."""

    def __init__(self, folder: Path) -> None:
        self._model = CompiledModel(folder)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each passage, given as (title, text), in their order."""
        tokenizer = self._model.tokenizer
        parts = [
            joined(tokenizer, simplified(question), simplified(title), simplified(text))
            for title, text in passages
        ]
        found: dict[int, Reading] = {}
        order = sorted(range(len(parts)), key=lambda number: len(parts[number].ids))
        for first in range(0, len(order), _AT_ONCE):
            numbers = order[first : first + _AT_ONCE]
            spans, judged = self._model.run(_padded([parts[number].ids for number in numbers]))
            for row, number in enumerate(numbers):
                found[number] = _reading(parts[number], spans[row], judged[row])
        return [found[number] for number in range(len(parts))]


def joined(tokenizer: Any, question: str, title: str, text: str) -> Joined:
    """<s> question </s> title </s> text </s>, the text cut where the model's length ends."""
    asked, named, body = tokenizer.encode_batch([question, title, text], add_special_tokens=False)
    head = [_BOS, *asked.ids[:_QUESTION], _EOS, *named.ids[:_TITLE], _EOS]
    room = _ALL - len(head) - 1
    return Joined([*head, *body.ids[:room], _EOS], len(head), list(body.offsets[:room]))


def _padded(rows: Sequence[Sequence[int]]) -> dict[str, npt.NDArray[np.int64]]:
    longest = max(map(len, rows))
    return {
        "input_ids": np.array([[*row, *[_PAD] * (longest - len(row))] for row in rows], dtype=np.int64),
        "attention_mask": np.array(
            [[1] * len(row) + [0] * (longest - len(row)) for row in rows], dtype=np.int64
        ),
    }


def _reading(parts: Joined, spans: Logits, judged: Logits) -> Reading:
    """From (tokens, 2) logits of start and end and 2 logits of the whole."""
    answers, relevance = (1 / (1 + math.exp(-float(logit))) for logit in judged)
    if not parts.offsets:
        return Reading(0, 0, 0.0, 0.0, relevance)
    inside = _log_softmax(spans[parts.text_start : parts.text_start + len(parts.offsets)])
    scores = inside[:, :1] + inside[:, 1]
    allowed = np.tril(np.triu(np.ones(scores.shape, dtype=bool)), _LONGEST_SPAN)
    best = int(np.where(allowed, scores, -np.inf).argmax())
    first, last = divmod(best, len(inside))
    return Reading(
        parts.offsets[first][0], parts.offsets[last][1], math.exp(scores[first, last]), answers, relevance
    )


def _log_softmax(logits: Logits) -> Logits:
    shifted = logits - logits.max(axis=0)
    result: Logits = shifted - np.log(np.exp(shifted).sum(axis=0))
    return result
