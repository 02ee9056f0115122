"""The script and the length of an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.normalize import fold
from rag.assistant import Assistant, Done, Piece, Proven
from rag.followup import Turn
from rag.form import (
    BUDGET,
    LONG_BUDGET,
    SURE_BUDGET,
    Form,
    Length,
    Script,
    questions_in,
    script_of,
    written,
)
from rag.prompts import Prompt, chat_messages
from tests.conftest import SayingGenerator

Writer = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("乾隆皇帝是谁？", Script.SIMPLIFIED),
        ("乾隆皇帝是誰？", Script.TRADITIONAL),
        ("台灣的面積多大？", Script.TRADITIONAL),
        ("OWL 2020?", Script.SOURCE),
        ("人口多少", Script.SOURCE),
    ],
)
def test_the_script_of_a_question(text: str, script: Script) -> None:
    assert script_of(text) is script


@pytest.mark.parametrize(
    ("text", "script", "question", "expected"),
    [
        ("發現了頭髮", Script.QUESTION, "发现了什么？", "发现了头发"),
        ("发现了头发", Script.QUESTION, "發現了什麼？", "發現了頭髮"),
        ("发现了头发", Script.QUESTION, "OWL?", "发现了头发"),
        ("发现了头发", Script.TRADITIONAL, "发现了什么？", "發現了頭髮"),
        ("發現了頭髮", Script.SOURCE, "发现了什么？", "發現了頭髮"),
        ("乾隆年间", Script.QUESTION, "谁？", "乾隆年间"),
    ],
)
def test_an_answer_is_in_the_script_that_is_wanted(
    text: str, script: Script, question: str, expected: str
) -> None:
    assert written(text, script, question) == expected
    assert fold(written(text, script, question)) == fold(text)


def test_names_are_written_as_the_sources_write_them() -> None:
    source = "范廷頌在臺北任主教。"
    assert written("范廷颂后来任主教", Script.TRADITIONAL, "誰？") == "範廷頌後來任主教", "by itself a guess"
    assert written("范廷颂后来任主教", Script.TRADITIONAL, "誰？", [source]) == "范廷頌後來任主教"


def test_an_answer_in_another_script_is_proven_all_the_same(library: Library, write: Writer) -> None:
    text = "臺灣的面積是三萬六千平方公里，人口兩千三百萬。"
    library.add(write("a.txt", text))
    answer = Assistant(library, SayingGenerator("臺灣的面積是三萬六千平方公里。")).ask("台湾的面积是多少？")
    assert answer.text == "台湾的面积是三万六千平方公里。"
    assert answer.sentences[0].supported
    assert answer.citations[0].quote in text


def test_a_long_answer_is_asked_for() -> None:
    prompts = [Prompt("问", ("据",), (0,), length=length) for length in Length]
    assert len({chat_messages(prompt)[-1]["content"] for prompt in prompts}) == len(Length)


def test_no_more_evidence_is_read_than_is_wanted(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "甲镇的人口是三千二百人。甲镇人口最多的村是东村。甲镇的人口逐年增加。\n"))
    generator = SayingGenerator("甲镇的人口是3200人。")
    for most in (None, 15):
        Assistant(library, generator).ask("甲镇的人口是多少？", form=Form(evidence=most))
    usual, little = (prompt.evidence for prompt in generator.prompts)
    assert len(usual) == 3
    assert little == ("甲镇的人口是三千二百人。",)


def test_less_is_read_where_the_reader_is_sure() -> None:
    short = "甲镇的人口是多少？"
    assert [Form().budget(short, sure) for sure in (0.0, 0.5, 1.0)] == [BUDGET, 370, SURE_BUDGET]
    assert Form(length=Length.LONG).budget(short, 1.0) == LONG_BUDGET
    assert Form(evidence=100).budget(short, 0.0) == 100
    assert Form(length=Length.LONG, evidence=100).budget(short, 1.0) == 100


@pytest.mark.parametrize(
    "question", ["甲镇為何缺水？", "甲镇有哪些村？", "甲镇有多少人？面积呢？", "甲镇和乙镇各有多少人？"]
)
def test_as_much_as_usual_is_read_for_what_one_run_of_words_cannot_answer(question: str) -> None:
    assert Form().budget(question, 1.0) == BUDGET


def test_sentences_are_proven_as_they_end(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "甲镇的人口是三千二百人。甲镇的面积是五十平方公里。\n"))
    said = "甲镇的人口是3200人。甲镇的面积是五十平方公里。"
    events = list(Assistant(library, SayingGenerator(said)).stream("甲镇的人口和面积是多少？"))
    proven = [event.answer for event in events if isinstance(event, Proven)]
    assert [answer.text for answer in proven] == ["甲镇的人口是3200人。"]
    assert proven[0].citations[0].quote == "甲镇的人口是三千二百人。"
    first = events.index(next(event for event in events if isinstance(event, Proven)))
    assert any(isinstance(event, Piece) for event in events[first:]), "while the rest is still to come"
    last = events[-1]
    assert isinstance(last, Done)
    assert len(last.answer.citations) == 2


def test_what_is_not_proven_is_not_shown_as_proven(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "甲镇的人口是三千二百人。甲镇的面积是五十平方公里。\n"))
    said = "甲镇的人口是9900人。甲镇的面积是五十平方公里。"
    events = list(Assistant(library, SayingGenerator(said)).stream("甲镇的人口和面积是多少？", form=Form()))
    assert not [event for event in events if isinstance(event, Proven)]
    last = events[-1]
    assert isinstance(last, Done)
    assert [sentence.supported for sentence in last.answer.sentences] == [False, True]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("分几批开展？第一批多少个城市？", ["分几批开展？", "第一批多少个城市？"]),
        ("Who? 谁?? 何时！？", ["Who?", "谁??", "何时！？"]),
        ("「去不去？何时去？」是谁说的？为何？", ["「去不去？何时去？」是谁说的？", "为何？"]),
        ("《做什么？》讲了什么?", ["《做什么？》讲了什么?"]),
        ("面积多大？谢谢！", ["面积多大？谢谢！"]),
        ("？面积多大？", ["？面积多大？"]),
        ("引号“没有合上？对吗？", ["引号“没有合上？对吗？"]),
        ("没有问号", ["没有问号"]),
    ],
)
def test_several_questions_in_one_go(question: str, parts: list[str]) -> None:
    assert questions_in(question) == parts


def test_several_questions_are_numbered_for_the_model(library: Library, write: Writer) -> None:
    library.add(write("试点.txt", "试点分三批开展。第一批大约30个城市。服装厂也可以参加试点。"))

    def asked(question: str, *history: Turn) -> str:
        generator = SayingGenerator("1. 试点分三批开展。\n2. 第一批大约30个城市。")
        Assistant(library, generator).ask(question, history)
        return str(chat_messages(generator.prompts[-1])[-1]["content"])

    assert "问题：\n1. 试点分几批开展？\n2. 第一批多少个城市？\n" in asked(
        "试点分几批开展？第一批多少个城市？"
    )
    assert "问题：试点分几批开展？\n" in asked("试点分几批开展？")
    before = Turn("试点分几批开展？", "分三批。")
    assert "1." not in asked("那服装厂呢？", before), "what was asked before has been answered"
