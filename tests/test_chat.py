"""What the conversation's tab does with a question, without a browser and with small stand-ins for models."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import gradio as gr
import pytest

from index.library import Library
from index.normalize import in_traditional
from rag.assistant import Assistant
from rag.prompts import Prompt
from tests.conftest import SayingGenerator
from ui.chat import Chat, _ends_with_nothing
from ui.conversation import Conversation
from ui.exports import Exports
from ui.line import Line
from ui.shelf import Shelf
from ui.text import SIMPLIFIED

Writer = Callable[..., Path]
QUESTION = "甲镇有多少人？"
TAB = gr.Request(session_hash="tab")


class BreakingGenerator(SayingGenerator):
    """Says what it is to say, or breaks off as engines do once it is ``broken``."""

    broken = False

    def stream(self, prompt: Prompt, stop: Event) -> Iterator[str]:
        if self.broken:
            raise RuntimeError("Exception from src/core.cpp")
        yield from super().stream(prompt, stop)


@pytest.fixture
def generator() -> BreakingGenerator:
    return BreakingGenerator("甲镇有三千人。")


@pytest.fixture
def chat(library: Library, write: Writer, generator: BreakingGenerator) -> Chat:
    library.add(write("甲镇志.txt", "第一章 人口\n\n甲镇有三千人。乙村在甲镇的东边。\n"))
    return Chat(Shelf(Assistant(library, generator)), SIMPLIFIED, Line())


def streamed(chat: Chat, question: str, conversation: Conversation, **wanted: Any) -> Iterator[Any]:
    within, current = wanted.get("within", []), wanted.get("current", "")
    return chat.answer(question, conversation, "question", "normal", within, TAB, current)


def ask(chat: Chat, question: str, conversation: Conversation, **wanted: Any) -> Conversation:
    *_, last = streamed(chat, question, conversation, **wanted)
    found = last[3]
    assert isinstance(found, Conversation)
    return found


def again(chat: Chat, conversation: Conversation, current: str = "") -> Iterator[Any]:
    return chat.again(conversation, "question", "normal", [], TAB, current)


def kept(chat: Chat, conversation: Conversation) -> list[str]:
    """What a tab that is loaded again is told."""
    return [each.answer.text for each in chat._opened(conversation.id).exchanges if each.answer]


def test_answering_the_only_question_again_keeps_one_conversation_and_its_name(chat: Chat) -> None:
    conversation = ask(chat, QUESTION, Conversation())
    conversation.name = "甲镇"
    *_, last = again(chat, conversation)
    assert last[3] is conversation
    assert [(each.id, each.title) for each in chat.kept.found()] == [(conversation.id, "甲镇")]
    assert len(conversation.exchanges) == 1


def test_the_answer_before_stays_kept_until_the_new_one_is_there(
    chat: Chat, generator: BreakingGenerator
) -> None:
    conversation = ask(chat, QUESTION, Conversation())
    generator.text = "甲镇有三千人，乙村在甲镇的东边。"
    stream = again(chat, conversation)
    next(stream)
    assert kept(chat, conversation) == ["甲镇有三千人。"]
    conversation.name = "改了名"
    chat.rename(conversation, "改了名", "")
    assert kept(chat, conversation) == ["甲镇有三千人。"], "whatever else is written meanwhile"
    for _ in stream:
        pass
    assert kept(chat, conversation) == ["甲镇有三千人，乙村在甲镇的东边。"]


def test_the_answer_before_is_put_back_where_the_new_one_breaks_off(
    chat: Chat, generator: BreakingGenerator
) -> None:
    conversation = ask(chat, QUESTION, Conversation())
    generator.broken = True
    with pytest.warns(UserWarning, match="没能回答"):
        *_, last = again(chat, conversation)
    assert "三千人" in last[1][-1]["content"]
    assert "三千人" in last[2], "and its evidence"
    assert kept(chat, conversation) == ["甲镇有三千人。"]
    assert len(ask(chat, "乙村在哪里？", conversation).exchanges) == 2


def test_the_answer_before_is_put_back_where_the_page_goes_away(chat: Chat) -> None:
    conversation = ask(chat, QUESTION, Conversation())
    before = conversation.exchanges[0]
    stream = again(chat, conversation)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert conversation.exchanges == [before]


@pytest.mark.parametrize("question", [QUESTION, in_traditional(QUESTION)])
def test_the_answer_before_is_put_back_where_the_new_one_is_stopped_at_once(
    chat: Chat, question: str
) -> None:
    conversation = ask(chat, question, Conversation())
    before = conversation.exchanges[0]
    stream = again(chat, conversation)
    next(stream)
    chat.stop(TAB)
    *_, last = stream
    assert conversation.exchanges == [before]
    assert "三千人" in last[1][-1]["content"]


def test_a_second_question_waits_until_the_first_is_answered(
    chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = streamed(chat, QUESTION, Conversation())
    first = next(stream)[3]
    for other in (streamed(chat, "乙村在哪里？", first), again(chat, first)):
        shown = list(other)
        assert len(shown) == 1
        assert all(each == gr.skip() for each in shown[0]), "what is typed stays in the box"
        assert SIMPLIFIED.BUSY in capsys.readouterr().out
    for _ in stream:
        pass
    assert [each.question for each in first.exchanges] == [QUESTION]
    assert len(ask(chat, "乙村在哪里？", first).exchanges) == 2


def test_an_engine_that_breaks_is_told_in_the_answers_place(
    chat: Chat, generator: BreakingGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    generator.broken = True
    with caplog.at_level(logging.ERROR):
        *_, last = streamed(chat, QUESTION, Conversation())
    assert "没能回答" in last[1][-1]["content"]
    assert "RuntimeError: Exception from src/core.cpp" in caplog.text
    generator.broken = False
    assert len(ask(chat, QUESTION, last[3]).answers()) == 1


def test_an_empty_question_is_none(chat: Chat) -> None:
    conversation = Conversation()
    for question in ("", " \n　"):
        (shown,) = streamed(chat, question, conversation)
        assert all(each == gr.skip() for each in shown)
    assert conversation.exchanges == []
    assert chat.kept.found() == []


def test_a_document_that_was_removed_meanwhile_is_not_looked_in(
    chat: Chat, library: Library, write: Writer
) -> None:
    library.add(write("丙镇志.txt", "丙镇有五千人。"))
    here, gone = (info.id for info in library.documents())
    library.remove(gone)
    *_, last = streamed(chat, QUESTION, Conversation(), within=[here, gone])
    assert "三千人" in last[1][-1]["content"]
    assert "1 篇已经移除" in last[1][-1]["content"]
    *_, last = streamed(chat, QUESTION, Conversation(), within=[gone])
    assert gone not in last[1][-1]["content"]
    assert "都已经移除" in last[1][-1]["content"]


def test_a_tab_that_slept_goes_on_with_the_conversation_that_it_shows(chat: Chat) -> None:
    first = ask(chat, QUESTION, Conversation())
    forgotten = Conversation()
    found = ask(chat, "乙村在哪里？", forgotten, current=first.id)
    assert [each.question for each in found.exchanges] == [QUESTION, "乙村在哪里？"]
    assert [each.id for each in chat.kept.found()] == [first.id]
    *_, last = again(chat, Conversation(), found.id)
    assert len(last[3].exchanges) == 2
    question, *_ = undone = chat.undo(Conversation(), TAB, found.id)
    assert question == "乙村在哪里？"
    assert [each.question for each in undone[3].exchanges] == [QUESTION]
    assert ask(chat, QUESTION, Conversation(), current="f" * 32).id != first.id, "it was deleted meanwhile"


def test_a_new_conversation_begins_with_nothing(chat: Chat) -> None:
    first = ask(chat, QUESTION, Conversation())
    shown = chat.clear(TAB)
    assert shown[4] == "", "the page forgets which it showed"
    found = ask(chat, "乙村在哪里？", shown[3], current=shown[4])
    assert [each.question for each in found.exchanges] == ["乙村在哪里？"]
    assert found.id != first.id


def test_a_conversation_that_is_opened_shows_its_passages_as_they_were(chat: Chat, library: Library) -> None:
    conversation = ask(chat, QUESTION, Conversation())
    section = chat._opened(conversation.id).exchanges[0].section
    assert "<mark>甲镇有" in section
    assert "乙村在甲镇的东边" in section, "what stands around the cited sentence"
    assert "第一章 人口" in section, "and above it"
    (info,) = library.documents()
    library.remove(info.id)
    section = chat._opened(conversation.id).exchanges[0].section
    assert "<mark>甲镇有" in section
    assert "乙村" not in section


def test_the_instant_line_loses_its_links_when_the_evidence_is_anothers(chat: Chat) -> None:
    conversation = ask(chat, QUESTION, Conversation())
    (answer,) = conversation.answers()
    html = chat._html
    assert 'href="#citation-1-1"' in html.instant_html(answer, 1)
    assert "citation" not in html.instant_html(answer, 1, linked=False)


def test_what_is_typed_as_soon_as_the_page_is_there_stays(chat: Chat) -> None:
    *shown, _ = chat.back("")
    assert all(each == gr.skip() for each in shown)
    conversation = ask(chat, QUESTION, Conversation())
    box, messages, *_ = chat.back(conversation.id)
    assert box == gr.skip()
    assert len(messages) == 2


def test_each_answer_can_be_copied_with_its_sources(chat: Chat) -> None:
    conversation = ask(chat, "乙村在哪里？", ask(chat, QUESTION, Conversation()))
    for turn, exchange in enumerate(conversation.exchanges, start=1):
        assert f'href="#copy-{turn}"' in exchange.reply
        assert exchange.answer
        assert chat.copied(conversation, f"{turn} 1700000000000") == Exports(SIMPLIFIED).with_sources(
            exchange.answer
        )
    for nothing in ("3 1700000000000", "0 1", "-1 1", "", "x"):
        assert chat.copied(conversation, nothing) == ""


def test_a_new_conversation_waits_until_the_answer_before_gave_its_last(chat: Chat) -> None:
    stream = streamed(chat, QUESTION, Conversation())
    next(stream)
    given: list[Any] = []
    clearing = Thread(target=lambda: given.append(chat.clear(TAB)[1]))
    clearing.start()
    clearing.join(0.2)
    assert clearing.is_alive(), "gradio may still be sending what the stream gave it"
    assert list(stream) == [], "nobody is to see it any more"
    clearing.join(5)
    assert given == [[]]


def test_a_stream_ends_with_what_changes_nothing() -> None:
    """Gradio sends the last output of a stream once more as it ends, after what came meanwhile."""

    def asked(first: str) -> Iterator[Any]:
        yield (first,) * 6

    first, last = _ends_with_nothing(asked)("甲")
    assert first == ("甲",) * 6
    assert last == (gr.skip(),) * 6
