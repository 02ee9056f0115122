"""A library goes into a zip and comes back, and nothing else does."""

from __future__ import annotations

import resource
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from index.backup import BackupError, back_up, restore
from index.library import Library
from index.store import FILE_NAME

Writer = Callable[..., Path]


def test_a_backup_answers_as_the_library_did(
    library: Library, open_library: Callable[..., Library], write: Writer, tmp_path: Path
) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"), write("乙.txt", "乙镇有五千人。"))
    (library.folder / "synonyms.txt").write_text("甲镇 = 甲\n", encoding="utf-8")
    (library.folder / "conversations").mkdir()
    (library.folder / "conversations" / "a.json").write_text("{}", encoding="utf-8")
    size = back_up(library, tmp_path / "备份.zip")
    assert size == (tmp_path / "备份.zip").stat().st_size
    library.remove(library.documents()[0].id)
    restore(tmp_path / "备份.zip", tmp_path / "恢复")
    restored = open_library(tmp_path / "恢复")
    assert sorted(info.title for info in restored.documents()) == ["乙", "甲"]
    assert restored.search("甲镇有多少人？")[0].passage.text == "甲镇有三千人。"
    assert restored.check() == []
    assert (tmp_path / "恢复" / "synonyms.txt").read_text(encoding="utf-8") == "甲镇 = 甲\n"
    assert (tmp_path / "恢复" / "conversations" / "a.json").exists()
    assert len(library.documents()) == 1, "the library itself is as it was"


def test_files_of_the_library_itself_are_where_it_is_restored(
    library: Library, open_library: Callable[..., Library], write: Writer, tmp_path: Path
) -> None:
    own = library.folder / "files" / "甲.txt"
    own.parent.mkdir(parents=True)
    own.write_text("甲镇有三千人。", encoding="utf-8")
    elsewhere = write("乙.txt", "乙镇有五千人。")
    library.add(own, elsewhere)
    own.write_text("甲镇有四千人。", encoding="utf-8")
    library.add(own)
    back_up(library, tmp_path / "备份.zip")
    restore(tmp_path / "备份.zip", tmp_path / "恢复")
    restored = open_library(tmp_path / "恢复")
    now = str(tmp_path / "恢复" / "files" / "甲.txt")
    assert {path for info in restored.documents() for path in info.paths} == {now, str(elsewhere)}
    assert [info.paths for info in restored.versions()] == [(now,)]
    assert restored.check() == []
    assert restored.add(Path(now)).count("unchanged") == 1
    restored.remove(now)
    assert [info.title for info in restored.documents()] == ["乙"]


def test_nothing_is_overwritten(library: Library, write: Writer, tmp_path: Path) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"))
    back_up(library, tmp_path / "备份.zip")
    with pytest.raises(BackupError, match="there already"):
        restore(tmp_path / "备份.zip", library.folder)


@pytest.mark.parametrize("name", ["../漏.txt", "/tmp/漏.txt", "a/../../漏.txt", "c:漏.txt", "..\\漏.txt"])
def test_a_backup_writes_into_its_folder_alone(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "坏.zip", "w") as archive:
        archive.writestr(FILE_NAME, b"")
        archive.writestr(name, b"x")
    with pytest.raises(BackupError, match="no backup"):
        restore(tmp_path / "坏.zip", tmp_path / "新")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["坏.zip"]


def test_what_is_no_backup_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "文.zip").write_text("no zip", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "坏.zip", "w") as archive:
        archive.writestr(FILE_NAME, b"no database" * 100)
    with zipfile.ZipFile(tmp_path / "弹.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE_NAME, b"0" * 50_000_000)
    for name, told in (("文.zip", "cannot be read"), ("坏.zip", "damaged"), ("弹.zip", "far more")):
        with pytest.raises(BackupError, match=told):
            restore(tmp_path / name, tmp_path / "新")
    with pytest.raises(BackupError, match="cannot be read"):
        restore(tmp_path / "没有.zip", tmp_path / "新")
    assert not (tmp_path / "新").exists()
    assert not list(tmp_path.glob(".*"))


def test_what_is_watched_stays_behind(library: Library, write: Writer, tmp_path: Path) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"))
    (library.folder / "watched.txt").write_text(f"{tmp_path}\n", encoding="utf-8")
    back_up(library, tmp_path / "备份.zip")
    with zipfile.ZipFile(tmp_path / "备份.zip") as archive:
        assert archive.namelist() == [FILE_NAME]


def test_a_backup_that_is_hurt_or_locked_is_told(library: Library, write: Writer, tmp_path: Path) -> None:
    library.add(write("甲.txt", "甲镇有三千人。" * 500))
    back_up(library, tmp_path / "备份.zip")
    whole = (tmp_path / "备份.zip").read_bytes()
    for place in range(60, len(whole), max(1, len(whole) // 25)):
        (tmp_path / "坏.zip").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            restore(tmp_path / "坏.zip", tmp_path / "新")
        except BackupError:
            assert not (tmp_path / "新").exists()
        else:
            shutil.rmtree(tmp_path / "新")  # a byte that says nothing


def test_a_backup_into_the_library_holds_no_copy_of_itself(library: Library, write: Writer) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"))
    back_up(library, library.folder / "备份.zip")
    with zipfile.ZipFile(library.folder / "备份.zip") as archive:
        assert archive.namelist() == [FILE_NAME]
    assert not list(library.folder.glob("*.part"))


def test_a_backup_without_room_for_the_copy_is_told_and_leaves_nothing(
    library: Library, write: Writer, tmp_path: Path
) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))  # bytes of a file, as on a full disk
    try:
        with pytest.raises(BackupError, match="Make room"):
            back_up(library, tmp_path / "备份.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.glob("*.zip*"))
    assert not list(tmp_path.glob("*.part"))
