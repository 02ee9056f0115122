"""Documents of another subject than the question's are no source for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from rag.assistant import Assistant
from rag.prompts import Task
from rag.refusal import OTHER_TEXT
from rag.subject import subjects
from tests.conftest import SayingGenerator

Writer = Callable[..., Path]

FISH = {
    "线鳗.txt": "线鳗生活在沿海。线鳗水深3至25公尺。",
    "蟒鳗.txt": "蟒鳗生活在沿海。水深12至55公尺。",
}


def test_the_next_best_of_the_kind_is_no_source(library: Library, write: Writer) -> None:
    library.add(*(write(name, text) for name, text in FISH.items()))
    generator = SayingGenerator("线鳗生活的水深为3至25公尺。")
    answer = Assistant(library, generator).ask("线鳗生活的水深是多少？")
    assert {each.document.title for each in answer.citations} == {"线鳗"}
    assert "55" not in answer.text, "the other fish contradicts nothing"
    assert not any("蟒鳗" in each for each in generator.prompts[0].evidence)


def test_a_document_that_mentions_the_subject_is_a_source(library: Library, write: Writer) -> None:
    library.add(
        write("线鳗.txt", "线鳗生活在沿海的礁石。"),
        write("渔业年报.txt", "今年線鰻的捕捞量是8吨，产量稳定。"),
    )
    answer = Assistant(library, SayingGenerator("线鳗的捕捞量是8吨。")).ask("线鳗今年的捕捞量是多少？")
    assert [each.document.title for each in answer.citations] == ["渔业年报"]


def test_a_title_that_search_does_not_trust_excludes_nothing(library: Library, write: Writer) -> None:
    library.add(
        write("年假规定.txt", "工作满一年，可休年假五天，年假天数按工龄计算。"),
        write("员工.txt", "名单见附件。"),
    )
    answer = Assistant(library, SayingGenerator("可休年假五天。")).ask("员工工作满一年有几天年假？")
    assert [each.document.title for each in answer.citations] == ["年假规定"]


@pytest.mark.parametrize("lead", ["", "文章里说", "報告提到", "资料中，", "年报指出"])
def test_what_is_read_need_not_call_itself_so(library: Library, write: Writer, lead: str) -> None:
    library.add(write("线鳗.txt", FISH["线鳗.txt"]))
    generator = SayingGenerator("线鳗生活的水深为3至25公尺。")
    assert not Assistant(library, generator).ask(f"{lead}线鳗生活的水深是多少？").refused
    assert [each.task for each in generator.prompts] == [Task.ANSWER]


def test_a_text_that_is_asked_for_is_a_subject() -> None:
    assert "报告" in subjects("这份报告哪天提交？")
    assert "文件" in subjects("文件存放在哪里？")
    assert "报告" not in subjects("报告里的工厂有几家？")


def test_a_sentence_said_twice_ends_the_answer(library: Library, write: Writer) -> None:
    library.add(write("线鳗.txt", FISH["线鳗.txt"]))
    said = "线鳗水深3至25公尺。" * 40
    answer = Assistant(library, SayingGenerator(said)).ask("线鳗的水深是多少？")
    assert answer.text == "线鳗水深3至25公尺。"


def test_an_answer_that_breaks_off_in_the_name_is_none(library: Library, write: Writer) -> None:
    library.add(write("白䲟.txt", "白䲟，俗名印仔鱼。"))
    assert Assistant(library, SayingGenerator("白")).ask("白䲟的俗名是什么？").refused
    assert not Assistant(library, SayingGenerator("印仔鱼")).ask("白䲟的俗名是什么？").refused


def test_a_title_in_other_letters_is_mentioned_all_the_same(library: Library, write: Writer) -> None:
    library.add(write("PyTorch手冊.txt", "PyTorch手冊說明安裝步驟：先安裝驅動程式。"))
    answer = Assistant(library, SayingGenerator("先安装驱动程式。")).ask(
        "ｐｙｔｏｒｃｈ手册的安装步骤是什么？"
    )
    assert not answer.refused


AWARDS = {
    "童军奖章.txt": "水牛奖授予服务多年的成年人。代表童军的荣誉。",
    "足球锦标赛.txt": "决赛用球代表王者的荣誉。",
}


def test_an_answer_from_a_source_without_the_rarest_noun_is_withdrawn(
    library: Library, write: Writer
) -> None:
    library.add(*(write(name, text) for name, text in {**FISH, **AWARDS}.items()))
    question = "水牛奖代表什么荣誉？"
    elsewhere = Assistant(library, SayingGenerator("代表王者的荣誉。")).ask(question)
    assert elsewhere.refused
    assert elsewhere.text == OTHER_TEXT
    right = Assistant(library, SayingGenerator("代表童军的荣誉。")).ask(question)
    assert [each.document.title for each in right.citations] == ["童军奖章"]


def test_a_word_for_a_kind_that_the_best_hit_does_without_is_no_subject(
    library: Library, write: Writer
) -> None:
    library.add(
        write("线鳗.txt", "线鳗生活在沿海的礁石。"), write("年报.txt", "渔业年报：今年鳗鱼的捕捞量是8吨。")
    )
    answer = Assistant(library, SayingGenerator("捕捞量是8吨。")).ask("今年鳗鱼的捕捞量属于哪个量级？")
    assert not answer.refused
