"""Evidence: the few sentences worth reading, within a budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from index.library import Library
from rag.evidence import one_line, select

Writer = Callable[..., Path]


def chosen(library: Library, question: str, budget: int = 320) -> list[str]:
    hits = library.search(question)
    return [item.readable for item in select(question, hits, rarity=library.rarity, budget=budget)]


def test_the_answering_sentence_is_among_few(library: Library, write: Writer) -> None:
    filler = "".join(f"第{n}段谈的是别的事情，与所问无关，写得很长很长。" for n in range(30))
    library.add(write("a.txt", f"{filler}德国的OWL集群拥有成员196个。{filler}"))
    sentences = chosen(library, "德国OWL集群有多少个成员？", budget=120)
    assert "德国的OWL集群拥有成员196个。" in sentences
    assert sum(map(len, sentences)) <= 120


def test_a_table_row_is_read_with_its_header(library: Library, write: Writer) -> None:
    library.add(write("t.md", "目标如下。\n\n| 地区 | 普及率 |\n|---|---|\n| 山东 | 56% |\n| 广东 | 70% |\n"))
    sentences = chosen(library, "山东的普及率是多少？")
    assert any("地区" in sentence and "56%" in sentence for sentence in sentences)
    assert not any(set(sentence) <= set("|-: ") for sentence in sentences)


def test_evidence_is_the_documents_own_characters(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "先进制造业集群是\n高质量发展的重要载体。\n\n其他内容在这里。"))
    hits = library.search("先进制造业集群")
    text = library.document(hits[0].document.id).text
    for item in select("先进制造业集群", hits, rarity=library.rarity):
        assert item.text == text[item.start : item.end]


def test_passages_below_the_floor_of_an_encoder_leave_more_than_one_sentence(
    library: Library, write: Writer
) -> None:
    library.add(write("a.txt", "德国的OWL集群拥有成员196个。德国的OWL集群成立于2012年。"))
    hits = [replace(hit, score=hit.score - 10) for hit in library.search("德国OWL集群有多少个成员？")]
    found = select("德国OWL集群有多少个成员？", hits, rarity=library.rarity)
    assert len(found) == 2


def test_line_breaks_between_chinese_characters_leave_no_trace() -> None:
    assert (
        one_line("先进制造业集群是\r\n 高质量\n发展。\nIt is\nso.")
        == "先进制造业集群是高质量发展。 It is so."
    )


def test_of_sentences_with_the_same_words_the_nearer_one_is_read(library: Library, write: Writer) -> None:
    library.add(write("a.txt", "甲方负责运输的全部费用。乙方负责保管的全部费用。"))
    (hit,) = library.search("谁来付钱？")
    first, second = hit.passage.sentences
    assert len(hit.cosines) == 2
    for cosines, nearer in (((0.95, 0.75), first), ((0.75, 0.95), second)):
        near = replace(hit, cosines=cosines)
        (item,) = select("谁来付钱？", [near], rarity=library.rarity, budget=12)
        assert (item.start, item.end) == (nearer.start, nearer.end)
