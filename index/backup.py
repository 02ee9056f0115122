"""A library to one zip file, and back into a new folder. Knows the library's files, not what is in them."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from contextlib import closing
from pathlib import Path, PurePosixPath

from index.errors import JudianError
from index.library import Library
from index.reading import absolute
from index.store import FILE_NAME, Store

# Made anew from the database, or of no use elsewhere: watching would take what is restored away again.
_LEFT_OUT = ("derived", "write.lock", "watched.txt", FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm")
_MOST_RATIO = 200  # of what comes out of a backup to its size: texts shrink to a tenth at most


class BackupError(JudianError):
    """A file that is no backup, or a folder that cannot take one."""


def back_up(library: Library, file: Path) -> int:
    """Write ``library`` to ``file``, whole or not at all, while nothing is added to it. Returns its bytes.

    Raises LibraryMissingError for one that is not there, BackupError, and OSError.
    """
    folder = library.folder
    part = file.with_name(f"{file.name}.part")
    # Beside the backup, where as much room is needed anyway: what holds temporary files may be small.
    with library.writing(), tempfile.TemporaryDirectory(dir=file.parent, suffix=".part") as temporary:
        copy = Path(temporary) / FILE_NAME
        _copy(folder / FILE_NAME, copy, file)
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                archive.comment = str(folder).encode()  # where the files lay that are in it
                archive.write(copy, FILE_NAME)
                for each in sorted(folder.rglob("*")):
                    relative = each.relative_to(folder)
                    left_out = relative.parts[0] in _LEFT_OUT or each == file
                    left_out = left_out or any(name.endswith(".part") for name in relative.parts)
                    if each.is_file() and not left_out:
                        archive.write(each, relative.as_posix())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    return file.stat().st_size


def _copy(database: Path, copy: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as source:
            source.execute("VACUUM INTO ?", (str(copy),))  # without the room of what was removed
    except sqlite3.Error as error:
        raise BackupError(
            f"{file} cannot be written ({error}). Make room on its disk, then back up again.",
            "backup_unwritten",
            file=file,
            reason=error,
        ) from error


def restore(file: Path, folder: Path) -> None:
    """Make the library of the backup ``file`` in ``folder``, which must not be there yet.

    Documents whose file lay in the library's folder have it in ``folder`` from now on. Raises BackupError
    for a file that is no backup, and for a folder that is there.
    """
    folder = absolute(folder)
    if folder.exists():
        raise BackupError(
            f"{folder} is there already. Restore into another folder.", "backup_taken", folder=folder
        )
    part = folder.with_name(f".{folder.name}.part")
    try:
        with zipfile.ZipFile(file) as archive:
            infos, before = archive.infolist(), Path(archive.comment.decode(errors="replace"))
            if FILE_NAME not in archive.namelist() or not all(_stays_inside(info.filename) for info in infos):
                raise BackupError(
                    f"{file} is no backup of a library. Choose a .zip that Judian has made.", file=file
                )
            if sum(info.file_size for info in infos) > _MOST_RATIO * max(file.stat().st_size, 1):
                raise BackupError(
                    f"{file} says that it holds far more than a backup can. Choose another.", file=file
                )
            part.mkdir(parents=True)
            archive.extractall(part)
        _check(part / FILE_NAME, file)
        part.replace(folder)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise BackupError(
            f"{file} cannot be read as a backup ({error}). Choose another .zip.", file=file
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _moved(before, folder)


def _moved(before: Path, folder: Path) -> None:
    """Tell the library in ``folder`` that its own files lie there and no more in ``before``."""
    store = Store(folder)
    try:
        for origin in map(Path, store.origins()):
            if before.is_absolute() and origin.is_relative_to(before):
                now = absolute(folder / origin.relative_to(before))
                if now.is_relative_to(folder) and now.is_file() and now != origin:
                    store.rename(str(origin), str(now))
    finally:
        store.close()


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and ":" not in name


def _check(database: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as connection:
            sound = connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise BackupError(f"The library in {file} is damaged. Choose another backup.", file=file)
