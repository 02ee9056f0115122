"""Follow-up questions stand alone; questions that already do are left untouched."""

from __future__ import annotations

import pytest

from rag.followup import Turn, understand

HISTORY = [Turn("2020年长沙工程机械的省内配套率是多少？", "超过36%。")]


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("零部件呢？", "2020年长沙工程机械的省内配套率是多少？零部件呢？"),
        ("那零部件呢", "2020年长沙工程机械的省内配套率是多少？零部件呢"),
        ("2021年呢？", "2021年长沙工程机械的省内配套率是多少？"),
        ("那株洲呢？", "2020年株洲工程机械的省内配套率是多少？"),
        ("那2021年株洲呢？", "2021年株洲工程机械的省内配套率是多少？"),
        ("那它有什么特点？", "2020年长沙工程机械的省内配套率是多少？它有什么特点？"),
        ("好的，该集群由谁组建？", "2020年长沙工程机械的省内配套率是多少？好的，该集群由谁组建？"),
    ],
)
def test_a_question_that_leans_gets_what_it_leans_on(question: str, understood: str) -> None:
    assert understand(question, HISTORY) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("BERT的参数有多少？", "那GPT呢？", "GPT的参数有多少？"),
        ("長沙的面積是多少？", "那臺灣呢？", "臺灣的面積是多少？"),
    ],
)
def test_names_are_exchanged_as_they_are_written(before: str, question: str, understood: str) -> None:
    assert understand(question, [Turn(before)]) == understood


TITLES = ("观复博物馆", "红砖美术馆", "故宫")


def titles_in(text: str) -> list[str]:
    return sorted((title for title in TITLES if title in text), key=text.find)


@pytest.mark.parametrize(
    ("question", "history", "understood"),
    [
        ("门票多少钱？", [("介绍一下观复博物馆", "它是一座私立博物馆。")], "观复博物馆：门票多少钱？"),
        (
            "门票多少钱？",
            [("附近有什么？", "红砖美术馆。"), ("红砖美术馆多大？", "两万平方米。")],
            "红砖美术馆：门票多少钱？",
        ),
        (
            "开到几点？",
            [("观复博物馆在哪里？", "在朝阳区。"), ("门票多少钱？", "一百元，与故宫不是联票。")],
            "观复博物馆：开到几点？",
        ),
        ("故宫几点关门？", [("观复博物馆在哪里？", "在朝阳区。")], "故宫几点关门？"),
        ("那故宫呢？", [("观复博物馆门票多少钱？", "一百元。")], "故宫门票多少钱？"),
        ("哪些展馆周一不开门？", [("观复博物馆门票多少钱？", "一百元。")], "哪些展馆周一不开门？"),
    ],
    ids=["carried", "the newest", "one that stays", "topic changed", "exchanged", "asks of all"],
)
def test_the_subject_of_the_conversation_is_carried(
    question: str, history: list[tuple[str, str]], understood: str
) -> None:
    assert understand(question, [Turn(*turn) for turn in history], titles_in) == understood


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


@pytest.mark.parametrize(
    "question", ["那曲市的面积是多大？", "那不勒斯的面积是多大？", "马耳他的面积是多大？"]
)
def test_a_word_that_only_looks_like_pointing_stands_alone(question: str) -> None:
    history = [Turn("青海湖的面积是多大？", "4,583平方公里。")]
    assert understand(question, history, lambda text: ["青海湖"] if "青海湖" in text else []) == question
