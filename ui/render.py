"""Answers, hits and questions to HTML. All that comes from documents, people or models is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from index.types import DocumentInfo, Hit, Passage, Place, Span
from rag.answer import Answer, Citation, Nearest, Sentence
from rag.evidence import Evidence, flowing
from rag.refusal import LEAST_PROBABILITY
from ui.curve import curve_html
from ui.kept import Kept
from ui.names import file_name
from ui.text import Text

_CONVERSATIONS = 100  # shown in the list; the others are found by searching

# The chat column renders Markdown: its marks, and what it takes for a link, become character references,
# which are never markup. A blank line would end the block of HTML, so none is let through.
_MARKS = re.compile("[\\\\`*_{}\\[\\]()#+\\-.!|~:@/$=^<>&\"']")


def escaped(value: str) -> str:
    """``value`` as text in HTML and in Markdown, on one line."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark.group())};", flowing(value))


def lined(value: str) -> str:
    """``value`` as text in HTML, its lines kept."""
    return "<br>".join(escaped(line) for line in value.split("\n"))


def question_html(question: str) -> str:
    return f'<div class="question">{escaped(question)}</div>'


def words_html(words: Sequence[Sequence[str]]) -> str:
    """The words of a question, each once, in their spellings."""
    return "　".join(dict.fromkeys(escaped("／".join(spellings)) for spellings in words))


def quiet(value: str) -> str:
    return f'<p class="quiet">{escaped(value)}</p>'


def _lines(answer: Answer) -> list[list[Sentence]]:
    """Sentences grouped by the lines that the model wrote."""
    lines: list[list[Sentence]] = [[]]
    position = 0
    for sentence in answer.sentences:
        if "\n" in answer.text[position : sentence.start]:
            lines.append([])
        lines[-1].append(sentence)
        position = sentence.end
    return [line for line in lines if line]


def _ranked(values: Sequence[float | None], place: int) -> str:
    """A value of several, and which of them it is from the best."""
    value = values[place]
    if value is None:
        return "–"
    rank = 1 + sum(other is not None and other > value for other in values)
    return f"{value:.3f}<small>{rank}</small>"


def _section(question: str, turn: int, body: str) -> str:
    return f'<section class="turn" id="turn-{turn}"><h3>{escaped(question)}</h3>{body}</section>'


def _home(quoted: Citation | Nearest, hits: Sequence[Hit]) -> Hit | None:
    """The hit whose passage holds what is quoted."""
    for hit in hits:
        if (
            hit.document.id == quoted.document.id
            and hit.passage.start <= quoted.start < quoted.end <= hit.passage.end
        ):
            return hit
    return None


def _passage(
    passage: Passage, marked: tuple[int, int] | None = None, words: tuple[int, int] | None = None
) -> str:
    """A passage by sentences: line breaks between them stay, those inside one go.

    The sentences in ``marked`` stand out, and in them ``words``.
    """
    parts: list[str] = []
    position = passage.start
    for span in passage.sentences:
        if "\n" in passage.slice(position, span.start):
            parts.append("<br>")
        cited = marked is not None and marked[0] <= span.start and span.end <= marked[1]
        said = _with_words(passage, span, words if cited else None)
        parts.append(f"<mark>{said}</mark>" if cited else said)
        position = span.end
    return "".join(parts)


def _with_words(passage: Passage, span: Span, words: tuple[int, int] | None) -> str:
    start, end = (max(words[0], span.start), min(words[1], span.end)) if words else (span.start, span.start)
    if start >= end:
        return escaped(passage.slice(span.start, span.end))
    before, said, after = (
        escaped(passage.slice(*place)) for place in ((span.start, start), (start, end), (end, span.end))
    )
    return f"{before}<strong>{said}</strong>{after}"


def _anchor(turn: int, number: int) -> str:
    return f"citation-{turn}-{number}"


def _read_of(hit: Hit, evidence: Sequence[Evidence]) -> bool:
    passage = hit.passage
    return any(
        each.document.id == hit.document.id and passage.start <= each.start < passage.end for each in evidence
    )


