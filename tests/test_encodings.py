"""Encodings are told by whether the text is plausible Chinese."""

from __future__ import annotations

import codecs
import random

import opencc
import pytest

from index.encodings import DoubtfulEncodingError, decode
from tests.conftest import SEEDS

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
    assert (decoded.text, decoded.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_decides_and_is_no_text(mark: bytes, encoding: str) -> None:
    decoded = decode(mark + SIMPLIFIED.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.confidence) == (SIMPLIFIED, encoding, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_binary_is_not_text(seed: int) -> None:
    with pytest.raises(DoubtfulEncodingError) as doubt:
        decode(random.Random(seed).randbytes(4000))
    assert doubt.value.choices == ()


def test_a_named_encoding_is_used_or_nothing() -> None:
    data = TRADITIONAL.encode("big5hkscs")
    assert decode(data, "big5hkscs").text == TRADITIONAL
    for name in ("utf-8", "no-such-encoding"):
        with pytest.raises(DoubtfulEncodingError) as doubt:
            decode(data, name)
        assert doubt.value.choices[0].encoding == "big5hkscs"


@pytest.mark.parametrize(
    "text", ["臺灣", "會議記錄", "請假單", "產品說明書", "繳費通知單", "香港嘅天氣報告"], ids=len
)
def test_a_short_big5_file_is_never_taken_for_something_else(text: str) -> None:
    """charset-normalizer reads such files as Korean johab or as UTF-16."""
    data = text.encode("big5hkscs")
    try:
        possible = [decode(data).text]
    except DoubtfulEncodingError as doubt:
        possible = [choice.preview for choice in doubt.choices]
    assert text in possible


@pytest.mark.parametrize("rare", ["㐂", "𠮷", "镕", "㛃", "𬭊", "䶮"])
def test_gb18030_with_one_rare_character_is_read(rare: str) -> None:
    text = f"本店招牌上的{rare}字是老掌柜亲笔写的，客人都来拍照。"
    assert decode(text.encode("gb18030")) == decode(text.encode("gb18030"), declared="gb2312")
    assert decode(text.encode("gb18030")).text == text


def test_big5_is_not_read_as_gb18030_though_it_decodes() -> None:
    data = TRADITIONAL.encode("big5hkscs")
    assert data.decode("gb18030", "replace") != TRADITIONAL
    assert decode(data).encoding == "big5hkscs"


def test_the_whole_file_is_looked_at() -> None:
    """The beginning alone would be ASCII."""
    text = "id,name,city\n" * 5000 + SIMPLIFIED * 30
    assert decode(text.encode("gb18030")).text == text
    assert decode(text.encode("utf-16-be")).text == text
    with pytest.raises(DoubtfulEncodingError):
        decode(SIMPLIFIED.encode("utf-8") * 400 + SIMPLIFIED.encode("gb18030") * 400)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs"])
def test_a_damaged_byte_makes_no_file_unreadable(encoding: str) -> None:
    text = SIMPLIFIED * 3 if encoding != "big5hkscs" else TRADITIONAL * 3
    data = text.encode(encoding)
    cut = decode(data[:-1])
    assert (cut.text[: len(text) - 1], cut.encoding) == (text[:-1], encoding)
    assert cut.confidence < 1
    broken = decode(data[:60] + b"\xff" + data[60:])
    assert broken.encoding == encoding
    assert broken.text.replace("\ufffd", "")[-20:] == text[-20:]


def test_what_a_file_says_of_itself_is_believed_if_it_reads_well() -> None:
    assert decode("项目".encode("gb18030"), declared="gb2312").encoding == "gb18030"
    wrong = decode(TRADITIONAL.encode("big5hkscs"), declared="gbk")
    assert (wrong.text, wrong.encoding) == (TRADITIONAL, "big5hkscs")
    assert decode(SIMPLIFIED.encode(), declared="no such thing").encoding == "utf-8"


def test_a_doubtful_file_shows_what_it_may_say() -> None:
    with pytest.raises(DoubtfulEncodingError) as doubt:
        decode("龘靐".encode("gb18030"))
    choices = {choice.encoding: choice.preview for choice in doubt.value.choices}
    assert choices["gb18030"] == "龘靐"
    assert len(choices) >= 2


@pytest.mark.parametrize("encoding", ["gb18030", "big5hkscs", "utf-16-le", "utf-16-be"])
def test_sentences_of_the_seeds_are_read_right_or_asked_about(encoding: str) -> None:
    """Of pieces of 12 characters at least 97 of 100 are told, and none is read wrongly."""
    generator = random.Random(12)
    lines = [
        line for path in sorted(SEEDS.glob("0*")) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    traditional = opencc.OpenCC("s2t")
    told = asked = 0
    for line in generator.sample([line for line in lines if len(line) >= 24], 100):
        piece = line[8:20]
        if encoding == "big5hkscs":
            piece = traditional.convert(piece)
        try:
            data = piece.encode(encoding)
            assert decode(data).text == piece
            told += 1
        except DoubtfulEncodingError:
            asked += 1
        except UnicodeEncodeError:
            continue  # not a character of this encoding
    assert told >= 0.97 * (told + asked)
