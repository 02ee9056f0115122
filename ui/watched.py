"""Folders that a library follows while the page is served; their names lie in the library's folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from index.errors import JudianError, LibraryBusyError
from index.library import Library
from index.reading import absolute
from index.watching import Watcher

FILE = "watched.txt"  # in the library's folder, a folder a line

_BUSY_SECONDS = 2.0


class WatchedFolders:
    """Follows the folders of one library in a thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """What is watched, or is to be as soon as ``follow`` is called."""
        file = self._library.folder / FILE
        try:
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        except (OSError, UnicodeDecodeError):
            return []
        return [line.strip() for line in lines if line.strip()]

    def keep(self, names: Sequence[str]) -> None:
        """Watch these from now on. Raises PathMissingError for one that is no folder, and OSError."""
        Watcher(self._library, names, lambda *_: None)  # tells what is wrong before anything changes
        file = self._library.folder / FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text("".join(f"{absolute(name)}\n" for name in names), encoding="utf-8")
        part.replace(file)
        self.follow()

    def follow(self, failed: Callable[[str], None] = lambda _: None) -> None:
        """Begin, in the background; ``failed`` hears why a folder cannot be followed."""
        with self._lock:
            self._stop.set()
            self._stop = stop = threading.Event()
        names = list(filter(_is_folder, self.names()))
        if names:
            threading.Thread(target=self._run, args=(names, stop, failed), name="watch", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self, names: Sequence[str], stop: threading.Event, failed: Callable[[str], None]) -> None:
        while not stop.is_set():
            try:
                watcher = Watcher(self._library, names, lambda *_: None)
                watcher.catch_up()
                watcher.run(stop)
            except LibraryBusyError:
                stop.wait(_BUSY_SECONDS)  # something else is being taken in
            except (JudianError, OSError) as error:
                failed(str(error))
                return


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # on a disk that is gone
        return False
