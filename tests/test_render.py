"""Nothing that comes from documents, people or models becomes markup."""

from __future__ import annotations

import html
from html.parser import HTMLParser

import pytest

from index.library import Left
from index.types import (
    AddProgress,
    AddReport,
    Document,
    DocumentInfo,
    DoubtfulFile,
    FileOutcome,
    Hit,
    Passage,
    Place,
    Removal,
    Span,
)
from rag.answer import Answer, Citation, Nearest, Sentence
from rag.evidence import flowing
from rag.instant import ReadHit
from rag.reader import Reading
from ui import render
from ui.kept import Kept
from ui.render_documents import DocumentsHtml, failed_html
from ui.text import SIMPLIFIED

HTML = DocumentsHtml(SIMPLIFIED)
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "`code` **bold** $$x$$",
    "\n\n# heading\n\n<b>",
)
OURS = {
    "div",
    "p",
    "span",
    "a",
    "section",
    "article",
    "header",
    "cite",
    "small",
    "blockquote",
    "mark",
    "h3",
    "h4",
    "br",
    "strong",
} | {
    "details",
    "summary",
    "table",
    "tr",
    "th",
    "td",
    "button",
    "ul",
    "li",
    *("figure", "figcaption", "svg", "title", "line", "polyline", "circle", "text"),
    "progress",
}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hits_of(passage: Passage, document: DocumentInfo, place: Place | None = None) -> tuple[Hit, ...]:
    return (Hit(passage, document, 1.0, place=place),)


