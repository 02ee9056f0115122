"""Files made to do harm stop no other file, touch nothing outside the library, and each gets one line."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.chunking import split_passages
from index.errors import NoReadableFilesError, PathMissingError
from index.library import Library
from index.readers import SUFFIXES, Part
from index.reading import FileReader
from index.types import AddProgress, AddReport, Document, FileOutcome
from tests.conftest import HashingEncoder
from tests.make_hostile import (
    GROUPS,
    Hostile,
    Lure,
    bomb_page,
    form_page,
    html,
    one_page,
    stream,
    unbroken,
    zipped,
)

# One worker takes all the files in, not each of them.
pytestmark = pytest.mark.xdist_group("hostile")

Opener = Callable[..., Library]
Writer = Callable[..., Path]

SECRET = "葡萄干密码七四一九"
CASES = [(group, case) for group, cases in GROUPS.items() for case in cases]
# Control characters, and what would reorder or break a line.
NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def answers(library: Library, question: str) -> str:
    return library.search(question)[0].document.path


def outcomes_of(report: AddReport, path: Path) -> list[FileOutcome]:
    return [each for each in report.outcomes if each.path == str(path) or each.path.startswith(f"{path}/")]


def paths_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


# -- the table -----------------------------------------------------------------------------------------------


class Taken:
    """All hostile files, taken in group by group, each beside a good file, with a server that listens."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.secret = folder / "secret.txt"
        self.secret.write_text(SECRET)
        self.calls: list[str] = []
        self.reports: dict[str, AddReport] = {}
        self.seconds: dict[str, float] = {}
        self.written: set[Path] = set()
        encoder = HashingEncoder()
        self.library = Library(folder / "library", open_encoder=lambda _: encoder)
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()
        self.lure = Lure(f"http://127.0.0.1:{self._server.getsockname()[1]}", self.secret)
        self._take_all(folder)

    def _take_all(self, folder: Path) -> None:
        for group, cases in GROUPS.items():
            (self.files / group).mkdir(parents=True)
            for case in cases:
                (self.files / group / case.name).write_bytes(case.make(self.lure))
            good = self.files / group / "zz-good.txt"
            good.write_text(f"第{list(GROUPS).index(group)}号集群的省内配套率超过36%，见{group}。")
        before = paths_below(folder)
        for group in GROUPS:
            started = time.monotonic()
            self.reports[group] = self.library.add(self.files / group)
            self.seconds[group] = time.monotonic() - started
        self.written = paths_below(folder) - before - paths_below(self.library.folder) - {self.library.folder}

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.calls.append(connection.recv(1000).decode("latin-1"))
            connection.close()

    def close(self) -> None:
        self.library.close()
        self._server.close()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    made = Taken(tmp_path_factory.mktemp("hostile"))
    yield made
    made.close()


@pytest.mark.parametrize(("group", "case"), CASES, ids=[f"{group}-{case.name}" for group, case in CASES])
def test_a_hostile_file_has_its_outcome(taken: Taken, group: str, case: Hostile) -> None:
    path = taken.files / group / case.name
    outcomes = outcomes_of(taken.reports[group], path)
    assert outcomes
    found = {each.path: (each.status, each.message) for each in outcomes}
    for name, (status, message) in (case.members or {"": (case.status, case.message)}).items():
        wanted = f"{path}/{name}" if name else outcomes[-1].path
        assert wanted in found
        assert found[wanted][0] in status.split("|")
        assert re.search(message, found[wanted][1])
    for each in outcomes:
        assert not NOT_IN_A_LINE.search(each.message + each.path)
        assert "Traceback" not in each.message
        assert "fault of Judian" not in each.message
        assert len(each.message) < 1000
        assert (each.message == "") == (each.status in ("added", "duplicate", "updated"))


@pytest.mark.parametrize("group", GROUPS)
def test_the_good_file_beside_them_is_found(taken: Taken, group: str) -> None:
    good = taken.files / group / "zz-good.txt"
    assert outcomes_of(taken.reports[group], good)[0].status == "added"
    assert answers(taken.library, f"第{list(GROUPS).index(group)}号集群的省内配套率，见{group}") == str(good)


def test_the_library_is_whole(taken: Taken) -> None:
    assert taken.library.check() == []


def test_every_file_is_in_the_report_and_once(taken: Taken) -> None:
    for group, report in taken.reports.items():
        told = [each.path for each in report.outcomes]
        for path in (taken.files / group).iterdir():
            assert outcomes_of(report, path), path
        alone = [each for each in told if Path(each).parent == taken.files / group]
        assert sorted(alone) == sorted(set(alone))


def test_nothing_is_fetched(taken: Taken) -> None:
    assert taken.calls == []


def test_no_other_file_is_read(taken: Taken) -> None:
    for info in taken.library.documents():
        assert SECRET not in taken.library.document(info.id).text


