"""The seq2seq's task: the sentence to say, from what the reader made of question and evidence."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from index.compiled import CompiledModel
from rag.evaluation.metrics import contains, f1
from rag.generators.copying import BOS, EOS, PAD, CopyingModel, features
from rag.reader import Joined, joined
from train.answers import ToSay
from train.saying import NO_ANSWER
from train.training import autocast

_AT_ONCE = 8
_PADDED_TO = 32  # tokens: OpenVINO keeps what it prepared for every shape that it saw
_MEASURED = 100  # answers; saying one takes a tenth of a second, or four while none has an end

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class EncodedToSay:
    """The tokens to read and to say, and the reader's (tokens, hidden) and what ``features`` tells of it."""

    parts: Joined
    said: tuple[int, ...]
    states: Halves
    features: Halves


@dataclass(frozen=True)
class Answering:
    """Examples to train on, and others to measure with."""

    encoded: Sequence[EncodedToSay]
    held_out: Sequence[EncodedToSay] = ()
    held_rows: Sequence[ToSay] = ()
    tokenizer: Tokenizer | None = None
    slow = "decoder."
    factor = 10.0

    @cached_property
    def lengths(self) -> Sequence[int]:
        return [len(each.parts.ids) for each in self.encoded]

    @cached_property
    def digest(self) -> str:
        digest = hashlib.sha256()
        for each in self.encoded:
            digest.update(repr((each.parts.ids, each.said)).encode())
            digest.update(each.states[0].tobytes())
        return digest.hexdigest()

    def losses(self, network: CopyingModel, numbers: Sequence[int]) -> Iterator[Tensor]:
        """Cross entropy of the tokens to say."""
        yield _loss(network, [self.encoded[number] for number in numbers])

    @torch.no_grad()
    def measured(self, network: CopyingModel) -> dict[str, float]:
        """The loss, how often what is said holds what it should, their overlap, and no answer where there is

        none.
        """
        if not self.held_out or self.tokenizer is None:
            return {}
        groups = [self.held_out[first : first + _AT_ONCE] for first in range(0, len(self.held_out), _AT_ONCE)]
        loss = sum(float(_loss(network, group)) * len(group) for group in groups) / len(self.held_out)
        scores: dict[str, list[float]] = defaultdict(list)
        for each, row in list(zip(self.held_out, self.held_rows, strict=True))[:_MEASURED]:
            text = spoken(network, each, self.tokenizer)
            if row.said == NO_ANSWER:
                scores["declined"].append(text == NO_ANSWER)
            else:
                scores["f1"].append(f1(text, [row.said]))
                scores["said"].append(contains(text, [row.said.rstrip("。")]))
                scores["silent"].append(text == NO_ANSWER)
        return {
            "held_out": round(loss, 4),
            **{name: round(float(np.mean(v)), 4) for name, v in scores.items()},
        }