def everything(attack: str) -> str:
    document = DocumentInfo("d", attack, (f"/x/{attack}.txt",), "utf-8", 1.0, 1, 1, "")
    passage = Passage("d", 0, 0, len(attack), attack, (attack + "x",), (Span(0, len(attack)),))
    place = Place(0, "row", 3, attack)  # a sheet may be called anything
    citation = Citation(1, document, 0, len(attack), attack, 1.0, place, marked=(1, 3))
    sentences = (Sentence(attack, 0, 1, True, (1,)), Sentence(attack, 1, 2, False))
    answer = Answer(
        attack,
        attack + "x",
        False,
        attack,
        sentences,
        (citation,),
        timings_ms={"search": 1, "first_token": 2},
    )
    refusal = Answer(attack, attack, True, attack, nearest=(Nearest(document, 0, 1, attack, 0.1, place),))
    hits = hits_of(passage, document, place)
    whole = Document("d", attack, f"/x/{attack}.txt", attack)
    outcome = FileOutcome(attack, "failed", message=attack)
    return "".join(
        (
            HTML.sheet_html(whole, 0, 3, place, (attack + "一", attack)),
            HTML.sheet_html(whole, -5, 10**9, None),
            HTML.sheet_error_html(attack),
            failed_html(attack),
            HTML.details_html(document, whole, [passage]),
            HTML.doubtful_html(DoubtfulFile(attack, ((attack, 0.5, attack),))),
            HTML.removed_html(Removal((document,), ()), Left(1, 2, 3, 4)),
            HTML.replaced_html([attack]),
            HTML.progress_html(AddProgress(1, 2, 3, 4.0, outcome)),
            HTML.report_html(AddReport((outcome,))),
            HTML.rankings_html(
                [hits] * 3, [ReadHit(hit, Reading(0, 3, 0.9, 0.9, 0.9)) for hit in hits], [[attack]]
            ),
            HTML.rankings_html(((), (), ()), (), []),
            HTML.why_html([[attack]], hits_of(passage, document, place), 0.5),
            HTML.tried_html(hits, ()),
            HTML.examples_html([attack]),
            HTML.conversations_html([Kept(attack, attack, "2026-01-01T00:00:00")]),
            render.question_html(attack),
            HTML.streaming_html(attack, attack, "q", 1, HTML.instant_html(answer, 1), answer),
            HTML.error_html(attack),
            HTML.answer_html(answer, 1),
            HTML.answer_html(refusal, 2),
            HTML.found_html(hits, attack, 1),
            HTML.evidence_html(answer, hits, 1, 2),
            HTML.evidence_html(answer, (), 1),
            HTML.evidence_html(refusal, hits, 2),
        )
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_only_our_own_tags_reach_the_page(attack: str) -> None:
    parsed = Tags()
    parsed.feed(everything(attack))
    assert {tag for tag, _ in parsed.found} <= OURS
    for tag, attributes in parsed.found:
        assert not any(name.startswith("on") or name in ("src", "style") for name in attributes), (
            tag,
            attributes,
        )
        assert (attributes.get("href") or "#").startswith(("#", "/original/"))
    assert flowing(attack).strip() in parsed.text.replace("\n", " ")


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_marks_are_character_references(attack: str) -> None:
    escaped = render.escaped(attack)
    assert html.unescape(escaped) == flowing(attack)
    assert not set("\\`*_[]()!|~:@/$=^<>\n") & set(escaped)


def test_each_leg_tells_its_ranks() -> None:
    document = DocumentInfo("d", "标题", ("/d.txt",), "utf-8", 1.0, 1, 1, "")
    passage = Passage("d", 0, 0, 3, "甲乙丙", (), (Span(0, 3),))
    hits = [
        Hit(passage, document, 0.5, lexical=0.2, dense=0.9),
        Hit(passage, document, 0.4, lexical=0.6, dense=None),
    ]
    shown = HTML.why_html([], hits, 0.5)
    first, second = (row.split("</tr>")[0] for row in shown.split("<tr>")[2:])
    assert "0.200<small>2</small>" in first
    assert "0.900<small>1</small>" in first
    assert "0.500<small>1</small>" in first
    assert "0.600<small>1</small>" in second
    assert "<td>–</td>" in second


def test_a_sentence_shows_its_citation_or_that_it_has_none() -> None:
    document = DocumentInfo("d", "标题", ("/d.txt",), "utf-8", 1.0, 1, 1, "")
    sentences = (Sentence("有依据。", 0, 4, True, (1, 2)), Sentence("没有。", 4, 7, False))
    citations = tuple(Citation(n, document, 0, 4, "有依据。", 1.0) for n in (1, 2))
    shown = HTML.answer_html(Answer("问", "问", False, "有依据。没有。", sentences, citations), 3)
    assert 'href="#citation-3-1"' in shown
    assert 'href="#citation-3-2"' in shown
    assert shown.count("〔无依据〕") == 1


def test_what_is_proven_is_cited_while_the_rest_still_comes() -> None:
    document = DocumentInfo("d", "标题", ("/d.txt",), "utf-8", 1.0, 1, 1, "")
    citation = Citation(1, document, 0, 4, "有依据。", 1.0)
    proven = Answer("问", "问", False, "有依据。", (Sentence("有依据。", 0, 4, True, (1,)),), (citation,))
    shown = HTML.streaming_html("有依据。还在", "问", "问", 1, "", proven)
    assert shown.count('class="citation"') == 1
    assert '<p class="coming">还在</p>' in shown
    assert "citation" not in HTML.streaming_html("别的。还在", "问", "问", 1, "", proven)


def test_a_citation_shows_its_quote_when_pointed_at() -> None:
    document = DocumentInfo("d", "标题", ("/d.txt",), "utf-8", 1.0, 1, 1, "")
    citation = Citation(1, document, 0, 4, "原文句子。", 1.0)
    answer = Answer("问", "问", False, "答。", (Sentence("答。", 0, 2, True, (1,)),), (citation,))
    assert 'title="标题：原文句子。"' in HTML.answer_html(answer, 1)


def test_a_document_is_shown_around_a_place() -> None:
    text = "头" * 40_000 + "就是这里" + "尾" * 40_000
    shown = HTML.sheet_html(Document("d", "题", "/d.txt", text), 40_000, 40_004, None)
    assert "<mark>就是这里</mark>" in shown
    assert shown.count("头") == shown.count("尾") == 30_000
    assert "10000" in shown


def test_the_cited_sentence_is_marked_in_its_passage() -> None:
    document = DocumentInfo("d", "标题", ("/d.txt",), "utf-8", 1.0, 1, 1, "")
    text = "标题行\n第一句。第二句。"
    spans = (Span(0, 3), Span(4, 8), Span(8, 12))
    passage = Passage("d", 0, 0, 12, text, (), spans)
    citation = Citation(1, document, 4, 8, "第一句。", 1.0)
    answer = Answer("问", "问", False, "一", (Sentence("一", 0, 1, True, (1,)),), (citation,))
    shown = HTML.evidence_html(answer, (Hit(passage, document, 1.0),), 1)
    assert "标题行<br><mark>第一句。</mark>第二句。" in shown
    assert 'id="citation-1-1"' in shown
    assert "details" not in shown, "the only hit is the cited one"


def test_a_card_shows_the_headings_above_its_passage() -> None:
    document = DocumentInfo("d", "年报", ("/d.md",), "utf-8", 1.0, 1, 1, "")
    passage = Passage("d", 0, 0, 4, "第一句。", ("年报", "二、人员", "<b>"), (Span(0, 4),))
    citation = Citation(1, document, 0, 4, "第一句。", 1.0)
    answer = Answer("问", "问", False, "一", (Sentence("一", 0, 1, True, (1,)),), (citation,))
    refusal = Answer("问", "问", True, "无", nearest=(Nearest(document, 0, 4, "第一句。", 0.1),))
    for each in (answer, refusal):
        shown = HTML.evidence_html(each, (Hit(passage, document, 1.0),), 1)
        assert "<small>二、人员 › &#60;b&#62;</small>" in shown, "the title stands there already"
    assert "›" not in HTML.evidence_html(answer, (), 1)


def test_why_a_sentence_has_no_source_can_be_read_without_a_mouse() -> None:
    shown = HTML.answer_html(Answer("问", "问", False, "没有。", (Sentence("没有。", 0, 3, False),)), 1)
    assert f'title="{SIMPLIFIED.UNSUPPORTED_WHY}" tabindex="0"' in shown


def test_what_an_unsupported_sentence_lacks_is_named() -> None:
    sentence = Sentence("共36家。", 0, 5, False, lacks=("36", '"><script>'))
    shown = HTML.answer_html(Answer("问", "问", False, "共36家。", (sentence,)), 1)
    assert "读到的原文里没有：36、" in shown
    assert "<script>" not in shown


def test_the_very_words_stand_out_in_the_cited_sentences() -> None:
    document = DocumentInfo("d", "标题", ("/d.txt",), "utf-8", 1.0, 1, 1, "")
    text = "甲在一九。\n乙在二〇。丙在三一。"
    spans = (Span(0, 5), Span(6, 11), Span(11, 16))
    passage = Passage("d", 0, 0, 16, text, (), spans)
    citation = Citation(1, document, 6, 16, "乙在二〇。丙在三一。", 1.0, marked=(8, 13))
    answer = Answer("问", "问", False, "一", (Sentence("一", 0, 1, True, (1,)),), (citation,))
    shown = HTML.evidence_html(answer, (Hit(passage, document, 1.0),), 1)
    assert "<br><mark>乙在<strong>二〇。</strong></mark><mark><strong>丙在</strong>三一。</mark>" in shown
    assert HTML.instant_html(answer, 1).count('class="citation"') == 1


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place(0, "page", 12), "第 12 页 · 第 5&#8211;8 字"),
        (Place(0, "slide", 3), "第 3 张幻灯片 · "),
        (Place(0, "row", 17, "收支"), "收支 第 17 行 · "),
        (Place(0, "chapter", 2, "结构"), "第 2 章 结构 · "),
        (None, "第 5&#8211;8 字"),
    ],
    ids=["page", "slide", "row", "chapter", "none"],
)
def test_a_card_says_where_its_passage_stands(place: Place | None, shown: str) -> None:
    document = DocumentInfo("d", "标题", ("/d.pdf",), "pdf", 1.0, 1, 1, "")
    citation = Citation(1, document, 4, 8, "第一句。", 1.0, place)
    answer = Answer("问", "问", False, "一", (Sentence("一", 0, 1, True, (1,)),), (citation,))
    card = HTML.evidence_html(answer, (), 1)
    assert f"<small>d&#46;pdf · {html.unescape(shown)}" in card
