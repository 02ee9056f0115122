"""What a question finds, by words, by meaning, by both and to the reader, side by side."""

from __future__ import annotations

import gradio as gr

from index.errors import JudianError
from index.filters import Filter
from index.fusion import DENSE_WEIGHT
from rag.evaluation.cases import keep_case
from ui.events import HIDDEN
from ui.messages import message
from ui.render import quiet as quiet_html
from ui.render_documents import DocumentsHtml, failed_html
from ui.shelf import Shelf
from ui.text import Text
from ui.viewer import DOCUMENT_LINKS, Viewer

_MOST = 30


class Retrieval:
    """Builds the tab that searches without answering."""

    def __init__(self, shelf: Shelf, text: Text) -> None:
        self._shelf = shelf
        self._text = text
        self._html = DocumentsHtml(text)

    def build(self, viewer: Viewer, choices: list[tuple[str, str]]) -> gr.Dropdown:
        """Returns the choice among documents, ``choices`` at first, which others keep up to date."""
        text = self._text
        with gr.Row():
            question = gr.Textbox(
                placeholder=text.SEARCH_PLACEHOLDER,
                show_label=False,
                container=False,
                scale=8,
                elem_id="search-question",
            )
            search = gr.Button(text.SEARCH, variant="primary", scale=1, min_width=88, elem_id="search")
        with gr.Row():
            count = gr.Slider(3, _MOST, value=10, step=1, label=text.SEARCH_COUNT, min_width=160)
            weight = gr.Slider(
                0, 1, value=DENSE_WEIGHT, step=0.05, label=text.SEARCH_WEIGHT, elem_id="weight", min_width=160
            )
            within = gr.Dropdown(
                choices, multiselect=True, label=text.WITHIN, elem_id="search-within", min_width=200
            )
        with gr.Row():
            right = gr.Textbox(
                placeholder=text.RIGHT_ANSWER,
                show_label=False,
                container=False,
                scale=8,
                elem_id="case-answer",
            )
            keep = gr.Button(text.KEEP_CASE, scale=1, min_width=88, elem_id="keep-case")
        found = gr.HTML(quiet_html(text.SEARCH_HINT), elem_id="found", js_on_load=DOCUMENT_LINKS)
        for asked in (search.click, question.submit):
            asked(self.search, [question, count, weight, within], found, **HIDDEN)
        keep.click(self.keep, [question, right], right, **HIDDEN)
        viewer.show_for(found)
        return within

    def search(
        self,
        question: str,
        count: float,
        weight: float = DENSE_WEIGHT,
        within: list[str] | None = None,
    ) -> str:
        """What each leg finds alone, what both find, and how the reader orders that, as HTML."""
        assistant = self._shelf.assistant
        library = assistant.library
        # What was measured to be best also knows questions in other languages.
        asked_weight = None if weight == DENSE_WEIGHT else min(max(float(weight), 0.0), 1.0)
        try:
            both, by_words, by_vectors = (
                library.search(
                    question,
                    max(1, min(_MOST, int(count))),
                    within=Filter(documents=tuple(within or ())),
                    dense_weight=share,
                )
                for share in (asked_weight, 0.0, 1.0)
            )
            words = library.terms.query(question).groups
        except JudianError as error:
            return failed_html(message(error, self._text))
        failed, read = "", []
        try:
            read = assistant.read(question, both)
        except JudianError as error:
            failed = failed_html(message(error, self._text))  # the other orders need no reader
        by_words = [hit for hit in by_words if hit.score > 0]  # of the others words say nothing
        spellings = [group.spellings for group in words]
        return failed + self._html.rankings_html((both, by_words, by_vectors), read, spellings)

    def keep(self, question: str, right: str = "") -> str:
        """The question becomes a case in the library's folder, with its ``right`` answer if that is given.

        Returns what of the answer is still to be kept.
        """
        if not question.strip() or not self._shelf.library.is_there:
            return right
        try:
            file = keep_case(self._shelf.library.folder, question.strip(), (), {}, right=right)
        except OSError as error:
            gr.Warning(self._text.CASE_NOT_KEPT.format(reason=message(error, self._text)))
            return right
        kept = self._text.CASE_READY if right.strip() else self._text.CASE_KEPT
        gr.Info(kept.format(file=file.name), duration=4)
        return ""
