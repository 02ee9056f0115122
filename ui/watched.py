"""Folders that a library follows while the page is served; their names lie in the library's folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from index.errors import JudianError, LibraryBusyError
from index.library import Library
from index.reading import absolute
from index.watching import Watcher
from ui.messages import problem_of

FILE = "watched.txt"  # in the library's folder, a folder a line
GONE, ENDED = "gone", "ended"  # why a folder is not watched, where nothing else is known

_BUSY_SECONDS = 2.0


class WatchedFolders:
    """Follows the folders of one library in a thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._why: dict[str, str] = {}

    def names(self) -> list[str]:
        """What is watched, or is to be as soon as ``follow`` is called."""
        file = self._library.folder / FILE
        try:
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        except (OSError, UnicodeDecodeError):
            return []
        return [line.strip() for line in lines if line.strip()]

    def state(self) -> dict[str, str]:
        """Each folder that is to be watched, with why it is not, "" for one that is."""
        alive = self._thread is not None and self._thread.is_alive()
        return {
            name: self._why.get(name) or (GONE if not is_folder(name) else "" if alive else ENDED)
            for name in self.names()
        }

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
            self._why, self._thread = {}, None
            names = list(filter(is_folder, self.names()))
            if names:
                arguments = (names, stop, self._why, failed)
                self._thread = threading.Thread(target=self._run, args=arguments, name="watch", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _run(
        self, names: Sequence[str], stop: threading.Event, why: dict[str, str], failed: Callable[[str], None]
    ) -> None:
        def hear(status: str, path: str, detail: str) -> None:
            if status == "kept":
                why[path] = detail

        while not stop.is_set():
            here = list(filter(is_folder, names))
            try:
                watcher = Watcher(self._library, here, hear)
                watcher.catch_up()
                watcher.run(stop)
            except LibraryBusyError:
                stop.wait(_BUSY_SECONDS)  # something else is being taken in
            except (JudianError, OSError) as error:
                if here and not all(map(is_folder, here)):
                    continue  # without the one that went
                why.update(dict.fromkeys(names, problem_of(error)))
                failed(str(error))
                return


def is_folder(name: str) -> bool:
    try:
        return absolute(name).is_dir()
    except OSError:  # on a disk that is gone
        return False
