"""The starter documents and their questions hold together, and the real chain answers from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.seeds import Asked, ask
from index.weights import WeightStore
from rag import Assistant, Library
from tests.conftest import SEEDS, document_in


def rows(folder: Path = SEEDS) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def test_there_are_documents_and_questions_of_every_kind() -> None:
    documents = [
        path for path in SEEDS.iterdir() if path.suffix in (".md", ".txt") and path.name != "README.md"
    ]
    assert len(documents) >= 8
    assert len(rows()) >= 50
    assert sum(not row["answerable"] for row in rows()) == 12
    assert sum(bool(row["history"]) for row in rows()) >= 8
    assert len({row["id"] for row in rows()}) == len(rows())


@pytest.mark.parametrize("row", [row for row in rows() if row["answerable"]], ids=lambda row: row["id"])
def test_every_quote_stands_in_its_document(row: dict[str, Any]) -> None:
    text = document_in(SEEDS / row["document"]).text
    assert row["quote"] in text
    assert row["answers"]
    assert row["must"]


@pytest.mark.parametrize("row", [row for row in rows() if not row["answerable"]], ids=lambda row: row["id"])
def test_unanswerable_questions_have_no_gold(row: dict[str, Any]) -> None:
    assert (row["answers"], row["must"], row["document"], row["quote"]) == ([], [], "", "")


def asked(folder: Path, library: Path, picked: list[dict[str, Any]]) -> list[Asked]:
    opened = Library(library)
    opened.add(folder)
    assistant = Assistant(opened)
    found = [ask(assistant, row) for row in picked]
    opened.close()
    return found


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_a_sample_of_the_questions_is_answered(tmp_path: Path, weights: WeightStore) -> None:
    assert weights.folder.exists()
    picked = rows()[::9]
    found = asked(SEEDS, tmp_path / "library", picked)
    assert all(each.exact for each in found)
    assert sum(each.right for each in found) >= 0.7 * len(found)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_the_real_documents_are_answered_from(
    tmp_path: Path, weights: WeightStore, shared_seeds: Path
) -> None:
    assert weights.folder.exists()
    found = asked(shared_seeds, tmp_path / "library", rows(shared_seeds))
    assert all(each.exact for each in found)
    assert sum(each.right for each in found if each.row["answerable"]) >= 9
    assert all(each.right for each in found if not each.row["answerable"])
