"""The comparison's own arithmetic, with values worked out by hand; no other system is needed."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from bench.peers.common import (
    PAIRS_OF_CHARACTERS,
    Question,
    Row,
    Scores,
    evenly,
    measure,
    peak_memory,
    percentile,
    rank_of,
    read_questions,
    read_rows,
    score,
)


def test_scores_are_those_worked_out_by_hand() -> None:
    # 1 and 1/2 and 1/6 and 0 (rank 11 is beyond ten) and 0 (not found): 5/3 in all
    scores = score([1, 2, 6, 11, None])
    assert scores.recall_1 == pytest.approx(1 / 5)
    assert scores.recall_5 == pytest.approx(2 / 5)
    assert scores.mrr_10 == pytest.approx((1 + 1 / 2 + 1 / 6) / 5)


@pytest.mark.parametrize(
    ("found", "wanted", "rank"),
    [
        (["a", "b"], {"a"}, 1),
        (["a", "a", "a", "b"], {"b"}, 2),
        (["a", "b", "c"], {"c", "b"}, 2),
        (["a", "b"], {"c"}, None),
        ([], {"a"}, None),
    ],
    ids=["first", "passages of one document count once", "the first of two", "not found", "nothing found"],
)
def test_rank_of_the_first_wanted_document(found: list[str], wanted: set[str], rank: int | None) -> None:
    assert rank_of(found, frozenset(wanted)) == rank


@pytest.mark.parametrize(
    ("percent", "value"), [(50, 20.0), (95, 40.0), (75, 30.0), (76, 40.0), (0, 10.0), (100, 40.0)]
)
def test_percentile_is_the_nearest_rank(percent: float, value: float) -> None:
    assert percentile([40.0, 10.0, 30.0, 20.0], percent) == value


@pytest.mark.parametrize(
    ("count", "limit", "taken"),
    [
        (10, 4, [0, 2, 5, 7]),
        (10, 10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (3, 5, [0, 1, 2]),
        (5, 1, [0]),
        (3, None, [0, 1, 2]),
    ],
)
def test_questions_are_taken_evenly(count: int, limit: int | None, taken: list[int]) -> None:
    assert evenly(range(count), limit) == taken


def test_history_stands_in_front_of_the_question(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    row = {"question": "门票呢？", "doc_ids": ["d1", "d2"], "history": ["一", "二", "三"]}
    plain = {"question": "几点？", "doc_ids": ["d3"]}
    path.write_text("\n".join(json.dumps(each) for each in (row, plain)), encoding="utf-8")
    assert read_questions(path) == [
        Question("门票呢？", frozenset({"d1", "d2"})),
        Question("几点？", frozenset({"d3"})),
    ]
    assert [each.text for each in read_questions(path, history=2)] == ["二 三 门票呢？", "几点？"]
    assert [each.text for each in read_questions(path, limit=1)] == ["门票呢？"]


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz"])
def test_a_corpus_may_be_packed(tmp_path: Path, name: str) -> None:
    line = json.dumps({"id": "d1", "title": "故宫", "text": "又称紫禁城。", "source": "x"}).encode()
    (tmp_path / name).write_bytes(gzip.compress(line) if name.endswith(".gz") else line)
    (row,) = read_rows(tmp_path / name)
    assert row == Row("d1", "故宫", "又称紫禁城。")
    assert row.titled == "故宫\n又称紫禁城。"


def test_every_question_is_asked_once_after_a_warming_one() -> None:
    asked: list[str] = []

    def search(question: str) -> list[str]:
        asked.append(question)
        return ["d1", "d2"]

    questions = [Question("甲", frozenset({"d1"})), Question("乙", frozenset({"d2"}))]
    mode = measure(search, questions)
    assert asked == ["甲", "甲", "乙"]
    assert mode.scores == Scores(recall_1=0.5, recall_5=1.0, mrr_10=0.75)
    assert 0 <= mode.p50_ms <= mode.p95_ms


def test_pairs_of_characters_overlap_and_other_words_stay_whole() -> None:
    terms = re.compile(PAIRS_OF_CHARACTERS).findall("故宫博物院GDP增长3.5%，是")
    assert terms == ["故宫", "宫博", "博物", "物院", "GDP", "增长", "3", "5"]


def test_memory_is_told_in_bytes() -> None:
    assert 10_000_000 < peak_memory() < 1_000_000_000_000
