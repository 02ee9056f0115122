"""Citations are computed, and what is not in the cited characters is not supported."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.types import DocumentInfo
from rag.citations import Proof, prove
from rag.evidence import Evidence

DOCUMENT = DocumentInfo("d1", "标题", ("/d1.txt",), "utf-8", 1.0, 100, 1, "")


def evidence(*texts: str) -> list[Evidence]:
    items, position = [], 0
    for text in texts:
        items.append(Evidence(DOCUMENT, position, position + len(text), text, 1.0))
        position += len(text) + 1
    return items


def rarity(words: Sequence[str]) -> list[float]:
    return [1.0] * len(words)


def proof(answer: str, *sources: str, question: str = "情况怎么样？") -> Proof:
    return prove(answer, question, evidence(*sources), rarity)


@pytest.mark.parametrize(
    ("answer", "source", "supported"),
    [
        ("省内配套率超过36%。", "长沙工程机械省内配套率超过36%", True),
        ("省内配套率超过63%。", "长沙工程机械省内配套率超过36%", False),
        ("省内配套率超过百分之三十六。", "长沙工程机械省内配套率超过36%", True),
        ("共有二十五个集群。", "遴选出25个先进制造业集群", True),
        ("共有52个集群。", "遴选出25个先进制造业集群", False),
        ("投资9.5万亿元。", "总投资达到95000亿元", True),
        ("2021年完成投资。", "2020年完成投资", False),
        ("青島市建成3個集群。", "青島市建成2-3個集群", False),
        ("青岛市建成2至3个集群。", "青島市建成2-3個集群", True),
        ("由李政副市长宣布。", "上海市副市长李政宣布", True),
        ("由王强副市长宣布。", "上海市副市长李政宣布", False),
        ("广东培育汽车集群。", "浙江培育汽车集群", False),
        ("《经济日报》报道了集群。", "《人民日报》报道了集群", False),
        ("OWL集群位于德国。", "It’s OWL集群位于德国西部", True),
        ("月亮是奶酪做的。", "长沙工程机械省内配套率超过36%", False),
        ("江苏省和广东省最多，各有6个。", "江苏、广东最多，各占6个，并列第一。", True),
        ("泰连锡是三市的合称。", "“泰连锡”是泰州、连云港、无锡三市的合称。", True),
        ("铁建重工一共有212名员工。", "公司有员工212名。", False),
        ("1. 自查条件；", "对照办法自查条件", True),
        ("1、2021年有25个集群；", "2021年共有25个集群", True),
        ("36%", "长沙工程机械省内配套率超过36%", True),
        ("37%", "长沙工程机械省内配套率超过36%", False),
        ("红杉镇共有三千二百一十七人。", "红杉镇共有居民3217人。", True),
    ],
)
def test_what_must_stand_in_the_cited_characters(answer: str, source: str, supported: bool) -> None:
    found = proof(answer, source)
    assert [sentence.supported for sentence in found.sentences] == [supported]
    assert bool(found.citations) is supported
    assert all(citation.quote == source for citation in found.citations)


def test_the_right_sentence_is_cited() -> None:
    found = proof("零部件配套率超过50%。", "省内配套率超过36%。", "零部件配套率超过50%。", "共有196个成员。")
    assert [citation.quote for citation in found.citations] == ["零部件配套率超过50%。"]
    assert found.sentences[0].citations == (1,)


def test_a_sentence_that_joins_two_sources_cites_both() -> None:
    found = proof("省内配套率超过36%，集群成员196个。", "长沙省内配套率超过36%。", "德国集群成员有196个。")
    assert [citation.quote for citation in found.citations] == [
        "长沙省内配套率超过36%。",
        "德国集群成员有196个。",
    ]
    assert found.sentences[0].citations == (1, 2)


def test_figures_of_one_company_prove_nothing_of_another() -> None:
    found = proof("铁建重工一共有212名员工。", "铁建重工参加了协会。", "云岭装备有员工212名。")
    assert not found.supported


def test_a_list_is_cited_item_by_item() -> None:
    found = proof("1. 自查条件；2. 上传材料；3. 月球观光。", "对照办法自查条件", "登录网站上传材料")
    assert [sentence.text for sentence in found.sentences] == [
        "1. 自查条件；",
        "2. 上传材料；",
        "3. 月球观光。",
    ]
    assert [sentence.citations for sentence in found.sentences] == [(1,), (2,), ()]


def test_citations_are_numbered_by_first_use_and_shared() -> None:
    found = proof("集群成员196个。省内配套率36%。成员共196个。", "省内配套率36%。", "集群成员196个。")
    assert [sentence.citations for sentence in found.sentences] == [(1,), (2,), (1,)]
    assert [citation.number for citation in found.citations] == [1, 2]


def test_sentences_point_into_the_answer() -> None:
    answer = "集群成员196个。 这句没有出处。"
    found = proof(answer, "集群成员196个。")
    assert [answer[s.start : s.end] for s in found.sentences] == [s.text for s in found.sentences]
    assert [s.supported for s in found.sentences] == [True, False]
    assert found.supported


def test_repeating_the_question_proves_nothing() -> None:
    found = proof("火星上有集群。", "先进制造业集群蓬勃发展", question="火星上有集群吗？")
    assert not found.supported


def test_nothing_is_cited_without_evidence() -> None:
    assert not proof("集群成员196个。").supported


@pytest.mark.parametrize(
    ("question", "answer", "first", "second", "supported"),
    [
        (
            "雅士利集团是哪一个地区的企业？",
            "雅士利集团是位于涪陵区的企业。",
            "潮州的知名企业有长城集团、雅士利集团。",
            "最大的企业是位于涪陵区的太极集团。",
            False,
        ),
        (
            "7至8世纪间被称为什么时代？",
            "7至8世纪间被称为弥生时代。",
            "7至8世纪间科学蓬勃发展。",
            "公元前3世纪的期间被称为弥生时代。",
            False,
        ),
        (
            "两个镇各有什么？",
            "甲镇有一座茶厂，乙镇有一座水库。",
            "甲镇有一座茶厂。",
            "乙镇有一座水库。",
            True,
        ),
        ("种了哪些作物？", "种植水稻、棉花。", "当地种植水稻。", "农户也种植棉花。", True),
    ],
    ids=["a thing of each", "a number of each", "a clause of each", "an item of each"],
)
def test_what_two_documents_say_is_joined_by_clauses_alone(
    question: str, answer: str, first: str, second: str, supported: bool
) -> None:
    other = DocumentInfo("d2", "另一份", ("/d2.txt",), "utf-8", 1.0, 100, 1, "")
    found = prove(
        answer,
        question,
        [
            Evidence(DOCUMENT, 0, len(first), first, 1.0, around=first),
            Evidence(other, 0, len(second), second, 1.0, around=second),
        ],
        rarity,
    )
    assert found.supported is supported
    assert len(found.citations) == (2 if supported else 0)


@pytest.mark.parametrize(
    ("source", "answer", "supported"),
    [
        ("试用期为一年。", "试用期为1年。", True),
        ("试用期为一年。", "试用期为1个月。", False),
        ("违约金为万分之五。", "违约金为万分之三。", False),
        ("违约金为万分之五。", "违约金为0.05%。", True),
        ("民國110年成立。", "2021年成立。", True),
        ("奖金在3、6、9月发放。", "8、6、9月发放奖金。", False),
        ("公司不承担培训费用。", "公司承担培训费用。", False),
    ],
)
def test_what_a_contract_says(source: str, answer: str, supported: bool) -> None:
    assert proof(answer, source, question="").supported is supported


def test_a_bare_yes_is_proven_with_its_reason() -> None:
    made = proof("可以。年假可以分段安排。", "年假可以分段安排。", question="年假可以分段安排吗？")
    assert [(each.text, each.supported) for each in made.sentences] == [("可以。年假可以分段安排。", True)]


def test_a_number_that_is_asked_about_must_stand_in_the_source() -> None:
    sources = ("甲方迟延付款的，违约金为20%。", "乙方逾期交货的，订金退还30%。")
    asked = "违约金是30%吗？"
    assert not proof("是的，违约金是30%。", *sources, question=asked).supported
    assert proof("违约金是20%。", *sources, question=asked).supported


def test_what_an_unsupported_sentence_lacks() -> None:
    (sentence,) = proof("长沙有36家，株洲有63家。", "株洲有63家企业。").sentences
    assert (sentence.supported, sentence.lacks) == (False, ("36", "长沙"))