def test_nothing_is_written_outside_the_library(taken: Taken) -> None:
    assert taken.written == set()
    assert not Path("/tmp/slipped.txt").exists()
    assert not list(taken.files.parent.parent.glob("slipped*"))


def test_a_small_file_makes_no_large_library(taken: Taken) -> None:
    """A header of 100,000 columns once stood with each of its rows: 1 MB became 4 GB."""
    assert sum(path.stat().st_size for path in taken.library.folder.rglob("*")) < 300_000_000


def test_a_text_without_punctuation_is_indexed(library: Library, write: Writer) -> None:
    started = time.monotonic()
    (outcome,) = library.add(write("a.txt", unbroken(1_700_000))).outcomes
    assert (outcome.status, outcome.passages) == ("added", 4250)
    assert time.monotonic() - started < 60


# -- readers that fail ---------------------------------------------------------------------------------------

GOOD = "反应堆在四月重新启动。"


def read(reader: FileReader, *paths: Path) -> list[list[Part]]:
    for path in paths:
        reader.ask(path)
    return [list(reader.parts()) for _ in paths]


def attributes() -> bytes:
    """A tag that libxml2 needs a minute for: it compares each attribute with all before it."""
    return html(f"<p {' '.join(f'a{number}=1' for number in range(1_000_000))}>x")


@pytest.mark.parametrize(
    ("name", "make", "limits", "problem"),
    [
        ("a.html", attributes, {"silence": 2.0}, "took more than 2 s without getting on"),
        ("a.html", attributes, {"most_seconds": 2.0}, "took more than 2 s. "),
        (
            "a.pdf",
            lambda: bomb_page(2 * 10**9),
            {"silence": 5.0, "memory": 7 * 10**8},
            "memory|took|text|PDF",
        ),
        ("a.pdf", lambda: form_page(40), {"silence": 3.0, "most_seconds": 6.0}, "took more than|no text"),
        ("a.txt", lambda: unbroken(1000) * 60_000, {"memory": 3 * 10**8}, "needs more memory|reader fail"),
    ],
    ids=["silence", "seconds", "flate bomb", "forms of forms", "memory"],
)
def test_a_file_without_end_is_given_up(
    write: Writer, name: str, make: Callable[[], bytes], limits: dict[str, float], problem: str
) -> None:
    bad, good = write(name, make()), write("good.txt", GOOD)
    started = time.monotonic()
    with FileReader(**limits) as reader:  # type: ignore[arg-type]
        first, second = read(reader, bad, good)
    assert time.monotonic() - started < 30
    assert re.search(problem, first[-1].problem)
    assert second[0].parsed is not None
    assert second[0].parsed.text == GOOD


