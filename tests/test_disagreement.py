"""Documents that contradict each other are both told, with their dates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.types import DocumentInfo
from rag.assistant import Assistant
from rag.disagreement import _are_set_apart, disagreeing
from rag.evidence import Evidence
from tests.conftest import SayingGenerator

Writer = Callable[..., Path]


def evidence(number: int, text: str, title: str = "资料") -> Evidence:
    document = DocumentInfo(f"d{number}", title, (f"/{number}.txt",), "utf-8", 1.0, 100, 1, "")
    return Evidence(document, 0, len(text), text, 1.0)


def rarity(words: object) -> list[float]:
    return [1.0] * len(list(words))  # type: ignore[call-overload]


SAID = "云岭装备公司有员工212名。"


@pytest.mark.parametrize(
    ("other", "contradicts"),
    [
        ("云岭装备公司现有员工230名。", True),
        ("截至年底，云岭装备公司员工有二百三十名。", True),
        ("云岭装备公司有员工212名。", False),
        ("雲嶺裝備公司有員工二百一十二名。", False),
        ("铁建重工公司有员工230名。", False),
        ("云岭装备公司有专利230项。", False),
        ("云岭装备公司2019年有员工230名。", False),
        ("云岭装备公司的研发人员有80名。", False),
    ],
)
def test_the_same_with_another_figure_contradicts(other: str, contradicts: bool) -> None:
    cited, second = evidence(1, SAID), evidence(2, other)
    found = disagreeing(SAID, [cited], [cited, second], rarity)
    assert found == ([second] if contradicts else [])


def test_records_of_two_things_do_not_contradict_each_other() -> None:
    cited = evidence(1, "门票价格：60元", "黑龙潭")
    assert disagreeing("60元", [cited], [cited, evidence(2, "门票价格：30元", "云蒙峡")], rarity) == []
    assert disagreeing("60元", [cited], [cited, evidence(2, "门票价格：30元", "黑龙潭")], rarity) != []


def test_handbooks_of_two_companies_do_not_contradict_each_other() -> None:
    cited = evidence(1, "公司员工每年享受带薪年休假10天。", "蓝海公司员工手册")
    other = evidence(2, "公司员工每年享受带薪年休假5天。", "红星公司员工手册")
    assert disagreeing("10天", [cited], [cited, other], rarity) == []


def test_a_document_does_not_contradict_itself() -> None:
    cited = evidence(1, SAID)
    again = evidence(1, "云岭装备公司现有员工230名。")
    assert disagreeing(SAID, [cited], [cited, again], rarity) == []


def test_what_the_answer_tells_itself_is_not_told_again() -> None:
    cited, second = evidence(1, SAID), evidence(2, "云岭装备公司现有员工230名。")
    assert disagreeing("有212名，另一份说是230名。", [cited], [cited, second], rarity) == []


def test_an_answer_names_both_figures_with_document_and_date(library: Library, write: Writer) -> None:
    library.add(write("简报.txt", "云岭装备公司简报\n\n云岭装备公司有员工212名。\n"))
    library.add(write("年报.txt", "云岭装备公司年报\n\n云岭装备公司现有员工230名。\n"))
    answer = Assistant(library, SayingGenerator("云岭装备公司有员工212名。")).ask(
        "云岭装备公司有多少名员工？"
    )
    assert len(answer.sentences) == 2
    told = answer.sentences[1]
    assert told.supported
    assert "230名" in told.text
    assert "年报" in told.text
    assert library.documents()[1].modified_at[:10] in told.text
    assert answer.text[told.start : told.end] == told.text
    quotes = {citation.number: citation for citation in answer.citations}
    assert [quotes[number].quote for number in told.citations] == ["云岭装备公司现有员工230名。"]
    assert quotes[told.citations[0]].document.title != quotes[answer.sentences[0].citations[0]].document.title


def test_what_is_said_of_men_does_not_contradict_what_is_said_of_women() -> None:
    assert _are_set_apart("男职工陪产假为", "女职工产假为")
    assert not _are_set_apart("职工产假为", "女职工产假为")
