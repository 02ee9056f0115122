"""What a library's texts suggest for its dictionary and synonyms."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.suggest import SynonymCandidate, suggest_synonyms, suggest_words
from index.terms import Terms, Word, with_lines

Writer = Callable[..., Path]

# 龙腾号 stands among others, each time; 龙腾 only ever before 号.
TEXTS = [
    "我们坐龙腾号去海边，路上很顺利。",
    "龙腾号今天停在码头。",
    "他见过龙腾号三次。",
    "谁造了龙腾号？",
    "大家都说龙腾号很快，C919大飞机也快。",
    "修好龙腾号，再看c919大飞机。",
    "国产C919大飞机起飞了。",
    "坐C919大飞机回家。",
    "说到C919大飞机。",
    "今天的天气很好。",
    # By chance two words of so few would meet as often: chance is judged by all words there are.
    "春天花园里桃花盛开，孩子们沿着河边奔跑，老人坐在长椅上晒太阳，远处山坡羊群低头吃草。",
    "厨房飘出面包香味，母亲切好水果，父亲翻开报纸，弟弟拼着积木，猫咪趴着打盹，窗户映着夕阳。",
    "图书馆藏书丰富，读者安静阅读，管理员整理书架，门口海报介绍讲座，走廊挂满历史照片。",
]


def test_a_word_that_stands_together_among_others_is_found() -> None:
    found = {each.text: each for each in suggest_words(TEXTS, Terms(), 20)}
    ship = found["龙腾号"]
    assert ship.count == 6
    assert ship.line == "龙腾号"
    assert ship.freedom == pytest.approx(math.log(6)), "six neighbours on each side"
    assert found["C919大飞机"].count == 5
    assert set(found) == {"龙腾号", "C919大飞机"}, "neither parts, which are not free, nor a second spelling"


def test_what_is_known_is_not_suggested() -> None:
    known = Terms((Word("龙腾号"),), (("c919大飞机", "飞机"),))
    assert suggest_words(TEXTS, known, 20) == []
    assert suggest_words(["集群很好。集群不错，看集群。"] * 5, Terms(), 20) == [], "jieba's own word"


def test_no_texts_and_odd_texts_suggest_nothing() -> None:
    for texts in ([], [""], ["。！？"], ["的的的的的的"], ["12345 2022年"], ["abc def"] * 9):
        assert suggest_words(texts, Terms(), 20) == []
        assert suggest_synonyms(texts, Terms(), 20) == []


def test_at_most_so_many() -> None:
    assert [each.text for each in suggest_words(TEXTS, Terms(), 1)] == ["龙腾号"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "根据《中华人民共和国劳动合同法》（以下简称《劳动合同法》），",
            "中华人民共和国劳动合同法 = 劳动合同法",
        ),
        ("由云岭市数据发展促进会（以下简称促进会）负责。", "云岭市数据发展促进会 = 促进会"),
        ("云岭机械股份有限公司（以下简称“云岭机械”）成立。", "云岭机械股份有限公司 = 云岭机械"),
        ("關於雲嶺機械股份有限公司（以下簡稱「雲機」）的公告", "雲嶺機械股份有限公司 = 雲機"),
        ("发展人工智能（AI）产业", "人工智能 = AI"),
        ("的国内生产总值（Gross Domestic Product，GDP）", "国内生产总值 = Gross Domestic Product = GDP"),
        ("和国际天文联合会(IAU)", "国际天文联合会 = IAU"),
    ],
)
def test_a_short_name_that_a_text_defines(text: str, line: str) -> None:
    (found,) = suggest_synonyms([text], Terms(), 5)
    assert found.line.endswith(line)
    assert with_lines(Terms(), [found.line]).synonyms, "the file takes it as it is"


@pytest.mark.parametrize(
    "text",
    [
        "产值（亿元）",
        "共25个（含3个）",
        "（以下简称）",
        "本法（以下简称本法）",
        "北纬30度（N）",
        "在2022年（AD）",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    assert suggest_synonyms([text], Terms(), 5) == []


@pytest.mark.parametrize("text", ["采购单位（以下简称    ）付款。", "甲方（以下简称：　　）负责。"])
def test_a_blank_to_fill_in_defines_nothing(text: str) -> None:
    assert suggest_synonyms([text] * 3, Terms(), 20) == []


def test_a_short_name_of_two_things_is_no_synonym() -> None:
    texts = ["云岭机械公司（以下简称甲方）", "海川物流公司（以下简称甲方）"]
    assert suggest_synonyms(texts, Terms(), 5) == []
    assert suggest_synonyms(["用人工智能（AI）", "发展人工智能（AI）"], Terms(), 5)[0].count == 2


def test_known_synonyms_are_not_suggested() -> None:
    known = Terms(synonyms=(("人工智能", "ai", "智能"),))
    assert suggest_synonyms(["人工智能（AI）"], known, 5) == []
    (found,) = suggest_synonyms(["人工智能（AI）"], Terms(), 5)
    assert found == SynonymCandidate(("人工智能", "AI"), 1, False)


def test_a_sample_is_taken_evenly(library: Library, write: Writer) -> None:
    library.add(*(write(f"{number:02}.txt", f"第{number}个文件。") for number in range(10)))
    texts, total = library.sample(5)
    assert total == 10
    assert len(texts) == 5
    everything, _ = library.sample(100)
    assert len(everything) == 10
    assert texts == everything[::2]


def test_two_thousand_passages_take_seconds() -> None:
    many = [
        f"{text}{number}号。{TEXTS[number * 7 % 10]}" * 10 for number in range(200) for text in TEXTS[:10]
    ]
    start = time.perf_counter()
    suggest_words(many, Terms(), 20)
    suggest_synonyms(many, Terms(), 20)
    assert len(many) == 2000
    assert time.perf_counter() - start < 20
