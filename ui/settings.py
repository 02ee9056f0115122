"""The library and the model in use, the user's words, whether all is in order, backups."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr

from index.backup import back_up, restore
from index.errors import JudianError, WeightsError
from index.library import Library
from index.reading import absolute
from index.terms import DICTIONARY, SYNONYMS, Terms
from rag.form import BUDGET, LONG_BUDGET, SURE_BUDGET
from ui.events import HIDDEN
from ui.messages import message
from ui.render import quiet
from ui.render_documents import DocumentsHtml, failed_html, progress_html
from ui.shelf import Shelf
from ui.text import Text
from ui.working import told

_COMPARED = 5  # hits

_BUDGETS = (100, 1_500)  # the least and the most characters of evidence
_FILES = (DICTIONARY, SYNONYMS)


class SettingsTab:
    """Builds the tab of settings."""

    def __init__(self, shelf: Shelf, text: Text, *, local: bool = True) -> None:
        """``local``: only this machine reaches the page; else nobody may name its files there."""
        self._shelf = shelf
        self._text = text
        self._local = local
        self._html = DocumentsHtml(text)

    @property
    def _library(self) -> Library:
        return self._shelf.library

    def build(self) -> tuple[list[Any], list[Any]]:
        """Returns what ``shown`` fills, and the events after which another library is in use."""
        text = self._text
        facts = gr.HTML(self.facts(), elem_id="facts")  # each result stands below its button
        with gr.Row(equal_height=False):
            with gr.Column(min_width=320):
                libraries = gr.Dropdown(
                    self._shelf.names(),
                    value=self._shelf.name,
                    label=text.LIBRARIES,
                    info=text.LIBRARIES_HINT,
                    elem_id="libraries",
                )
                switch = gr.Button(text.SWITCH, size="sm", elem_id="switch")
                name = gr.Textbox(
                    placeholder=text.NEW_LIBRARY, show_label=False, container=False, elem_id="new-library"
                )
                create = gr.Button(text.CREATE, size="sm", elem_id="create")
                opened = gr.HTML("", elem_id="opened")
            with gr.Column(min_width=320):
                model = gr.Radio(
                    [(said, each) for each, said in text.MODELS.items()],
                    label=text.MODEL,
                    value=self.model(),
                    elem_id="model",
                )
                use = gr.Button(text.USE, size="sm", elem_id="use")
                used = gr.HTML("", elem_id="used")
            with gr.Column(min_width=320):
                encoder = gr.Dropdown(
                    self._shelf.encoders(),
                    value=self._library.encoder_name,
                    label=text.ENCODER,
                    info=text.ENCODER_HINT,
                    elem_id="encoder",
                )
                encode = gr.Button(text.ENCODE, size="sm", elem_id="encode")
                encoded = gr.HTML("", elem_id="encoded")
                budget = gr.Slider(
                    *_BUDGETS,
                    value=self.budget(),
                    step=20,
                    label=text.BUDGET,
                    info=text.BUDGET_HINT.format(sure=SURE_BUDGET, usual=BUDGET, long=LONG_BUDGET),
                    elem_id="budget",
                )
                reads = gr.HTML("", elem_id="reads")
        shown_of = gr.State(str(self._library.folder))
        with gr.Row():
            dictionary = gr.Textbox(
                lambda: self._shown(DICTIONARY),
                label=text.DICTIONARY,
                lines=6,
                max_lines=16,
                elem_id="dictionary",
            )
            synonyms = gr.Textbox(
                lambda: self._shown(SYNONYMS),
                label=text.SYNONYMS,
                lines=6,
                max_lines=16,
                elem_id="synonyms",
            )
        with gr.Row():
            question = gr.Textbox(
                placeholder=text.TRY, show_label=False, container=False, scale=6, elem_id="try-question"
            )
            try_it = gr.Button(text.TRY_IT, min_width=88, elem_id="try-terms")
            save = gr.Button(text.SAVE, variant="primary", min_width=88, elem_id="save-terms")
        saved = gr.HTML("", elem_id="saved")
        tried = gr.HTML("", elem_id="tried")
        with gr.Row():
            check = gr.Button(text.CHECK, min_width=88, elem_id="check")
            backup = gr.Button(text.BACKUP, min_width=88, elem_id="backup")
        upkeep = gr.HTML("", elem_id="upkeep")
        gr.HTML(quiet(text.BACKUP_HINT))
        with gr.Row(visible=self._local, elem_id="restoring"):
            path = gr.Textbox(
                placeholder=text.RESTORE_PATH,
                show_label=False,
                container=False,
                scale=4,
                elem_id="restore-path",
            )
            into = gr.Textbox(
                placeholder=text.NEW_LIBRARY, show_label=False, container=False, scale=2, elem_id="into"
            )
            restore_it = gr.Button(text.RESTORE, min_width=88, elem_id="restore")
        restored = gr.HTML("", elem_id="restored")
        words = [dictionary, synonyms]
        save.click(self.save, [*words, shown_of], saved, **HIDDEN)
        try_it.click(self.try_terms, [question, *words], tried, **HIDDEN)
        check.click(lambda: quiet(text.CHECKING), None, upkeep, **HIDDEN).then(
            self.check, None, upkeep, **HIDDEN
        )
        backup.click(self.back_up, None, upkeep, **HIDDEN)
        restore_it.click(self.restore, [path, into], [restored, libraries], **HIDDEN)
        use.click(self.use, model, [used, model, facts], **HIDDEN)
        budget.change(self.read_up_to, budget, [reads, facts], **HIDDEN)
        encode.click(self.encode, encoder, [encoded, encoder, facts], concurrency_limit=1, **HIDDEN)
        shown = [facts, libraries, model, budget, encoder, *words, shown_of]
        switched = [
            switch.click(self.switch, libraries, opened, **HIDDEN),
            create.click(self.create, name, [opened, name], **HIDDEN),
        ]
        return shown, switched

    def shown(self) -> tuple[Any, ...]:
        """What ``build`` returned first, as it is now."""
        libraries = gr.Dropdown(self._shelf.names(), value=self._shelf.name)
        words = [self._shown(name) for name in _FILES]
        chosen = self.facts(), libraries, self.model(), self.budget(), self.encoder()
        return *chosen, *words, str(self._library.folder)

    def facts(self) -> str:
        library = self._library
        encoder = library.encoder_name
        return quiet(
            self._text.IN_USE.format(model=self._shelf.assistant.name)
            + "　"
            + self._text.FACTS.format(
                encoder=encoder, budget=self._budget_said(), folder=library.folder.absolute()
            )
        )

    def model(self) -> str | None:
        """The one of the models to choose from that is in use."""
        name = self._shelf.assistant.name
        return next((each for each in self._text.MODELS if each == name), None)

    def budget(self) -> int:
        return self._shelf.evidence or BUDGET

    def read_up_to(self, characters: float) -> tuple[Any, Any]:
        """How much evidence a language model reads, from now on and on every page."""
        least, most = _BUDGETS
        wanted = max(least, min(most, int(characters)))
        if wanted == self.budget():  # the page was loaded
            return gr.skip(), gr.skip()
        self._shelf.evidence = None if wanted == BUDGET else wanted
        return quiet(self._text.NOW_READ.format(budget=self._budget_said())), self.facts()

    def _budget_said(self) -> str:
        form = self._text.BUDGET_SET if self._shelf.evidence else self._text.BUDGET_USUAL
        return form.format(sure=SURE_BUDGET, usual=BUDGET, long=LONG_BUDGET, set=self._shelf.evidence)

    def encoder(self) -> Any:
        return gr.Dropdown(self._shelf.encoders(), value=self._library.encoder_name)

    def encode(self, name: str | None) -> Iterator[tuple[str, Any, str]]:
        """Encode the whole library with another encoder."""
        text = self._text
        if not self._library.is_there:
            yield failed_html(text.LIBRARY_EMPTY), self.encoder(), self.facts()
            return

        def encode(hear: Callable[[tuple[int, int]], None]) -> list[str]:
            return self._shelf.encode_with(name or "", lambda done, total: hear((done, total)))

        yield quiet(text.ENCODING_BEGINS), gr.skip(), gr.skip()
        shown = ""
        try:
            for said in told(encode):
                if isinstance(said, list):
                    shown = quiet(text.ENCODED.format(encoder=name)) + self._failed(said)
                else:
                    done, total = said
                    line = text.ENCODED_SO_FAR.format(done=done, total=total)
                    yield progress_html(line, done, total), gr.skip(), gr.skip()
        except JudianError as error:
            shown = failed_html(message(error, self._text))
        yield shown, self.encoder(), self.facts()

    # -- libraries and models --------------------------------------------------------------------------------

    def switch(self, name: str | None) -> str:
        try:
            self._shelf.switch(name or "")
        except JudianError as error:
            return failed_html(message(error, self._text))
        return quiet(self._text.SWITCHED.format(name=self._shelf.name))

    def create(self, name: str) -> tuple[str, str]:
        try:
            self._shelf.create(name, taken=self._text.NAME_TAKEN, bad=self._text.BAD_NAME)
        except JudianError as error:
            return failed_html(message(error, self._text)), name
        return quiet(self._text.SWITCHED.format(name=self._shelf.name)), ""

    def use(self, name: str | None) -> tuple[str, str | None, str]:
        """Answer with another model, from now on and on every page."""
        if name is None or name not in self._text.MODELS:
            return "", self.model(), self.facts()
        try:
            self._shelf.use_model(name)
        except WeightsError:
            return failed_html(self._text.MISSING_MODEL.format(model=name)), self.model(), self.facts()
        except JudianError as error:
            return failed_html(message(error, self._text)), self.model(), self.facts()
        return quiet(self._text.NOW_USED.format(model=name)), name, self.facts()

    # -- words -----------------------------------------------------------------------------------------------

    def save(self, dictionary: str, synonyms: str, shown_of: str) -> str:
        """Write both files; the lines that cannot be used are named. They count from the next question on.

        ``shown_of`` is the folder of the library whose words the page showed.
        """
        if shown_of != str(self._library.folder):
            return failed_html(self._text.OTHER_LIBRARY)
        if not self._library.is_there:
            return failed_html(self._text.LIBRARY_EMPTY)
        try:
            for name in _FILES:
                self._read(name)
            _write(self._library.folder, dictionary, synonyms)
        except UnicodeDecodeError:
            return failed_html(self._text.NOT_UTF8.format(folder=self._library.folder))
        except OSError as error:
            return failed_html(message(error, self._text))
        terms = self._library.terms
        said = self._text.SAVED.format(words=len(terms.words), synonyms=len(terms.synonyms))
        return quiet(said) + self._failed(terms.problems)

    def try_terms(self, question: str, dictionary: str, synonyms: str) -> str:
        """What ``question`` finds with the saved words, and with those that are being written."""
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), dictionary, synonyms)
            terms = Terms.read(Path(folder))
        try:
            before = self._library.search(question, _COMPARED)
            with self._library.trying(terms):
                after = self._library.search(question, _COMPARED)
        except JudianError as error:
            return failed_html(message(error, self._text))
        problems = self._failed(terms.problems)
        return problems + self._html.tried_html(before, after)

    def _failed(self, problems: Iterable[str]) -> str:
        return "".join(failed_html(message(each, self._text)) for each in problems)

    def _read(self, name: str) -> str:
        """The file; raises UnicodeDecodeError where it is not in UTF-8, which saving would destroy."""
        file = self._library.folder / name
        return file.read_text(encoding="utf-8-sig") if file.exists() else ""

    def _shown(self, name: str) -> str:
        try:
            return self._read(name)
        except (OSError, UnicodeDecodeError):
            return ""  # saving tells why

    # -- in order, and safe ----------------------------------------------------------------------------------

    def check(self) -> str:
        try:
            with self._library.writing():  # half of what is being added would look like damage
                problems = self._library.check()
        except JudianError as error:
            return failed_html(message(error, self._text))
        if not problems:
            return quiet(self._text.IN_ORDER.format(documents=self._library.size()[0]))
        return self._failed([*problems, self._text.REPAIR])

    def back_up(self) -> Iterator[str]:
        """Into the folder where the libraries lie."""
        yield quiet(self._text.BACKING_UP)
        file = self._shelf.folder / f"{self._shelf.name}-{datetime.now():%Y%m%d-%H%M%S}.zip"
        try:
            size = back_up(self._library, file)
        except (JudianError, OSError) as error:
            yield failed_html(message(error, self._text))
        else:
            yield quiet(self._text.BACKED_UP.format(file=file, size=size / 1e6))

    def restore(self, path: str, name: str) -> tuple[str, Any]:
        """A backup of this machine as a new library, beside the others."""
        if not self._local:
            return failed_html(self._text.ONLY_HERE), gr.skip()
        try:
            folder = self._shelf.free(name, taken=self._text.NAME_TAKEN, bad=self._text.BAD_NAME)
            restore(absolute(path.strip()), folder)
        except (JudianError, OSError, RuntimeError) as error:
            return failed_html(message(error, self._text)), gr.skip()
        return quiet(self._text.RESTORED.format(name=folder.name)), gr.Dropdown(self._shelf.names())


def _write(folder: Path, dictionary: str, synonyms: str) -> None:
    for name, lines in zip(_FILES, (dictionary, synonyms), strict=True):
        part = folder / f"{name}.part"
        part.write_text(lines.strip() + "\n" if lines.strip() else "", encoding="utf-8")
        part.replace(folder / name)
