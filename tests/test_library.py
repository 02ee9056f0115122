"""A library never loses and never resurrects a document."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest
from filelock import FileLock

import index.chunking
from index.errors import (
    DocumentAmbiguousError,
    DocumentMissingError,
    EncoderMismatchError,
    LibraryBusyError,
    LibraryDamagedError,
    LibraryFormatError,
    LibraryMissingError,
    NoReadableFilesError,
    PathMissingError,
    QuestionError,
)
from index.library import Library
from index.types import AddProgress
from index.vectors import VectorIndex
from tests.conftest import HashingEncoder

Opener = Callable[..., Library]
Writer = Callable[..., Path]

CHANGSHA = "长沙工程机械集群\n\n2020年，长沙工程机械的省内配套率超过36%，零部件配套率超过50%。\n"
GERMANY = "德国集群\n\n德国的It’s OWL集群有196个成员，其中大企业53家。\n"


def found(library: Library, question: str) -> list[str]:
    return [Path(hit.document.path).name for hit in library.search(question)]


def test_added_documents_are_found_again_after_reopening(open_library: Opener, write: Writer) -> None:
    write("a.txt", CHANGSHA)
    folder = write("b.md", GERMANY).parent
    report = open_library().add(folder)
    assert [(Path(outcome.path).name, outcome.status) for outcome in report.outcomes] == [
        ("a.txt", "added"),
        ("b.md", "added"),
    ]
    again = open_library()
    assert found(again, "长沙的配套率")[0] == "a.txt"
    assert found(again, "德國集群成員")[0] == "b.md"
    assert again.check() == []


def test_hits_quote_the_document_exactly(library: Library, write: Writer) -> None:
    library.add(write("a.txt", CHANGSHA))
    hit = library.search("配套率")[0]
    text = library.document(hit.document.id).text
    assert text == CHANGSHA
    assert hit.passage.text == text[hit.passage.start : hit.passage.end]
    assert hit.lexical is not None
    assert 0 < hit.lexical <= 1.2


def test_unchanged_files_are_not_encoded_again(
    library: Library, write: Writer, encoder: HashingEncoder
) -> None:
    path = write("a.txt", CHANGSHA)
    library.add(path)
    encoded = len(encoder.encoded)
    assert library.add(path).outcomes[0].status == "unchanged"
    assert len(encoder.encoded) == encoded


def test_a_changed_file_answers_with_its_new_text_only(library: Library, write: Writer) -> None:
    path = write("a.txt", CHANGSHA)
    library.add(path)
    old = library.documents()[0].id
    path.write_text(CHANGSHA.replace("36%", "48%"), encoding="utf-8")
    assert library.add(path).outcomes[0].status == "updated"
    assert [hit.passage.text.count("48%") for hit in library.search("配套率")] == [1]
    (version,) = library.versions()
    assert (version.id, version.superseded_by) == (old, library.documents()[0].id)
    assert (version.path, version.passages) == (str(path), 0)
    assert library.document(old).text == CHANGSHA
    assert library.check() == []


def test_a_version_that_comes_back_answers_again(library: Library, write: Writer) -> None:
    path = write("a.txt", CHANGSHA)
    library.add(path)
    write("a.txt", CHANGSHA.replace("36%", "48%"))
    library.add(path)
    write("a.txt", CHANGSHA)
    assert library.add(path).outcomes[0].status == "updated"
    assert [hit.passage.text.count("36%") for hit in library.search("配套率")] == [1]
    assert len(library.versions()) == 1
    assert library.check() == []


def test_a_text_that_goes_to_another_file_while_its_own_changes_still_answers(
    library: Library, write: Writer
) -> None:
    folder = write("a.txt", CHANGSHA).parent
    library.add(folder)
    (folder / "a.txt").rename(folder / "b.txt")
    write("a.txt", GERMANY)
    assert [each.status for each in library.add(folder).outcomes] == ["updated", "duplicate"]
    assert found(library, "长沙的配套率")[0] == "b.txt"
    assert library.versions() == []
    assert library.check() == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_in_an_archive_keeps_its_last_text(library: Library, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", CHANGSHA)
        archive.writestr("a.txt", GERMANY)
    library.add(tmp_path / "a.zip")
    assert [info.superseded_by for info in library.versions()] == [library.documents()[0].id]
    assert library.check() == []


def test_a_path_with_dots_is_the_same_file(library: Library, write: Writer) -> None:
    path = write("a.txt", CHANGSHA)
    library.add(path.parent / ".." / "files" / "a.txt")
    assert library.documents()[0].paths == (str(path),)
    assert library.add(path).outcomes[0].status == "unchanged"


def test_removing_an_empty_name_removes_nothing(library: Library, write: Writer) -> None:
    library.add(write("a.txt", CHANGSHA))
    for nothing in ("", " "):
        with pytest.raises(DocumentMissingError, match="judian list"):
            library.remove(nothing)
    assert len(library.documents()) == 1


def test_removing_a_file_removes_its_older_versions(library: Library, write: Writer) -> None:
    path = write("a.txt", CHANGSHA)
    library.add(path)
    write("a.txt", CHANGSHA.replace("36%", "48%"))
    library.add(path)
    removal = library.remove(str(path))
    assert sorted(info.superseded_by is None for info in removal.documents) == [False, True]
    assert library.documents() == library.versions() == []
    assert library.check() == []


def test_the_same_text_is_stored_once_under_both_names(library: Library, write: Writer) -> None:
    first, second = write("a.txt", CHANGSHA), write("b.txt", CHANGSHA.encode("gb18030"))
    report = library.add(first, second)
    assert [outcome.status for outcome in report.outcomes] == ["added", "duplicate"]
    (info,) = library.documents()
    assert info.paths == (str(first), str(second))
    first.write_text(GERMANY, encoding="utf-8")
    library.add(first)
    assert found(library, "长沙配套率")[0] == "b.txt", "the other file still holds the text"


def test_a_removed_document_is_gone_everywhere(
    open_library: Opener, library: Library, write: Writer, encoder: HashingEncoder
) -> None:
    library.add(write("a.txt", CHANGSHA), write("b.txt", GERMANY))
    reader = open_library()
    assert "a.txt" in found(reader, "长沙配套率")
    (gone,) = encoder.encode_questions([f"长沙工程机械集群\n{library.search('长沙配套率')[0].passage.text}"])
    vectors = b"".join(path.read_bytes() for path in library.folder.rglob("*") if path.is_file())
    assert gone.tobytes() in vectors
    library.remove(library.find(str(write("a.txt", CHANGSHA))).id)
    for each in (library, reader, open_library()):
        assert found(each, "长沙配套率") == ["b.txt"]
        assert each.check() == []
    everything = b"".join(path.read_bytes() for path in library.folder.rglob("*") if path.is_file())
    assert "德国".encode() in everything
    for trace in ("省内", "配套率", "a.txt"):
        assert trace.encode() not in everything, f"{trace} is still somewhere in the library's files"
    assert gone.tobytes() not in everything


def test_removing_finds_all_before_it_removes_any(library: Library, write: Writer) -> None:
    library.add(write("a.txt", CHANGSHA))
    with pytest.raises(DocumentMissingError):
        library.remove(library.documents()[0].id, "nothing")
    assert len(library.documents()) == 1


def test_documents_are_found_by_the_beginning_of_their_id(library: Library, write: Writer) -> None:
    library.add(write("a.txt", CHANGSHA), write("b.txt", GERMANY))
    for info in library.documents():
        assert library.find(info.id[:8]) == info
    with pytest.raises((DocumentMissingError, DocumentAmbiguousError)):
        library.find("")


@pytest.mark.parametrize(
    "damage",
    ["current", "postings", "vectors.faiss", "state.json", "truncate", "flip a vector", "flip a posting"],
)
def test_what_is_derived_is_built_again_when_it_is_damaged(
    open_library: Opener, write: Writer, damage: str
) -> None:
    first = open_library()
    first.add(write("a.txt", CHANGSHA), write("b.txt", GERMANY))
    first.close()
    current = first.folder / "derived" / "current"
    derived = current.parent / current.read_text(encoding="utf-8")
    if damage == "postings":
        shutil.rmtree(derived / "postings")
    elif damage == "truncate":
        data = (derived / "vectors.faiss").read_bytes()
        (derived / "vectors.faiss").write_bytes(data[: len(data) // 2])
    elif damage == "flip a vector":
        flip(derived / "vectors.faiss", 300)
    elif damage == "flip a posting":
        flip(next((derived / "postings").glob("*.term")), 10)
    else:
        (current if damage == "current" else derived / damage).unlink()
    again = open_library()
    assert found(again, "长沙配套率")[0] == "a.txt"
    assert found(again, "德国成员")[0] == "b.txt"
    assert again.check() == []


def flip(path: Path, position: int) -> None:
    """Turn one bit of a file."""
    data = bytearray(path.read_bytes())
    data[position] ^= 4
    path.write_bytes(data)


def test_a_reader_sees_what_another_process_added(open_library: Opener, write: Writer) -> None:
    writer, reader = open_library(), open_library()
    writer.add(write("a.txt", CHANGSHA))
    assert found(reader, "长沙配套率") == ["a.txt"]
    writer.add(write("b.txt", GERMANY))
    assert found(reader, "德国成员")[0] == "b.txt"


def test_while_another_process_writes_nothing_is_changed_but_reading_goes_on(
    open_library: Opener, write: Writer
) -> None:
    library = open_library()
    library.add(write("a.txt", CHANGSHA))
    with FileLock(library.folder / "write.lock"):
        other = open_library()
        with pytest.raises(LibraryBusyError, match="Another process"):
            other.add(write("b.txt", GERMANY))
        assert found(other, "长沙配套率") == ["a.txt"]
    assert other.add(write("b.txt", GERMANY)).outcomes[0].status == "added"


def test_another_encoder_is_refused_with_the_command_that_mends_it(
    open_library: Opener, write: Writer
) -> None:
    library = open_library()
    library.add(write("a.txt", CHANGSHA))
    library.close()
    other = HashingEncoder("other", 128)
    asked = Library(library.folder, open_encoder=lambda _: other, encoder="other")
    with pytest.raises(EncoderMismatchError, match=r"judian doctor --repair .* --encoder other"):
        asked.search("配套率")
    with pytest.raises(EncoderMismatchError):
        asked.add(write("b.txt", GERMANY))
    asked.repair()
    assert found(asked, "长沙配套率") == ["a.txt"]
    assert asked.check() == []
    asked.close()


def test_bad_paths_are_told_before_anything_is_done(library: Library, write: Writer, tmp_path: Path) -> None:
    with pytest.raises(PathMissingError, match="does not exist"):
        library.add(write("a.txt", CHANGSHA), tmp_path / "missing.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoReadableFilesError, match="holds no file"):
        library.add(tmp_path / "empty")
    with pytest.raises(LibraryMissingError, match="judian add"):
        library.documents()


def test_a_bad_file_stops_no_other(library: Library, write: Writer) -> None:
    folder = write("a.txt", CHANGSHA).parent
    write("binary.txt", bytes(range(256)) * 20)
    write("empty.txt", "")
    write("picture.png", b"\x89PNG")
    write("program.exe", b"MZ")
    write(".hidden.txt", "藏起来的。")
    outcomes = {Path(outcome.path).name: outcome for outcome in library.add(folder).outcomes}
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "a.txt": "added",
        "binary.txt": "failed",
        "empty.txt": "failed",
        "picture.png": "failed",
        "program.exe": "skipped",
    }
    assert "binary" in outcomes["binary.txt"].message
    assert "\n" not in outcomes["binary.txt"].message


def test_a_damaged_database_is_told_in_one_line(open_library: Opener, write: Writer) -> None:
    library = open_library()
    library.add(write("a.txt", CHANGSHA))
    library.close()
    database = library.folder / "library.db"
    for leftover in library.folder.glob("library.db-*"):
        leftover.unlink()
    database.write_bytes(b"not a database" * 300)
    with pytest.raises(LibraryDamagedError, match="judian add PATH") as error:
        open_library()
    assert "\n" not in str(error.value)
    assert database.read_bytes().startswith(b"not a database"), "nothing is overwritten"


def test_a_newer_format_is_refused(open_library: Opener, write: Writer) -> None:
    library = open_library()
    library.add(write("a.txt", CHANGSHA))
    library.close()
    with sqlite3.connect(library.folder / "library.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    connection.close()
    with pytest.raises(LibraryFormatError, match="format 99"):
        open_library()


@pytest.mark.parametrize("question", ["", "  \n", "长" * 2001, "x" * 1_000_000])
def test_bad_questions_are_told(library: Library, write: Writer, question: str) -> None:
    library.add(write("a.txt", CHANGSHA))
    with pytest.raises(QuestionError):
        library.search(question)


@pytest.mark.parametrize(
    "question", ["是什么", "？", "😀", 'text:"a" AND (b OR -c)', "'; DROP TABLE documents; --", "的"]
)
def test_odd_questions_are_answered_without_error(library: Library, write: Writer, question: str) -> None:
    library.add(write("a.txt", CHANGSHA))
    assert len(library.search(question)) == 1


def test_a_changed_setting_encodes_only_what_it_changed(
    open_library: Opener, write: Writer, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library()
    library.add(write("short.txt", CHANGSHA), write("long.txt", GERMANY * 30))
    before = len(encoder.encoded)
    with monkeypatch.context() as patch:
        patch.setattr(index.chunking, "TARGET_LENGTH", 200)
        encoder.encoded.clear()
        library.repair()
        assert encoder.encoded
        assert not any("长沙" in text for text in encoder.encoded), "the short document is cut as before"
        assert max(len(hit.passage.text) for hit in library.search("德国集群成员")) < 320
        assert library.check() == []
    encoder.encoded.clear()
    library.repair()
    assert len(encoder.encoded) < before
    assert library.check() == []


def test_another_process_that_changes_the_encoder_is_noticed(open_library: Opener, write: Writer) -> None:
    reader = open_library()
    reader.add(write("a.txt", CHANGSHA))
    assert found(reader, "长沙配套率") == ["a.txt"]
    other = HashingEncoder("other", 128)
    writer = Library(reader.folder, open_encoder=lambda _: other, encoder="other")
    writer.repair()
    writer.close()
    with pytest.raises(EncoderMismatchError):
        reader.search("长沙配套率")


def test_an_interrupted_add_keeps_the_files_that_were_reported(open_library: Opener, write: Writer) -> None:
    first, second = write("a.txt", CHANGSHA), write("b.txt", GERMANY)
    library = open_library()

    def stop_after_first(progress: AddProgress) -> None:
        if progress.outcome is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(first, second, progress=stop_after_first)
    again = open_library()
    assert str(first) in [info.path for info in again.documents()]
    assert found(again, "长沙配套率")[0] == "a.txt"
    assert [outcome.status for outcome in again.add(first, second).outcomes] == ["unchanged", "unchanged"]
    assert again.check() == []


def test_the_vector_index_agrees_with_brute_force() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(300, 16)).astype(np.float32)
    faiss.normalize_L2(vectors)
    index = VectorIndex(16)
    index.update([], [(list(range(1000, 1300)), vectors)])
    index.update([1003, 1200], [([1300], vectors[:1])])
    kept = {number: vectors[number - 1000] for number in range(1000, 1300) if number not in (1003, 1200)} | {
        1300: vectors[0]
    }
    question = vectors[5]
    expected = sorted(((float(vector @ question), number) for number, vector in kept.items()), reverse=True)[
        :10
    ]
    hits = index.search(question, 10)
    assert [hit.passage_id for hit in hits] == [number for _, number in expected]
    assert np.allclose([hit.score for hit in hits], [score for score, _ in expected], atol=1e-6)
