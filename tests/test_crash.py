"""A writer that is killed at any moment loses nothing that it acknowledged, and leaves nothing half done."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from index.library import Library
from tests.crash import change_until_killed, encoder

ROUNDS = 4  # libraries; each lives through its share of the kills


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """A server that has everything imported forks the writers: a start takes milliseconds."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.crash"])
    return server


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a signal of Unix")
@pytest.mark.parametrize("library_number", range(ROUNDS))
def test_a_killed_writer_leaves_what_it_acknowledged(
    context: ForkServerContext, tmp_path: Path, library_number: int, pytestconfig: pytest.Config
) -> None:
    """What was acknowledged is there, what was removed is gone, a change is made as a whole or not at all."""
    (tmp_path / "files").mkdir()
    kills = pytestconfig.getoption("kills") // ROUNDS
    expected: dict[str, str] = {}
    changes = unfinished = 0
    for number in range(kills):
        seed = 100_000 * library_number + number
        seconds = random.Random(seed).uniform(0.005, 0.9)
        # Of every two writers one has made a change before its time begins, however slow the machine is.
        done, begun = killed_writer(context, tmp_path, seed, seconds, after=1 + number % 2)
        for change in done:
            changes += 1
            expected.update(change)
            expected = {path: text for path, text in expected.items() if text is not None}
        unfinished += begun is not None
        library = Library(tmp_path / "library", open_encoder=encoder)
        if not library.folder.exists():
            continue
        if (library.folder / "library.db").exists():
            expected = checked(library, expected, begun or {})
        library.close()
        synchronise(tmp_path / "files", expected)
    assert changes > kills // 2
    assert unfinished > kills // 4, "the writers are killed between changes, not within them"


def killed_writer(
    context: ForkServerContext, folder: Path, seed: int, seconds: float, after: int
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Start a writer and kill it ``seconds`` after it has said ``after`` lines.

    Returns the changes it acknowledged, and the one it was in the midst of.
    """
    reading, writing = os.pipe()
    lines: list[bytes] = []
    begun = threading.Event()

    def listen() -> None:
        with os.fdopen(reading, "rb") as stream:
            for line in stream:
                lines.append(line)
                if len(lines) >= after:
                    begun.set()

    listener = threading.Thread(target=listen)
    listener.start()
    process = context.Process(target=_run, args=(str(folder), seed, _Handle(writing)))
    process.start()
    os.close(writing)
    assert begun.wait(30), "the writer did not start"
    time.sleep(seconds)
    assert process.pid is not None
    assert process.is_alive(), "the writer failed by itself"
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    listener.join()
    said = [json.loads(line) for line in lines]
    done = [each["done"] for each in said if "done" in each]
    return done, said[-1].get("begin")


class _Handle:
    """A file descriptor that goes along to the writer."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any]]:
        from multiprocessing.reduction import DupFd

        return _opened, (DupFd(self.number),)


def _opened(handle: Any) -> _Handle:
    return _Handle(handle.detach())


def _run(folder: str, seed: int, handle: _Handle) -> None:
    change_until_killed(folder, seed, handle.number)


def checked(library: Library, expected: dict[str, str], begun: dict[str, str | None]) -> dict[str, str]:
    """Compare the library with what it must hold; a change that had begun may be made, file by file."""
    assert library.check() == []
    held = {path: library.document(info.id).text for info in library.documents() for path in info.paths}
    for path in {*expected, *held} - {*begun}:
        assert held.get(path) == expected.get(path), f"{path} is not as acknowledged"
    for path, text in begun.items():
        assert held.get(path) in (expected.get(path), text), f"{path} is neither as before nor as after"
    for path, text in held.items():
        line = text.splitlines()[-1]
        best = library.search(line, k=1)[0]
        assert line in best.passage.text, f"the text of {path} is not found"
        assert path in best.document.paths
    return held


def synchronise(files: Path, expected: dict[str, str]) -> None:
    """Make the folder what the library holds, so that the next writer starts from a known state."""
    for path in files.iterdir():
        if str(path) not in expected:
            path.unlink()
    for name, text in expected.items():
        Path(name).write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def no_writer_is_left() -> Iterator[None]:
    yield
    for child in multiprocessing.active_children():
        child.kill()
