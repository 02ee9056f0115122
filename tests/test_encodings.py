"""Encodings are told by whether the text is plausible Chinese."""

from __future__ import annotations

import codecs
import random

import pytest

from index.encodings import decode

SIMPLIFIED = "先进制造业集群是产业分工深化和集聚发展的高级形态。"
TRADITIONAL = "作為國家和地區經濟發展的重要支撐，先進製造業集群正迎來部署。"
RARE = "饭店招牌写着㐂字，服务员说这个字读作喜。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "gb18030"),
        (TRADITIONAL, "big5hkscs"),
        (TRADITIONAL, "gb18030"),
        (SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED, "utf-16-be"),
        (TRADITIONAL, "utf-16-le"),
        ("臺灣經濟發展", "big5hkscs"),
        (RARE, "gb18030"),
        ("plain English text", "utf-8"),
        ("plain English text in two bytes", "utf-16-le"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded is not None
    assert (decoded.text, decoded.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_decides_and_is_no_text(mark: bytes, encoding: str) -> None:
    decoded = decode(mark + SIMPLIFIED.encode(encoding))
    assert decoded is not None
    assert (decoded.text, decoded.encoding, decoded.confidence) == (SIMPLIFIED, encoding, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_binary_is_not_text(seed: int) -> None:
    assert decode(random.Random(seed).randbytes(4000)) is None


def test_a_named_encoding_is_used_or_nothing() -> None:
    data = TRADITIONAL.encode("big5hkscs")
    named = decode(data, "big5hkscs")
    assert named is not None
    assert named.text == TRADITIONAL
    assert decode(data, "utf-8") is None
    assert decode(data, "no-such-encoding") is None
