"""The user's words, and whether the library is in order."""

from __future__ import annotations

from typing import Any

import gradio as gr

from index.errors import JudianError
from index.library import Library
from index.terms import DICTIONARY, SYNONYMS
from ui import render_documents, text
from ui.render import quiet as quiet_html


class Upkeep:
    """Builds the tab of dictionary, synonyms and check."""

    def __init__(self, library: Library, model: str) -> None:
        """``model`` is the name of what answers."""
        self._library = library
        self._model = model

    def build(self) -> None:
        facts = text.FACTS.format(model=self._model, folder=self._library.folder)
        gr.HTML(quiet_html(facts), elem_id="facts")
        with gr.Row():
            dictionary = gr.Textbox(
                lambda: self._shown(DICTIONARY),
                label=text.DICTIONARY,
                lines=8,
                max_lines=16,
                elem_id="dictionary",
            )
            synonyms = gr.Textbox(
                lambda: self._shown(SYNONYMS),
                label=text.SYNONYMS,
                lines=8,
                max_lines=16,
                elem_id="synonyms",
            )
        with gr.Row():
            save = gr.Button(text.SAVE, variant="primary", min_width=88, elem_id="save-terms")
            check = gr.Button(text.CHECK, min_width=88, elem_id="check")
        told = gr.HTML("", elem_id="upkeep")
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        save.click(self.save, [dictionary, synonyms], told, **quiet)
        check.click(lambda: quiet_html(text.CHECKING), None, told, **quiet).then(
            self.check, None, told, **quiet
        )

    def save(self, dictionary: str, synonyms: str) -> str:
        """Write both files; the lines that cannot be used are named. They count from the next question on."""
        if not self._library.is_there:
            return render_documents.failed_html(text.LIBRARY_EMPTY)
        try:
            for name in (DICTIONARY, SYNONYMS):
                self._read(name)
            for name, lines in ((DICTIONARY, dictionary), (SYNONYMS, synonyms)):
                part = self._library.folder / f"{name}.part"
                part.write_text(lines.strip() + "\n" if lines.strip() else "", encoding="utf-8")
                part.replace(self._library.folder / name)
        except UnicodeDecodeError:
            return render_documents.failed_html(text.NOT_UTF8.format(folder=self._library.folder))
        except OSError as error:
            return render_documents.failed_html(error.strerror or str(error))
        terms = self._library.terms
        said = text.SAVED.format(words=len(terms.words), synonyms=len(terms.synonyms))
        return quiet_html(said) + "".join(map(render_documents.failed_html, terms.problems))

    def check(self) -> str:
        try:
            with self._library.writing():  # half of what is being added would look like damage
                problems = self._library.check()
        except JudianError as error:
            return render_documents.failed_html(str(error))
        if not problems:
            return quiet_html(text.IN_ORDER.format(documents=self._library.size()[0]))
        return "".join(map(render_documents.failed_html, [*problems, text.REPAIR]))

    def _read(self, name: str) -> str:
        """The file; raises UnicodeDecodeError where it is not in UTF-8, which saving would destroy."""
        file = self._library.folder / name
        return file.read_text(encoding="utf-8-sig") if file.exists() else ""

    def _shown(self, name: str) -> str:
        try:
            return self._read(name)
        except (OSError, UnicodeDecodeError):
            return ""  # saving tells why
