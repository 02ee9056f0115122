"""Who waits for the language model, which answers one question at a time: first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Iterator

_LOOK_AGAIN = 1.0  # seconds, though who is next is told at once


class Line:
    """A queue of people. ``wait`` holds a place in it until ``leave``."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._places: list[object] = []

    def wait(self, person: object, stop: threading.Event) -> Iterator[int]:
        """How many are before ``person``, whenever that changes, until it is nobody or ``stop`` is set."""
        with self._changed:
            self._places.append(person)
        told = -1
        while not stop.is_set():
            with self._changed:
                before = self._places.index(person)
                if before == told:
                    self._changed.wait(_LOOK_AGAIN)
                    before = self._places.index(person)
            if not before:
                return
            if before != told:
                told = before
                yield before

    def leave(self, person: object) -> None:
        """``person`` has been served, or went away. Doing it again costs nothing."""
        with self._changed:
            if person in self._places:
                self._places.remove(person)
            self._changed.notify_all()
