"""Who pays whom is not turned round."""

from __future__ import annotations

import pytest

from rag.roles import exchanged


@pytest.mark.parametrize(
    ("source", "claim", "expected"),
    [
        ("甲方应向乙方支付定金。", "乙方应向甲方支付定金。", True),
        ("甲方应向乙方支付定金。", "甲方向乙方支付定金。", False),
        ("三星被华为起诉。", "华为被三星起诉。", True),
        ("华为起诉了三星。", "三星被华为起诉。", False),
        ("甲方向乙方支付定金，乙方向甲方交货。", "乙方向甲方交货。", False),
        ("设备由株洲供给长沙。", "设备由长沙供给株洲。", False),  # both stand after it
    ],
)
def test_sides_are_kept(source: str, claim: str, expected: bool) -> None:
    assert exchanged(claim, [source]) is expected
