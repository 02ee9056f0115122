"""A watched folder and its library stay the same, whatever happens to the files."""

from __future__ import annotations

import contextlib
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import DocumentMissingError, PathMissingError
from index.library import Library
from index.watching import Watcher

Opener = Callable[..., Library]
SECONDS = 20.0


class Watched:
    """A folder, its library, and what the watcher said."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.folder = folder
        self.library = library
        self.said: list[tuple[str, str]] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        watcher = Watcher(
            self.library, [self.folder], lambda status, path, _: self.said.append((status, path))
        )
        watcher.catch_up()
        self._stop.clear()
        self._thread = threading.Thread(target=watcher.run, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def names(self) -> dict[str, str]:
        """The files that the library holds, with the beginning of their texts."""
        return {
            Path(path).relative_to(self.folder).as_posix(): self.library.document(info.id).text[:4]
            for info in self.library.documents()
            for path in info.paths
        }

    def becomes(self, expected: dict[str, str]) -> None:
        until = time.monotonic() + SECONDS
        names: dict[str, str] = {}
        while names != expected and time.monotonic() < until:
            with contextlib.suppress(DocumentMissingError):  # it went between two of our looks
                names = self.names()
            time.sleep(0.1)
        assert names == expected

    def says(self, status: str, name: str) -> None:
        until = time.monotonic() + SECONDS
        while (status, str(self.folder / name)) not in self.said and time.monotonic() < until:
            time.sleep(0.1)
        assert (status, name) in [(each, Path(path).name) for each, path in self.said]


@pytest.fixture
def watched(library: Library, tmp_path: Path) -> Iterator[Watched]:
    (tmp_path / "folder").mkdir()
    watched = Watched(library, tmp_path / "folder")
    yield watched
    watched.stop()


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_additions_changes_renames_and_deletions_are_followed(watched: Watched) -> None:
    folder = watched.folder
    put(folder, "one.txt", "第一份文件说的是长沙的配套率。")
    watched.start()
    assert watched.names() == {"one.txt": "第一份文"}
    put(folder, "deep/two.txt", "第二份文件说的是德国的集群。")
    watched.becomes({"one.txt": "第一份文", "deep/two.txt": "第二份文"})
    put(folder, "one.txt", "改过的文件说的是长沙的人口。")
    watched.becomes({"one.txt": "改过的文", "deep/two.txt": "第二份文"})
    (folder / "deep" / "two.txt").rename(folder / "three.txt")
    watched.becomes({"one.txt": "改过的文", "three.txt": "第二份文"})
    watched.says("renamed", "three.txt")
    (folder / "deep").rename(folder / "empty")
    (folder / "one.txt").unlink()
    watched.becomes({"three.txt": "第二份文"})
    assert watched.library.versions() == [], "older versions of a deleted file are gone too"
    assert watched.library.search("德国的集群")[0].document.path == str(folder / "three.txt")
    assert watched.library.check() == []


def test_what_happened_while_nobody_watched_is_caught_up(watched: Watched) -> None:
    folder = watched.folder
    for name in ("stays.txt", "goes.txt", "moves.txt"):
        put(folder, name, f"{name}里写的是各自的事情。")
    watched.start()
    watched.stop()
    (folder / "goes.txt").unlink()
    (folder / "moves.txt").rename(folder / "moved.txt")
    put(folder, "new.txt", "新来的文件。")
    watched.start()
    assert sorted(watched.names()) == ["moved.txt", "new.txt", "stays.txt"]


def test_a_folder_that_is_suddenly_empty_loses_nothing(watched: Watched) -> None:
    """Its disk may not be mounted."""
    put(watched.folder, "one.txt", "第一份文件说的是长沙的配套率。")
    watched.start()
    watched.stop()
    (watched.folder / "one.txt").unlink()
    watched.start()
    assert list(watched.names()) == ["one.txt"]
    assert ("kept", str(watched.folder)) in watched.said
    with pytest.raises(PathMissingError):
        Watcher(watched.library, [watched.folder / "missing"], lambda *_: None)


def test_a_link_out_of_the_folder_is_not_followed(watched: Watched, tmp_path: Path) -> None:
    put(tmp_path, "secret.txt", "不在这个文件夹里的秘密。")
    (tmp_path / "outside").mkdir()
    put(tmp_path / "outside", "other.txt", "也不在这个文件夹里。")
    put(watched.folder, "first.txt", "先放进来的文件。")
    watched.start()
    (watched.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (watched.folder / "linked").symlink_to(tmp_path / "outside")
    (watched.folder / "circle").symlink_to(watched.folder)
    put(watched.folder, "own.txt", "文件夹里自己的文件。")
    watched.becomes({"first.txt": "先放进来", "own.txt": "文件夹里"})
    outcomes = {Path(each.path).name: each for each in watched.library.add(watched.folder).outcomes}
    assert outcomes["link.txt"].status == "skipped"
    assert "leads out of the folder" in outcomes["linked"].message
    assert outcomes["own.txt"].status == "unchanged"


def test_a_name_of_another_normal_form_is_another_file(watched: Watched) -> None:
    put(watched.folder, "caf\u00e9.txt", "用一个字符写的名字。")
    put(watched.folder, "cafe\u0301.txt", "用两个字符写的名字。")
    watched.start()
    assert len(watched.names()) == 2


def test_what_was_removed_does_not_come_back_by_watching(watched: Watched) -> None:
    put(watched.folder, "gone.txt", "这一份被移除了。")
    put(watched.folder, "stays.txt", "这一份留着。")
    watched.start()
    watched.stop()
    watched.library.remove(str(watched.folder / "gone.txt"))
    watched.start()
    assert list(watched.names()) == ["stays.txt"]
    (watched.folder / "gone.txt").touch()
    put(watched.folder, "new.txt", "新来的一份。")
    watched.becomes({"stays.txt": "这一份留", "new.txt": "新来的一"})
    watched.stop()
    held = (watched.library.folder / "library.db").read_bytes()
    assert b"gone.txt" not in held, "its name is forgotten too"


def test_what_was_removed_comes_back_when_it_is_changed_or_added(watched: Watched) -> None:
    for name in ("changed.txt", "added.txt"):
        put(watched.folder, name, f"{name}里写的是各自的事情。")
        watched.library.add(watched.folder / name)
        watched.library.remove(watched.library.documents()[0].id)
    watched.start()
    assert watched.names() == {}
    put(watched.folder, "changed.txt", "后来改过的一份。")
    watched.becomes({"changed.txt": "后来改过"})
    watched.stop()
    watched.library.add(watched.folder / "added.txt")
    put(watched.folder, "changed.txt", "changed.txt里写的是各自的事情。")
    watched.start()
    assert sorted(watched.names()) == ["added.txt", "changed.txt"]
    assert watched.library.versions()[0].title == "changed"
    assert watched.names()["changed.txt"] == "chan", "it was wanted since"


def test_an_archive_of_which_a_part_was_removed_stays_as_it_is(watched: Watched) -> None:
    with zipfile.ZipFile(watched.folder / "two.zip", "w") as archive:
        archive.writestr("one.txt", "第一份讲的是茶叶。")
        archive.writestr("two.txt", "第二份讲的是丝绸。")
    watched.start()
    watched.stop()
    watched.library.remove(watched.library.documents()[0].id)
    watched.start()
    assert list(watched.names()) == ["two.zip/two.txt"]


def test_a_file_moved_to_a_removed_name_is_followed(watched: Watched) -> None:
    put(watched.folder, "one.txt", "两个文件一样。")
    put(watched.folder, "two.txt", "两个文件一样。")
    watched.start()
    watched.stop()
    watched.library.remove(str(watched.folder / "two.txt"))
    (watched.folder / "one.txt").replace(watched.folder / "two.txt")
    watched.start()
    assert list(watched.names()) == ["two.txt"]
