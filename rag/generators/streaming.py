"""A function that calls back with text becomes an iterator of it. Knows no engine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

# Called with each piece of text; returns False when the engine should stop.
Emit = Callable[[str], bool]


def iterate(run: Callable[[Emit], None], stop: threading.Event) -> Iterator[str]:
    """What ``run`` emits, as it comes. An error in ``run`` is raised here; leaving early tells it to stop."""
    pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    left = threading.Event()

    def emit(piece: str) -> bool:
        pieces.put(piece)
        return not (stop.is_set() or left.is_set())

    def work() -> None:
        try:
            run(emit)
        except BaseException as error:
            pieces.put(error)
        else:
            pieces.put(None)

    worker = threading.Thread(target=work, name="generator", daemon=True)
    worker.start()
    try:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            if piece:
                yield piece
    finally:
        left.set()
        worker.join()
