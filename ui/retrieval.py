"""What a question finds, by words, by meaning and by both, side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from index.errors import JudianError
from index.library import Library
from ui import render_documents, text
from ui.render import quiet as quiet_html
from ui.viewer import LINKS, Viewer

_MOST = 30


class Retrieval:
    """Builds the tab that searches without answering."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def build(self, viewer: Viewer) -> None:
        with gr.Row():
            question = gr.Textbox(
                placeholder=text.SEARCH_PLACEHOLDER,
                show_label=False,
                container=False,
                scale=8,
                elem_id="search-question",
            )
            count = gr.Slider(3, _MOST, value=10, step=1, label=text.SEARCH_COUNT, scale=2, min_width=160)
            search = gr.Button(text.SEARCH, variant="primary", scale=1, min_width=88, elem_id="search")
        found = gr.HTML(quiet_html(text.SEARCH_HINT), elem_id="found", js_on_load=LINKS)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        for asked in (search.click, question.submit):
            asked(self.search, [question, count], found, **quiet)
        viewer.show_for(found)

    def search(self, question: str, count: float) -> str:
        """Three lists of passages, as HTML: the same ones in three orders."""
        try:
            hits = self._library.search(question, max(1, min(_MOST, int(count))))
            words = self._library.terms.query(question).groups
        except JudianError as error:
            return render_documents.failed_html(str(error))
        return render_documents.rankings_html(hits, [group.spellings for group in words])
