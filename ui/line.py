"""Who waits for the language model, which answers one question at a time: first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Iterator

_LOOK_AGAIN = 1.0  # seconds, though who is next is told at once


class Line:
    """A queue of people. ``wait`` holds a place in it until ``leave``.

    Searching takes a moment and the model's answer takes all cores for seconds: who is first lets those
    look for their passages who were ``looking`` by then.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._places: list[object] = []
        self._looking: list[object] = []

    def look(self, person: object) -> None:
        """``person`` looks for passages from now on, until they ``wait`` or ``leave``."""
        with self._changed:
            self._looking.append(person)

    def wait(self, person: object, stop: threading.Event) -> Iterator[int]:
        """How many are before ``person``, whenever that changes, until it is nobody or ``stop`` is set."""
        with self._changed:
            self._remove(person)
            self._places.append(person)
        told, first_among = -1, None
        while not stop.is_set():
            with self._changed:
                before = self._places.index(person)
                if not before:
                    if first_among is None:  # later ones are not waited for, or it might never go on
                        first_among = list(self._looking)
                    if not any(each in self._looking for each in first_among):
                        return
                if before == told or not before:
                    self._changed.wait(_LOOK_AGAIN)
                    before = self._places.index(person)
            if before and before != told:
                told = before
                yield before

    def leave(self, person: object) -> None:
        """``person`` has been served, or went away. Doing it again costs nothing."""
        with self._changed:
            self._remove(person)

    def _remove(self, person: object) -> None:
        for waiting in (self._places, self._looking):
            if person in waiting:
                waiting.remove(person)
        self._changed.notify_all()
