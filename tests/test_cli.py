"""The command: what it prints, its JSON, its exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.weights import WeightStore
from rag import cli
from tests.conftest import ROOT, SEEDS, HashingEncoder
from tests.test_suggest import TEXTS as SUGGESTING

Writer = Callable[..., Path]

TEXT = "长沙工程机械集群\n\n2020年，长沙工程机械的省内配套率超过36%，零部件配套率超过50%。\r\n"


@pytest.fixture
def run(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command on a library in ``tmp_path``; returns exit status, standard output, standard error."""

    def run_one(*arguments: str) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        try:
            status = cli.main([*arguments, "--library", str(tmp_path / "library")])
        except SystemExit as left:
            status = int(left.code or 0)
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return run_one


Run = Callable[..., tuple[int, str, str]]


def heeding_interrupts() -> None:
    """In a child: jobs that a shell has put in the background ignore Ctrl-C, and so would their children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def started(*words: str, **environment: str) -> subprocess.Popen[str]:
    """``judian`` with these words in a process of its own, which Ctrl-C stops."""
    return subprocess.Popen(
        [sys.executable, "-m", "rag.cli", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding_interrupts,
    )


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_the_way_through_the_commands(run: Run, write: Writer, weights: WeightStore) -> None:
    assert weights.state("multilingual-e5-small") == "ready"
    path = write("a.txt", TEXT)
    status, out, _ = run("add", str(path), "--json")
    assert status == 0
    (outcome,) = json.loads(out)["files"]
    assert (outcome["status"], outcome["path"]) == ("added", str(path))
    assert run("add", str(path))[1].splitlines()[-1].startswith("1 unchanged")

    (row,) = json.loads(run("list", "--json")[1])["documents"]
    assert row["title"] == "长沙工程机械集群"
    assert row["paths"] == [str(path)]
    assert row["id"] in run("list")[1]

    assert run("show", row["id"])[1] == TEXT
    assert json.loads(run("show", row["id"][:6], "--json")[1])["text"] == TEXT

    found = json.loads(run("search", "配套率", "--json", "-k", "1")[1])
    (hit,) = found["hits"]
    assert hit["quote"] == TEXT[hit["start"] : hit["end"]]
    assert "36%" in run("search", "配套率")[1]

    assert json.loads(run("doctor", "--json")[1])["problems"] == []
    assert json.loads(run("remove", str(path), "--json")[1])["removed"][0]["id"] == row["id"]
    assert json.loads(run("list", "--json")[1])["documents"] == []
    assert run("show", row["id"])[0] == 2


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_asking_with_the_real_models(run: Run, write: Writer, weights: WeightStore) -> None:
    assert weights.state("qwen2.5-coder-1.5b") == "ready"
    run("add", str(write("a.txt", TEXT)))
    answer = json.loads(run("ask", "2020年长沙工程机械的省内配套率是多少？", "--json")[1])
    assert answer["refused"] is False
    assert "36%" in answer["text"]
    (citation,) = answer["citations"]
    assert citation["quote"] == TEXT[citation["start"] : citation["end"]]
    status, out, _ = run("ask", "2020年长沙工程机械的省内配套率是多少？")
    assert status == 0
    assert "[1]" in out
    assert "来源" in out
    status, out, _ = run("ask", "梅西拿过几次金球奖？", "--json")
    assert status == 0
    refusal = json.loads(out)
    assert (refusal["refused"], refusal["citations"]) == (True, [])
    assert refusal["nearest"]


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_asking_the_reader_alone(run: Run, write: Writer, weights: WeightStore) -> None:
    assert weights.state("multilingual-e5-small") == "ready"
    run("add", str(write("a.txt", TEXT)))
    answer = json.loads(run("ask", "2020年长沙工程机械的省内配套率是多少？", "--instant", "--json")[1])
    (citation,) = answer["citations"]
    assert "36%" in answer["text"]
    assert TEXT[slice(*citation["marked"])] == answer["text"]
    assert "first_token" not in answer["timings_ms"]
    assert "36%" in run("ask", "2020年长沙工程机械的省内配套率是多少？", "--generator", "reader")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list",), "judian add PATH"),
        (("search", "火星"), "judian add PATH"),
        (("ask", ""), "The question is empty"),
        (("ask", "长" * 1_000_000), "has 1,000,000 characters"),
        (("add", "/no/such/path"), "does not exist"),
        (("models", "pull", "gpt-9"), "judian models list"),
        (("ask", "问", "--generator", "/no/such/model"), "judian add PATH"),
        (("frobnicate",), "judian --help"),
        (("search", "问", "-k", "0"), "is not a number"),
        (("eval", "/no/such/set"), "does not exist"),
        ((), "judian --help"),
    ],
)
def test_a_mistake_ends_in_one_line_that_says_what_to_type(
    run: Run, arguments: tuple[str, ...], told: str
) -> None:
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert told in err
    assert err.startswith("judian: ")
    assert err.count("\n") == 1


def test_a_library_under_a_name_that_no_system_takes(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "--library", "长" * 200]) == 2
    assert "judian add PATH" in capfd.readouterr().err


def test_a_binary_file_and_a_folder_without_readable_files(run: Run, write: Writer, tmp_path: Path) -> None:
    status, _, err = run("add", str(write("binary.txt", bytes(range(256)) * 40)))
    assert status == 2
    assert "is binary, not text" in err
    assert err.count("\n") == 1
    (tmp_path / "empty").mkdir()
    assert "holds no file" in run("add", str(tmp_path / "empty"))[2]


def test_models_list_says_what_was_picked_and_why(run: Run) -> None:
    listed = json.loads(run("models", "list", "--json")[1])
    assert {row["name"] for row in listed["weights"]} >= {"multilingual-e5-small", "qwen2.5-coder-1.5b"}
    assert listed["generator"]["reason"]
    assert "since" in run("models", "list")[1]


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "JUDIAN_LIBRARY": str(tmp_path / "elsewhere"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", "list"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert str(tmp_path / "elsewhere") in done.stderr


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_chat_remembers_what_was_asked(tmp_path: Path, weights: WeightStore) -> None:
    assert weights.folder.exists()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JUDIAN_LIBRARY": str(tmp_path / "library")}
    command = [sys.executable, "-m", "rag.cli"]
    subprocess.run(
        [*command, "add", str(SEEDS / "01-先进制造业集群概览.md")],
        check=True,
        env=environment,
        capture_output=True,
    )
    talk = "2020年长沙工程机械的省内配套率是多少？\n零部件呢？\n\n"
    done = subprocess.run([*command, "chat"], input=talk, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "理解为" in done.stdout
    assert "36%" in done.stdout
    assert "50%" in done.stdout


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_an_encoding_is_chosen_for_a_doubtful_file(run: Run, write: Writer, weights: WeightStore) -> None:
    assert weights.state("multilingual-e5-small") == "ready"
    path = write("doubt.txt", "龘靐".encode("gb18030"))
    good = write("good.txt", TEXT)
    status, out, _ = run("add", str(path.parent))
    assert status == 0
    assert f"judian add {path} --encoding" in out
    assert out.splitlines()[-1].startswith("1 added, 1 doubtful")
    listed = json.loads(run("list", "--json")[1])
    assert [row["path"] for row in listed["documents"]] == [str(good)]
    (doubt,) = listed["doubtful"]
    assert ["gb18030", "龘靐"] in [[choice[0], choice[2]] for choice in doubt["choices"]]
    assert "龘靐" in run("list")[1]
    assert run("add", str(path), "--encoding", "klingon")[0] == 2
    assert run("add", str(path), "--encoding", "gb18030")[0] == 0
    listed = json.loads(run("list", "--json")[1])
    assert listed["doubtful"] == []
    assert run("show", str(path))[1] == "龘靐"


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_a_citation_says_on_which_row_it_stands(run: Run, write: Writer, weights: WeightStore) -> None:
    assert weights.state("multilingual-e5-small") == "ready"
    table = "城市,省内配套率,企业数\n长沙,36%,196\n株洲,41%,53\n湘潭,28%,17\n"
    run("add", str(write("table.csv", table)))
    (hit,) = json.loads(run("search", "株洲的省内配套率", "--json", "-k", "1")[1])["hits"]
    assert hit["page"] is None
    assert hit["place"] == {"kind": "row", "number": 1, "name": ""}
    assert "第 1 行" in run("search", "株洲的省内配套率")[1]


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_versions_and_folders_are_listed_and_removed(run: Run, write: Writer, weights: WeightStore) -> None:
    assert weights.state("multilingual-e5-small") == "ready"
    path = write("a.txt", TEXT)
    twin = write("sub/b.txt", TEXT)
    run("add", str(path.parent))
    write("a.txt", TEXT.replace("36%", "48%"))
    assert "updated" in run("add", str(path))[1]
    write("sub/b.txt", TEXT.replace("36%", "49%"))
    run("add", str(twin))
    assert " superseded by " in run("list")[1]
    removed = run("remove", str(path.parent))[1].splitlines()
    assert len(removed) == 3
    assert sum("an older version" in line for line in removed) == 1
    assert json.loads(run("list", "--json")[1])["documents"] == []


@pytest.mark.model
def test_an_add_that_is_stopped_goes_on_where_it_was(
    tmp_path: Path, write: Writer, weights: WeightStore, run: Run
) -> None:
    """Ctrl-C: what was told is there, the rest comes with the next add, and nothing is encoded twice."""
    for number in range(150):
        write(f"{number:03}.txt", TEXT.replace("36", str(number)) * 8)
    folder = tmp_path / "files"
    command = ["add", str(folder), "--library", str(tmp_path / "library")]
    process = started(*command, JUDIAN_WEIGHTS=str(weights.folder), PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "judian: stopped; what was reported as done is kept.\n"
    told = [line.split()[1] for line in [first, *out.splitlines()] if line.startswith("added")]
    assert 0 < len(told) < 150
    held = {row["path"] for row in json.loads(run("list", "--json")[1])["documents"]}
    assert set(told) <= held
    report = json.loads(run("add", str(folder), "--json")[1])["files"]
    assert {each["path"] for each in report if each["status"] == "unchanged"} == held
    assert {each["path"] for each in report if each["status"] == "added"} == {
        str(path) for path in folder.iterdir()
    } - held
    assert json.loads(run("doctor", "--json")[1])["problems"] == []


@pytest.mark.model
def test_watch_tells_what_it_does_until_it_is_stopped(
    tmp_path: Path, write: Writer, weights: WeightStore
) -> None:
    path = write("a.txt", TEXT)
    command = ["watch", str(path.parent), "--library", str(tmp_path / "library")]
    process = started(*command, JUDIAN_WEIGHTS=str(weights.folder))
    assert process.stdout is not None
    assert process.stdout.readline() == f"added     {path}\n"
    assert process.stdout.readline().startswith("watching ")
    other = write("b.txt", TEXT.replace("长沙", "株洲"))
    assert process.stdout.readline() == f"added     {other}\n"
    path.unlink()
    assert process.stdout.readline().startswith(f"removed   {path}")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()


@pytest.fixture
def small(
    open_library: Callable[..., Library],
    write: Writer,
    encoder: HashingEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> Library:
    """The library that ``run`` speaks of, with two documents and an encoder without weights."""
    monkeypatch.setattr("rag.wiring.open_encoder", lambda _name, weights: encoder)  # noqa: ARG005
    library = open_library()
    library.add(
        write("a.txt", "员工手册由人事部编写，人工智能（AI）一章除外。"),
        write("b.txt", "龙腾号停在码头。今天不开，大家都等。"),
    )
    return library


def test_terms_are_added_listed_and_refused(run: Run, small: Library) -> None:
    dictionary, synonyms = small.folder / "dictionary.txt", small.folder / "synonyms.txt"
    status, out, err = run("terms", "list")
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == [f"{dictionary}: 0 words", f"{synonyms}: 0 lines"]
    status, out, _ = run("terms", "add", "龙腾号", "员工手册 = 小蓝书", "龙腾号")
    assert status == 0
    assert out.splitlines() == [
        "added to dictionary.txt: 龙腾号",
        "added to synonyms.txt: 员工手册 = 小蓝书",
        "already in dictionary.txt: 龙腾号",
    ]
    assert dictionary.read_text(encoding="utf-8") == "龙腾号\n"
    status, out, err = run("terms", "add", "云岭市", "小蓝书 十 n")
    assert (status, out) == (2, "")
    assert err.startswith("judian: 小蓝书 十 n is not added: the frequency 十 is not a whole number. Write ")
    assert err.count("\n") == 1
    assert run("terms", "list")[1] == (
        f"{dictionary}: 1 words\n  龙腾号\n{synonyms}: 1 lines\n  员工手册 = 小蓝书\n"
    )
    assert json.loads(run("terms", "list", "--json")[1]) == {
        "dictionary": {
            "path": str(dictionary),
            "words": [{"text": "龙腾号", "frequency": None, "tag": None}],
        },
        "synonyms": {"path": str(synonyms), "lines": [["员工手册", "小蓝书"]]},
        "problems": [],
    }
    (line,) = json.loads(run("terms", "add", "龙腾号", "--json")[1])["lines"]
    assert line == {"line": "龙腾号", "file": str(dictionary), "duplicate": True}


def test_a_preview_shows_the_cut_and_what_moves(run: Run, small: Library) -> None:
    shown = json.loads(run("terms", "preview", "小蓝书谁编写", "--add", "员工手册=小蓝书", "--json")[1])
    assert shown["cut"] == {
        "before": ["小", "蓝", "书", "谁", "编写"],
        "after": ["小", "蓝", "书", "谁", "编写"],
    }
    assert {"field": "phrase", "spellings": ["员工手册", "小蓝书"]} in shown["groups"]
    assert shown["spelled_out"] == "小蓝书（员工手册）谁编写"
    assert shown["compared_with"] == "the saved terms"
    (hit, _) = shown["after"]
    assert hit["quote"].startswith("员工手册由人事部编写")
    assert hit["score"] > shown["before"][0]["score"]
    assert list(small.folder.glob("*.txt")) == [], "nothing is saved"

    run("terms", "add", "龙腾号", "除外 = 乘船")
    out = run("terms", "preview", "龙腾号谁乘船")[1]
    assert "cut before:   龙 / 腾 / 号 / 谁 / 乘船\ncut after:    龙腾号 / 谁 / 乘船\n" in out
    assert "phrase:       龙腾号; 除外 = 乘船\n" in out
    assert "read as:      龙腾号谁乘船（除外）\n" in out
    assert "hits before, with no terms:\n1. " in out
    status, out, err = run("terms", "preview", "龙腾号", "--add", "= 乘船")
    assert (status, out) == (2, "")
    assert "nothing on one side of =" in err


def test_what_moved_is_marked(run: Run, small: Library) -> None:
    first = json.loads(run("terms", "preview", "码头", "--json")[1])
    assert [hit["move"] for hit in first["after"]] == ["", ""]
    assert first["before"][0]["quote"].startswith("龙腾号")
    moved = json.loads(run("terms", "preview", "码头与人事部编写", "--add", "码头 = 员工手册", "--json")[1])
    assert moved["gone"] == []
    swapped = json.loads(run("terms", "preview", "船坞", "--add", "船坞 = 码头", "--json")[1])
    assert swapped["after"][0]["quote"].startswith("龙腾号")
    before = [hit["document"]["id"] for hit in swapped["before"]]
    expected = ["", ""] if before[0] == swapped["after"][0]["document"]["id"] else ["up", "down"]
    assert [hit["move"] for hit in swapped["after"]] == expected
    assert small.terms.words == ()


def test_suggestions_can_be_added_as_they_are_printed(run: Run, small: Library, write: Writer) -> None:
    small.add(write("c.txt", "\n\n".join(SUGGESTING)))
    out = run("terms", "suggest")[1]
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    assert "龙腾号" in lines
    assert "人工智能 = AI" in lines
    assert run("terms", "add", *lines)[0] == 0
    again = json.loads(run("terms", "suggest", "--json")[1])
    assert [again["words"], again["synonyms"]] == [[], []]
    assert again["read"] == again["passages"] == small.size()[1]


def test_a_broken_line_is_told_once_and_the_rest_is_used(run: Run, small: Library) -> None:
    (small.folder / "synonyms.txt").write_text("小蓝书\n员工手册 = 小红书\n", encoding="utf-8")
    problem = (
        f"judian: {small.folder / 'synonyms.txt'}, line 1 is left out: there is no = between two spellings\n"
    )
    for command in (("terms", "list"), ("search", "小红书"), ("search", "小红书", "--json")):
        status, out, err = run(*command)
        assert (status, err) == (0, problem)
        assert "员工手册" in out


def test_a_question_may_begin_with_a_minus(run: Run) -> None:
    status, _, err = run("ask", "-20℃能用吗？")
    assert status == 2
    assert "There is no library" in err
