"""A bare yes or no is given with the sentence that it rests on, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.types import DocumentInfo
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.yes_no import brought_by, reason_for
from tests.conftest import SayingGenerator

Writer = Callable[..., Path]

RULES = (
    "创新券有效期六个月。创新券不得转让，也不得兑换现金。\n"
    "企业可以用创新券支付检测费用。已获得市级其他补助的项目，不得重复申请本办法的补助。\n"
)


@pytest.mark.parametrize(
    ("question", "said", "quoted"),
    [
        ("创新券可以转让吗？", "不能。", "创新券不得转让，也不得兑换现金"),
        ("企业能不能用创新券支付检测费用？", "能", "企业可以用创新券支付检测费用"),
        ("項目已獲得市級其他補助，能否重複申請本辦法的補助？", "否。", "不得重复申请"),
    ],
)
def test_the_sentence_comes_with_it(
    library: Library, write: Writer, question: str, said: str, quoted: str
) -> None:
    library.add(write("创新券办法.txt", RULES))
    answer = Assistant(library, SayingGenerator(said)).ask(question)
    assert not answer.refused
    assert answer.sentences[0].supported
    assert quoted in answer.citations[0].quote
    assert answer.text[0] == said[0]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("创新券可以转让吗？", "可以。"),  # the sentence says the contrary
        ("企业能不能用创新券支付检测费用？", "不能。"),
        ("创新券有效期是多久？", "不能。"),  # nobody asked whether
    ],
)
def test_what_the_sentence_does_not_bear_out_is_refused(
    library: Library, write: Writer, question: str, said: str
) -> None:
    library.add(write("创新券办法.txt", RULES))
    assert Assistant(library, SayingGenerator(said)).ask(question).refused


@pytest.mark.parametrize(
    ("question", "said", "source", "is_reason"),
    [
        ("馆内可以拍照吗？", "可以。", "馆内谢绝拍照。", False),
        ("馆内可以拍照吗？", "不可以。", "馆内谢绝拍照。", True),
        ("孕妇能用这个药吗？", "能。", "本药孕妇禁用。", False),
        ("年假可以分段安排吗？", "可以。", "年假可以分段安排，每段不低于3天。", True),
        ("可以免费入馆吗？", "可以。", "市民可以免费入馆，但不得携带宠物。", True),
        ("遲到會扣薪嗎？", "會。", "迟到会扣薪。", True),
        ("违约金是30%吗？", "是。", "违约金是20%。", False),
        ("这里的产业集群超过100个吗？", "是。", "这里的产业集群共有150个。", True),
    ],
)
def test_a_bare_answer_rests_on_what_is_said_of_it(
    question: str, said: str, source: str, is_reason: bool
) -> None:
    document = DocumentInfo("d", "须知", ("d.txt",), "utf-8", 1.0, 0, 1, "")
    evidence = [Evidence(document, 0, len(source), source, 1.0, around=source)]
    reason = reason_for(said, question, evidence, lambda words: [1.0] * len(words))
    assert (reason == 0) is is_reason


@pytest.mark.parametrize(
    ("question", "claim", "brought"),
    [
        ("2021年第3条的比例是30%吗？", "是的，比例是30%。", {"2021", "3"}),
        ("2021年第3条的比例是30%吗？", "比例不是30%。", {"2021", "3", "30%"}),
        ("满30天的有多少？", "满30天的有5人。", {"30"}),
    ],
)
def test_which_numbers_a_question_brings(question: str, claim: str, brought: set[str]) -> None:
    assert brought_by(question, claim) == brought
