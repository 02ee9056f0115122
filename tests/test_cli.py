"""The command: what it prints, its JSON, its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.weights import WeightStore
from rag import cli
from tests.conftest import ROOT, SEEDS

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
