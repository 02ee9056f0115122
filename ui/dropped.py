"""Files that came through the page: they lie in a library's folder and nowhere else. Knows no gradio.

A file under a name that is there already is a new version. The one before is put aside until something was
read from the new one; otherwise it comes back, and the new one goes.
"""

from __future__ import annotations

import filecmp
import re
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from index.library import Library
from index.reading import sha256_of
from ui.intakes import Intakes

FOLDER = "files"  # in the library's folder

_ASIDE = ".earlier"  # in FOLDER; hidden, so that nothing takes it in
_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*]')  # in the name of a folder, on some system
_DEEPEST = 16  # folders
_LONGEST = 60  # characters of a folder's name: at most 240 bytes


def placed(file: str, told: str) -> Path:
    """Where a file of a dropped folder belongs, below the library's: under the folders of its path.

    ``told`` is that path as a browser gives it, "/合同/甲/终稿.docx", and may say anything. The name is
    ``file``'s own; where ``told`` ends in another one, it is of another file.
    """
    name = Path(file).name
    *folders, last = told.replace("\\", "/").split("/")
    letters = iter(last.replace('"', "%22"))  # as browsers send it
    if not all(letter in letters for letter in name):  # gradio leaves some characters out
        return Path(name)
    named = (_UNSAFE.sub("", each).strip(" .")[:_LONGEST] for each in folders)
    return Path(*list(filter(None, named))[:_DEEPEST], name)


class Dropped:
    """Files of one drop, in ``library``'s folder. ``replaced`` are names whose text is another one now."""

    def __init__(self, library: Library, intakes: Intakes) -> None:
        self._library = library
        self._intakes = intakes
        self._folder = library.folder / FOLDER
        self._before: dict[Path, set[tuple[str, str]]] = {}  # what was held of a file that was put aside
        self.paths: list[Path] = []
        self.replaced: list[str] = []

    def move_in(self, files: Sequence[tuple[str, Path]]) -> list[Path]:
        """Where they lie now: each comes with its place below the folder, see ``placed``.

        Raises OSError; ``settle`` is to be called in any case.
        """
        left = Counter(file for file, _ in files)  # the same bytes under one name come as one file
        for file, place in files:
            left[file] -= 1
            with self._intakes.placing:
                self._move_in(Path(file), self._folder / place, shutil.copy2 if left[file] else shutil.move)
        return self.paths

    def _move_in(self, file: Path, place: Path, bring: Callable[[Path, Path], object]) -> None:
        path = _place(place, file, self._intakes.places)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.paths.append(path)
        self._intakes.places.add(path)
        if path.exists() and filecmp.cmp(path, file, shallow=False):
            return
        if path.exists():
            self._aside(path).parent.mkdir(parents=True, exist_ok=True)
            path.replace(self._aside(path))
            self._before[path] = _held(self._library, path)
        bring(file, path)

    def settle(self) -> list[str]:
        """After the files were taken in, or were to be: each original that is needed is there, no other.

        Returns ``replaced``.
        """
        try:
            self._settle()
        finally:
            self._intakes.places.difference_update(self.paths)
        return self.replaced

    def _settle(self) -> None:
        for path, before in self._before.items():
            after = _held(self._library, path)
            if (str(path), "") in after - before:
                self._keep_both(path)
            elif after != before:
                self.replaced.append(path.relative_to(self._folder).as_posix())
                self._aside(path).unlink()
            elif path.exists() and self._library.source(path) == sha256_of(path):  # it has the same text
                self._aside(path).unlink()
            else:
                self._aside(path).replace(path)
            _clear(self._folder, self._aside(path))
        forget(self._library, self.paths)

    def _keep_both(self, path: Path) -> None:
        """The encoding of the new one is to be chosen; what answers until then has another name."""
        name = next(each for each in _numbered(path) if not each.exists())
        self._library.rename(path, name)
        self._aside(path).replace(name)

    def _aside(self, path: Path) -> Path:
        return self._folder / _ASIDE / path.relative_to(self._folder)


def forget(library: Library, paths: Sequence[Path]) -> None:
    """Delete what came through the page, unless something that was read from it stays.

    ``paths`` may lie inside an archive; older versions stay without their file.
    """
    folder = library.folder / FOLDER
    stays: list[str] = []
    if library.is_there:
        stays = [path for info in library.documents() for path in info.paths]
        stays += [file.path for file in library.doubtful()]
    needed = {_file_of(folder, Path(path)) for path in stays}
    for path in paths:
        file = _file_of(folder, Path(path))
        if file is not None and file not in needed:
            file.unlink(missing_ok=True)
        _clear(folder, Path(path))


def _clear(folder: Path, path: Path) -> None:
    """Remove the folders above ``path`` in which nothing lies any more, up to ``folder``."""
    if path.is_relative_to(folder):
        for above in path.parents[: len(path.relative_to(folder).parts) - 1]:
            with suppress(OSError):  # something lies there, or does again, or it was an archive
                above.rmdir()


def _held(library: Library, path: Path) -> set[tuple[str, str]]:
    """The names in ``path``, each with its document, or with "" where an encoding is to be chosen."""
    if not library.is_there:
        return set()
    held = {(name, info.id) for info in library.documents() for name in info.paths}
    held |= {(file.path, "") for file in library.doubtful()}
    return {each for each in held if Path(each[0]).is_relative_to(path)}


def _file_of(folder: Path, path: Path) -> Path | None:
    """The file below ``folder`` that ``path`` is, or that is the archive ``path`` lies in."""
    if not path.is_relative_to(folder):
        return None
    below = (path, *path.parents)[: len(path.relative_to(folder).parts)]
    return next(filter(Path.is_file, below), None)


def _place(path: Path, file: Path, taken: Collection[Path]) -> Path:
    """Where ``file`` goes: ``path``, or one like it where one that is being taken in has that name.

    The same bytes under such a name are the same file.
    """
    there: list[Path] = []
    for each in _numbered(path):
        if each in taken or each.is_dir():
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
