"""A conversation, and the forms in which it is taken along."""

from __future__ import annotations

from index.types import DocumentInfo, Place
from rag.answer import Answer, Citation, Nearest, Sentence
from ui.conversation import TURNS, Conversation, Exchange
from ui.exports import Exports
from ui.text import SIMPLIFIED

EXPORTS = Exports(SIMPLIFIED)
DOCUMENT = DocumentInfo("d", "年报", ("/d/年报.pdf",), "pdf", 1.0, 1, 1, "")


def answer(question: str, said: str = "共有3家。", number: int = 1) -> Answer:
    citation = Citation(number, DOCUMENT, 4, 10, "共有*3*家。", 1.0, Place(0, "page", 7))
    sentences = (Sentence(said, 0, len(said), True, (number,)), Sentence("多余的。", 0, 4, False))
    return Answer(question, question, False, said, sentences, (citation,))


def test_turns_are_what_was_answered() -> None:
    conversation = Conversation()
    conversation.exchanges = [
        Exchange("一", answer=answer("一")),
        Exchange("二"),
        Exchange("三", answer=answer("三")),
    ]
    assert [turn.question for turn in conversation.turns()] == ["一", "三"]
    assert [turn.question for turn in conversation.turns(2)] == ["一"]


def test_old_turns_are_folded_until_they_are_wanted() -> None:
    conversation = Conversation()
    conversation.exchanges = [Exchange(str(n)) for n in range(TURNS + 5)]
    conversation.fold()
    assert conversation.folded == 5
    assert conversation.unfolded == TURNS
    conversation.fold(conversation.unfolded + TURNS)
    assert conversation.folded == 0
    conversation.exchanges.pop()
    conversation.fold()
    assert conversation.folded == 4


def test_an_answer_is_copied_with_its_sources() -> None:
    copied = EXPORTS.with_sources(answer("几家？"))
    assert copied.splitlines()[0] == "共有3家。[1]多余的。〔无依据〕"
    assert "[1] 年报，第 7 页，第 5–10 字：“共有*3*家。”（/d/年报.pdf）" in copied


def test_a_refusal_is_copied_with_what_came_closest() -> None:
    nearest = Nearest(DOCUMENT, 0, 3, "别的事", 0.1)
    copied = EXPORTS.with_sources(Answer("问", "问", True, "没有找到。", nearest=(nearest,)))
    assert copied.startswith("没有找到。")
    assert "别的事" in copied


def test_a_conversation_becomes_markdown_with_notes_of_its_own_numbers() -> None:
    conversation = Conversation()
    conversation.exchanges = [
        Exchange("第一问", answer=answer("第一问")),
        Exchange("没答完"),
        Exchange("第<b>二</b>问", answer=answer("第<b>二</b>问")),
    ]
    text = EXPORTS.markdown(conversation)
    assert "共有3家。[^1]" in text
    assert "共有3家。[^2]" in text
    assert "[^1]: " in text
    assert "[^2]: " in text
    assert "没答完" not in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "\\*3\\*" in text
