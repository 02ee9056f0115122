"""What one browser tab has asked and was told, and its forms for taking along. Knows no gradio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer import Answer, Citation, Nearest, place_text
from rag.evidence import one_line
from rag.followup import Turn
from ui import render, text

Messages = list[dict[str, str]]


@dataclass
class Exchange:
    """A question with what the page shows of its answer; ``answer`` is None while it is not finished."""

    question: str
    reply: str = ""  # HTML, as section
    section: str = ""
    answer: Answer | None = None


class Conversation:
    """The exchanges of a tab, oldest first. No dataclass: gradio would put it into the page as JSON."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def turns(self, before: int | None = None) -> tuple[Turn, ...]:
        """What a follow-up goes on from: the answered exchanges, those before a place among them all."""
        return tuple(
            Turn(each.answer.question, each.answer.text)
            for each in self.exchanges[:before]
            if each.answer is not None
        )

    def messages(self) -> Messages:
        found: Messages = []
        for each in self.exchanges:
            found.append({"role": "user", "content": render.question_html(each.question)})
            found.append({"role": "assistant", "content": each.reply})
        return found

    def evidence(self) -> str:
        """HTML: what the answers rest on, the newest first."""
        body = "".join(each.section for each in reversed(self.exchanges))
        return f'<div class="evidence">{body or render.quiet(text.EMPTY_EVIDENCE)}</div>'

    def markdown(self) -> str:
        """The conversation with its sources as notes."""
        parts = [f"# {text.TITLE}\n"]
        number = 0
        for each in self.exchanges:
            if each.answer is None:
                continue
            said, notes = _with_notes(each.answer, number)
            number += len(notes)
            parts.append(f"## {_marked(each.question)}\n\n{said}\n" + "".join(f"\n{note}" for note in notes))
        return "\n".join(parts) + "\n"


def with_sources(answer: Answer) -> str:
    """An answer as plain text, its sources below it."""
    said = "".join(
        one_line(each.text)
        + "".join(f"[{number}]" for number in each.citations)
        + ("" if each.supported else text.UNSUPPORTED)
        for each in answer.sentences
    )
    places: Sequence[Citation | Nearest] = answer.citations or answer.nearest
    sources = [f"[{number}] {_source(place)}" for number, place in enumerate(places, start=1)]
    heading = text.NEAREST if answer.refused else text.SOURCES
    return "\n".join([said or answer.text, "", f"{heading}：", *sources])


def _with_notes(answer: Answer, before: int) -> tuple[str, list[str]]:
    if answer.refused:
        return _marked(answer.text), []
    said = "".join(
        _marked(one_line(each.text))
        + "".join(f"[^{before + number}]" for number in each.citations)
        + ("" if each.supported else text.UNSUPPORTED)
        for each in answer.sentences
    )
    return said, [f"[^{before + each.number}]: {_marked(_source(each))}" for each in answer.citations]


def _source(place: Citation | Nearest) -> str:
    where = "，".join(part for part in (place.document.title, place_text(place.place)) if part)
    span = text.SPAN.format(start=place.start + 1, end=place.end)
    return f"{one_line(where)}，{span}：“{one_line(place.quote)}”（{place.document.path}）"


def _marked(value: str) -> str:
    """``value`` as text in Markdown."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>#|~$!" else character for character in value)
