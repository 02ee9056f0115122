"""The way from a question to an answer or a refusal."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import QuestionError
from index.library import Library
from rag.assistant import Assistant, Done, Found, Piece, Searched, Selected
from rag.followup import Turn
from rag.prompts import Task, chat_messages
from tests.conftest import SayingGenerator

Writer = Callable[..., Path]

TEXT = "长沙工程机械集群\n\n2020年，长沙工程机械的省内配套率超过36%，零部件配套率超过50%。\n"
QUESTION = "2020年长沙工程机械的省内配套率是多少？"


@pytest.fixture
def filled(library: Library, write: Writer) -> Library:
    library.add(write("a.txt", TEXT))
    return library


def test_an_answer_is_cited_and_quotes_the_document(filled: Library) -> None:
    generator = SayingGenerator("超过36%。")
    answer = Assistant(filled, generator).ask(QUESTION)
    assert not answer.refused
    assert answer.text == "超过36%。"
    (citation,) = answer.citations
    assert citation.quote == TEXT[citation.start : citation.end]
    assert "36%" in citation.quote
    assert {"understand", "search", "evidence", "first_token", "total"} == set(answer.timings_ms)


def test_events_come_in_order_and_pieces_make_the_text(filled: Library) -> None:
    events = list(Assistant(filled, SayingGenerator("超过36%。")).stream(QUESTION))
    kinds = [type(event) for event in events]
    assert kinds[:3] == [Searched, Found, Selected]
    assert kinds[-1] is Done
    assert "".join(event.text for event in events if isinstance(event, Piece)) == "超过36%。"


def test_an_answer_that_nothing_proves_is_withdrawn(filled: Library) -> None:
    answer = Assistant(filled, SayingGenerator("超过99%。")).ask(QUESTION)
    assert answer.refused
    assert answer.citations == ()
    assert "99" not in answer.text
    assert answer.nearest[0].quote == TEXT[answer.nearest[0].start : answer.nearest[0].end]


@pytest.mark.parametrize("said", ["资料中没有提到相关内容。", "无法确定。", "根据资料，没有相关信息。", ""])
def test_a_model_that_declines_is_a_refusal(filled: Library, said: str) -> None:
    assert Assistant(filled, SayingGenerator(said)).ask(QUESTION).refused


def test_a_question_about_something_else_is_refused_before_generation(filled: Library) -> None:
    generator = SayingGenerator("超过36%。")
    answer = Assistant(filled, generator).ask("火星殖民地首任总督叫什么名字？")
    assert answer.refused
    assert answer.nearest
    assert generator.prompts == []


def test_a_thousand_numbers_are_a_question_too(filled: Library) -> None:
    numbers = " ".join(map(str, range(1, 400)))
    assert Assistant(filled, SayingGenerator("超过36%。")).ask(f"{numbers}是多少？").refused


def test_a_thing_that_no_document_mentions_is_judged_before_it_is_answered(filled: Library) -> None:
    question = "2020年长沙工程机械的净利润是多少？"
    generator = SayingGenerator("超过36%。", judgement="不能。")
    assert Assistant(filled, generator).ask(question).refused
    assert [prompt.task for prompt in generator.prompts] == [Task.JUDGE]
    generator = SayingGenerator("超过36%。", judgement="能")
    assert not Assistant(filled, generator).ask(question).refused
    assert [prompt.task for prompt in generator.prompts] == [Task.JUDGE, Task.ANSWER]
    generator = SayingGenerator("超过36%。")
    Assistant(filled, generator).ask(QUESTION)
    assert [prompt.task for prompt in generator.prompts] == [Task.ANSWER]


@pytest.mark.parametrize(
    "question", ["2021年长沙工程机械的省内配套率是多少？", "上海工程机械的省内配套率是多少？"]
)
def test_another_year_or_place_is_refused(filled: Library, question: str) -> None:
    answer = Assistant(filled, SayingGenerator("省内配套率超过36%。")).ask(question)
    assert answer.refused
    assert answer.nearest


def test_a_year_in_a_numbered_heading_is_one(library: Library, write: Writer) -> None:
    library.add(
        write(
            "成绩.md", "### 4. 2021年的成绩单\n\n- 胜出的集群：25个；\n- 产值增速达到两位数的集群：17个；\n"
        )
    )
    said = "产值增速达到两位数的集群有17个。"
    answer = Assistant(library, SayingGenerator(said)).ask("2021年产值增速达到两位数的集群有多少个？")
    assert answer.text == said


def test_the_model_is_never_asked_to_cite(filled: Library) -> None:
    generator = SayingGenerator("超过36%。")
    Assistant(filled, generator).ask(QUESTION)
    told = json.dumps(chat_messages(generator.prompts[0]), ensure_ascii=False)
    assert "引用" not in told
    assert "[1]" not in told
    assert QUESTION in told


def test_a_follow_up_is_understood_and_says_so(filled: Library) -> None:
    answer = Assistant(filled, SayingGenerator("超过50%。")).ask("零部件呢？", [Turn(QUESTION, "超过36%。")])
    assert answer.question == "零部件呢？"
    assert answer.understood_as == f"{QUESTION}零部件呢？"
    assert not answer.refused


def test_stopping_keeps_what_was_said(filled: Library) -> None:
    stop = threading.Event()
    generator = SayingGenerator("超过36%。" * 50)
    answer = None
    for event in Assistant(filled, generator).stream(QUESTION, stop=stop):
        if isinstance(event, Piece):
            stop.set()
        if isinstance(event, Done):
            answer = event.answer
    assert answer is not None
    assert len(answer.text) < len(generator.text)


def test_who_stops_before_the_first_word_is_told_so(filled: Library) -> None:
    stop = threading.Event()
    stop.set()
    *_, last = Assistant(filled, SayingGenerator("超过36%。")).stream(QUESTION, stop=stop)
    assert isinstance(last, Done)
    assert last.answer.refused
    assert "停止" in last.answer.text


def test_the_json_form(filled: Library) -> None:
    answer = Assistant(filled, SayingGenerator("超过36%。其他不明。")).ask(QUESTION).to_json()
    assert list(answer) == [
        "question",
        "understood_as",
        "refused",
        "text",
        "sentences",
        "citations",
        "timings_ms",
    ]
    first, second = answer["sentences"]
    assert first == {"text": "超过36%。", "start": 0, "end": 6, "supported": True, "citations": [1]}
    assert second["supported"] is False
    assert list(answer["citations"][0]) == [
        "number",
        "document",
        "page",
        "place",
        "start",
        "end",
        "quote",
        "score",
        "marked",
    ]
    assert list(answer["citations"][0]["document"]) == ["id", "title", "path"]
    refusal = Assistant(filled, SayingGenerator("超过99%。")).ask(QUESTION).to_json()
    assert refusal["refused"] is True
    assert refusal["citations"] == []
    assert list(refusal["nearest"][0]) == ["document", "page", "place", "start", "end", "quote", "score"]


@pytest.mark.parametrize("question", ["", "   ", "长" * 3000])
def test_bad_questions_are_told(filled: Library, question: str) -> None:
    with pytest.raises(QuestionError):
        Assistant(filled, SayingGenerator("x")).ask(question)
