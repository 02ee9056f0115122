"""Answers, hits and questions to HTML. All that comes from documents, people or models is escaped here."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from index.types import DocumentInfo, Hit, Passage, Place, Span
from rag.answer import Answer, Citation, Nearest, place_text
from rag.evidence import flowing
from ui import text

# The chat column renders Markdown: its marks, and what it takes for a link, become character references,
# which are never markup. A blank line would end the block of HTML, so none is let through.
_MARKS = re.compile(r"[\\`*_{}\[\]()#+\-.!|~:@/$=^]")


def escaped(value: str) -> str:
    """``value`` as text in HTML and in Markdown, on one line."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark.group())};", html.escape(flowing(value)))


def question_html(question: str) -> str:
    return f'<div class="question">{escaped(question)}</div>'


def streaming_html(answer: str, understood: str, question: str, instant: str = "") -> str:
    """The answer while it comes, before anything of it is proven; ``instant`` is HTML that stays above it."""
    said = f"<p>{escaped(answer)}</p>" if answer else f'<p class="quiet">{text.READING}</p>'
    return f'<div class="answer streaming">{_understood(understood, question)}{instant}{said}</div>'


def instant_html(answer: Answer, turn: int) -> str:
    """The reader's answer, with its citation."""
    label = f'<span class="label">{text.INSTANT}</span>'
    said = "".join(_sentence(each.text, each.supported, each.citations, turn) for each in answer.sentences)
    return f'<p class="instant">{label}{said}</p>'


def error_html(message: str) -> str:
    return f'<div class="answer refused"><p>{text.ERROR}{escaped(message)}</p></div>'


def answer_html(answer: Answer, turn: int) -> str:
    """The finished answer: each sentence with its citation numbers, or the mark that nothing supports it."""
    if answer.refused:
        body = f"<p>{escaped(answer.text)}</p>"
    else:
        body = "".join(_paragraph(line, turn) for line in _lines(answer))
    kind = "answer refused" if answer.refused else "answer"
    return (
        f'<div class="{kind}">{_understood(answer.understood_as, answer.question)}{body}'
        f'<p class="times">{_times(answer)}</p></div>'
    )


def _lines(answer: Answer) -> list[list[tuple[str, bool, tuple[int, ...]]]]:
    """Sentences grouped by the lines that the model wrote."""
    lines: list[list[tuple[str, bool, tuple[int, ...]]]] = [[]]
    position = 0
    for sentence in answer.sentences:
        if "\n" in answer.text[position : sentence.start]:
            lines.append([])
        lines[-1].append((sentence.text, sentence.supported, sentence.citations))
        position = sentence.end
    return [line for line in lines if line]


def _paragraph(sentences: Sequence[tuple[str, bool, tuple[int, ...]]], turn: int) -> str:
    return "<p>" + "".join(_sentence(*sentence, turn) for sentence in sentences) + "</p>"


def _sentence(said: str, supported: bool, citations: Sequence[int], turn: int) -> str:
    if not supported:
        mark = f'<span class="unsupported-mark">{text.UNSUPPORTED}</span>'
        return f'<span class="unsupported" title="{text.UNSUPPORTED_WHY}">{escaped(said)}{mark}</span>'
    links = "".join(
        f'<a class="citation" href="#{_anchor(turn, number)}" '
        f'title="{text.CITATION.format(number=number)}">{number}</a>'
        for number in citations
    )
    return f"<span>{escaped(said)}{links}</span>"


def found_html(hits: Sequence[Hit], question: str, turn: int) -> str:
    """The passages for a question whose answer is not there yet."""
    cards = "".join(_hit_card(hit) for hit in hits[:5])
    return _section(question, turn, f"<h4>{text.FOUND}</h4>{cards}")


def evidence_html(answer: Answer, hits: Sequence[Hit], turn: int, left_out: int = 0) -> str:
    """The passages that an answer cites, each with the cited sentence marked; then the others found."""
    if answer.refused:
        cards = "".join(_nearest_card(nearest, hits) for nearest in answer.nearest)
        return _section(answer.question, turn, f"<h4>{text.NEAREST}</h4>{cards}")
    cited = "".join(_cited_card(citation, hits, turn) for citation in answer.citations)
    used = {(c.document.id, _home(c, hits)) for c in answer.citations}
    rest = [hit for hit in hits if (hit.document.id, hit) not in used]
    others = "".join(_hit_card(hit) for hit in rest)
    more = f"<details><summary>{text.OTHERS}（{len(rest)}）</summary>{others}</details>" if rest else ""
    note = f'<p class="quiet">{text.LEFT_OUT.format(count=left_out)}</p>' if left_out else ""
    return _section(answer.question, turn, f"<h4>{text.CITED}</h4>{cited}{note}{more}")


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


def _cited_card(citation: Citation, hits: Sequence[Hit], turn: int) -> str:
    home = _home(citation, hits)
    marked = (citation.start, citation.end)
    body = (
        _passage(home.passage, marked, citation.marked) if home else f"<mark>{escaped(citation.quote)}</mark>"
    )
    number = f'<span class="number">{citation.number}</span>'
    return _card(
        citation.document,
        _place(*marked, citation.place),
        body,
        anchor=_anchor(turn, citation.number),
        number=number,
    )


def _hit_card(hit: Hit) -> str:
    return _card(hit.document, _place(hit.passage.start, hit.passage.end, hit.place), _passage(hit.passage))


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


def _nearest_card(nearest: Nearest, hits: Sequence[Hit]) -> str:
    home = _home(nearest, hits)
    if home is not None:
        return _hit_card(home)
    place = _place(nearest.start, nearest.end, nearest.place)
    return _card(nearest.document, place, escaped(nearest.quote))


def _card(document: DocumentInfo, place: str, body: str, *, anchor: str = "", number: str = "") -> str:
    name = f'<cite title="{escaped(document.path)}">{escaped(document.title)}</cite>'
    file = escaped(re.split(r"[\\/]", document.path)[-1])
    identity = f' id="{anchor}"' if anchor else ""
    return (
        f'<article class="passage"{identity}><header>{number}{name}<small>{file} · {place}</small></header>'
        f"<blockquote>{body}</blockquote></article>"
    )


def _place(start: int, end: int, place: Place | None) -> str:
    span = text.SPAN.format(start=start + 1, end=end)
    return f"{escaped(place_text(place))} · {span}" if place else span


def _anchor(turn: int, number: int) -> str:
    return f"citation-{turn}-{number}"


def _understood(understood: str, question: str) -> str:
    return (
        f'<p class="understood">{text.UNDERSTOOD}{escaped(understood)}</p>' if understood != question else ""
    )


def _times(answer: Answer) -> str:
    times = answer.timings_ms
    total = times.get("total", 0) / 1000
    if not answer.refused and "first_token" not in times:
        return text.TIMES_INSTANT.format(
            search=times.get("search", 0), read=times.get("read", 0), total=total
        )
    if "first_token" not in times:
        return text.TIMES_REFUSED.format(search=times.get("search", 0), total=total)
    return text.TIMES.format(search=times["search"], first_token=times["first_token"] / 1000, total=total)
