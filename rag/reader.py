"""A question and passages to what each passage says of it: whether it answers, with which characters.

The reader is Judian's own small model, made by ``train/``. Knows texts and characters, no library.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.compiled import MODEL, TOKENIZER, CompiledModel
from index.errors import WeightsError
from index.normalize import simplified
from index.weights import sha256_of
from rag.whole import whole

FOLDER = Path(__file__).parent / "reader_model"  # what the package ships

CHECKSUMS = "SHA256SUMS"
FILES = (MODEL, "openvino_model.bin", TOKENIZER)
SPEAKING = ("config.json", "model.safetensors")  # the decoder that puts answers into words
_DAMAGED = "{what} is missing or damaged. Install again: pip install --force-reinstall --no-deps judian"

_BOS, _EOS, _PAD = 0, 2, 1
_QUESTION, _TITLE, _ALL = 64, 64, 512  # the most tokens of each part
_LONGEST_SPAN = 80  # tokens
# Taken from a span's log probability for each of its tokens: of two that are as sure, the shorter.
_LENGTH_COST = 0.01
_MOST_ODDS = 8.0
_LEAST_CERTAIN = 1e-9
_PADDED_TO = 32  # tokens: OpenVINO keeps what it prepared for every shape that it saw
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
        """How sure the reader is of these characters as the answer: 0 to 1. Why the root: bench/LOG.md."""
        return self.answers * math.sqrt(self.certainty)

    @property
    def preference(self) -> float:
        """How well this answers beside other passages. Unlike ``score`` it tells .98 to answer from .999."""
        return log_odds(self.answers) + math.log(max(self.certainty, _LEAST_CERTAIN)) / 2


class Reader:
    """The model in ``folder``, checked and loaded on first use; then WeightsError if it is damaged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checking = threading.Lock()
        self._checked: CompiledModel | None = None

    @property
    def _model(self) -> CompiledModel:
        with self._checking:
            if self._checked is None:
                verify(self._folder)
                self._checked = CompiledModel(self._folder)
            return self._checked

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each passage, given as (title, text), in their order."""
        model, question = self._model, simplified(question)
        texts = [simplified(text) for _, text in passages]
        parts = [
            joined(model.tokenizer, question, simplified(title), text)
            for (title, _), text in zip(passages, texts, strict=True)
        ]
        found: dict[int, Reading] = {}
        order = sorted(range(len(parts)), key=lambda number: len(parts[number].ids))
        for first in range(0, len(order), _AT_ONCE):
            numbers = order[first : first + _AT_ONCE]
            spans, judged, *_ = model.run(_padded([parts[number].ids for number in numbers]))
            for row, number in enumerate(numbers):
                found[number] = _reading(question, parts[number], texts[number], spans[row], judged[row])
        return [found[number] for number in range(len(parts))]


def log_odds(probability: float) -> float:
    """From -8 to 8: what is surer than that is as sure as that."""
    least = 1 / (1 + math.exp(_MOST_ODDS))
    clipped = min(max(probability, least), 1 - least)
    return math.log(clipped / (1 - clipped))


def verify(folder: Path, names: Sequence[str] = FILES) -> None:
    """Compare the files of ``names`` in ``folder`` with ``SHA256SUMS`` there. Raises WeightsError."""
    try:
        sums = dict(
            line.split("  ")[::-1] for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        )
        wrong = [name for name in names if sha256_of(folder / name) != sums.get(name)]
    except (OSError, ValueError) as error:
        raise WeightsError(_DAMAGED.format(what=folder)) from error
    if wrong:
        raise WeightsError(_DAMAGED.format(what=folder / wrong[0]))


def checksummed(folder: Path) -> None:
    """Write ``SHA256SUMS`` of the model files in ``folder``."""
    names = [name for name in (*FILES, *SPEAKING) if (folder / name).exists()]
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / CHECKSUMS).write_text(sums, encoding="utf-8")


def joined(tokenizer: Any, question: str, title: str, text: str) -> Joined:
    """<s> question </s> title </s> text </s>, the text cut where the model's length ends."""
    asked, named, body = tokenizer.encode_batch([question, title, text], add_special_tokens=False)
    # What is asked stands at the end of a question.
    head = [_BOS, *asked.ids[-_QUESTION:], _EOS, *named.ids[:_TITLE], _EOS]
    room = _ALL - len(head) - 1
    return Joined([*head, *body.ids[:room], _EOS], len(head), list(body.offsets[:room]))


def _padded(rows: Sequence[Sequence[int]]) -> dict[str, npt.NDArray[np.int64]]:
    longest = -(-max(map(len, rows)) // _PADDED_TO) * _PADDED_TO
    return {
        "input_ids": np.array([[*row, *[_PAD] * (longest - len(row))] for row in rows], dtype=np.int64),
        "attention_mask": np.array(
            [[1] * len(row) + [0] * (longest - len(row)) for row in rows], dtype=np.int64
        ),
    }


def _reading(question: str, parts: Joined, text: str, spans: Logits, judged: Logits) -> Reading:
    """From the logits of (first, last) tokens and 2 logits of the whole. ``text`` is what was read."""
    answers, relevance = (1 / (1 + math.exp(-float(logit))) for logit in judged)
    offsets = parts.offsets
    if not offsets:
        return Reading(0, 0, 0.0, answers, relevance)
    inside = slice(parts.text_start, parts.text_start + len(offsets))
    apart = _distances()[: len(offsets), : len(offsets)]
    scores = np.where(np.isfinite(apart), spans[inside, inside], -np.inf)
    first, last = divmod(int((scores - _LENGTH_COST * apart).argmax()), len(offsets))
    # A token may bring the white space before it along.
    said = text[offsets[first][0] : offsets[last][1]]
    start = offsets[first][0] + len(said) - len(said.lstrip())
    end = start + len(said.strip())
    if start == end:
        return Reading(start, end, 0.0, answers, relevance)
    start, end = whole(question, text, start, end)
    spread = np.exp(scores - scores.max())
    certainty = sum(float(spread[span]) for span in _same_words(parts, text, (first, last)))
    return Reading(start, end, certainty / float(spread.sum()), answers, relevance)


def _same_words(parts: Joined, text: str, span: tuple[int, int]) -> set[tuple[int, int]]:
    """First and last token wherever the words of ``span`` stand."""
    said = text[parts.offsets[span[0]][0] : parts.offsets[span[1]][1]]
    starts = {offset[0]: number for number, offset in enumerate(parts.offsets)}
    ends = {offset[1]: number for number, offset in enumerate(parts.offsets)}
    places = [match.start() for match in re.finditer(re.escape(said), text)]
    return {span} | {
        (starts[place], ends[place + len(said)])
        for place in places
        if place in starts and place + len(said) in ends
    }


@cache
def _distances() -> Logits:
    """(first, last): how many tokens a span has beyond its first; infinite where there is no such span."""
    apart = np.arange(_ALL)[None, :] - np.arange(_ALL)[:, None]
    found: Logits = np.where((apart >= 0) & (apart <= _LONGEST_SPAN), apart, np.inf).astype(np.float32)
    return found
