"""How a question becomes groups: asked in one form, found in the other; and what its sentences hold of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from index.coverage import Coverage
from index.errors import QuestionError
from index.library import Library
from index.query import Group, bounded, groups_of, parts
from index.tokens import words
from index.types import Passage, Span

Writer = Callable[..., Path]

FILLER = "春天来了，花园里的桃花开得正好，孩子们在河边放风筝。"


@pytest.mark.parametrize(
    ("one", "other", "term"),
    [
        ("二十五个集群", "25个集群", "25"),
        ("百分之三十六", "36%", "36%"),
        ("百分之三十六点五", "36.5%", "36.5%"),
        ("9.5万亿元", "95000亿元", "9500000000000"),
        ("九点五万亿", "95,000亿", "9500000000000"),
        ("二〇二二年", "2022年", "2022"),
        ("二零二二年", "2022年", "2022"),
        ("第三条", "第3条", "第3条"),
        ("第三十六条", "第36条", "第36条"),
        ("2022年3月5日", "2022-03-05", "2022-3-5"),
        ("二〇二二年三月五日", "2022-03-05", "2022-3-5"),
        ("2022/3/5", "二〇二二年三月五日", "2022-3-5"),
        ("２５％", "25%", "25%"),
        ("ＡＳＣＩＩ", "ascii", "ascii"),
        ("數字化轉型", "数字化转型", "数字化"),
        ("裏面", "里面", "里面"),
        ("GitHub", "github", "github"),
        ("数 字 化", "数字化", "数字化"),
        ("数\u3000字\u3000化", "数字化", "数字化"),
    ],
)
def test_both_forms_give_the_same_term(one: str, other: str, term: str) -> None:
    assert term in words(one)
    assert term in words(other)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("25个集群在哪里？", "决赛选出了二十五个集群。"),
        ("二十五个集群在哪里？", "决赛选出了25个集群。"),
        ("36%是什么？", "配套率超过百分之三十六。"),
        ("百分之三十六是什么？", "配套率超过36%。"),
        ("产值95000亿", "合计９.５万亿元以上。"),
        ("产值9.5万亿", "合计95000亿元以上。"),
        ("2022年发生了什么？", "会议于二〇二二年召开。"),
        ("二〇二二年发生了什么？", "会议于2022年召开。"),
        ("2022-03-05发生了什么？", "会议于二〇二二年三月五日召开。"),
        ("二〇二二年三月五日发生了什么？", "会议于2022-03-05召开。"),
        ("2022年3月5日发生了什么？", "会议于2022-03-05召开。"),
        ("第三条说什么？", "第3条 押金不退。"),
        ("第3条说什么？", "第三条 押金不退。"),
        ("ＬＥＤ灯", "led灯亮着。"),
        ("機器學習", "机器学习很难。"),
        ("机器学习", "機器學習很難。"),
        ("軟體怎么装？", "软件装好了。"),
        ("软件怎么装？", "軟體裝好了。"),
        ("网络慢", "網路很慢。"),
        ("的士站在哪儿？", "出租车在东门外。"),
        ("github", "代码放在GitHub上。"),
        ("工程机械", "工 程 机 械 在长沙。"),
        ("工 程 机 械", "工程机械在长沙。"),
        ("nuclear power", "核电占三成。"),
        ("How does a bicycle work?", "自行车很轻。"),
        ("跑5公里", "比赛全长5千米。"),
        ("跑5公里", "比赛全长5km。"),
        ("跑5公里", "比赛全长5 km。"),
        ("跑5km", "比赛全长5公里。"),
        ("跑五公里", "比赛全长5千米。"),
        ("跑五千米", "比赛全长5公里。"),
        ("重3公斤", "行李3千克。"),
        ("重3公斤", "行李3㎏。"),
        ("重3kg", "行李3公斤。"),
        ("100平方米", "房间有100㎡大。"),
        ("100㎡", "房间有100平方米大。"),
        ("水温36℃", "水有36摄氏度。"),
        ("3万公里", "航程30000千米。"),
    ],
)
def test_asked_in_one_form_found_in_the_other(
    library: Library, write: Writer, asked: str, written: str
) -> None:
    library.add(write("a.txt", FILLER), write("b.txt", written), write("c.txt", FILLER[5:]))
    ranking = library.rank(asked)
    best = max(ranking.lexical, key=lambda number: ranking.lexical[number])
    assert library.owners([best])[best] == library.find(str(write("b.txt", written))).id
    assert ranking.lexical[best] > 0
    (hit,) = [hit for hit in library.search(asked) if hit.document.path.endswith("b.txt")]
    assert hit.passage.text == written, "quoted as it is written"


@pytest.mark.parametrize(("asked", "written"), [("跑5公里", "全长15千米。"), ("第三条", "第十三条 押金。")])
def test_another_number_is_not_the_one(library: Library, write: Writer, asked: str, written: str) -> None:
    other = written.replace("15", "5").replace("十三", "三")
    library.add(write("a.txt", written), write("b.txt", other))
    assert library.search(asked)[0].passage.text == other


def test_a_quantity_has_all_spellings_of_its_unit() -> None:
    def measured(text: str) -> list[tuple[str, ...]]:
        return [each.spellings for each in groups_of(text) if each.field == "phrase" and "km" in str(each)]

    assert measured("5公里") == [("5公里", "5千米", "5km", "5 km")]
    assert measured("1,200千米") == [
        ("1200公里", "1200千米", "1200km", "1,200公里", "1,200千米", "1,200km", "1200 km", "1,200 km")
    ]
    assert measured("公里数") == []
    assert measured("5-10公里") == [], "a range is no quantity"
    assert not any("3l" in each.spellings for each in groups_of("3升级方案"))


def test_question_words_make_no_group() -> None:
    assert groups_of("是什么呢？") == []
    assert groups_of("请问德国的集群是什么？") == [
        Group("words", ("德国",)),
        Group("phrase", ("集群", "丛集")),
        Group("pairs", ("德国",)),
        Group("pairs", ("国的",)),
        Group("pairs", ("的集",)),
        Group("pairs", ("集群",)),
        Group("pairs", ("群是",)),
    ]


def test_what_must_be_there_for_a_phrase() -> None:
    assert parts("C919大飞机") == [("pairs", "大飞"), ("pairs", "飞机"), ("words", "c919")]
    assert parts("鼠") == [("words", "鼠")]
    assert parts("！？") == []


@pytest.mark.parametrize(
    ("spelling", "text", "stands"),
    [
        ("ai", "email", False),
        ("ai", "用ai写", True),
        ("5公里", "15公里", False),
        ("5公里", "2.5公里", False),
        ("5公里", "跑5公里", True),
        ("5 km", "5 kmh", False),
        ("手册", "员工手册", True),
        ("c++", "用c++写", True),
    ],
)
def test_a_spelling_is_bounded(spelling: str, text: str, stands: bool) -> None:
    assert (re.search(bounded(spelling), text) is not None) is stands


@pytest.mark.parametrize(
    "question",
    [
        "'; DROP TABLE passages; --",
        '" OR 1=1; SELECT * FROM documents',
        'words:"a" AND (b OR -c)^2 ~3 [x TO y] {* *}',
        "+必须 -没有 *通配? a\\b",
        "😀🎉",
        "\u200b\u200d",
        "\x00\x01",
        "的",
        "鼠",
        "a",
        "是什么呢",
        "？！。",
        "集群" * 1000,
        "万亿" * 500,
        "9" * 2000,
        "2022年3月" * 200,
        "=",
        "#",
    ],
)
def test_no_question_is_an_error(library: Library, write: Writer, question: str) -> None:
    library.add(write("a.txt", FILLER), write("b.txt", "老鼠爱大米。"))
    (library.folder / "synonyms.txt").write_text("老鼠 = 耗子 = mouse\n", encoding="utf-8")
    hits = library.search(question)
    assert sorted(Path(hit.document.path).name for hit in hits) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("question", ["", " \n\u3000", "长" * 2001, "\udcba\udcc3"])
def test_an_empty_or_endless_question_is_told(library: Library, write: Writer, question: str) -> None:
    library.add(write("a.txt", FILLER))
    with pytest.raises(QuestionError, match="question"):
        library.search(question)


def passage(*sentences: str) -> Passage:
    spans = []
    start = 100
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence)
    return Passage("d", 0, 100, start, "".join(sentences), (), tuple(spans))


CLUSTER, GERMANY, NUMBER = Group("words", ("集群",)), Group("words", ("德国",)), Group("words", ("25",))


@pytest.mark.parametrize(
    ("sentences", "above", "share"),
    [
        (("德国有25个集群。",), "", 1.0),
        (("德国有集群。", "共25个。"), "", 0.75),  # (1 + 2) / 4
        (("共25个。",), "", 0.25),
        (("共125个。",), "", 0.0),
        (("都没有。",), "", 0.0),
        (("共25个。",), "德国集群", 0.625),  # (1 + (1 + 2) / 2) / 4
        (("德国有25个。",), "德国集群", 0.875),  # (2 + 1 + 1 / 2) / 4: said below, 德国 counts in full
        (("都没有。",), "德国集群", 0.375),
        (("德國有２５個叢集集群。",), "", 1.0),
    ],
)
def test_the_best_sentence(sentences: tuple[str, ...], above: str, share: float) -> None:
    coverage = Coverage([CLUSTER, GERMANY, NUMBER], [1.0, 2.0, 1.0])
    assert coverage.best_sentence(passage(*sentences), above) == pytest.approx(share)


def test_a_spelling_in_a_sentence_is_bounded_too() -> None:
    coverage = Coverage([Group("phrase", ("5公里", "5 km"))], [1.0])
    assert coverage.best_sentence(passage("全长15公里，共15 km。"), "") == 0.0
    assert coverage.best_sentence(passage("全长15公里。", "最后5 km。"), "") == 1.0


def test_nothing_asked_is_nothing_held() -> None:
    assert Coverage([], []).best_sentence(passage("一句话。"), "") == 0.0
    assert Coverage([CLUSTER], [0.0]).best_sentence(passage("集群。"), "") == 0.0