def test_a_folder_with_python_files_changes_nothing(
    write: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("json.py", "index.py"):
        (tmp_path / module).write_text("raise SystemExit('this is not yours to run')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with FileReader() as reader:
        (parts,) = read(reader, write("good.txt", GOOD))
    assert parts[0].parsed is not None
    assert parts[0].parsed.text == GOOD


CHILDREN = {
    "dies": "os.kill(os.getpid(), 11)",
    "exits": "sys.exit(3)",
    "hangs": "time.sleep(99)",
    "floods": "[sys.stdout.buffer.write(b'x' * 65536) for _ in range(10**5)]",
    "chatters": '[print(\'{"done": 1, "total": 2}\', flush=True) for _ in range(10**9)]',
    "raves": "print('no answer at all', flush=True); time.sleep(99)",
    "says a list": "print('[1, 2]', flush=True); time.sleep(99)",
    "eats": "[bytearray(10**8) for _ in range(10**6)]; x = [bytearray(10**8) for _ in range(10**6)]",
}
PROBLEMS = {
    "hangs": "took more than 1 s without getting on",
    "chatters": "took more than 2 s. ",
}


def child(fault: str) -> tuple[str, ...]:
    """The real child, which fails in this way when it is asked for a file whose name has "bad" in it."""
    script = f"""
import json, os, resource, sys, time
from index.readers import child
answer = child._answer
def failing(request, answers):
    if "bad" in os.path.basename(request["path"]):
        sys.stdout = os.fdopen(os.dup(answers.fileno()), "w")
        {fault}
    answer(request, answers)
child._answer = failing
child.main()
"""
    return (sys.executable, "-c", script)


@pytest.mark.parametrize("kind", CHILDREN)
def test_a_child_that_fails_costs_its_file_only(write: Writer, kind: str) -> None:
    paths = [
        write("1.txt", GOOD),
        write("2-bad.txt", "x"),
        write("3.txt", GOOD + "甲"),
        write("4.txt", GOOD + "乙"),
    ]
    limits = {
        "silence": 1.0 if kind == "hangs" else 15.0,
        "most_seconds": 2.0 if kind == "chatters" else 40.0,
    }
    with FileReader(**limits, memory=500_000_000, command=child(CHILDREN[kind])) as reader:
        first, bad, third, fourth = read(reader, *paths)
    assert [part.parsed and part.parsed.text for part in (*first, *third, *fourth)] == [
        GOOD,
        GOOD + "甲",
        GOOD + "乙",
    ]
    assert len(bad) == 1
    assert re.match(PROBLEMS.get(kind, "made its reader fail|needs more memory"), bad[0].problem)


def test_what_is_asked_after_the_child_died_is_not_taken_for_the_answer_before(write: Writer) -> None:
    """A child that died was replaced at the next request, whose answer then was given for the first file."""
    bad, good = write("bad.txt", "x"), write("good.txt", GOOD)
    with FileReader(command=child(CHILDREN["exits"])) as reader:
        reader.ask(bad)
        assert reader._process is not None
        reader._process.wait(30)
        reader.ask(good)
        assert [part.problem[:21] for part in reader.parts()] == ["made its reader fail,"]
        assert [part.parsed and part.parsed.text for part in reader.parts()] == [GOOD]


def test_a_child_that_died_idle_is_replaced(write: Writer) -> None:
    with FileReader() as reader:
        (first,) = read(reader, write("1.txt", GOOD))
        assert reader._process is not None
        reader._process.kill()
        reader._process.wait(30)
        (second,) = read(reader, write("2.txt", GOOD + "甲"))
    assert [part.parsed and part.parsed.text for part in (*first, *second)] == [GOOD, GOOD + "甲"]


# -- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "a..b..txt.txt",
        "😀🀄.txt",
        "长" * 83 + ".txt",
        "-rf.txt",
        "--encoding.txt",
        " 空格 .txt",
        "引'号\";$(touch x).txt",
        "百分%s%n{0}.txt",
        "反\\斜.txt",
        "\u202e反向.txt",
        "con.txt",
        "a.TXT",
        "~$锁.txt",
    ],
)
def test_a_file_of_an_odd_name_is_read(library: Library, write: Writer, name: str) -> None:
    path = write(name, GOOD)
    (outcome,) = library.add(path.parent).outcomes
    assert (outcome.path, outcome.status) == (str(path), "added")
    assert answers(library, "反应堆何时重新启动") == str(path)


def test_twins_in_two_normal_forms_are_two_files(library: Library, write: Writer) -> None:
    names = [unicodedata.normalize(form, "café报告.txt") for form in ("NFC", "NFD")]
    paths = [write(name, f"{GOOD}第{number}份。") for number, name in enumerate(names)]
    report = library.add(paths[0].parent)
    assert sorted((each.path, each.status) for each in report.outcomes) == sorted(
        (str(path), "added") for path in paths
    )


def test_a_name_that_is_no_text_is_told(library: Library, write: Writer) -> None:
    good = write("good.txt", GOOD)
    bad = os.fsencode(good.parent) + b"/\xff\xfe.txt"
    with open(bad, "wb") as file:  # noqa: PTH123 - a Path would decode it
        file.write(b"x")
    outcomes = library.add(good.parent).outcomes
    assert [(each.status, each.message[-43:]) for each in outcomes] == [
        ("added", ""),
        ("skipped", "has a name that is no valid text; rename it"),
    ]


@pytest.mark.parametrize("name", ["a\0b.txt", "长" * 300 + ".txt", "x" * 5000, "no/such.txt", "..\\a"])
def test_a_path_that_cannot_be_is_told_in_one_line(library: Library, tmp_path: Path, name: str) -> None:
    with pytest.raises(PathMissingError, match=r"does not exist. Check the spelling") as caught:
        library.add(tmp_path / name)
    assert "\n" not in str(caught.value)


# -- what is no file -----------------------------------------------------------------------------------------


