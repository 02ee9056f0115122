"""Sentences and passages: exact spans, cut where a reader would."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunking import LONGEST_SENTENCE, MOST_LENGTH, split_passages, split_sentences
from index.types import Document
from tests.conftest import document_in

CHINESE = st.text(
    st.sampled_from("先进制造业集群的发展。，！？；：“”「」『』（）\n\r\t 　abc123.,!?\"'#|-、…—\f\u2028𠮷"),
    max_size=900,
)


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def document(text: str) -> Document:
    return Document("d", "标题", "d.txt", text)


@given(st.one_of(st.text(max_size=600), CHINESE))
@settings(max_examples=300, deadline=None)
def test_passages_are_exact_spans_and_lose_nothing(text: str) -> None:
    passages = split_passages(document(text))
    position = 0
    for number, passage in enumerate(passages):
        assert passage.number == number
        assert passage.text == text[passage.start : passage.end]
        assert len(passage.text) <= MOST_LENGTH
        assert not text[position : passage.start].strip(), "only white space may lie between passages"
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        position = passage.end
    assert not text[position:].strip()


@given(st.one_of(st.text(max_size=600), CHINESE))
@settings(max_examples=300, deadline=None)
def test_sentences_are_in_order_and_lose_nothing(text: str) -> None:
    position = 0
    for span in split_sentences(text):
        assert position <= span.start < span.end
        assert span.end - span.start <= LONGEST_SENTENCE
        assert not text[position : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        position = span.end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天晴。明天雨！后天呢？", ["今天晴。", "明天雨！", "后天呢？"]),
        ("他说：“走吧。”她没动。", ["他说：“走吧。”", "她没动。"]),
        ("他說：「走吧！」她沒動。", ["他說：「走吧！」", "她沒動。"]),
        ('他说："走吧。"她没动。', ['他说："走吧。"', "她没动。"]),
        ("真的吗？！是的……好。", ["真的吗？！", "是的……", "好。"]),
        ("（见附件。）第二句。", ["（见附件。）", "第二句。"]),
        ("增长3.5%，版本2.0发布。共12.8亿。", ["增长3.5%，版本2.0发布。", "共12.8亿。"]),
        (
            "先进制造业集群是\n高质量发展的\n重要载体。第二句。",
            ["先进制造业集群是\n高质量发展的\n重要载体。", "第二句。"],
        ),
        ("先进制造业集群是\r\n重要载体。\r\n第二句。", ["先进制造业集群是\r\n重要载体。", "第二句。"]),
        ("第一段没有句号\n\n第二段也没有", ["第一段没有句号", "第二段也没有"]),
        ("- 甲项\n- 乙项\n1. 丙项", ["- 甲项", "- 乙项", "1. 丙项"]),
        ("It works. 第二句。", ["It works.", "第二句。"]),
        ("", []),
        (" \n　\n", []),
    ],
)
def test_sentence_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_text_without_punctuation_is_cut_all_the_same() -> None:
    text = "集群" * 400
    passages = split_passages(document(text))
    assert "".join(passage.text for passage in passages) == text
    assert all(len(passage.text) <= MOST_LENGTH for passage in passages)


def test_a_long_sentence_is_cut_after_a_semicolon_rather_than_anywhere() -> None:
    text = "一" * 150 + "；" + "二" * 100 + "。"
    assert sentences(text) == ["一" * 150 + "；", "二" * 100 + "。"]


def test_headings_start_passages_and_give_their_path() -> None:
    text = "# 总则\n\n开头一句。\n\n## 范围\n\n### 适用\n\n适用于集群。\n\n## 期限\n\n期限两年。\n"
    found = [(passage.headings, passage.text.splitlines()[0]) for passage in split_passages(document(text))]
    assert found == [
        (("总则",), "# 总则"),
        (("总则", "范围", "适用"), "## 范围"),
        (("总则", "期限"), "## 期限"),
    ]


def test_numbered_chinese_headings_are_headings() -> None:
    text = "第一章 总则\n第一条 为了规范管理，制定本办法。\n第二章 申报\n第二条 申报单位应当提交材料。\n"
    assert [passage.headings for passage in split_passages(document(text))] == [
        ("第一章 总则",),
        ("第二章 申报",),
    ]


def test_a_short_line_between_finished_paragraphs_is_a_heading_but_a_wrapped_word_is_not() -> None:
    text = (
        "第一段写完了。\n第二段写完了。\n加快数字转型\n第三段写完了。\n"
        "依靠便捷的交通运输网\n络发展物流。\n第六段写完了。\n"
    )
    assert "加快数字转型" in sentences(text)
    assert "依靠便捷的交通运输网\n络发展物流。" in sentences(text)


def test_a_table_row_keeps_its_header() -> None:
    text = "说明。\n\n| 地区 | 目标 |\n|---|---|\n| 山东 | 56% |\n| 上海 | 20家 |\n\n结尾。"
    rows = {text[span.start : span.end]: span.header for span in split_sentences(text)}
    assert rows["| 山东 | 56% |"] == "| 地区 | 目标 |"
    assert rows["| 上海 | 20家 |"] == "| 地区 | 目标 |"
    assert rows["结尾。"] == ""


def test_real_documents_are_cut_into_readable_sentences(shared_seeds: Path) -> None:
    for path in sorted(shared_seeds.glob("*.txt")):
        found = document_in(path)
        passages = split_passages(found)
        assert all(passage.text == found.text[passage.start : passage.end] for passage in passages)
        lengths = [span.end - span.start for passage in passages for span in passage.sentences]
        assert sum(lengths) / len(lengths) < 90
