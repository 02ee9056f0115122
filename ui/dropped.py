"""Files that came through the page: they lie in a library's folder and nowhere else. Knows no gradio.

A file under a name that is there already is a new version. The one before is put aside until something was
read from the new one; otherwise it comes back, and the new one goes.
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from index.library import Library
from index.reading import sha256_of

FOLDER = "files"  # in the library's folder

_ASIDE = ".earlier"  # in FOLDER; hidden, so that nothing takes it in


class Dropped:
    """Files of one drop, in ``library``'s folder. ``replaced`` are names whose text is another one now."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._folder = library.folder / FOLDER
        self._before: dict[Path, set[tuple[str, str]]] = {}  # what was held of a file that was put aside
        self.paths: list[Path] = []
        self.replaced: list[str] = []

    def move_in(self, files: Sequence[str]) -> list[Path]:
        """Where they lie now. Raises OSError; ``settle`` is to be called in any case."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for each in map(Path, files):
            path = _place(self._folder / each.name, each, self.paths)
            self.paths.append(path)
            if path.exists() and filecmp.cmp(path, each, shallow=False):
                continue
            if path.exists():
                self._aside(path).parent.mkdir(exist_ok=True)
                path.replace(self._aside(path))
                self._before[path] = _held(self._library, path)
            shutil.move(each, path)
        return self.paths

    def settle(self) -> None:
        """After the files were taken in, or were to be: each original that is needed is there, no other."""
        for path, before in self._before.items():
            after = _held(self._library, path)
            if (str(path), "") in after - before:
                self._keep_both(path)
            elif after != before:
                self.replaced.append(path.name)
                self._aside(path).unlink()
            elif path.exists() and self._library.source(path) == sha256_of(path):  # it has the same text
                self._aside(path).unlink()
            else:
                self._aside(path).replace(path)
        forget(self._library, self.paths)

    def _keep_both(self, path: Path) -> None:
        """The encoding of the new one is to be chosen; what answers until then has another name."""
        name = next(each for each in _numbered(path) if not each.exists())
        self._library.rename(path, name)
        self._aside(path).replace(name)

    def _aside(self, path: Path) -> Path:
        return self._folder / _ASIDE / path.name


def forget(library: Library, paths: Sequence[Path]) -> None:
    """Delete what came through the page, unless something that was read from it stays.

    ``paths`` may lie inside an archive; older versions stay without their file.
    """
    folder = library.folder / FOLDER
    stays: list[str] = []
    if library.is_there:
        stays = [path for info in library.documents() for path in info.paths]
        stays += [file.path for file in library.doubtful()]
    needed = {folder / part for part in (_first_below(folder, Path(path)) for path in stays) if part}
    for path in paths:
        part = _first_below(folder, path)
        if part and folder / part not in needed:
            (folder / part).unlink(missing_ok=True)


def _held(library: Library, path: Path) -> set[tuple[str, str]]:
    """The names in ``path``, each with its document, or with "" where an encoding is to be chosen."""
    if not library.is_there:
        return set()
    held = {(name, info.id) for info in library.documents() for name in info.paths}
    held |= {(file.path, "") for file in library.doubtful()}
    return {each for each in held if Path(each[0]).is_relative_to(path)}


def _first_below(folder: Path, path: Path) -> str:
    """The name in ``folder`` under which ``path`` lies, "" for one that lies elsewhere."""
    return path.relative_to(folder).parts[0] if path.is_relative_to(folder) and path != folder else ""


def _place(path: Path, file: Path, taken: Sequence[Path]) -> Path:
    """Where ``file`` goes: ``path``, or one like it where two that were dropped together have one name.

    The same bytes under such a name are the same file.
    """
    there: list[Path] = []
    for each in _numbered(path):
        if each in taken:
            continue
        if not each.exists():
            return there[0] if there else each
        if filecmp.cmp(each, file, shallow=False):
            return each
        there.append(each)
    raise AssertionError("names are without end")


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem} ({number})")
