"""Examples to tensors. The reader's one way to put its three texts together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from rag.reader import joined
from train.examples import Example
from train.network import PAD


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of an example, where its text begins, and the tokens at which an answer starts and ends."""

    ids: tuple[int, ...]
    text_start: int
    text_end: int
    spans: tuple[tuple[int, int], ...]
    relevant: bool | None


@dataclass(frozen=True, slots=True)
class Batch:
    """(n, tokens) ids, mask and where the text is; (n, first, last) spans; (n,) labels, -1 unknown."""

    ids: Tensor
    mask: Tensor
    text: Tensor
    spans: Tensor
    answers: Tensor
    relevant: Tensor


def encode(tokenizer: Tokenizer, example: Example) -> Encoded:
    """``example`` in tokens; an answer beyond the longest input is no answer."""
    parts = joined(tokenizer, example.question, example.title, example.text)
    spans = []
    for start, end in example.spans:
        first = next((n for n, (_, stop) in enumerate(parts.offsets) if stop > start), None)
        last = next((n for n in range(len(parts.offsets) - 1, -1, -1) if parts.offsets[n][0] < end), None)
        if first is not None and last is not None and first <= last and parts.offsets[-1][1] >= end:
            spans.append((parts.text_start + first, parts.text_start + last))
    return Encoded(
        tuple(parts.ids),
        parts.text_start,
        parts.text_start + len(parts.offsets),
        tuple(spans),
        example.relevant,
    )


def collate(chosen: Sequence[Encoded]) -> Batch:
    """Pads to a multiple of 16, so that few shapes occur."""
    longest = -(-max(len(each.ids) for each in chosen) // 16) * 16
    shape = (len(chosen), longest)
    ids, mask = torch.full(shape, PAD), torch.zeros(shape, dtype=torch.int64)
    text = torch.zeros(shape, dtype=torch.bool)
    spans = torch.zeros((*shape, longest), dtype=torch.bool)
    for row, each in enumerate(chosen):
        ids[row, : len(each.ids)] = torch.tensor(each.ids)
        mask[row, : len(each.ids)] = 1
        text[row, each.text_start : each.text_end] = True
        for start, end in each.spans:
            spans[row, start, end] = True
    answers = torch.tensor([float(bool(each.spans)) for each in chosen])
    relevant = torch.tensor([-1.0 if each.relevant is None else float(each.relevant) for each in chosen])
    return Batch(ids, mask, text, spans, answers, relevant)


def evaluated(encoded: Sequence[Encoded], size: int = 16) -> Iterator[tuple[list[int], Batch]]:
    """All examples, sorted by length, with their numbers."""
    order = sorted(range(len(encoded)), key=lambda number: len(encoded[number].ids))
    for first in range(0, len(order), size):
        numbers = order[first : first + size]
        yield numbers, collate([encoded[number] for number in numbers])