def test_what_is_no_regular_file_is_never_opened(library: Library, write: Writer, tmp_path: Path) -> None:
    good = write("good.txt", GOOD)
    folder = good.parent
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    os.mkfifo(folder / "fifo.txt")
    (folder / "circle.txt").symlink_to(folder / "circle.txt")
    (folder / "dangling.txt").symlink_to(folder / "nothing.txt")
    (folder / "device.txt").symlink_to("/dev/zero")
    (folder / "outside.txt").symlink_to(secret)
    (folder / "outside").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder)
    (folder / "folder.pdf").mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(folder / "socket.txt"))
    report = library.add(folder)
    server.close()
    link, irregular = "is a link that leads out", "is not a regular file"
    told = {Path(each.path).name: (each.status, each.message) for each in report.outcomes}
    for name, (status, message) in {
        "good.txt": ("added", ""),
        "fifo.txt": ("skipped", irregular),
        "socket.txt": ("skipped", irregular),
        "circle.txt": ("skipped", link),
        "dangling.txt": ("skipped", link),
        "device.txt": ("skipped", link),
        "outside.txt": ("skipped", link),
        "outside": ("skipped", link),
    }.items():
        assert told[name][0] == status
        assert message in told[name][1]
    assert len(library.documents()) == 1


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_is_no_regular_file_is_refused_by_its_own_name(
    library: Library, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "odd.txt"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    (outcome,) = library.add(path).outcomes
    assert outcome.status == "skipped"
    assert "is not a regular file" in outcome.message


def test_a_device_without_a_suffix_is_refused(library: Library) -> None:
    with pytest.raises(NoReadableFilesError):
        library.add("/dev/zero")


@pytest.mark.parametrize("link", ["circle.txt", "dangling.txt"])
def test_a_link_to_nothing_is_no_path(library: Library, tmp_path: Path, link: str) -> None:
    (tmp_path / link).symlink_to(tmp_path / ("circle.txt" if link == "circle.txt" else "nothing"))
    with pytest.raises(PathMissingError):
        library.add(tmp_path / link)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(library: Library, write: Writer) -> None:
    bad, good = write("a.txt", "x"), write("b.txt", GOOD)
    bad.chmod(0)
    outcomes = library.add(bad, good).outcomes
    assert [each.status for each in outcomes] == ["failed", "added"]
    assert "Check its permissions" in outcomes[0].message


@pytest.mark.parametrize("change", ["deleted", "emptied", "a folder", "a link"])
def test_a_file_that_changes_while_it_is_taken_in_harms_no_other(
    library: Library, write: Writer, tmp_path: Path, change: str
) -> None:
    for number in range(6):
        write(f"{number}.txt", f"{GOOD}第{number}份。")
    victim, last = write("7.txt", "牺牲品的文字。"), write("8.txt", GOOD)
    (tmp_path / "secret.txt").write_text(SECRET)
    done = False

    def progress(_now: AddProgress) -> None:
        nonlocal done
        if not done:
            done = True
            victim.unlink()
            if change == "emptied":
                victim.write_text("")
            if change == "a folder":
                victim.mkdir()
            if change == "a link":
                victim.symlink_to(tmp_path / "nothing")

    # Longer than a group, so that the first commit comes while there are files to read.
    write("0.txt", unbroken(300_000))
    report = library.add(victim.parent, progress=progress)
    told = {Path(each.path).name: each for each in report.outcomes}
    assert told["7.txt"].status == "failed"
    assert re.search("cannot be read|is empty", told["7.txt"].message)
    assert told["8.txt"].status == "added"
    assert answers(library, "反应堆何时重新启动") != str(victim)
    assert outcomes_of(report, last)[0].status == "added"
    assert library.check() == []


# -- inside a file -------------------------------------------------------------------------------------------


def test_a_fault_in_one_member_stops_no_other(library: Library, write: Writer) -> None:
    files = {f"{number:02}{suffix}": bytes(range(256)) for number, suffix in enumerate(SUFFIXES)}
    path = write("all.zip", zipped({**files, "zz.txt": GOOD}))
    outcomes = library.add(path).outcomes
    assert {each.path.rpartition("/")[2] for each in outcomes} == {*files, "zz.txt"}
    assert [each.status for each in outcomes if each.path.endswith("zz.txt")] == ["added"]


def test_a_page_with_two_streams_of_one_name_is_read_or_told(write: Writer) -> None:
    page = one_page(content=stream(b"BT /F1 12 Tf 20 200 Td (said once) Tj ET", b"/Length 9999999999"))
    with FileReader() as reader:
        ((part,),) = read(reader, write("lengths.pdf", page))
    assert part.problem != "" or (part.parsed is not None and "said once" in part.parsed.text)


# -- known, and not mended yet -------------------------------------------------------------------------------


def test_a_long_header_of_plain_text_is_not_repeated() -> None:
    text = "|" + "列|" * 50_000 + "\n" + "|甲|乙|\n" * 2000
    passages = split_passages(Document("x", "", "", text))
    assert sum(len(span.header) for each in passages for span in each.sentences) < 20 * len(text)


def test_a_line_break_in_a_name_is_none_in_its_message(library: Library, write: Writer) -> None:
    write("good.txt", GOOD)
    outcomes = library.add(write("a\nb.pdf", b"").parent).outcomes
    assert [each.status for each in outcomes] == ["failed", "added"]
    assert "\n" not in outcomes[0].message


def test_a_name_that_begins_with_a_tilde_may_be_given(
    library: Library, write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write("~$锁.txt", GOOD).parent)
    assert [each.status for each in library.add("~$锁.txt").outcomes] == ["added"]
