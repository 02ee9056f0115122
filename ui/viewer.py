"""A document over the page, at the place that a link names."""

from __future__ import annotations

from itertools import count
from typing import Any

import gradio as gr

from index.errors import JudianError
from ui.events import HIDDEN, links
from ui.messages import message
from ui.render_documents import DocumentsHtml
from ui.shelf import Shelf
from ui.text import Text

DOCUMENT_LINKS = links("a.open")  # they name a place in a document


class Viewer:
    """Shows documents of the library in use. ``show_for`` makes the links of some HTML open it."""

    def __init__(self, shelf: Shelf, text: Text) -> None:
        self._shelf = shelf
        self._documents = DocumentsHtml(text)
        self._html = gr.HTML("", elem_id="viewer", render=False)
        self._shown = count()

    def build(self) -> None:
        """At the end of the page: it lies over it."""
        self._html.render()  # type: ignore[no-untyped-call]

    def show_for(self, links: gr.HTML) -> None:
        """``links`` was made with ``js_on_load=DOCUMENT_LINKS``."""
        links.click(self.open, None, self._html, **HIDDEN)

    def open(self, event: gr.EventData) -> str:
        # What was closed and is opened again must be another value, else the browser keeps what it has.
        return f'<div data-shown="{next(self._shown)}">{self.sheet(event._data)}</div>'

    def sheet(self, wanted: Any) -> str:
        """The document that is ``wanted``, as HTML. That comes from the browser, so anything may be in it."""
        library = self._shelf.library
        try:
            start, end = int(wanted.get("start", 0)), int(wanted.get("end", 0))
            document = library.document(str(wanted.get("document", "")))
            passages = library.passages(document.id)
        except (JudianError, AttributeError, TypeError, ValueError) as error:
            return self._documents.sheet_error_html(message(error, self._documents.text))
        headings = next((each.headings for each in passages if each.start <= start < each.end), ())
        return self._documents.sheet_html(document, start, end, library.place(document.id, start), headings)
