"""Evaluations: run one, look at its report, compare two. The measuring itself is rag/evaluation's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import JudianError
from index.library import Library
from index.reading import absolute
from rag.evaluation.cases import FILE as CASES
from rag.evaluation.command import RUN, Options, Outcome, evaluate
from rag.evaluation.compare import check_same, compare, read_baseline, read_run
from rag.evaluation.report import report
from rag.settings import Settings
from ui.events import HIDDEN
from ui.messages import message
from ui.render import quiet
from ui.render_documents import failed_html, progress_html
from ui.shelf import Shelf
from ui.text import Text
from ui.working import CancelledError, told

FOLDER = "evaluations"  # in the library's folder


class Evaluation:
    """Builds the tab of evaluations."""

    def __init__(self, shelf: Shelf, text: Text, *, local: bool = True) -> None:
        """``local``: only this machine reaches the page; else nobody may name its files there."""
        self._shelf = shelf
        self._text = text
        self._local = local
        self._running: list[threading.Event] = []  # each is set to cancel one evaluation

    def build(self) -> list[gr.Dropdown]:
        """Returns the two lists of results, which ``listed`` fills."""
        text = self._text
        gr.HTML(quiet(text.EVALUATION_HINT))
        with gr.Row():
            questions = gr.Textbox(
                label=text.SET,
                placeholder=text.SET_CASES,
                scale=6,
                max_lines=1,
                visible=self._local,
                elem_id="set",
            )
            limit = gr.Number(0, label=text.QUESTIONS, precision=0, minimum=0, scale=1, min_width=120)
            answers = gr.Number(20, label=text.ANSWERED, precision=0, minimum=0, scale=1, min_width=120)
        with gr.Row():
            run = gr.Button(text.RUN, variant="primary", min_width=88, elem_id="run")
            cancel = gr.Button(text.CANCEL, min_width=72)
        told = gr.HTML("", elem_id="measured")
        with gr.Row():
            runs = gr.Dropdown(self.runs(), label=text.RUNS, scale=4, elem_id="runs")
            other = gr.Dropdown(
                [(text.COMPARE_NONE, ""), *self.runs()], value="", label=text.COMPARE_WITH, scale=4
            )
            show = gr.Button(text.SHOW, scale=1, min_width=88, elem_id="show-run")
        shown = gr.HTML("", elem_id="report")
        run.click(self.run, [questions, limit, answers], [told, runs, other], concurrency_limit=1, **HIDDEN)
        cancel.click(self.cancel, None, None, queue=False, **HIDDEN)
        show.click(self.show, [runs, other], shown, **HIDDEN)
        return [runs, other]

    def runs(self) -> list[str]:
        """The names of the results kept in this library, the newest first."""
        folder = self._shelf.library.folder / FOLDER
        found = [(each.stat().st_mtime, each.parent.name) for each in folder.glob(f"*/{RUN}")]
        return [name for _, name in sorted(found, reverse=True)]

    def listed(self) -> tuple[Any, Any]:
        names = self.runs()
        return (
            gr.Dropdown(names, value=names[0] if names else None),
            gr.Dropdown([(self._text.COMPARE_NONE, ""), *names], value=""),
        )

    def run(self, questions: str, limit: float, answers: float) -> Iterator[tuple[str, Any, Any]]:
        """Measure a set, or the library's own cases; how far it is, then its figures."""
        library = self._shelf.library
        own = library.folder / CASES
        if questions.strip() and not self._local:
            yield failed_html(self._text.ONLY_HERE), gr.skip(), gr.skip()
            return
        if not questions.strip() and not own.exists():
            yield failed_html(self._text.NO_CASES), gr.skip(), gr.skip()
            return
        options = Options(
            absolute(questions.strip()) if questions.strip() else own,
            limit=int(limit or 0) or None,
            answers=int(answers or 0),
            cache=library.folder.absolute().parent / "judian-eval" / "libraries",
        )

        def measure(hear: Callable[[tuple[int, int]], None]) -> Outcome | None:
            try:
                return self._measured(options, library, hear)
            finally:
                self._running.remove(cancel)

        cancel = threading.Event()
        self._running.append(cancel)
        shown = failed_html(self._text.UNDECIDED.format(file=options.set))
        try:
            for said in told(measure, cancel):
                if isinstance(said, Outcome):
                    stopped = said.run.stopped_by
                    measured = quiet(self._text.MEASURED.format(name=said.folder.name))
                    shown = failed_html(message(stopped, self._text)) if stopped else measured
                elif said is not None:
                    done, total = said
                    line = self._text.RUNNING.format(done=done, total=total)
                    yield progress_html(line, done, total), gr.skip(), gr.skip()
        except CancelledError:
            shown = quiet(self._text.STOPPED)
        except JudianError as error:
            shown = failed_html(message(error, self._text))
        yield shown, *self.listed()

    def cancel(self) -> None:
        for each in self._running:
            each.set()

    def _measured(
        self, options: Options, library: Library, hear: Callable[[tuple[int, int]], None]
    ) -> Outcome | None:
        """The outcome; a set with documents of its own is asked in a library of these."""
        name = options.set.stem if options.set.suffix else options.set.name
        out = library.folder / FOLDER / f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        return evaluate(
            replace(options, out=out),
            replace(Settings.read(), library=library.folder),
            open_library=self._shelf.open_library,
            make_assistant=self._shelf.assistant.with_library,
            preparing=lambda done, total: hear((done, total)),
            asking=lambda done, total: hear((done, total)),
        )

    def show(self, name: str | None, other: str | None) -> str:
        """A report, compared with another run if one is named, in a frame that can run and fetch nothing."""
        if not name:
            return quiet(self._text.NO_RUNS)
        try:
            run = read_run(self._file(name))
            changes = None
            if other and other != name:
                before = read_baseline(self._file(other))
                asked = {record.id: record.question for record in run.records}
                answered = {record.id for record in run.records if record.answer is not None}
                check_same(before, run.about.set, run.about.sources, asked, answered)
                changes = compare(before, run)
        except JudianError as error:
            return failed_html(message(error, self._text))
        page = escape(report(run, changes))
        return f'<iframe class="report" sandbox="" srcdoc="{page}"></iframe>'

    def _file(self, name: str) -> Path:
        """What comes from a browser is one of the list, or nothing."""
        if name not in self.runs():
            raise JudianError(self._text.NO_RUNS)
        return self._shelf.library.folder / FOLDER / name / RUN
