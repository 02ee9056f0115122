"""Conversations that are kept, and what is taken along of them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import docx
import pytest

from index.types import DocumentInfo, Place
from rag.answer import Answer, Citation, Nearest, Sentence
from ui.conversation import Conversation, Exchange
from ui.exports import Exports
from ui.kept import ConversationGoneError, Conversations
from ui.render import Html
from ui.text import SIMPLIFIED

EVIL = "<script>alert(1)</script>&\x00"
DOCUMENT = DocumentInfo("d", f"年报{EVIL}", ("/d/年报.pdf",), "", 1.0, 0, 0, "")


def answer(question: str, said: str = "共有3家。") -> Answer:
    citations = (
        Citation(1, DOCUMENT, 4, 10, f"共有3家{EVIL}", 0.9, Place(4, "page", 7), marked=(6, 7)),
        Citation(2, DOCUMENT, 10, 12, "三家", 1.0),
    )
    sentences = (Sentence(said, 0, len(said), True, (1, 2)), Sentence("多余的。", 0, 4, False))
    return Answer(question, question, False, f"{said}多余的。", sentences, citations, (), {"total": 5})


def conversation(*questions: str) -> Conversation:
    made = Conversation()
    made.exchanges = [Exchange(question, answer=answer(question)) for question in questions]
    return made


def shown(found: Answer, turn: int) -> tuple[str, str]:
    return f"{turn}:{found.text}", f"{turn}"


def test_an_answer_comes_back_from_its_json() -> None:
    refusal = Answer("问", "问", True, "没有。", nearest=(Nearest(DOCUMENT, 0, 3, "别的", 0.1),))
    for each in (answer("几家？"), refusal):
        assert Answer.from_json(json.loads(json.dumps(each.to_json()))) == each


def test_a_conversation_is_opened_as_it_was_kept(tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "conversations")
    one = conversation("几家？", "哪几家？")
    kept.keep(one)
    opened = Conversations(tmp_path / "conversations").open(one.id, shown)
    assert [each.answer for each in opened.exchanges] == [each.answer for each in one.exchanges]
    assert opened.exchanges[1].reply == "2:共有3家。多余的。"
    assert (opened.title, opened.began_at, opened.pending) == ("几家？", one.began_at, "")


def test_a_question_that_waits_is_there_again(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    one = conversation("几家？")
    one.exchanges.append(Exchange("哪几家？"))
    kept.keep(one)
    opened = kept.open(one.id, shown)
    assert (opened.pending, len(opened.exchanges)) == ("哪几家？", 1)
    first = Conversation()
    first.exchanges.append(Exchange("还没有人答"))
    kept.keep(first)
    assert kept.open(first.id, shown).title == "还没有人答"


def test_conversations_are_found_in_either_script_newest_first(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    old, new = conversation("云岭集群有几家？"), conversation("数据", "臺灣讀者怎麼看？")
    for each in (old, new):
        kept.keep(each)
    assert [each.id for each in kept.found()] == [new.id, old.id]
    assert [each.id for each in kept.found("雲嶺")] == [old.id]
    assert [each.id for each in kept.found("台湾读者")] == [new.id]
    assert kept.found("没有这样的话") == []
    kept.delete(new.id)
    kept.delete(new.id)
    assert [each.id for each in kept.found()] == [old.id]


def test_a_name_stays_with_its_conversation(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    one = conversation("几家？")
    one.name = "年报讨论"
    kept.keep(one)
    assert [each.title for each in kept.found("年报讨论")] == ["年报讨论"]
    assert kept.open(one.id, shown).title == "年报讨论"


@pytest.mark.parametrize("identity", ["", "..", "../../etc/passwd", "/etc/passwd", "a" * 32, "A" * 32, "x"])
def test_what_is_no_conversation_is_told(tmp_path: Path, identity: str) -> None:
    kept = Conversations(tmp_path / "conversations")
    with pytest.raises(ConversationGoneError):
        kept.open(identity, shown)


def test_damaged_files_hide_no_others(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    one = conversation("几家？")
    kept.keep(one)
    (tmp_path / f"{'b' * 32}.json").write_text("{", encoding="utf-8")
    (tmp_path / f"{'c' * 32}.json").write_text('{"id": "' + "c" * 32 + '"}', encoding="utf-8")
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")
    assert [each.id for each in kept.found()] == [one.id]
    for identity in ("b" * 32, "c" * 32):
        with pytest.raises(ConversationGoneError):
            kept.open(identity, shown)


def test_a_web_page_of_a_conversation_holds_no_markup_of_others() -> None:
    page = Exports(SIMPLIFIED).web(conversation(f"几家{EVIL}？", "哪几家？"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page
    assert re.findall(r'href="#(note-\d+)"', page) == ["note-1", "note-2", "note-3", "note-4"]
    assert all(f'id="note-{number}"' in page for number in (1, 2, 3, 4))


def test_a_word_document_has_its_sources_as_footnotes() -> None:
    written = Exports(SIMPLIFIED).word(conversation(f"几家{EVIL}？", "哪几家？"))
    said = [paragraph.text for paragraph in docx.Document(io.BytesIO(written)).paragraphs]
    assert "共有3家。多余的。〔无依据〕" in said
    with zipfile.ZipFile(io.BytesIO(written)) as package:
        notes = package.read("word/footnotes.xml").decode()
        body = package.read("word/document.xml").decode()
        assert "footnotes+xml" in package.read("[Content_Types].xml").decode()
    assert re.findall(r'footnoteReference w:id="(\d+)"', body) == ["1", "2", "3", "4"]
    assert re.findall(r'<w:footnote w:id="(\d+)"', notes) == ["1", "2", "3", "4"]
    assert "第 7 页" in notes
    assert "<script" not in notes


def test_what_two_tabs_went_on_with_both_stays(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    one = conversation("几家？")
    kept.keep(one)
    other = kept.open(one.id, shown)
    for tab, question in ((one, "哪几家？"), (other, "谁说的？")):
        tab.exchanges.append(Exchange(question, answer=answer(question)))
        kept.keep(tab)
    assert one.id != other.id
    said = [[each.question for each in kept.open(tab.id, shown).exchanges] for tab in (one, other)]
    assert said == [["几家？", "哪几家？"], ["几家？", "谁说的？"]]
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("changed_at", "gestern"),
        ("changed_at", "9999-12-31T23:59:59-14:00"),
        ("changed_at", 5),
        ("name", 5),
        ("title", None),
    ],
)
def test_a_file_whose_facts_are_damaged_hides_no_others(tmp_path: Path, field: str, value: object) -> None:
    kept = Conversations(tmp_path)
    one, damaged = conversation("几家？"), conversation("哪几家？")
    for each in (one, damaged):
        kept.keep(each)
    file = tmp_path / f"{damaged.id}.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), field: value}), "utf-8")
    kept = Conversations(tmp_path)
    assert [each.id for each in kept.found()] == [one.id]
    assert "几家" in Html(SIMPLIFIED).conversations_html(kept.found())
    with pytest.raises(ConversationGoneError):
        kept.open(damaged.id, shown)
