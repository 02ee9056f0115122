"""The reader's task: which tokens answer, whether any do, whether the text is about what is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from train.batches import Batch, Encoded, collate, evaluated
from train.training import autocast


@dataclass(frozen=True)
class Reading:
    """Examples to train on, and others to measure with."""

    encoded: Sequence[Encoded]
    held_out: Sequence[Encoded] = ()
    adverse: float = 0.0  # how far the words of an example are moved, all their numbers taken together
    slow = ""
    factor = 1.0

    @cached_property
    def lengths(self) -> Sequence[int]:
        return [len(each.ids) for each in self.encoded]

    @cached_property
    def digest(self) -> str:
        digest = hashlib.sha256(repr(self.adverse).encode())
        for each in self.encoded:
            digest.update(repr((each.ids, each.spans, each.relevant)).encode())
        return digest.hexdigest()

    def losses(self, network: Any, numbers: Sequence[int]) -> Iterator[Tensor]:
        """The loss; with ``adverse``, half of it, and half of that with words moved where it grows fastest.

        So a text that is put a little otherwise is read alike. Miyato et al., arXiv:1605.07725.
        """
        batch = collate([self.encoded[number] for number in numbers])
        if not self.adverse:
            yield loss_of(network, batch)
            return
        moved = torch.zeros(*batch.ids.shape, network.width, requires_grad=True)
        yield loss_of(network, batch, moved) / 2
        steepest = functional.normalize(moved.grad.flatten(1), dim=1).reshape(moved.shape)  # type: ignore[union-attr]
        yield loss_of(network, batch, (self.adverse * steepest).requires_grad_()) / 2

    @torch.no_grad()
    def measured(self, network: Callable[..., Any]) -> dict[str, float]:
        """Share of answers whose tokens are found exactly, and their overlap (F1 over tokens)."""
        if not self.held_out:
            return {}
        exact = overlap = 0.0
        for numbers, batch in evaluated(self.held_out):
            with autocast():
                spans, *_ = network(batch.ids, batch.mask)
            possible = _possible(batch)
            for row, number in enumerate(numbers):
                start, end = best_span(spans[row], possible[row])
                scores = [_overlap((start, end), span) for span in self.held_out[number].spans]
                exact += max(scores, default=0.0) == 1.0
                overlap += max(scores, default=0.0)
        count = len(self.held_out)
        return {"exact": round(exact / count, 4), "f1": round(overlap / count, 4)}


def loss_of(network: Callable[..., Any], batch: Batch, moved: Tensor | None = None) -> Tensor:
    """Cross entropy of the spans, any of which may be found, plus that of both judgements."""
    with autocast():
        spans, judged, _ = network(batch.ids, batch.mask, moved)
    judged = judged.float()
    found = batch.answers > 0
    total = torch.zeros(())
    if found.any():
        spread = spans[found].masked_fill(~_possible(batch)[found], -1e4).flatten(1).log_softmax(1)
        there = spread.masked_fill(~batch.spans[found].flatten(1), -1e4).logsumexp(1)
        total = total - there.sum() / len(found)
    total = total + functional.binary_cross_entropy_with_logits(judged[:, 0], batch.answers)
    known = batch.relevant >= 0
    if known.any():
        total = (
            total + functional.binary_cross_entropy_with_logits(judged[known, 1], batch.relevant[known]) / 2
        )
    return total


def best_span(logits: Tensor, possible: Tensor, longest: int = 80) -> tuple[int, int]:
    """First and last token of the best span; ``logits`` and ``possible`` are (first, last)."""
    place = int(logits.masked_fill(~possible.tril(longest), -1e9).argmax())
    return place // len(logits), place % len(logits)


def _possible(batch: Batch) -> Tensor:
    """(n, first, last): whether that is a span of the text."""
    return (batch.text.unsqueeze(2) & batch.text.unsqueeze(1)).triu()


def _overlap(found: tuple[int, int], wanted: tuple[int, int]) -> float:
    common = min(found[1], wanted[1]) - max(found[0], wanted[0]) + 1
    return max(0.0, 2 * common / (found[1] - found[0] + wanted[1] - wanted[0] + 2))
