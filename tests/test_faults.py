"""Whatever happens to the machine or the library's files, nothing is lost silently or mixed."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

import index.store
from index.errors import JudianError, LibraryBusyError, LibraryDamagedError, LibraryFormatError
from index.library import Library
from index.vectors import VectorIndex
from tests.conftest import ROOT, HashingEncoder

Opener = Callable[..., Library]
Writer = Callable[..., Path]

CITIES = ["长沙", "株洲", "湘潭", "衡阳", "邵阳", "岳阳", "常德", "张家界", "益阳", "郴州", "永州", "怀化"]


def text_of(city: str, number: int = 36) -> str:
    return f"{city}工程机械集群\n\n2020年，{city}的省内配套率超过{number}%。\n"


@pytest.fixture
def filled(open_library: Opener, write: Writer) -> Library:
    library = open_library()
    library.add(*(write(f"{city}.txt", text_of(city)) for city in CITIES))
    return library


def found(library: Library, question: str) -> str:
    return Path(library.search(question)[0].document.path).stem


# -- damage --------------------------------------------------------------------------------------------------


def test_a_flipped_bit_anywhere_is_found_or_harms_nothing(
    filled: Library, open_library: Opener, tmp_path: Path
) -> None:
    """Every file of the library, forty places each: all answers are right, or ``check`` tells."""
    filled.close()
    chance = random.Random(4)
    files = [path.relative_to(filled.folder) for path in sorted(filled.folder.rglob("*")) if path.is_file()]
    told = mended = 0
    lines: list[str] = []
    for file in files:
        size = (filled.folder / file).stat().st_size
        for position in [chance.randrange(size) for _ in range(40)] if size else []:
            folder = tmp_path / "flipped"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(filled.folder, folder)
            data = bytearray((folder / file).read_bytes())
            data[position] ^= 1 << chance.randrange(8)
            (folder / file).write_bytes(data)
            try:
                library = open_library(folder)
                problems = library.check()
                if problems:
                    told += 1
                    library.repair()
                    mended += library.check() == []
                else:
                    assert [found(library, f"{city}的配套率") for city in CITIES] == CITIES, (file, position)
                    assert sorted(info.title for info in library.documents()) == sorted(
                        f"{city}工程机械集群" for city in CITIES
                    )
                library.close()
            except (LibraryDamagedError, LibraryFormatError) as error:
                told += 1
                lines.append(str(error))
    assert told > 5, "flips in the database that matter are told"
    assert mended > 0
    assert not any("\n" in line for line in lines)


def test_a_damaged_text_is_mended_by_reading_its_file_again(
    filled: Library, open_library: Opener, write: Writer
) -> None:
    filled.close()
    with sqlite3.connect(filled.folder / "library.db") as connection:
        connection.execute("UPDATE documents SET text = replace(text, '36%', '63%') WHERE title LIKE '长沙%'")
        connection.execute("UPDATE passages SET text = replace(text, '36%', '63%') WHERE text LIKE '%长沙%'")
    connection.close()
    library = open_library()
    assert any("is damaged" in problem for problem in library.check())
    (line,) = library.repair()
    assert "judian add" in line
    assert library.check() == []
    assert [outcome.status for outcome in library.add(write("长沙.txt", text_of("长沙"))).outcomes] == [
        "added"
    ]
    assert "36%" in library.search("长沙的配套率")[0].passage.text


def test_a_damaged_vector_is_encoded_again(
    filled: Library, open_library: Opener, encoder: HashingEncoder
) -> None:
    filled.close()
    with sqlite3.connect(filled.folder / "library.db") as connection:
        connection.execute("UPDATE embeddings SET vectors = zeroblob(length(vectors)) WHERE id = 3")
    connection.close()
    library = open_library()
    assert library.check() == ["1 vectors are damaged"]
    with pytest.raises(JudianError, match=r"damaged.*judian doctor --repair"):
        library.search("株洲的配套率")
    encoder.encoded.clear()
    library.repair()
    assert sum("工程机械集群\n" in text for text in encoder.encoded) == 1
    assert library.check() == []


def test_a_repair_encodes_nothing_that_is_kept(filled: Library, encoder: HashingEncoder) -> None:
    encoder.encoded.clear()
    shutil.rmtree(filled.folder / "derived")
    filled.repair()
    assert encoder.encoded == []
    assert found(filled, "株洲的配套率") == "株洲"


# -- the machine ---------------------------------------------------------------------------------------------


def run_alone(script: str, *arguments: object) -> str:
    """Run a script in a process whose limits and rights are its own; returns what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", _BEGINNING + script, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout


