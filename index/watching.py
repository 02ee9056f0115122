"""Folders whose changes a library follows. The home of watchdog; knows nothing of what is in a file."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from index.errors import (
    EmptyFolderError,
    JudianError,
    LibraryBusyError,
    NoReadableFilesError,
    PathMissingError,
)
from index.library import Library
from index.reading import absolute, lies_in
from index.types import AddProgress

# A program saves a file in several steps: changes are taken in when none has come for a while.
_QUIET_SECONDS = 0.5
_LONGEST_WAIT = 5.0

Tell = Callable[[str, str, str], None]


class Watcher:
    """Brings a library up to its folders, then follows them: additions, changes, renames and deletions.

    ``tell`` hears of each change: its status, path and a detail.
    """

    def __init__(self, library: Library, folders: Sequence[str | Path], tell: Tell) -> None:
        """Raises PathMissingError when one of ``folders`` is not there or no folder."""
        self.folders = [absolute(folder) for folder in folders]
        for folder in self.folders:
            if not folder.is_dir():
                raise PathMissingError(folder)
        self._library = library
        self._tell = tell
        self._changed: queue.Queue[Path] = queue.Queue()
        self._observer = Observer()
        handler = _Handler(self._changed)
        for folder in self.folders:
            self._observer.schedule(handler, str(folder), recursive=True)

    def catch_up(self) -> None:
        """Take in what happened while nobody watched. Watching begins first, so that nothing is missed.

        A folder that is empty now and held documents is left alone: its disk may not be there.
        """
        self._observer.start()
        try:
            for folder in self.folders:
                try:
                    self._add([folder])
                    self._forget(folder)
                except EmptyFolderError as error:
                    self._tell("kept", str(folder), error.problem)
        except BaseException:
            self._observer.stop()
            raise

    def run(self, stop: Event | None = None) -> None:
        """Follow the folders until ``stop`` is set or Ctrl-C."""
        stop = stop or Event()
        try:
            while not stop.is_set():
                paths = self._next_changes(stop)
                if paths:
                    self._take_in(paths)
        finally:
            self._observer.stop()
            self._observer.join()

    def _next_changes(self, stop: Event) -> list[Path]:
        """The paths that changed, when they have come to rest."""
        paths: dict[Path, None] = {}
        since = time.monotonic()
        while not stop.is_set():
            try:
                paths[self._changed.get(timeout=_QUIET_SECONDS)] = None
            except queue.Empty:
                if paths:
                    break
                since = time.monotonic()
            if paths and time.monotonic() - since > _LONGEST_WAIT:
                break
        return list(paths)

    def _take_in(self, paths: Sequence[Path]) -> None:
        try:
            # What is new first: a file under a new name is known by its content while the old name is there.
            self._add([path for path in paths if any(lies_in(path, folder) for folder in self.folders)])
            for folder in self.folders:
                self._forget(folder, paths)
        except LibraryBusyError:
            time.sleep(_QUIET_SECONDS)
            for path in paths:
                self._changed.put(path)
        except JudianError as error:
            self._tell("failed", ", ".join(map(str, paths)), str(error))

    def _add(self, paths: Sequence[Path]) -> None:
        def progress(now: AddProgress) -> None:
            outcome = now.outcome
            if outcome is not None and outcome.status not in ("unchanged", "skipped"):
                self._tell(outcome.status, outcome.path, outcome.message)

        if paths:
            try:
                self._library.add(*paths, progress=progress, bring_back=False)
            except (NoReadableFilesError, PathMissingError):
                return  # nothing of ours changed, or it is gone again

    def _forget(self, folder: Path, changed: Sequence[Path] | None = None) -> None:
        removal = self._library.forget_missing(folder, changed)
        for info in removal.documents:
            self._tell("removed", info.path, info.title)
        for name in removal.names:
            self._tell("removed", name, "another file holds the same text, which stays")


class _Handler(FileSystemEventHandler):
    def __init__(self, changed: queue.Queue[Path]) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("opened", "closed_no_write"):
            return
        for path in (event.src_path, event.dest_path):
            if path and not (event.is_directory and event.event_type == "modified"):
                self._changed.put(Path(str(path)))
