"""What the reader points out is made whole."""

from __future__ import annotations

import pytest

from rag.whole import whole


def widened(question: str, text: str, cut: str) -> str:
    start = text.index(cut)
    start, end = whole(question, text, start, start + len(cut))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "cut", "expected"),
    [
        ("人口是四千零八十六人。", "零八十六人", "四千零八十六人"),
        ("面積三萬六千平方公里", "三", "三萬六千"),
        ("投入1,234.5万元", "34.5万元", "1,234.5万元"),
        ("增长36%。", "6%", "36%"),
        ("共有196个成员", "196个", "196个"),
        ("由统一企业公司", "一企业", "一企业"),
    ],
)
def test_no_number_is_cut_in_two(text: str, cut: str, expected: str) -> None:
    assert widened("有多少？", text, cut) == expected


@pytest.mark.parametrize(
    ("question", "text", "cut", "expected"),
    [
        ("她在哪所小学读过书？", "她曾就读于青石小学和南山中学。", "青石", "青石小学"),
        ("这两地由哪条高速公路相连？", "两地由江宁高速公路相连。", "江宁", "江宁高速公路"),
        ("这种鸟住在什么地方？", "它住在海岛上。", "海岛", "海岛"),
        ("哪个国家先参赛？", "先参赛的是美国国家队。", "美国", "美国"),
        ("哪一个条约？", "签订了北山条约。", "北山条约", "北山条约"),
        ("什么有关？", "与年龄有关。", "年龄", "年龄"),
    ],
)
def test_the_kind_that_is_asked_for_belongs_to_the_name(
    question: str, text: str, cut: str, expected: str
) -> None:
    assert widened(question, text, cut) == expected


@pytest.mark.parametrize(
    ("text", "cut", "expected"),
    [
        ("崇文五年（1044年）去世", "崇文五年（1044年", "崇文五年（1044年）"),
        ("崇文五年（1044年）去世", "1044年）", "1044年"),
        ("代表作是《归舟》。", "《归舟", "《归舟》"),
        ("他写了《归舟与远山》。", "《归舟", "归舟"),
        ("他写了《归舟》。", "归舟", "归舟"),
        ("结论是“可行（见附表）”。", "可行（见附表）", "可行（见附表）"),
        ("（甲）", "（甲）", "（甲）"),
        ("甲」乙」", "甲」乙」", "甲」乙"),
        ("甲」", "」", "」"),
        ("（甲", "（", "（"),
    ],
)
def test_half_a_pair_of_brackets_is_made_whole_or_left_out(text: str, cut: str, expected: str) -> None:
    assert widened("是什么？", text, cut) == expected
