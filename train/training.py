"""Steps down the loss, with checkpoints from which the same numbers go on. Knows batches, not texts."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from train.batches import Batch, Encoded, batches, collate, evaluated
from train.network import ReaderNetwork

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.jsonl"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: ``steps`` batches of about ``tokens`` tokens, the rate falling linearly to 0."""

    steps: int
    tokens: int = 4_000
    rate: float = 1.5e-4
    warmup: int = 60
    decay: float = 0.01
    saved_every: int = 100
    measured_every: int = 250
    seed: int = 1


def loss_of(network: Callable[..., Any], batch: Batch) -> Tensor:
    """Cross entropy of the spans, any of which may be found, plus that of both judgements."""
    with torch.autocast("cpu", torch.bfloat16):
        spans, judged = network(batch.ids, batch.mask)
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


def train(
    network: ReaderNetwork,
    encoded: Sequence[Encoded],
    schedule: Schedule,
    folder: Path,
    *,
    held_out: Sequence[Encoded] = (),
    compiled: bool = False,
    report: Callable[[str], None] = print,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Train until the schedule ends or ``stop`` says so; goes on from the checkpoint in ``folder``.

    Returns the step that was reached, and writes ``curve.jsonl``: a line every so many steps. Raises
    ValueError for a checkpoint of something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=schedule.rate, weight_decay=schedule.decay, fused=True)
    of = _digest(encoded, schedule)
    step = _resumed(folder, network, optimizer, of)
    forward = torch.compile(network, dynamic=True) if compiled else network
    order = _order(encoded, schedule)
    recent: list[float] = []
    started, seen = time.monotonic(), 0
    while step < schedule.steps and not stop():
        batch = collate([encoded[number] for number in order[step]])
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate * _share(step, schedule)
        loss = loss_of(forward, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        seen += len(batch.ids)
        recent.append(float(loss.detach()))
        if step % schedule.measured_every == 0 or step == schedule.steps:
            row = {"step": step, "loss": round(sum(recent) / len(recent), 4), **measured(network, held_out)}
            row["examples_a_second"] = round(seen / (time.monotonic() - started), 2)
            recent = []
            with (folder / CURVE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            report(json.dumps(row))
        if step % schedule.saved_every == 0 or step == schedule.steps:
            _save(folder, network, optimizer, step, of)
    _save(folder, network, optimizer, step, of)
    return step


@torch.no_grad()
def measured(network: ReaderNetwork, held_out: Sequence[Encoded]) -> dict[str, float]:
    """Share of answers whose tokens are found exactly, and their overlap (F1 over tokens)."""
    if not held_out:
        return {}
    exact = overlap = 0.0
    for numbers, batch in evaluated(held_out):
        with torch.autocast("cpu", torch.bfloat16):
            spans, _ = network(batch.ids, batch.mask)
        possible = _possible(batch)
        for row, number in enumerate(numbers):
            start, end = best_span(spans[row], possible[row])
            scores = [_overlap((start, end), span) for span in held_out[number].spans]
            exact += max(scores, default=0.0) == 1.0
            overlap += max(scores, default=0.0)
    return {"exact": round(exact / len(held_out), 4), "f1": round(overlap / len(held_out), 4)}


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


def _share(step: int, schedule: Schedule) -> float:
    rising = min(1.0, (step + 1) / max(1, schedule.warmup))
    return rising * (1 - step / schedule.steps)


def _order(encoded: Sequence[Encoded], schedule: Schedule) -> list[list[int]]:
    found: list[list[int]] = []
    epoch = 0
    while len(found) < schedule.steps:
        found += batches(encoded, schedule.tokens, schedule.seed + epoch)
        epoch += 1
    return found


def _digest(encoded: Sequence[Encoded], schedule: Schedule) -> str:
    """What a checkpoint must have been made of to be gone on with."""
    digest = hashlib.sha256(repr(schedule).encode())
    for each in encoded:
        digest.update(repr((each.ids, each.spans, each.relevant)).encode())
    return digest.hexdigest()


def _save(folder: Path, network: ReaderNetwork, optimizer: torch.optim.Optimizer, step: int, of: str) -> None:
    part = folder / (CHECKPOINT + ".part")
    state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "of": of}
    torch.save(state, part)
    part.replace(folder / CHECKPOINT)


def _resumed(folder: Path, network: ReaderNetwork, optimizer: torch.optim.Optimizer, of: str) -> int:
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["of"] != of:
        raise ValueError(f"{path} is of other examples or another schedule; name another --run")
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
