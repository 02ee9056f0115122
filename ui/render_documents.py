"""Documents, and what became of files, to HTML. All that comes from them is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from index.library import Left
from index.types import (
    AddProgress,
    AddReport,
    Document,
    DocumentInfo,
    DoubtfulFile,
    Hit,
    Passage,
    Place,
    Removal,
)
from rag.instant import ReadHit
from ui.messages import message
from ui.render import Html, escaped, lined, quiet, words_html

_PASSAGES_SHOWN = 60
_SNIPPET = 120  # characters of a passage in a list
_SHEET = 60_000  # characters of a document that are shown around a place in it


def progress_html(line: str, done: int, total: int) -> str:
    bar = f'<progress max="{total}" value="{done}"></progress>'
    return f'<div class="progress"><p>{escaped(line)}</p>{bar}</div>'


def failed_html(message: str) -> str:
    return f'<p class="failed">{escaped(message)}</p>'


class DocumentsHtml(Html):
    """Documents, and what became of files, to HTML, in one language."""

    def sheet_html(
        self,
        document: Document,
        start: int,
        end: int,
        place: Place | None,
        headings: Sequence[str] = (),
    ) -> str:
        """A document's text from ``start`` to ``end``, which stands out, with what is around it."""
        start, end = sorted(max(0, min(each, len(document.text))) for each in (start, end))
        first, last = max(0, start - _SHEET // 2), min(len(document.text), end + _SHEET // 2)
        parts = (document.text[first:start], document.text[start:end], document.text[end:last])
        before, marked, after = (lined(part) for part in parts)
        head = f'<p class="quiet">{self.text.SHEET_BEFORE.format(count=first)}</p>' if first else ""
        left = len(document.text) - last
        tail = f'<p class="quiet">{self.text.SHEET_AFTER.format(count=left)}</p>' if left else ""
        mark = f"<mark>{marked}</mark>" if marked else ""
        above = "".join(f" › {escaped(each)}" for each in headings if each != document.title)
        small = f"<small>{escaped(document.path)} · {self.place_html(start, end, place)}{above}</small>"
        return self._sheet(escaped(document.title), f"{head}{before}{mark}{after}{tail}", small)

    def sheet_error_html(self, message: str) -> str:
        return self._sheet(self.text.ERROR, escaped(message))

    def _sheet(self, title: str, body: str, small: str = "") -> str:
        return (
            f'<div class="sheet"><header><cite>{title}</cite>'
            f'<button class="close" type="button">{self.text.CLOSE}</button>{small}</header>'
            f'<div class="text">{body}</div></div>'
        )

    def progress_html(self, progress: AddProgress | None) -> str:
        """How far the files are; None before the first is read."""
        if progress is None:
            return f'<div class="progress"><p>{self.text.ADDING}</p><progress></progress></div>'
        left = progress.seconds_left
        time_left = self.text.SECONDS_LEFT.format(seconds=left) if left is not None and progress.files else ""
        line = self.text.ADDED_SO_FAR.format(
            files=progress.files, total=progress.total_files, passages=progress.passages, left=time_left
        )
        name = re.split(r"[\\/]", progress.outcome.path)[-1] if progress.outcome else progress.message
        bar = f'<progress max="{progress.total_files}" value="{progress.files}"></progress>'
        return f'<div class="progress"><p>{line}</p>{bar}<p class="quiet">{escaped(name)}</p></div>'

    def report_html(self, report: AddReport) -> str:
        """What became of the files; those that need somebody are named."""
        counts = "，".join(
            f"{name} {report.count(status)}"
            for status, name in self.text.STATUSES.items()
            if report.count(status)
        )
        told = "".join(
            f"<li>{escaped(message(outcome.message, self.text))}</li>"
            for outcome in report.outcomes
            if outcome.status in ("failed", "doubtful")
        )
        return (
            f'<div class="progress"><p>{counts or self.text.NOTHING_TAKEN}</p>'
            + (f"<ul>{told}</ul>" if told else "")
            + "</div>"
        )

    def details_html(
        self, info: DocumentInfo, document: Document, passages: Sequence[Passage], *, original: bool = True
    ) -> str:
        """A document's files, and its text as it is cut into passages; ``original``: its file is there."""
        facts = self.text.DOCUMENT_FACTS.format(
            characters=info.characters,
            passages=info.passages,
            encoding=info.encoding,
            added=info.added_at[:10],
        )
        paths = "".join(f"<li>{escaped(path)}</li>" for path in info.paths)
        cut = "".join(
            f"<blockquote><small>{number} · {' › '.join(map(escaped, passage.headings))}</small>"
            f"{lined(document.text[passage.start : passage.end])}</blockquote>"
            for number, passage in enumerate(passages[:_PASSAGES_SHOWN], start=1)
        )
        left = len(passages) - _PASSAGES_SHOWN
        more = quiet(self.text.PASSAGES_LEFT.format(count=left)) if left > 0 else ""
        at = f"/original/{quote(info.id, '')}?in={self.text.LANGUAGE}"
        file = f'<a class="original" href="{at}">{self.text.ORIGINAL}</a>'
        links = self.open_link(info.id) + (file if original else "")
        return (
            f'<div class="details"><h3>{escaped(info.title)}{links}</h3>'
            f'<p class="quiet">{facts}</p>'
            f"<ul>{paths}</ul>{cut}{more}</div>"
        )

    def doubtful_html(self, file: DoubtfulFile) -> str:
        """What a file would say in each encoding that it may be in."""
        choices = "".join(
            f"<blockquote><small>{escaped(name)} · {confidence:.0%}</small>{escaped(preview)}</blockquote>"
            for name, confidence, preview in file.choices
        )
        hint = quiet(self.text.CHOOSE_ENCODING)
        return f'<div class="details"><h3>{escaped(file.path)}</h3>{hint}{choices}</div>'

    def replaced_html(self, names: Sequence[str]) -> str:
        """Which files took the place of an earlier one of their name."""
        return quiet(self.text.REPLACED.format(names="、".join(names))) if names else ""

    def removed_html(self, removal: Removal, left: Left) -> str:
        """What was removed, what is ``left`` of it, and where its words may stand besides."""
        names = "、".join(escaped(info.title) for info in removal.documents)
        removed = f'<p class="quiet">{self.text.REMOVED.format(count=len(removal.documents))}{names}</p>'
        if not removal.documents:
            return removed
        counted = self.text.LEFT_OF.format(
            texts=left.texts, passages=left.passages, postings=left.postings, vectors=left.vectors
        )
        return removed + quiet(counted) + quiet(self.text.STILL_QUOTED)

    def rankings_html(
        self, found: Sequence[Sequence[Hit]], read: Sequence[ReadHit], words: Sequence[Sequence[str]]
    ) -> str:
        """What both legs ``found``, words alone and vectors alone, and in which order a reader ``read`` it.

        ``words`` are those of the question, each in its spellings.
        """
        if not any(found):
            return quiet(self.text.SEARCH_NOTHING)
        asked = words_html(words)
        columns = ""
        for name, hits in zip(self.text.RANKINGS, found, strict=True):
            ranked = "".join(self._ranked(hit, hit.score) for hit in hits)
            columns += f"<section><h4>{name}</h4>{ranked}</section>"
        if read:
            ranked = "".join(self._ranked(each.hit, each.rank_score, self._answers(each)) for each in read)
            columns += f"<section><h4>{self.text.RANKING_READ}</h4>{ranked}</section>"
        return f'<p class="quiet">{self.text.SEARCH_WORDS}{asked}</p><div class="rankings">{columns}</div>'

    def tried_html(self, before: Sequence[Hit], after: Sequence[Hit]) -> str:
        """Two orders of passages side by side."""
        places = [[(hit.document.id, hit.passage.start) for hit in hits] for hits in (before, after)]
        same = quiet(self.text.TRIED_SAME) if places[0] == places[1] else ""
        columns = "".join(
            f"<section><h4>{name}</h4>{''.join(self._ranked(hit, hit.score) for hit in hits)}</section>"
            for name, hits in zip(self.text.TRIED, (before, after), strict=True)
        )
        return f'{same}<div class="rankings">{columns}</div>'

    def _answers(self, read: ReadHit) -> str:
        """How probably a passage answers, and with which words."""
        sure = self.text.READ_SURE.format(percent=100 * read.reading.answers)
        words = escaped(read.hit.passage.slice(read.start, read.end))
        return f'<p class="quiet">{sure}{f"<strong>{words}</strong>" if words else ""}</p>'

    def _ranked(self, hit: Hit, score: float, said: str = "") -> str:
        link = self.open_link(hit.document.id, hit.passage.start, hit.passage.end)
        return (
            f"<article><header><cite>{escaped(hit.document.title)}</cite><small>{score:.3f}</small>{link}</header>"
            f"{said}<blockquote>{escaped(hit.passage.text[:_SNIPPET])}</blockquote></article>"
        )
