"""What says the same stands once; neighbours become one passage; a changed number is another statement."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.arranging import FRAGMENT, LOOKED_AT, arranged, same_statement
from index.chunking import MOST_LENGTH
from index.library import Library
from index.types import DocumentInfo, Hit, Passage, Span

Writer = Callable[..., Path]

STATEMENT = (
    "2020年，长沙工程机械集群的省内配套率超过36%，零部件配套率超过50%，主机企业与配套企业建立了长期的合作关系。"
    "集群促进机构每季度组织一次供需对接会，帮助中小企业进入主机企业的采购目录，并公开发布需求清单。"
)


def passage(text: str, doc_id: str = "d", number: int = 0, start: int = 0) -> Passage:
    end = start + len(text)
    return Passage(doc_id, number, start, end, text, (), (Span(start, end),))


def hit(found: Passage, score: float = 1.0, title: str = "集群报告") -> Hit:
    info = DocumentInfo(found.doc_id, title, (f"/{found.doc_id}.txt",), "utf-8", 1.0, 1, 1, "")
    return Hit(found, info, score)


def no_text(_doc_id: str, _start: int, _end: int) -> None:
    return None


def texts(hits: Sequence[Hit]) -> list[str]:
    return [each.passage.text for each in hits]


# -- the same statement --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (STATEMENT, True),
        (STATEMENT.replace("，", ", ").replace("2020", " 2020 "), True),
        (STATEMENT.replace("长沙", "長沙").replace("配套率", "配套率\n"), True),
        (STATEMENT.replace("36%", "百分之三十六"), True),
        (STATEMENT.replace("的省内", "省内"), True),
        (STATEMENT.replace("并公开", "并及时公开"), True),
        (STATEMENT.split("。")[0] + "。", True),
        (STATEMENT.replace("36%", "63%"), False),
        (STATEMENT.replace("36%", "50%").replace("过50%，主", "过36%，主"), False),
        (STATEMENT.replace("2020年", "2021年"), False),
        (STATEMENT.replace("2020年", "2020年3月"), False),
        (STATEMENT.replace("2020年，", ""), False),
        (STATEMENT.replace("长沙", "株洲"), False),
        (STATEMENT.replace("建立了", "没有建立"), False),
        (STATEMENT.replace("并公开", "不公开"), False),
        (STATEMENT.replace("超过36%", "低于36%"), False),
        (STATEMENT.replace("一次", "两次"), False),
        (STATEMENT.replace("省内", "CNHTC省内"), False),
        (STATEMENT.split("。")[0].replace("36%", "63%") + "。", False),
        ("德国的集群有196个成员，其中大企业53家，研究机构和协会也在其中，成员每年缴纳会费。", False),
    ],
)
def test_what_says_the_same(other: str, same: bool) -> None:
    assert same_statement(passage(STATEMENT), passage(other)) is same


def test_a_longer_text_is_not_left_out_for_its_part() -> None:
    part = passage(STATEMENT.split("。")[0] + "。")
    whole = passage(STATEMENT, "e")
    assert not same_statement(part, whole)
    assert texts(arranged([hit(part), hit(whole, 0.9)], 8, no_text)) == [part.text, whole.text]
    assert texts(arranged([hit(whole), hit(part, 0.9)], 8, no_text)) == [whole.text]


def test_a_repeat_is_named_with_the_better_hit_and_its_place_goes_to_the_next() -> None:
    candidates = [
        hit(passage(STATEMENT, "a"), 0.9),
        hit(passage(STATEMENT + "（完）", "b"), 0.8),
        hit(passage(STATEMENT.replace("36%", "63%"), "c"), 0.7),
        hit(passage(STATEMENT.replace("，", ","), "a", 7), 0.6),
        hit(passage(STATEMENT.replace("的省内", "省内"), "e"), 0.5),
        hit(passage(STATEMENT.replace("长沙", "株洲"), "f"), 0.4),
    ]
    hits = arranged(candidates, 3, no_text)
    assert [each.document.id for each in hits] == ["a", "c", "f"]
    assert [[info.id for info in each.same] for each in hits] == [["b", "e"], [], []]
    assert [each.score for each in hits] == [0.9, 0.7, 0.4]
    assert [each.document.id for each in arranged(candidates, 1, no_text)] == ["a"]


@pytest.mark.parametrize(
    ("titles", "same"),
    [
        (("集群报告", "集群报告"), True),
        (("集群报告", "集群报告（2）"), True),
        (("2020年集群报告", "集群报告"), True),
        (("2020年集群报告", "2021年集群报告"), False),
        (("长沙集群报告", "株洲集群报告"), False),
    ],
)
def test_what_stands_under_another_year_or_name_is_another_statement(
    titles: tuple[str, str], same: bool
) -> None:
    text = "集群全年营业收入同比增长百分之十，研发投入持续增加，" * 4
    candidates = [hit(passage(text, doc_id), 1, title) for doc_id, title in zip("ab", titles, strict=True)]
    assert len(arranged(candidates, 8, no_text)) == (1 if same else 2)


def test_a_fragment_speaks_of_what_it_stands_under() -> None:
    fee = "门票：免费开放"
    hits = [
        hit(passage(fee, "a"), 0.9, "科技馆"),
        hit(passage(fee, "b"), 0.8, "美术馆"),
        hit(passage(fee + "。", "c"), 0.7, "科技館"),
    ]
    arrangement = arranged(hits, 8, no_text)
    assert [each.document.id for each in arrangement] == ["a", "b"]
    assert [info.id for info in arrangement[0].same] == ["c"]


def test_as_many_candidates_are_compared_as_are_needed() -> None:
    others = [hit(passage(f"第{n}号：" + chr(0x4E00 + 97 * n) * 90, str(n))) for n in range(LOOKED_AT)]
    repeat = hit(replace(others[0].passage, doc_id="late"))
    assert len(arranged([*others, repeat], LOOKED_AT + 1, no_text)) == LOOKED_AT
    assert len(arranged([*others, repeat], LOOKED_AT, no_text)) == LOOKED_AT
    assert [each.document.id for each in arranged([*others[:9], repeat, *others[9:]], 8, no_text)] == [
        str(n) for n in range(8)
    ]


def test_many_copies_leave_room_for_what_is_no_copy() -> None:
    text = "集群全年营业收入同比增长百分之十，研发投入持续增加，" * 4
    copies = [hit(passage(text, f"copy{n}")) for n in range(3 * LOOKED_AT)]
    other = hit(passage("门票一百元，周一不开门。" * 8, "other"))
    assert [each.document.id for each in arranged([*copies, other], 8, no_text)] == ["copy0", "other"]


# -- neighbours ----------------------------------------------------------------------------------------------


def split(text: str, *ends: int) -> list[Passage]:
    """``text`` as passages that end at ``ends``, without the white space between them."""
    found = []
    for number, (start, end) in enumerate(zip((0, *ends), (*ends, len(text)), strict=True)):
        start += len(text[start:end]) - len(text[start:end].lstrip())
        found.append(passage(text[start:end].rstrip(), "d", number, start))
    return found


def test_neighbours_become_the_documents_text_from_the_first_to_the_last() -> None:
    text = "甲方交付设备。" * 20 + "\r\n\r\n  \n" + "乙方支付价款。" * 20 + "\n\n\n" + "丙方提供担保。" * 20
    one, two, three = split(text, 140, 290)
    ranked = [
        replace(hit(each, score), cosines=(score,)) for each, score in ((two, 0.9), (three, 0.5), (one, 0.4))
    ]
    hits = arranged(ranked, 8, lambda _, start, end: text[start:end])
    (joined,) = hits
    assert joined.cosines == (0.4, 0.9, 0.5), "in the order of the sentences"
    assert (joined.passage.start, joined.passage.end) == (0, len(text))
    assert joined.passage.text == text
    assert (joined.passage.number, joined.score) == (0, 0.9)
    assert joined.passage.sentences == (*one.sentences, *two.sentences, *three.sentences)
    assert [joined.passage.slice(span.start, span.end) for span in joined.passage.sentences] == [
        one.text,
        two.text,
        three.text,
    ]


@pytest.mark.parametrize(
    ("lengths", "hits"),
    [
        ((MOST_LENGTH - 200, 200), 1),
        ((MOST_LENGTH - 199, 200), 2),
        ((MOST_LENGTH, FRAGMENT - 1), 1),
        ((FRAGMENT - 1, MOST_LENGTH), 1),
        ((MOST_LENGTH, FRAGMENT), 2),
    ],
)
def test_neighbours_are_joined_up_to_a_length_and_fragments_always(
    lengths: tuple[int, int], hits: int
) -> None:
    text = "设" * lengths[0] + "备" * lengths[1]
    ranked = [hit(each) for each in split(text, lengths[0])]
    assert len(arranged(ranked, 8, lambda _, start, end: text[start:end])) == hits


def test_fragments_do_not_make_a_passage_longer_and_longer() -> None:
    text = "设" * MOST_LENGTH + "备" * 70 + "款" * 70
    ranked = [hit(each) for each in split(text, MOST_LENGTH, MOST_LENGTH + 70)]
    hits = arranged(ranked, 8, lambda _, start, end: text[start:end])
    assert [(each.passage.start, each.passage.end) for each in hits] == [(0, 550), (550, 620)]


def test_what_is_not_beside_under_one_heading_in_one_document_stays_apart() -> None:
    text = "甲" * 100 + "乙" * 100 + "丙" * 100
    one, two, three = split(text, 100, 200)
    other = replace(two, doc_id="e")
    below = replace(two, headings=("第二章",))
    for ranked in ([one, three], [one, other], [one, below]):
        assert arranged([hit(each) for each in ranked], 8, lambda _, start, end: text[start:end]) == [
            hit(each) for each in ranked
        ]
    gone = [hit(one), hit(two)]
    assert arranged(gone, 8, no_text) == gone


def test_the_place_of_a_neighbour_goes_to_the_next_and_later_ones_are_not_joined() -> None:
    text = "甲" * 100 + "乙" * 100 + "丙" * 100
    one, two, three = split(text, 100, 200)
    far = passage("丁" * 100, "e")
    ranked = [hit(one, 0.9), hit(two, 0.8), hit(far, 0.7), hit(three, 0.6)]
    hits = arranged(ranked, 2, lambda _, start, end: text[start:end])
    assert [(each.document.id, each.passage.start, each.passage.end) for each in hits] == [
        ("d", 0, 200),
        ("e", 0, 100),
    ]


# -- in a library --------------------------------------------------------------------------------------------


def test_a_library_shows_a_text_once_and_names_the_other_file(library: Library, write: Writer) -> None:
    first = write("a.txt", f"集群报告\n\n{STATEMENT}\n")
    library.add(first)
    library.add(write("b.txt", f"集群报告\n\n{STATEMENT.replace('，', ', ')}\n\n\n"))
    library.add(write("c.txt", f"集群报告\n\n{STATEMENT.replace('36%', '63%')}\n"))
    hits = library.search("长沙的省内配套率")
    assert sorted(Path(each.document.path).name for each in hits) in (["a.txt", "c.txt"], ["b.txt", "c.txt"])
    assert sorted([len(each.same) for each in hits]) == [0, 1]
    named = {each.document.path for each in hits} | {info.path for each in hits for info in each.same}
    assert {Path(path).name for path in named} == {"a.txt", "b.txt", "c.txt"}
    assert len(library.rank("长沙的省内配套率").fused) == 3


def test_joined_passages_quote_the_document_exactly(library: Library, write: Writer) -> None:
    paragraphs = [
        f"第{number}款规定配套率的计算方法，" + f"按照第{number}种口径统计并逐级上报主管部门。" * 14
        for number in range(1, 6)
    ]
    text = (
        "配套率统计办法\r\n\r\n\r\n"
        + "\r\n\r\n \r\n".join(paragraphs)
        + "\r\n\r\n附注\u3000配套率保留一位小数。\r\n"
    )
    library.add(write("a.txt", text))
    document = library.documents()[0]
    stored = library.document(document.id).text
    hits = library.search("配套率保留几位小数")
    assert len(hits) < document.passages
    for each in hits:
        assert each.passage.text == stored[each.passage.start : each.passage.end]
        for span in each.passage.sentences:
            assert each.passage.slice(span.start, span.end) == stored[span.start : span.end]
    ends = sorted((each.passage.start, each.passage.end) for each in hits)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(ends))
    assert [each.score for each in hits] == sorted((each.score for each in hits), reverse=True)
