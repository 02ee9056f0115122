"""A conversation to take along, its sources as footnotes: Markdown, a web page, a Word document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from rag.answer import Answer, Citation, Nearest
from rag.evaluation.report import POLICY
from rag.evidence import one_line
from ui.conversation import Conversation
from ui.render import Html
from ui.text import Text
from ui.word import word_document

_STYLE = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font-family:system-ui,sans-serif;line-height:1.7}"
    "h2{font-size:1.1rem;margin-top:2rem}.notes{font-size:.85rem;color:#555}.unsupported{color:#b45309}"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A piece of an answer and the numbers of its notes, which are counted through the conversation."""

    text: str
    supported: bool
    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A question, what was said, and the notes by their numbers."""

    question: str
    said: tuple[_Said, ...]
    notes: dict[int, str]


class Exports:
    """Writes conversations in one language."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._html = Html(text)

    def with_sources(self, answer: Answer) -> str:
        """An answer as plain text, its sources below it."""
        said = "".join(
            one_line(each.text)
            + "".join(f"[{number}]" for number in each.citations)
            + self._mark(each.supported)
            for each in answer.sentences
        )
        places: Sequence[Citation | Nearest] = answer.citations or answer.nearest
        sources = [f"[{number}] {self._source(place)}" for number, place in enumerate(places, start=1)]
        heading = self._text.NEAREST if answer.refused else self._text.SOURCES
        return "\n".join([said or answer.text, "", f"{heading}：", *sources])

    def markdown(self, conversation: Conversation) -> str:
        found = [f"# {_marked(conversation.title)}\n"]
        for part in self._parts(conversation):
            said = "".join(
                _marked(each.text) + "".join(f"[^{note}]" for note in each.notes) + self._mark(each.supported)
                for each in part.said
            )
            notes = "".join(f"\n[^{number}]: {_marked(note)}" for number, note in part.notes.items())
            found.append(f"## {_marked(part.question)}\n\n{said}\n{notes}")
        return "\n".join(found) + "\n"

    def web(self, conversation: Conversation) -> str:
        """One page that fetches nothing."""
        body = ""
        for part in self._parts(conversation):
            said = "".join(
                escape(each.text)
                + "".join(f'<sup><a href="#note-{note}">{note}</a></sup>' for note in each.notes)
                + f'<span class="unsupported">{escape(self._mark(each.supported))}</span>'
                for each in part.said
            )
            notes = "".join(
                f'<p class="notes" id="note-{number}">{number}. {escape(note)}</p>'
                for number, note in part.notes.items()
            )
            body += f"<h2>{escape(part.question)}</h2><p>{said}</p>{notes}"
        title = escape(conversation.title)
        return (
            f'<!doctype html>\n<html lang="{self._text.LANGUAGE}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
            f"<title>{title}</title><style>{_STYLE}</style></head>"
            f"<body><h1>{title}</h1>{body}</body></html>\n"
        )

    def word(self, conversation: Conversation) -> bytes:
        """A .docx whose sources are footnotes."""
        parts = list(self._parts(conversation))
        said = [
            (part.question, [(each.text + self._mark(each.supported), each.notes) for each in part.said])
            for part in parts
        ]
        notes = {number: note for part in parts for number, note in part.notes.items()}
        return word_document(conversation.title, said, notes)

    def _parts(self, conversation: Conversation) -> Iterator[_Part]:
        before = 0
        for answer in conversation.answers():
            if answer.refused:
                yield _Part(answer.question, (_Said(answer.text, True, ()),), {})
                continue
            said = tuple(
                _Said(one_line(each.text), each.supported, tuple(before + n for n in each.citations))
                for each in answer.sentences
            )
            notes = {before + each.number: self._source(each) for each in answer.citations}
            yield _Part(answer.question, said, notes)
            before += len(answer.citations)

    def _mark(self, supported: bool) -> str:
        return "" if supported else self._text.UNSUPPORTED

    def _source(self, place: Citation | Nearest) -> str:
        where = "，".join(part for part in (place.document.title, self._html.place(place.place)) if part)
        span = self._text.SPAN.format(start=place.start + 1, end=place.end)
        return f"{one_line(where)}，{span}：“{one_line(place.quote)}”（{place.document.path}）"


def _marked(value: str) -> str:
    """``value`` as text in Markdown."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>#|~$!" else character for character in value)
