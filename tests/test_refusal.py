"""What is about another year or place is refused; what only looks like it is not."""

from __future__ import annotations

import pytest

from index.types import DocumentInfo
from rag.evidence import Evidence
from rag.refusal import Refusal, declines

_DOCUMENT = DocumentInfo("d", "", ("d.txt",), "utf-8", 1.0, 0, 1, "")


def evidence(text: str) -> Evidence:
    return Evidence(_DOCUMENT, 0, len(text), text, 1.0, around=text)


@pytest.mark.parametrize(
    ("question", "source", "is_another"),
    [
        ("2022年的产量是多少？", "2021年的产量为5万吨。", True),
        ("2022年的指标是多少？", "2021—2023年的指标为5%。", False),
        ("2024年的指标是多少？", "2021—2023年的指标为5%。", True),
        ("2021年的预算是多少？", "民國110年度預算為5億元。", False),
        ("月收入2000元的人能申请吗？", "月收入低于3000元的可以申请。", False),
        ("长沙有多少家企业？", "株洲有30家企业。", True),
        ("公司的CEO是谁？", "首席执行官是张三。", False),
        ("Windows怎么安装？", "Linux用命令安装。", True),
        ("50kg的行李要加钱吗？", "行李超过20公斤要加钱。", False),
    ],
)
def test_another_year_or_place(question: str, source: str, is_another: bool) -> None:
    refusal = Refusal(lambda words: [1.0] * len(words))
    assert refusal.speaks_of_another(question, [evidence(source)]) is is_another


@pytest.mark.parametrize(
    ("said", "is_declined"),
    [
        ("资料中没有提到这一点。", True),
        ("无法确定。", True),
        ("无法确定损失的，由法院酌定赔偿额。", False),
        ("没有相关资料的，应当补充提交。", False),
    ],
)
def test_words_of_the_documents_decline_nothing(said: str, is_declined: bool) -> None:
    sources = [evidence("无法确定损失的，由法院酌定赔偿额。"), evidence("没有相关资料的，应当补充提交。")]
    assert declines(said, sources) is is_declined
