"""Answers, hits and questions to HTML. All that comes from documents, people or models is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.tokens import content_words
from index.types import DocumentInfo, Hit, Passage, Place, Span
from rag.answer import Answer, Citation, Nearest, Sentence, place_text
from rag.evidence import flowing
from ui import text

# The chat column renders Markdown: its marks, and what it takes for a link, become character references,
# which are never markup. A blank line would end the block of HTML, so none is let through.
_MARKS = re.compile("[\\\\`*_{}\\[\\]()#+\\-.!|~:@/$=^<>&\"']")


def escaped(value: str) -> str:
    """``value`` as text in HTML and in Markdown, on one line."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark.group())};", flowing(value))


def lined(value: str) -> str:
    """``value`` as text in HTML, its lines kept."""
    return "<br>".join(escaped(line) for line in value.split("\n"))


def open_link(document_id: str, start: int = 0, end: int = 0) -> str:
    """What opens a document at a place; see ``ui/viewer.py``."""
    return (
        f'<a class="open" href="#" data-document="{escaped(document_id)}" data-start="{start}" '
        f'data-end="{end}">{text.OPEN}</a>'
    )


def place_html(start: int, end: int, place: Place | None) -> str:
    """A span of a document as a reader looks it up."""
    span = text.SPAN.format(start=start + 1, end=end)
    return f"{escaped(place_text(place))} · {span}" if place else span


def question_html(question: str) -> str:
    return f'<div class="question">{escaped(question)}</div>'


def quiet(value: str) -> str:
    return f'<p class="quiet">{escaped(value)}</p>'


def streaming_html(
    coming: str, understood: str, question: str, turn: int, instant: str = "", proven: Answer | None = None
) -> str:
    """The answer while it comes: the sentences that are ``proven``, then what is not yet.

    ``instant`` is HTML that stays above it.
    """
    ended = proven is not None and coming.startswith(proven.text)
    above = "".join(_paragraph(line, proven, turn) for line in _lines(proven)) if proven and ended else ""
    rest = coming[len(proven.text) :].strip() if proven and ended else coming
    below = f'<p class="coming">{escaped(rest)}</p>' if rest else "" if above else quiet(text.READING)
    return f'<div class="answer streaming">{_understood(understood, question)}{instant}{above}{below}</div>'


def instant_html(answer: Answer, turn: int) -> str:
    """The reader's answer, with its citation."""
    label = f'<span class="label">{text.INSTANT}</span>'
    said = "".join(_sentence(each, answer, turn) for each in answer.sentences)
    return f'<p class="instant">{label}{said}</p>'


def error_html(message: str) -> str:
    return f'<div class="answer refused"><p>{text.ERROR}{escaped(message)}</p></div>'


def answer_html(answer: Answer, turn: int) -> str:
    """The finished answer: each sentence with its citation numbers, or the mark that nothing supports it."""
    if answer.refused:
        body = f"<p>{escaped(answer.text)}</p>"
    else:
        body = "".join(_paragraph(line, answer, turn) for line in _lines(answer))
    kind = "answer refused" if answer.refused else "answer"
    return (
        f'<div class="{kind}">{_understood(answer.understood_as, answer.question)}{body}'
        f'<p class="times">{_times(answer)}</p></div>'
    )


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


def _paragraph(sentences: Sequence[Sentence], answer: Answer, turn: int) -> str:
    return "<p>" + "".join(_sentence(each, answer, turn) for each in sentences) + "</p>"


def _sentence(sentence: Sentence, answer: Answer, turn: int) -> str:
    said = escaped(sentence.text)
    if not sentence.supported:
        mark = f'<span class="unsupported-mark">{text.UNSUPPORTED}</span>'
        return f'<span class="unsupported" title="{text.UNSUPPORTED_WHY}">{said}{mark}</span>'
    quotes = {each.number: f"{each.document.title}：{each.quote}" for each in answer.citations}
    links = "".join(
        f'<a class="citation" href="#{_anchor(turn, number)}" title="{escaped(quotes[number])}">{number}</a>'
        for number in sentence.citations
    )
    return f"<span>{said}{links}</span>"


def found_html(hits: Sequence[Hit], question: str, turn: int) -> str:
    """The passages for a question whose answer is not there yet."""
    cards = "".join(_hit_card(hit) for hit in hits[:5])
    return _section(question, turn, f"<h4>{text.FOUND}</h4>{cards}")


def evidence_html(answer: Answer, hits: Sequence[Hit], turn: int, left_out: int = 0, why: str = "") -> str:
    """The passages that an answer cites, each with the cited sentence marked; then the others found.

    ``why`` is HTML that stays below them.
    """
    if answer.refused:
        cards = "".join(_nearest_card(nearest, hits) for nearest in answer.nearest)
        return _section(answer.question, turn, f"<h4>{text.NEAREST}</h4>{cards}{why}")
    cited = "".join(_cited_card(citation, hits, turn) for citation in answer.citations)
    used = {(c.document.id, _home(c, hits)) for c in answer.citations}
    rest = [hit for hit in hits if (hit.document.id, hit) not in used]
    others = "".join(_hit_card(hit) for hit in rest)
    more = f"<details><summary>{text.OTHERS}（{len(rest)}）</summary>{others}</details>" if rest else ""
    note = f'<p class="quiet">{text.LEFT_OUT.format(count=left_out)}</p>' if left_out else ""
    return _section(answer.question, turn, f"<h4>{text.CITED}</h4>{cited}{note}{more}{why}")


def why_html(asked: str, hits: Sequence[Hit], likelihood: float) -> str:
    """How the passages were found: the words, and what each leg of the search says of each passage."""
    words = "　".join(escaped(word) for word in content_words(asked))
    rows = "".join(
        f"<tr><td>{number}</td><td>{escaped(hit.document.title)}</td>"
        f"<td>{_figure(hit.lexical)}</td><td>{_figure(hit.dense)}</td><td>{hit.score:.3f}</td></tr>"
        for number, hit in enumerate(hits, start=1)
    )
    head = "".join(f"<th>{name}</th>" for name in text.WHY_COLUMNS)
    return (
        f'<details class="why"><summary>{text.WHY}</summary><p>{text.WHY_WORDS}{words}</p>'
        f"<p>{text.WHY_LIKELIHOOD.format(percent=100 * likelihood)}</p>"
        f"<table><tr>{head}</tr>{rows}</table></details>"
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


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
    anchor = _anchor(turn, citation.number)
    return _card(citation.document, marked, citation.place, body, anchor, number)


def _hit_card(hit: Hit) -> str:
    return _card(hit.document, (hit.passage.start, hit.passage.end), hit.place, _passage(hit.passage))


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
    return _card(nearest.document, (nearest.start, nearest.end), nearest.place, escaped(nearest.quote))


def _card(
    document: DocumentInfo,
    span: tuple[int, int],
    place: Place | None,
    body: str,
    anchor: str = "",
    number: str = "",
) -> str:
    name = f'<cite title="{escaped(document.path)}">{escaped(document.title)}</cite>'
    file = escaped(re.split(r"[\\/]", document.path)[-1])
    identity = f' id="{anchor}"' if anchor else ""
    link = open_link(document.id, *span)
    return (
        f'<article class="passage"{identity}><header>{number}{name}{link}'
        f"<small>{file} · {place_html(*span, place)}</small></header>"
        f"<blockquote>{body}</blockquote></article>"
    )


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
