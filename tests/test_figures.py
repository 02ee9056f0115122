"""A wrong number is caught: also one that stands elsewhere in the evidence, or in another's place."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.proof import KINDS, tried
from rag.figures import Figures

SEEDS = Path(__file__).parent.parent / "seeds"
EVERY = tuple(sorted(KINDS))

COUNTS = (
    "云岭2020年有集群30个，2021年有集群45个。",
    "株洲的配套率是36%，长沙的配套率是63%。",
    "活塞长6英尺7英寸。",
    "公司有员工212名，其中研发人员80名。",
)


@pytest.mark.parametrize(
    ("claim", "is_misplaced"),
    [
        ("云岭2021年有45个集群。", False),
        ("云岭2021年有30个集群。", True),
        ("二〇二一年云岭有集群四十五个。", False),
        ("长沙的配套率是36%。", True),
        ("长沙配套率达63%。", False),
        ("活塞长7英尺6英寸。", True),
        ("研发人员共212名。", True),
        ("研发人员共80名。", False),
        ("员工共212名。", False),
        ("配套率是36年。", False),  # no figure of that kind: whether 36 stands there is for the proof to say
    ],
)
def test_a_number_must_stand_with_its_own_words(claim: str, is_misplaced: bool) -> None:
    assert Figures(COUNTS).misplaced(claim, "") is is_misplaced


def test_numbers_of_the_question_are_not_looked_at() -> None:
    figures = Figures(COUNTS)
    assert figures.misplaced("2020年的集群有45个。", "")
    assert not figures.misplaced("2020年。", "2020年有几个？")


def test_a_short_answer_is_held_against_the_question() -> None:
    figures = Figures(COUNTS)
    assert not figures.misplaced("80名。", "其中研发人员有多少名？")
    assert figures.misplaced("6英寸。", "活塞长几英寸？")


def test_a_day_is_a_day_in_other_words() -> None:
    assert not Figures(["发包人应在30日内支付。"]).misplaced("发包人应在30天内支付。", "")
    assert Figures(["发包人应在30日内支付。"]).misplaced("发包人应在30年内支付。", "")


@pytest.mark.parametrize(
    ("source", "claim", "is_misplaced"),
    [
        ("应在24小时内报告。", "应在24天内报告。", True),
        ("应在24小时内报告。", "24小时内要报告。", False),
        ("5个工作日内答复。", "5个月内答复。", True),
        ("总价为5万美元。", "总价为5万元。", True),
        ("重5千克。", "重5公斤。", False),
        ("销量同比下降12%。", "销量同比增长12%。", True),
        ("销量同比下降12%。", "销量降至上年的水平，降幅12%。", False),
        ("净亏损3.2亿元。", "净利润3.2亿元。", True),
        ("注册资本不低于500万元。", "注册资本不高于500万元。", True),
        ("注册资本不低于500万元。", "注册资本至少500万元。", False),
        ("注册资本不低于500万元。", "注册资本500万元以上。", False),
        ("满100元以上免运费。", "100元以下免运费。", True),
        ("最高不超过30万元。", "最低30万元。", True),
        ("收入增长12%，支出下降12%。", "支出下降12%。", False),
    ],
)
def test_a_unit_and_a_direction_belong_to_a_figure(source: str, claim: str, is_misplaced: bool) -> None:
    assert Figures([source]).misplaced(claim, "") is is_misplaced


def test_numbers_of_tables_are_left_to_the_proof() -> None:
    claim = "长沙的配套率是36%。"
    assert Figures(COUNTS).misplaced(claim, "")
    assert not Figures(COUNTS, ["| 长沙 | 36% | 63% |"]).misplaced(claim, "")


def test_without_sources_nothing_is_misplaced() -> None:
    assert not Figures(()).misplaced("共有36个。", "")


@pytest.mark.parametrize("kind", EVERY)
def test_altered_answers_are_not_supported_and_right_ones_are(kind: str) -> None:
    alter, is_right = KINDS[kind]
    texts = [file.read_text(encoding="utf-8") for file in sorted(SEEDS.glob("0*"))]
    parts = [part for text in texts for part in text.split("\n\n") if len(part) > 40] * 6
    found = list(tried(parts, alter, random.Random(7)))
    assert len(found) >= 30
    wrong = [(answer, original) for answer, original, supported in found if supported != is_right]
    allowed = 0.03 * len(found) if is_right else 0.02 * len(found)
    assert len(wrong) <= allowed, wrong
