"""The library's documents: taking in files, looking at what became of them, removing them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.encodings import CANDIDATES
from index.errors import JudianError, LibraryBusyError
from index.library import Library
from index.normalize import fold
from index.types import AddProgress, AddReport, DocumentInfo
from ui.events import HIDDEN
from ui.render import quiet as quiet_html
from ui.render_documents import DocumentsHtml, failed_html
from ui.shelf import Shelf
from ui.text import Text
from ui.viewer import DOCUMENT_LINKS, Viewer
from ui.watched import WatchedFolders
from ui.working import CancelledError, told

FOLDER = "files"  # in the library's folder: files that came through the page lie nowhere else

_MOST_FILES = 500  # that are dropped at once
_BUSY_SECONDS = 1.0
_NAMED = 5  # of the files that a browser cannot read
_ROWS = 100  # shown of a long list; the filter finds the others

Rows = list[list[str]]


class Documents:
    """Builds the tab of documents and does what is asked for in it."""

    def __init__(self, shelf: Shelf, text: Text) -> None:
        self._shelf = shelf
        self._text = text
        self._html = DocumentsHtml(text)
        self._cancel = threading.Event()
        self._known: tuple[object, list[tuple[list[str], str]]] | None = None

    @property
    def _library(self) -> Library:
        return self._shelf.library

    def build(self, viewer: Viewer) -> tuple[gr.Textbox, list[Any], list[Any], gr.Textbox]:
        """Returns the filter, what ``listed`` fills, the events after which the documents are others, and

        the names of the folders that are watched.
        """
        chosen = gr.State("")
        with gr.Row(elem_id="library", equal_height=False):
            with gr.Column(scale=3, min_width=320):
                gr.HTML(quiet_html(self._text.DROP))
                files = gr.File(file_count="multiple", show_label=False, elem_id="drop", height=140)
                dropped = gr.Textbox(visible="hidden", elem_id="dropped")  # given by the page's script
                undropped = gr.HTML("", elem_id="undropped")
                whole = gr.UploadButton(
                    self._text.DROP_FOLDER, file_count="directory", size="sm", elem_id="drop-folder"
                )
                with gr.Row():
                    folder = gr.Textbox(
                        placeholder=self._text.FOLDER,
                        show_label=False,
                        container=False,
                        scale=6,
                        max_lines=1,
                        elem_id="folder",
                    )
                    take = gr.Button(self._text.TAKE, scale=1, min_width=88, elem_id="take")
                    cancel = gr.Button(self._text.CANCEL, scale=1, min_width=72, elem_id="cancel")
                progress = gr.HTML("", elem_id="progress")
                find = gr.Textbox(
                    placeholder=self._text.FIND_DOCUMENT,
                    show_label=False,
                    container=False,
                    elem_id="find-document",
                )
                table = gr.Dataframe(  # filled when the page is loaded
                    headers=list(self._text.DOCUMENT_COLUMNS),
                    datatype="str",
                    type="array",
                    interactive=False,
                    max_height=460,
                    column_widths=["27%", "8%", "7%", "10%", "8%", "17%", "13%", "10%"],
                    elem_id="documents",
                    buttons=[],
                )
                counted = gr.HTML("", elem_id="counted")
                with gr.Accordion(self._text.WATCHED, open=False, elem_id="watching"):
                    watched = gr.Textbox(
                        lambda: "\n".join(self._watched.names()),
                        placeholder=self._text.WATCH_HINT,
                        show_label=False,
                        lines=2,
                        elem_id="watched",
                    )
                    watch = gr.Button(self._text.WATCH, size="sm", elem_id="watch")
                    following = gr.HTML("", elem_id="following")
            with gr.Column(scale=2, min_width=320, elem_id="document"):
                details = gr.HTML(quiet_html(self._text.CHOOSE), elem_id="details", js_on_load=DOCUMENT_LINKS)
                with gr.Row():
                    encoding = gr.Dropdown(
                        list(CANDIDATES), label=self._text.ENCODING, visible=False, elem_id="encoding"
                    )
                    reread = gr.Button(self._text.REREAD, visible=False, elem_id="reread")
                    remove = gr.Button(self._text.REMOVE, variant="stop", visible=False, elem_id="remove")
                    sure = gr.Button(self._text.REMOVE_SURE, variant="stop", visible=False, elem_id="sure")
        buttons = [encoding, reread, remove, sure]
        table.select(self.choose, None, [chosen, details, *buttons], **HIDDEN)
        remove.click(
            lambda: (gr.Button(visible=False), gr.Button(visible=True)), None, [remove, sure], **HIDDEN
        )
        removed = sure.click(self.remove, chosen, [chosen, details, *buttons], **HIDDEN)
        uploaded = files.upload(self.take_in, files, [files, progress], concurrency_limit=1, **HIDDEN)
        with_folder = whole.upload(self.take_in, whole, [whole, progress], concurrency_limit=1, **HIDDEN)
        read = gr.on(
            [take.click, folder.submit],
            self.take_folder,
            folder,
            progress,
            concurrency_limit=1,
            **HIDDEN,
        )
        again = reread.click(self.read_again, [chosen, encoding], progress, concurrency_limit=1, **HIDDEN)
        viewer.show_for(details)
        dropped.change(self.dropped, dropped, undropped, **HIDDEN)
        cancel.click(self.cancel, None, None, queue=False, **HIDDEN)
        find.change(self.listed, find, [table, counted], trigger_mode="always_last", **HIDDEN)
        followed = watch.click(self.watch, watched, following, **HIDDEN)
        return find, [table, counted], [removed, uploaded, with_folder, read, again, followed], watched

    def rows(self) -> Rows:
        """A line for each document, older version and file whose encoding is to be chosen."""
        return [row for row, _ in self._lines()]

    def _lines(self) -> list[tuple[list[str], str]]:
        """The rows, each with what the filter looks at; read again when the library has changed."""
        library = self._library
        if not library.is_there:
            return []
        at = (library.folder, library.state)
        if self._known is None or self._known[0] != at:
            doubtful, empty = self._text.DOUBTFUL, [""] * 5
            rows: list[tuple[list[str], tuple[str, ...]]] = [
                ([file.path, *empty, doubtful, file.path], ()) for file in library.doubtful()
            ]
            rows += [(self._row(info), info.paths) for info in (*library.documents(), *library.versions())]
            self._known = at, [(row, fold(" ".join([*row, *paths]))) for row, paths in rows]
        return self._known[1]

    def listed(self, wanted: str | None = "") -> tuple[Rows, str]:
        """The rows that hold every word of ``wanted``, the first of them, and how many there are."""
        lines = self._lines()
        words = fold(wanted or "").split()

        shown = [row for row, said in lines if all(word in said for word in words)][:_ROWS]
        return shown, quiet_html(self._text.SHOWN_OF.format(shown=len(shown), count=len(lines)))

    def take_in(self, files: Sequence[str] | None) -> Iterator[tuple[Any, str]]:
        """Move the files that were dropped into the library's folder, and take them in."""
        if len(files or ()) > _MOST_FILES:
            told = self._text.TOO_MANY_FILES.format(most=_MOST_FILES, count=len(files or ()))
            yield None, failed_html(told)
            return
        kept: list[Path] = []
        folder = self._library.folder / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for each in map(Path, files or ()):
                kept.append(Path(shutil.move(each, _free(folder / each.name, kept))))
        except OSError as error:
            yield None, failed_html(error.strerror or str(error))
            return
        for line in self._added(kept):
            yield None, line
        self._forget(kept)  # what could not be read

    def dropped(self, told: str) -> str:
        """What of the folders dropped last the browser did not give: ``told`` is JSON, see page.js."""
        try:
            drop = json.loads(told)
            count, unread = drop["count"], [str(name) for name in drop["unread"]]
        except (ValueError, TypeError, KeyError):  # said by no page of ours
            return ""
        if unread:
            names = "  ".join(unread[:_NAMED]) + (" …" if len(unread) > _NAMED else "")
            return failed_html(self._text.DROP_UNREAD.format(names=names))
        return "" if count else failed_html(self._text.NOTHING_TAKEN)

    def take_folder(self, path: str) -> Iterator[str]:
        """Take in a file or folder of this machine, where it lies."""
        if path.strip():
            yield from self._added([Path(path.strip()).expanduser()])

    def read_again(self, chosen: str, encoding: str | None) -> Iterator[str]:
        """Read a file, or the archive that it lies in, in the encoding that was chosen."""
        if chosen and encoding:
            file = next(
                (path for path in (Path(chosen), *Path(chosen).parents) if path.is_file()), Path(chosen)
            )
            yield from self._added([file], encoding)

    def cancel(self) -> None:
        self._cancel.set()

    def choose(self, event: gr.SelectData) -> tuple[Any, ...]:
        """What is known of the row that was clicked: its passages over its text."""
        reference = str(event.row_value[-1])
        for file in self._library.doubtful():
            if file.path == reference:
                choices = [name for name, _, _ in file.choices]
                return (
                    reference,
                    self._html.doubtful_html(file),
                    gr.Dropdown(choices, value=choices[0] if choices else None, visible=True),
                    gr.Button(visible=True),
                    gr.Button(visible=True),
                    gr.Button(visible=False),
                )
        hidden = (gr.Dropdown(visible=False), gr.Button(visible=False))
        try:
            info = self._library.find(reference)
            shown = self._html.details_html(
                info, self._library.document(info.id), self._library.passages(info.id)
            )
        except JudianError as error:
            return (
                "",
                failed_html(str(error)),
                *hidden,
                gr.Button(visible=False),
                gr.Button(visible=False),
            )
        return (info.id, shown, *hidden, gr.Button(visible=True), gr.Button(visible=False))

    def remove(self, chosen: str) -> tuple[Any, ...]:
        """Remove the chosen document, and say what of it is left: nothing."""
        hidden = (gr.Dropdown(visible=False), *(gr.Button(visible=False) for _ in range(3)))
        try:
            removal = self._library.remove(chosen)
            names = [*removal.names, *(path for info in removal.documents for path in info.paths), chosen]
            self._forget(list(map(Path, names)))
        except (JudianError, OSError) as error:
            return (chosen, failed_html(str(error)), *hidden)
        return ("", self._html.removed_html(removal), *hidden)

    def _add(
        self, paths: Sequence[Path], encoding: str | None, hear: Callable[[AddProgress], None]
    ) -> AddReport:
        """Wait where something else is being taken in: what was dropped is not to be dropped again."""
        while True:
            try:
                return self._library.add(*paths, encoding=encoding, progress=hear)
            except LibraryBusyError:
                if self._cancel.wait(_BUSY_SECONDS):
                    raise CancelledError from None

    @property
    def _watched(self) -> WatchedFolders:
        return self._shelf.watched

    def watch(self, lines: str) -> str:
        """Follow the folders, one a line, from now on."""
        names = [line.strip() for line in lines.splitlines() if line.strip()]
        for name in names:
            if not Path(name).expanduser().is_dir():
                return failed_html(self._text.NO_FOLDER.format(folder=name))
        try:
            self._watched.keep([str(Path(name).expanduser()) for name in names])
        except (JudianError, OSError) as error:
            return failed_html(str(error))
        said = self._text.WATCHING.format(count=len(names)) if names else self._text.NOT_WATCHING
        return quiet_html(said)

    def _forget(self, paths: Sequence[Path]) -> None:
        """Delete what came through the page, unless something that was read from it stays.

        ``paths`` may lie inside an archive; older versions stay without their file.
        """
        folder = self._library.folder / FOLDER
        stays: list[str] = []
        if self._library.is_there:
            stays = [path for info in self._library.documents() for path in info.paths]
            stays += [file.path for file in self._library.doubtful()]
        needed = {folder / part for part in (_first_below(folder, Path(path)) for path in stays) if part}
        for path in paths:
            part = _first_below(folder, path)
            if part and folder / part not in needed:
                (folder / part).unlink(missing_ok=True)

    def _added(self, paths: Sequence[Path], encoding: str | None = None) -> Iterator[str]:
        """The progress of taking in ``paths``, and what became of them, as HTML."""

        def add(hear: Callable[[AddProgress], None]) -> AddReport:
            return self._add(paths, encoding, hear)

        self._cancel.clear()
        yield self._html.progress_html(None)
        try:
            for said in told(add, self._cancel):
                if isinstance(said, AddReport):
                    yield self._html.report_html(said)
                else:
                    yield self._html.progress_html(said)
        except CancelledError:
            yield quiet_html(self._text.CANCELLED)
        except JudianError as error:
            yield failed_html(str(error))

    def _row(self, info: DocumentInfo) -> list[str]:
        state = self._text.SUPERSEDED if info.superseded_by else self._text.ANSWERS
        copies = self._text.COPIES.format(count=len(info.paths)) if len(info.paths) > 1 else ""
        name = Path(info.path).name
        kind = Path(name).suffix.lstrip(".").lower()
        usual = not info.encoding or info.encoding == kind or info.encoding.lower().startswith("utf-8")
        return [
            info.title or name,
            kind if usual else f"{kind} {info.encoding}",
            str(info.pages or ""),
            f"{info.characters:,}",
            str(info.passages),
            (info.modified_at or info.added_at)[:10],
            state + copies,
            info.id,
        ]


def _first_below(folder: Path, path: Path) -> str:
    """The name in ``folder`` under which ``path`` lies, "" for one that lies elsewhere."""
    return path.relative_to(folder).parts[0] if path.is_relative_to(folder) and path != folder else ""


def _free(path: Path, taken: Sequence[Path]) -> Path:
    """``path``, or one like it where two files that were dropped together have one name."""
    free, number = path, 1
    while free in taken:
        number += 1
        free = path.with_stem(f"{path.stem} ({number})")
    return free
