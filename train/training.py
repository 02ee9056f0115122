"""Steps down the loss, with checkpoints from which the same numbers go on. Knows tasks, not texts."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.jsonl"

_SORTED_AT_ONCE = 64  # batches


class Task(Protocol):
    """What is trained: examples by their numbers, the loss of some, and how good the network is."""

    @property
    def lengths(self) -> Sequence[int]:
        """Of each example, in tokens."""
        ...

    @property
    def slow(self) -> str:
        """How the names of the weights begin that were trained before."""
        ...

    @property
    def factor(self) -> float:
        """How many times as fast the others learn."""
        ...

    @property
    def digest(self) -> str:
        """Other for other examples."""
        ...

    def losses(self, network: Any, numbers: Sequence[int]) -> Iterator[Tensor]:
        """Parts of a step's loss; the next is asked for when ``backward`` went through the one before."""
        ...

    def measured(self, network: Any) -> dict[str, float]: ...


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


def train(
    network: nn.Module,
    task: Task,
    schedule: Schedule,
    folder: Path,
    *,
    compiled: bool = False,
    report: Callable[[str], None] = print,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Train until the schedule ends or ``stop`` says so; goes on from the checkpoint in ``folder``.

    Returns the step that was reached, and writes ``curve.jsonl``: a line every so many steps. Raises
    ValueError for a checkpoint of something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    trained = [weight for _, weight in named]
    groups = [
        {"params": [w for name, w in named if name.startswith(task.slow) == is_slow], "factor": factor}
        for is_slow, factor in ((True, 1.0), (False, task.factor))
    ]
    optimizer = torch.optim.AdamW(groups, lr=schedule.rate, weight_decay=schedule.decay, fused=True)
    of = hashlib.sha256((repr(schedule) + task.digest).encode()).hexdigest()
    step = _resumed(folder, network, optimizer, of)
    forward = torch.compile(network, dynamic=True) if compiled else network
    order = _order(task.lengths, schedule)
    recent: list[float] = []
    started, seen = time.monotonic(), 0
    network.train()
    while step < schedule.steps and not stop():
        torch.manual_seed(schedule.seed * 1_000_003 + step)  # what is dropped is the same when gone on with
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate * group["factor"] * _share(step, schedule)
        total = 0.0
        for loss in task.losses(forward, order[step]):
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seen += len(order[step])
        step += 1
        recent.append(total)
        if step % schedule.measured_every == 0 or step == schedule.steps:
            network.eval()
            row = {"step": step, "loss": round(sum(recent) / len(recent), 4), **task.measured(network)}
            network.train()
            row["examples_a_second"] = round(seen / (time.monotonic() - started), 2)
            recent = []
            with (folder / CURVE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            report(json.dumps(row))
        if step % schedule.saved_every == 0 or step == schedule.steps:
            _save(folder, network, optimizer, step, of)
    _save(folder, network, optimizer, step, of)
    return step


def autocast() -> torch.autocast:
    """In 16 bits where the processor multiplies them, else in 32: without it 16 take many times as long."""
    quick = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=quick)


def batches(lengths: Sequence[int], tokens: int, seed: int) -> list[list[int]]:
    """Numbers of examples, in batches of about ``tokens`` tokens; the order depends on ``seed`` alone."""
    chance = random.Random(seed)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    at_once = _SORTED_AT_ONCE * max(1, tokens // 200)
    found: list[list[int]] = []
    for first in range(0, len(order), at_once):
        group: list[int] = []
        for number in sorted(order[first : first + at_once], key=lambda number: lengths[number]):
            if group and lengths[number] * (len(group) + 1) > tokens:
                found.append(group)
                group = []
            group.append(number)
        found.append(group)
    chance.shuffle(found)
    return found


def _share(step: int, schedule: Schedule) -> float:
    rising = min(1.0, (step + 1) / max(1, schedule.warmup))
    return rising * (1 - step / schedule.steps)


def _order(lengths: Sequence[int], schedule: Schedule) -> list[list[int]]:
    found: list[list[int]] = []
    epoch = 0
    while len(found) < schedule.steps:
        found += batches(lengths, schedule.tokens, schedule.seed + epoch)
        epoch += 1
    return found


def _save(folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer, step: int, of: str) -> None:
    part = folder / (CHECKPOINT + ".part")
    state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "of": of}
    torch.save(state, part)
    part.replace(folder / CHECKPOINT)


def _resumed(folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer, of: str) -> int:
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["of"] != of:
        raise ValueError(f"{path} is of other examples or another schedule; name another --run")
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
