"""Follow-up questions stand alone; questions that already do are left untouched."""

from __future__ import annotations

import pytest

from rag.followup import Turn, understand

HISTORY = [Turn("2020年长沙工程机械的省内配套率是多少？", "超过36%。")]


@pytest.mark.parametrize(
    "question", ["零部件呢？", "那零部件配套率是多少？", "它有什么特点？", "该集群由谁组建？", "2021年？"]
)
def test_a_question_that_leans_gets_the_one_before(question: str) -> None:
    understood = understand(question, HISTORY)
    assert understood.startswith("2020年长沙工程机械的省内配套率是多少？")
    assert understood != question


@pytest.mark.parametrize(
    "question",
    ["德国It’s OWL集群有多少个成员？", "山东到2025年的5G用户普及率目标是多少？", "其他省份有哪些集群计划？"],
)
def test_a_question_that_stands_alone_is_untouched(question: str) -> None:
    assert understand(question, HISTORY) == question


def test_without_history_nothing_changes() -> None:
    assert understand("零部件呢？", []) == "零部件呢？"


def test_an_opening_is_not_repeated() -> None:
    assert understand("那么零部件呢？", HISTORY) == "2020年长沙工程机械的省内配套率是多少？零部件呢？"