def _local(moment: str) -> str:
    """An ISO date with time as the clock of this machine shows it."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"


def _numbers(values: Sequence[int]) -> str:
    return "、".join(map(str, values))


class Html:
    """Answers, hits and questions to HTML, in one language."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def open_link(self, document_id: str, start: int = 0, end: int = 0) -> str:
        """What opens a document at a place; see ``ui/viewer.py``."""
        return (
            f'<a class="open" href="#" data-document="{escaped(document_id)}" data-start="{start}" '
            f'data-end="{end}">{self.text.OPEN}</a>'
        )

    def place_html(self, start: int, end: int, place: Place | None) -> str:
        """A span of a document as a reader looks it up."""
        span = self.text.SPAN.format(start=start + 1, end=end)
        return f"{escaped(self.place(place))} · {span}" if place else span

    def place(self, place: Place | None) -> str:
        """A page, a chapter or the like by its name, "" for none."""
        form = self.text.PLACES.get(place.kind, "{name} {number}") if place else ""
        return form.format(number=place.number, name=place.name).strip() if place else ""

    def streaming_html(
        self,
        coming: str,
        understood: str,
        question: str,
        turn: int,
        instant: str = "",
        proven: Answer | None = None,
    ) -> str:
        """The answer while it comes: the sentences that are ``proven``, then what is not yet.

        ``instant`` is HTML that stays above it.
        """
        ended = proven is not None and coming.startswith(proven.text)
        above = (
            "".join(self._paragraph(line, proven, turn) for line in _lines(proven))
            if proven and ended
            else ""
        )
        rest = coming[len(proven.text) :].strip() if proven and ended else coming
        below = (
            f'<p class="coming">{escaped(rest)}</p>' if rest else "" if above else quiet(self.text.READING)
        )
        asked = self._understood(understood, question)
        return f'<div class="answer streaming">{asked}{instant}{above}{below}</div>'

    def instant_html(self, answer: Answer, turn: int, *, linked: bool = True) -> str:
        """The reader's answer, with its citation where it is ``linked``: while the evidence is its own."""
        label = f'<span class="label">{self.text.INSTANT}</span>'
        said = "".join(
            self._sentence(each, answer, turn) if linked else f"<span>{escaped(each.text)}</span>"
            for each in answer.sentences
        )
        return f'<p class="instant">{label}{said}</p>'

    def error_html(self, message: str) -> str:
        return f'<div class="answer refused"><p>{self.text.ERROR}{escaped(message)}</p></div>'

    def answer_html(self, answer: Answer, turn: int) -> str:
        """The finished answer: sentences with citation numbers, or the mark that nothing supports them."""
        if answer.refused:
            body = f"<p>{escaped(answer.text)}</p>"
        else:
            body = "".join(self._paragraph(line, answer, turn) for line in _lines(answer))
        kind = "answer refused" if answer.refused else "answer"
        return (
            f'<div class="{kind}">{self._understood(answer.understood_as, answer.question)}{body}'
            f'<p class="times">{self._times(answer)}'
            f'<a class="copy" href="#copy-{turn}">{self.text.COPY}</a></p></div>'
        )

    def _paragraph(self, sentences: Sequence[Sentence], answer: Answer, turn: int) -> str:
        return "<p>" + "".join(self._sentence(each, answer, turn) for each in sentences) + "</p>"

    def _sentence(self, sentence: Sentence, answer: Answer, turn: int) -> str:
        said = escaped(sentence.text)
        if not sentence.supported:
            # With the focus, so after a tap too, the page shows the title below (page.css).
            lacks = self.text.UNSUPPORTED_LACKS.format(lacks=self.text.BETWEEN_ITEMS.join(sentence.lacks))
            why = escaped(lacks if sentence.lacks else self.text.UNSUPPORTED_WHY)
            mark = f'<span class="unsupported-mark" title="{why}" tabindex="0">{self.text.UNSUPPORTED}</span>'
            return f'<span class="unsupported">{said}{mark}</span>'
        quotes = {each.number: f"{each.document.title}：{each.quote}" for each in answer.citations}
        links = "".join(
            f'<a class="citation" href="#{_anchor(turn, number)}" title="{escaped(quotes[number])}">'
            f"{number}</a>"
            for number in sentence.citations
        )
        return f"<span>{said}{links}</span>"

    def found_html(self, hits: Sequence[Hit], question: str, turn: int) -> str:
        """The passages for a question whose answer is not there yet."""
        cards = "".join(self._hit_card(hit) for hit in hits[:5])
        return _section(question, turn, f"<h4>{self.text.FOUND}</h4>{cards}")

    def evidence_html(
        self, answer: Answer, hits: Sequence[Hit], turn: int, left_out: int = 0, why: str = ""
    ) -> str:
        """The passages that an answer cites, each with the cited sentence marked; then the others found.

        ``why`` is HTML that stays below them.
        """
        if answer.refused:
            cards = "".join(self._nearest_card(nearest, hits) for nearest in answer.nearest)
            return _section(answer.question, turn, f"<h4>{self.text.NEAREST}</h4>{cards}{why}")
        cited = "".join(self._cited_card(citation, hits, turn) for citation in answer.citations)
        used = {(c.document.id, _home(c, hits)) for c in answer.citations}
        rest = [hit for hit in hits if (hit.document.id, hit) not in used]
        others = "".join(self._hit_card(hit) for hit in rest)
        more = (
            f"<details><summary>{self.text.OTHERS.format(count=len(rest))}</summary>{others}</details>"
            if rest
            else ""
        )
        note = f'<p class="quiet">{self.text.LEFT_OUT.format(count=left_out)}</p>' if left_out else ""
        return _section(answer.question, turn, f"<h4>{self.text.CITED}</h4>{cited}{note}{more}{why}")

    def why_html(
        self,
        words: Sequence[Sequence[str]],
        hits: Sequence[Hit],
        likelihood: float,
        evidence: Sequence[Evidence] = (),
    ) -> str:
        """How the passages were found, and what of them was read.

        ``words`` are those of the question, each in its spellings; ``evidence`` is what the model read.
        """
        text = self.text
        asked = words_html(words)
        legs: list[list[float | None]] = [
            [each.lexical for each in hits],
            [each.dense for each in hits],
            [each.score for each in hits],
        ]
        rows = "".join(
            f"<tr><td>{number}</td><td>{escaped(hit.document.title)}</td>"
            + "".join(f"<td>{_ranked(leg, number - 1)}</td>" for leg in legs)
            + "</tr>"
            for number, hit in enumerate(hits, start=1)
        )
        head = "".join(f"<th>{name}</th>" for name in text.WHY_COLUMNS)
        sure = text.WHY_LIKELIHOOD.format(percent=100 * likelihood, least=100 * LEAST_PROBABILITY)
        unread = [number for number, hit in enumerate(hits, start=1) if not _read_of(hit, evidence)]
        left_out = f"<p>{text.WHY_LEFT_OUT}{_numbers(unread)}</p>" if evidence and unread else ""
        return (
            f'<details class="why"><summary>{text.WHY}</summary><p>{text.WHY_WORDS}{asked}</p>'
            f"<p>{sure}</p>{curve_html(likelihood, text)}"
            f"<table><tr>{head}</tr>{rows}</table>{left_out}</details>"
        )

    def examples_html(self, questions: Sequence[str]) -> str:
        """Questions to begin with; a click puts one into the box."""
        links = "".join(f'<a class="example" href="#">{escaped(question)}</a>' for question in questions)
        return f"<small>{self.text.EXAMPLES}</small>{links}" if questions else ""

    def conversations_html(self, kept: Sequence[Kept]) -> str:
        """A list of conversations; a click opens one."""
        return "".join(
            f'<a class="conversation" href="#" data-conversation="{escaped(each.id)}">{escaped(each.title)}'
            f"<small>{escaped(_local(each.changed_at))}</small></a>"
            for each in kept[:_CONVERSATIONS]
        )

    def _cited_card(self, citation: Citation, hits: Sequence[Hit], turn: int) -> str:
        home = _home(citation, hits)
        marked = (citation.start, citation.end)
        body = (
            _passage(home.passage, marked, citation.marked)
            if home
            else f"<mark>{escaped(citation.quote)}</mark>"
        )
        number = f'<span class="number">{citation.number}</span>'
        anchor = _anchor(turn, citation.number)
        above = home.passage.headings if home else ()
        return self._card(citation.document, marked, citation.place, body, above, anchor, number)

    def _hit_card(self, hit: Hit) -> str:
        passage = hit.passage
        span = (passage.start, passage.end)
        return self._card(hit.document, span, hit.place, _passage(passage), passage.headings)

    def _nearest_card(self, nearest: Nearest, hits: Sequence[Hit]) -> str:
        home = _home(nearest, hits)
        if home is not None:
            return self._hit_card(home)
        return self._card(
            nearest.document, (nearest.start, nearest.end), nearest.place, escaped(nearest.quote)
        )

    def _card(
        self,
        document: DocumentInfo,
        span: tuple[int, int],
        place: Place | None,
        body: str,
        headings: Sequence[str] = (),
        anchor: str = "",
        number: str = "",
    ) -> str:
        name = f'<cite title="{escaped(document.path)}">{escaped(document.title)}</cite>'
        file = escaped(file_name(document.path))
        identity = f' id="{anchor}"' if anchor else ""
        names = [escaped(heading) for heading in headings if heading != document.title]
        above = f"<small>{' › '.join(names)}</small>" if names else ""
        link = self.open_link(document.id, *span)
        return (
            f'<article class="passage"{identity}><header>{number}{name}{link}'
            f"<small>{file} · {self.place_html(*span, place)}</small>{above}</header>"
            f"<blockquote>{body}</blockquote></article>"
        )

    def _understood(self, understood: str, question: str) -> str:
        if understood == question:
            return ""
        edit = f'<a class="edit" href="#">{self.text.EDIT}</a>'
        return f'<p class="understood">{self.text.UNDERSTOOD}<span>{escaped(understood)}</span>{edit}</p>'

    def _times(self, answer: Answer) -> str:
        """What each stage took; the first token and the whole since the question."""
        told = []
        for stage, name in self.text.STAGES.items():
            value = answer.timings_ms.get(stage)
            if value is not None and (value or stage == "total"):
                form = self.text.SECONDS if value >= 1000 else self.text.MILLISECONDS
                told.append(f"{name} {form.format(value=value / 1000 if value >= 1000 else value)}")
        return " · ".join(told)