_BEGINNING = """
import os, resource, sys
from index.errors import LibraryReadOnlyError
from index.library import Library
from tests.conftest import HashingEncoder

def opened(folder):
    return Library(folder, open_encoder=lambda _: HashingEncoder())

def told(change):
    try:
        change()
    except LibraryReadOnlyError as error:
        print("told", error)
"""


def test_a_full_disk_loses_nothing(filled: Library, write: Writer) -> None:
    """No file may grow: what SQLite, FAISS and tantivy meet is what a full disk gives them."""
    big = write("大.txt", "".join(text_of(f"第{number}个城市", number) for number in range(3000)))
    filled.close()
    said = run_alone(
        """
library = opened(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
told(lambda: library.add(sys.argv[2]))
""",
        filled.folder,
        big,
    )
    assert said.startswith("told")
    assert said.count("\n") == 1
    again = Library(filled.folder, open_encoder=lambda _: HashingEncoder())
    assert [info.title[:2] for info in again.documents()] == [city[:2] for city in CITIES]
    assert again.check() == []
    assert again.add(big).outcomes[0].status == "added"
    assert again.check() == []
    again.close()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are Unix's here")
def test_a_folder_without_the_right_to_write_is_read(
    filled: Library, write: Writer, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write("新.txt", text_of("新"))
    filled.close()
    for path in [*tmp_path.rglob("*"), tmp_path]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(parent.stat().st_mode | 0o005)

    try:
        said = run_alone(
            """
first = opened(sys.argv[3])  # all is imported while everything may be read
first.add(sys.argv[2])
first.search("配套率")
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
library = opened(sys.argv[1])
print(library.search("株洲的配套率")[0].document.title, library.check())
told(lambda: library.add(sys.argv[2]))
told(lambda: library.remove(library.documents()[0].id))
""",
            filled.folder,
            other,
            tmp_path_factory.mktemp("first"),
        )
    finally:
        for path in [tmp_path, *tmp_path.rglob("*")]:
            path.chmod(0o755)
    first, *rest = said.splitlines()
    assert first == "株洲工程机械集群 []"
    assert [line[:4] for line in rest] == ["told", "told"]


def test_the_clock_may_go_back(
    filled: Library, write: Writer, open_library: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Earlier:
            return cls(1999, 1, 1, tzinfo=tz)

    monkeypatch.setattr(index.store, "datetime", Earlier)
    path = write("长沙.txt", text_of("长沙", 48))
    os.utime(path, (0, 0))
    assert filled.add(path).outcomes[0].status == "updated"
    later = write("新.txt", text_of("娄底"))
    os.utime(later, (2**31, 2**31))
    filled.add(later)
    library = open_library()
    assert "48%" in library.search("长沙的配套率")[0].passage.text
    assert [info.path for info in library.documents()][-2:] == [str(path), str(later)]
    assert library.check() == []


# -- others --------------------------------------------------------------------------------------------------


def test_two_writers_take_turns(filled: Library, open_library: Opener, write: Writer) -> None:
    paths = [write(f"w{number}.txt", text_of(f"第{number}城", number)) for number in range(20)]
    refused = []

    def add(mine: list[Path]) -> None:
        library = open_library()
        for path in mine:
            while True:
                try:
                    library.add(path)
                    break
                except LibraryBusyError as error:
                    refused.append(error)

    threads = [threading.Thread(target=add, args=(paths[start::2],)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(filled.documents()) == len(CITIES) + len(paths)
    assert filled.check() == []


def test_a_reader_during_rebuilds_and_changes_sees_whole_states(
    filled: Library, open_library: Opener, write: Writer
) -> None:
    """While one file goes back and forth between two texts, a reader finds one, and all the others."""
    stop = threading.Event()
    faults: list[str] = []
    seen: set[str] = set()

    def read() -> None:
        while not stop.is_set():
            library = open_library()
            try:
                names = [found(library, f"{city}的配套率") for city in CITIES[1:]]
                (text,) = {
                    hit.passage.text
                    for hit in library.search("长沙的配套率")
                    if hit.document.title.startswith("长沙")
                }
                seen.add("36%" if "36%" in text else "48%")
                if names != CITIES[1:]:
                    faults.append(str(names))
            except (JudianError, ValueError, AssertionError) as error:
                faults.append(repr(error))
            finally:
                library.close()

    reader = threading.Thread(target=read)
    reader.start()
    until = time.monotonic() + 8
    number = 36
    while time.monotonic() < until:
        number = 84 - number
        filled.add(write("长沙.txt", text_of("长沙", number)))
        filled.repair()
    stop.set()
    reader.join()
    assert faults == []
    assert seen == {"36%", "48%"}


# -- formats -------------------------------------------------------------------------------------------------

_FORMAT_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL,
    added_at TEXT NOT NULL
);
CREATE TABLE files (
    path TEXT PRIMARY KEY, doc_id TEXT NOT NULL REFERENCES documents (id), sha256 TEXT NOT NULL,
    encoding TEXT NOT NULL, confidence REAL NOT NULL, number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_document ON files (doc_id);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL REFERENCES documents (id),
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, sentences TEXT NOT NULL, vector BLOB NOT NULL, generation INTEGER NOT NULL
);
CREATE INDEX passages_by_document ON passages (doc_id, number);
CREATE INDEX passages_by_generation ON passages (generation);
CREATE TABLE removed (passage_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_by_generation ON removed (generation);
"""


def as_format_1(library: Library, folder: Path) -> None:
    """Write what ``library`` holds as the first format had it."""
    folder.mkdir()
    new = sqlite3.connect(folder / "library.db")
    new.execute("PRAGMA journal_mode = WAL")
    new.executescript(_FORMAT_1)
    new.execute("ATTACH ? AS now", (str(library.folder / "library.db"),))
    new.executescript(
        """
        INSERT INTO meta SELECT key, value FROM now.meta WHERE key <> 'embeddings_seen';
        UPDATE meta SET value = '1' WHERE key = 'format';
        INSERT INTO documents SELECT id, title, text, characters, added_at FROM now.documents;
        INSERT INTO files SELECT f.path, doc_id, sha256, encoding, confidence, number
            FROM now.files f JOIN now.sources s ON s.path = f.source;
        INSERT INTO passages
            SELECT p.id, doc_id, number, start, end, text, headings, sentences,
                substr(vectors, 1, 4 * (SELECT value ->> 'dimension' FROM now.meta WHERE key = 'encoder')),
                generation
            FROM now.passages p JOIN now.embeddings e ON e.id = embedding;
        """
    )
    new.close()


def test_a_library_of_the_first_format_is_brought_up(
    filled: Library, open_library: Opener, write: Writer, tmp_path: Path, encoder: HashingEncoder
) -> None:
    as_format_1(filled, tmp_path / "old")
    encoder.encoded.clear()
    library = open_library(tmp_path / "old")
    known = [replace(info, modified_at=info.added_at) for info in filled.documents()]  # dates were not kept
    assert library.documents() == known
    assert library.check() == [f"{len(CITIES)} passages lack vectors, of themselves or of a sentence"]
    assert [found(library, f"{city}的配套率") for city in CITIES] == CITIES
    outcomes = library.add(write("长沙.txt", text_of("长沙")), write("新.txt", text_of("娄底"))).outcomes
    assert [outcome.status for outcome in outcomes] == ["unchanged", "added"]
    library.repair()
    assert library.check() == []
    assert [found(library, f"{city}的配套率") for city in CITIES] == CITIES


def test_an_upgrade_that_is_stopped_leaves_the_old_library(
    filled: Library, open_library: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_format_1(filled, tmp_path / "old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index.store.Store, "_seal_file", stop)
        with pytest.raises(KeyboardInterrupt):
            open_library(tmp_path / "old")
    connection = sqlite3.connect(tmp_path / "old" / "library.db")
    assert connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("1",)
    connection.close()
    library = open_library(tmp_path / "old")
    assert [found(library, f"{city}的配套率") for city in CITIES] == CITIES


@pytest.mark.parametrize("newer", ["3", "99", "x"])
def test_a_library_of_a_newer_format_is_refused_and_not_touched(
    filled: Library, open_library: Opener, newer: str
) -> None:
    filled.close()
    with sqlite3.connect(filled.folder / "library.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (newer,))
    connection.close()
    before = (filled.folder / "library.db").read_bytes()
    with pytest.raises(LibraryFormatError, match=f"format {newer}"):
        open_library()
    assert (filled.folder / "library.db").read_bytes() == before


def test_the_vector_index_in_eight_bits_finds_what_the_exact_one_finds() -> None:
    import numpy as np

    rng = np.random.default_rng(3)
    centres = rng.normal(size=(40, 64)).astype(np.float32)
    vectors = centres[rng.integers(0, 40, 3000)] + 0.6 * rng.normal(size=(3000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact, small = VectorIndex(64, most_exact=10_000), VectorIndex(64, most_exact=1000)
    for index_ in (exact, small):
        index_.update(
            (), [(range(first, first + 500), vectors[first : first + 500]) for first in range(0, 3000, 500)]
        )
        index_.update(range(100, 200), [])
    assert exact.is_exact
    assert not small.is_exact
    assert len(exact) == len(small) == 2900
    kept = 0
    for question in vectors[::50]:
        wanted = {hit.passage_id for hit in exact.search(question, 20)}
        kept += len(wanted & {hit.passage_id for hit in small.search(question, 40)})
    assert kept / (20 * 60) > 0.99