def encode(tokenizer: Tokenizer, rows: Sequence[ToSay], reader: CompiledModel) -> Iterator[EncodedToSay]:
    """``rows`` in their order; those whose answer is longer than can be said are left out."""
    for first in range(0, len(rows), _AT_ONCE):
        parts = [source(tokenizer, row.question, row.evidence) for row in rows[first : first + _AT_ONCE]]
        ids, mask = _tensors([each.ids for each in parts], _PADDED_TO)
        spans, judged, states = reader.run({"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        told = features(ids, torch.from_numpy(spans), torch.from_numpy(judged)).numpy()
        for number, (each, row) in enumerate(zip(parts, rows[first : first + _AT_ONCE], strict=True)):
            length = len(each.ids)
            yield EncodedToSay(
                each,
                (*_copyable(tokenizer, row, each), EOS),
                states[number, :length].astype(np.float16),
                told[number, :length].astype(np.float16),
            )


def own_pieces(encoded: Iterable[EncodedToSay], most: int) -> list[int]:
    """The pieces that were most often to be said where they stood nowhere, </s> first."""
    counts: Counter[int] = Counter()
    for each in encoded:
        counts.update(set(each.said) - set(each.parts.ids))
    return [EOS, *(piece for piece, _ in counts.most_common() if piece != EOS)][:most]


def source(tokenizer: Tokenizer, question: str, evidence: Sequence[str]) -> Joined:
    """As the product puts question and evidence together."""
    return joined(tokenizer, question, "", "\n".join(evidence))


def read_of(chosen: Sequence[EncodedToSay]) -> tuple[Tensor, Tensor]:
    """What the encoder gives of these, padded, and the mask."""
    ids, mask = _tensors([each.parts.ids for each in chosen])
    width = chosen[0].states.shape[1]
    told = chosen[0].features.shape[1]
    read = torch.zeros(*ids.shape, width + told + 1)
    for row, each in enumerate(chosen):
        read[row, : len(each.states), :width] = torch.from_numpy(each.states.astype(np.float32))
        read[row, : len(each.states), width:-1] = torch.from_numpy(each.features.astype(np.float32))
    read[..., -1] = ids
    return read, mask


def spoken(network: CopyingModel, each: EncodedToSay, tokenizer: Tokenizer) -> str:
    """What the network says, in the tokenizer's own characters."""
    read, mask = read_of([each])
    return str(tokenizer.decode([piece for piece, _ in network.tokens(read, mask)])).replace(" ", "")


def _loss(network: CopyingModel, chosen: Sequence[EncodedToSay]) -> Tensor:
    read, mask = read_of(chosen)
    said, there = _tensors([each.said for each in chosen])
    before = functional.pad(said, (1, 0), value=BOS)[:, :-1]
    with autocast():
        likelihood = network.likelihood(network.source(read, mask), before, said)
    return -(likelihood * there).sum() / there.sum()


def _copyable(tokenizer: Tokenizer, row: ToSay, parts: Joined) -> list[int]:
    """The tokens of what is to be said, as many in a row as possible as they stand in what is read.

    In another place a tokenizer cuts the same words differently, and what is cut so cannot be copied.
    """
    asked = tokenizer.encode(row.question, add_special_tokens=False)
    skipped = max(0, len(asked.ids) - (parts.text_start - 3))
    evidence = "\n".join(row.evidence)
    pieces = [row.question[start:end].strip() for start, end in asked.offsets[skipped:]]
    pieces = ["", *pieces, "", "", *(evidence[start:end].strip() for start, end in parts.offsets), ""]
    places = defaultdict(list)
    for place, piece in enumerate(pieces):
        if piece:
            places[piece[0]].append(place)
    found: list[int] = []
    own = ""  # what stands nowhere
    at = 0
    while at < len(row.said):
        runs = ((_run(row.said, at, pieces, place), -place) for place in places[row.said[at]])
        (count, length), place = max(runs, default=((0, 0), 0), key=lambda run: (run[0][1], run[1]))
        if not length:
            own += row.said[at]
            at += 1
            continue
        found += _ids(tokenizer, own)
        own = ""
        found += parts.ids[-place : -place + count]
        at += length
    return [*found, *_ids(tokenizer, own)]


def _run(said: str, at: int, pieces: Sequence[str], place: int) -> tuple[int, int]:
    """How many pieces from ``place`` on stand in ``said`` from ``at`` on, and how many characters."""
    count = length = 0
    while place + count < len(pieces) and pieces[place + count]:
        piece = pieces[place + count]
        if not said.startswith(piece, at + length):
            break
        count += 1
        length += len(piece)
    return count, length


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Tokens of ``text`` within a text: without the mark of a beginning."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    return [number for number, piece in zip(encoded.ids, encoded.tokens, strict=True) if piece != "▁"]


def _tensors(rows: Sequence[Sequence[int]], multiple: int = 16) -> tuple[Tensor, Tensor]:
    longest = -(-max(map(len, rows)) // multiple) * multiple
    ids = torch.full((len(rows), longest), PAD)
    mask = torch.zeros((len(rows), longest), dtype=torch.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return ids, mask
