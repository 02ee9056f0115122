"""A bare yes or no is given with the sentence that it rests on, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from rag.assistant import Assistant
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
