"""Work that takes long, in a thread of its own, and what it tells meanwhile. Knows no gradio."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

Told = TypeVar("Told")
Done = TypeVar("Done")


class CancelledError(Exception):
    """Somebody cancelled the work."""


def told(
    work: Callable[[Callable[[Told], None]], Done], cancel: threading.Event | None = None
) -> Iterator[Told | Done]:
    """What ``work``, which begins at once, tells as it does, and at last what it returns.

    Raises what it raises, and CancelledError where ``cancel`` was set when it told something.
    """
    heard: queue.SimpleQueue[tuple[bool, Told | Done | Exception]] = queue.SimpleQueue()

    def hear(what: Told) -> None:
        if cancel is not None and cancel.is_set():
            raise CancelledError
        heard.put((False, what))

    def run() -> None:
        try:
            heard.put((True, work(hear)))
        except Exception as error:
            heard.put((True, error))

    def listen() -> Iterator[Told | Done]:
        finished = False
        while not finished:
            finished, said = heard.get()
            if isinstance(said, Exception):
                raise said
            yield said

    threading.Thread(target=run, name="work", daemon=True).start()
    return listen()
