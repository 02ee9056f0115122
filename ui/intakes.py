"""What is being taken in, whichever page, tab or language began it. Knows no gradio."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.errors import JudianError, LibraryBusyError
from index.library import Library
from index.types import AddProgress, AddReport
from ui.working import CancelledError, told

_BUSY_SECONDS = 1.0
_LOOKED_SECONDS = 0.5

Said = AddProgress | AddReport | Exception | None


class Intakes:
    """All of them; each goes on when the page that began it is gone.

    ``said`` is what was told last, ``replaced`` the files whose place others took then. ``places`` are where
    files of drops lie that are not settled yet, to be looked at under ``placing``.
    """

    def __init__(self) -> None:
        self.said: Said = None
        self.replaced: Sequence[str] = ()
        self.places: set[Path] = set()
        self.placing = threading.Lock()
        self._running: list[threading.Event] = []  # each is set to cancel one

    def add(
        self,
        library: Library,
        bring: Callable[[], Sequence[Path]],
        encoding: str | None = None,
        after: Callable[[], Sequence[str]] = tuple,
    ) -> Iterator[Said]:
        """Take in what ``bring`` returns. None at once, then how far it is, and at last the report or error.

        ``after`` is called when nothing more is taken in, also where nobody listens any more. It returns
        which files were replaced.
        """
        cancel = threading.Event()

        def add(hear: Callable[[AddProgress], None]) -> AddReport:
            def tell(progress: AddProgress) -> None:
                self.said = progress
                hear(progress)

            try:
                try:
                    report = _add(library, bring(), encoding, tell, cancel)
                finally:
                    self.replaced = after()
            except (CancelledError, JudianError, OSError) as error:
                self.said = error
                raise
            else:
                self.said = report
                return report
            finally:
                self._running.remove(cancel)

        self.said, self.replaced = None, ()
        self._running.append(cancel)
        begun = told(add, cancel)
        yield None
        try:
            yield from begun
        except (CancelledError, JudianError, OSError) as error:
            yield error

    def cancel(self) -> None:
        for each in self._running:
            each.set()

    def follow(self) -> Iterator[Said]:
        """What was told last, again and again while something is taken in, and what it came to."""
        following = False
        while self._running:
            following = True
            yield self.said
            time.sleep(_LOOKED_SECONDS)
        if following:
            yield self.said


def _add(
    library: Library,
    paths: Sequence[Path],
    encoding: str | None,
    hear: Callable[[AddProgress], None],
    cancel: threading.Event,
) -> AddReport:
    """Wait where something else is being taken in: what was dropped is not to be dropped again."""
    while True:
        try:
            return library.add(*paths, encoding=encoding, progress=hear)
        except LibraryBusyError:
            if cancel.wait(_BUSY_SECONDS):
                raise CancelledError from None
