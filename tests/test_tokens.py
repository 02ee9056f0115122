"""One tokenizer for passages and questions."""

from __future__ import annotations

import jieba
import pytest

from index.tokens import content_pairs, content_words, pairs, words


def test_words_of_both_scripts_are_the_same() -> None:
    assert words("先進制造業集群的數字化") == words("先进制造业集群的数字化")


def test_numbers_and_latin_words_stay_whole_and_in_parts() -> None:
    assert words("It’s OWL 5G-V2X 36.5%") == [
        "it’s",
        "it",
        "s",
        "owl",
        "5g-v2x",
        "5g",
        "v2x",
        "36.5%",
        "36",
        "5",
    ]


def test_pairs_do_not_cross_punctuation() -> None:
    assert pairs("产业，集群x网络") == ["产业", "集群", "网络"]


def test_question_words_carry_no_weight() -> None:
    assert content_words("请问德国集群一共有多少个成员？") == ["德国", "集群", "成员"]
    assert content_words("是什么呢") == []
    assert "什么" not in content_pairs("原因是什么")


@pytest.mark.parametrize(
    "text",
    ["25个先进制造业集群决赛优胜者分布在9个省份", "中华人民共和国国民经济和社会发展规划", "推动数字化转型"],
)
def test_words_are_cut_as_jieba_cuts_them(text: str) -> None:
    """The Rust build and the Python package that users write dictionaries for agree."""
    assert words(text) == jieba.lcut_for_search(text, HMM=False)
