"""Normal forms keep their way back to the original characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normalize import fold, normalize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("先進製造業集群", "先进制造业集群"),
        ("ＡＢＣ１２３％", "abc123%"),
        ("Ｉt’s OWL", "it’s owl"),
        ("㎡", "m2"),
        ("資訊", "资讯"),
    ],
)
def test_normal_forms(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text(max_size=200))
def test_every_normal_character_has_its_original(text: str) -> None:
    normal = normalize(text)
    assert normal.text == fold(text)
    assert len(normal.offsets) == len(normal.text) + 1
    assert list(normal.offsets) == sorted(normal.offsets)
    for index, character in enumerate(normal.text):
        assert character in fold(text[normal.offsets[index]])
