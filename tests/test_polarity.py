"""A claim that says yes where its source says no is no claim of this source."""

from __future__ import annotations

import pytest

from rag.polarity import contradicts


@pytest.mark.parametrize(
    ("source", "claim", "expected"),
    [
        ("公司不承担培训费用。", "公司承担培训费用。", True),
        ("公司承担培训费用。", "公司不承担培训费用。", True),
        ("员工不得兼职。", "员工可以兼职。", True),
        ("员工不得兼职。", "员工不得兼职。", False),
        ("員工不得兼職。", "员工可以兼职。", True),
        ("未经甲方同意不得转让。", "经甲方同意可以转让。", True),
        ("不支持无线充电。", "支持无线充电。", True),
        ("不仅支持无线充电，还支持快充。", "支持无线充电。", False),
        ("严禁在库房内吸烟。", "库房内可以吸烟。", True),
        ("严禁在库房内吸烟，违者罚款200元。", "在库房内吸烟的罚款200元。", False),
        ("馆内谢绝拍照。", "馆内可以拍照。", True),
        ("不得不推迟会议。", "会议被推迟。", False),
        ("不属于保修范围。", "属于保修范围。", True),
        ("未支付的租金计入欠款。", "支付租金。", False),
        ("总部在上海。", "总部不是北京，是上海。", False),
        ("网络不通时自动重连，网络稳定时同步。", "网络稳定时同步。", False),
    ],
)
def test_a_negation_is_not_left_out(source: str, claim: str, expected: bool) -> None:
    assert contradicts(claim, [source]) is expected


def test_what_one_source_affirms_is_no_contradiction() -> None:
    assert not contradicts("公司承担培训费用。", ["公司不承担培训费用。", "子公司承担培训费用。"])
