"""The library's documents: taking in files, looking at what became of them, removing them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.encodings import CANDIDATES
from index.errors import JudianError
from index.library import Library
from index.normalize import fold
from index.reading import absolute
from index.types import AddReport, DocumentInfo
from ui.dropped import Dropped, forget, placed
from ui.events import HIDDEN
from ui.intakes import Said
from ui.messages import message
from ui.names import titles
from ui.render import quiet as quiet_html
from ui.render_documents import DocumentsHtml, failed_html
from ui.shelf import Shelf
from ui.text import Text
from ui.viewer import DOCUMENT_LINKS, Viewer
from ui.watched import ENDED, GONE, WatchedFolders, is_folder
from ui.working import CancelledError

MOST_FILES = 500  # that are dropped at once
_NAMED = 5  # of the files that a browser cannot read
_ROWS = 100  # shown of a long list; the filter finds the others

Rows = list[list[str]]


class Documents:
    """Builds the tab of documents and does what is asked for in it."""

    def __init__(self, shelf: Shelf, text: Text, *, local: bool = True) -> None:
        """``local``: only this machine reaches the page; else nobody may name its files there."""
        self._shelf = shelf
        self._text = text
        self._local = local
        self._html = DocumentsHtml(text)
        self._known: tuple[object, list[tuple[list[str], str]]] | None = None

    @property
    def _library(self) -> Library:
        return self._shelf.library

    def build(self, viewer: Viewer) -> tuple[gr.Textbox, list[Any], list[Any], list[Any], list[Any]]:
        """Returns the filter, what ``listed`` fills, the events after which the documents are others, what

        ``watched`` fills, and what ``follow`` does.
        """
        chosen = gr.State("")
        with gr.Row(elem_id="library", equal_height=False):
            with gr.Column(scale=3, min_width=320):
                gr.HTML(quiet_html(self._text.DROP))
                files = gr.File(file_count="multiple", show_label=False, elem_id="drop", height=140)
                # Given by the page's script before gradio uploads: the path of each file.
                dropped = gr.Textbox(visible="hidden", elem_id="dropped")
                chosen_folder = gr.Textbox(visible="hidden", elem_id="chosen-folder")
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
                        visible=self._local,
                        elem_id="folder",
                    )
                    take = gr.Button(
                        self._text.TAKE, scale=1, min_width=88, visible=self._local, elem_id="take"
                    )
                    cancel = gr.Button(self._text.CANCEL, scale=1, min_width=72, elem_id="cancel")
                progress = gr.HTML("", elem_id="progress")
                arrived = gr.Textbox(visible="hidden")  # when what was followed came to its end
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
                with gr.Accordion(
                    self._text.WATCHED, open=False, visible=self._local, elem_id="watching"
                ) as watching:
                    watched = gr.Textbox(
                        lambda: self.watched()[0],
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
        # One after the other, and none dropped because another goes on.
        queued: dict[str, Any] = {"concurrency_limit": 1, "trigger_mode": "multiple", **HIDDEN}
        uploaded = files.upload(self.take_in, [files, dropped], [files, progress], **queued)
        with_folder = whole.upload(self.take_in, [whole, chosen_folder], [whole, progress], **queued)
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
        for told in (dropped, chosen_folder):
            told.change(self.dropped, told, undropped, **HIDDEN)
        cancel.click(self.cancel, None, None, queue=False, **HIDDEN)
        find.change(self.listed, find, [table, counted], trigger_mode="always_last", **HIDDEN)
        followed = watch.click(self.watch, watched, following, **HIDDEN)
        watching.expand(self.following, None, following, **HIDDEN)
        came = arrived.change(lambda: None, None, None, **HIDDEN)
        changed = [removed, uploaded, with_folder, read, again, followed, came]
        return find, [table, counted], changed, [watched, following], [progress, arrived]

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
            current, earlier = library.documents(), library.versions()
            names = [*titles(current), *titles(earlier)]
            rows += [
                (self._row(info, name), info.paths)
                for info, name in zip([*current, *earlier], names, strict=True)
            ]
            self._known = at, [(row, fold(" ".join([*row, *paths]))) for row, paths in rows]
        return self._known[1]

    def listed(self, wanted: str | None = "") -> tuple[Rows, str]:
        """The first of the rows that hold every word of ``wanted``, and how many there are."""
        words = fold(wanted or "").split()
        rows = [row for row, said in self._lines() if all(word in said for word in words)]
        shown = rows[:_ROWS]
        return shown, quiet_html(self._text.SHOWN_OF.format(shown=len(shown), count=len(rows)))

    def take_in(self, files: Sequence[str] | None, told: str = "") -> Iterator[tuple[Any, str]]:
        """Move the files that were dropped into the library's folder, and take them in.

        ``told`` is what ``dropped`` is given: whence they come.
        """
        given = list(files or ())
        if not 0 < len(given) <= MOST_FILES:
            yield None, self._not_taken(len(given), [])
            return
        _, paths, _ = _told(told)
        if len(paths) != len(given):
            paths = [Path(file).name for file in given]
        places = [(file, placed(file, path)) for file, path in zip(given, paths, strict=True)]
        library = self._library
        dropped = Dropped(library, self._shelf.intakes)
        for said in self._shelf.intakes.add(library, lambda: dropped.move_in(places), after=dropped.settle):
            yield None, self._shown(said) + self._html.replaced_html(dropped.replaced)

    def dropped(self, told: str) -> str:
        """What will not be taken in of what was dropped last: ``told`` is JSON, see page.js."""
        count, _, unread = _told(told)
        return self._not_taken(count, unread)

    def _not_taken(self, count: int, unread: Sequence[str]) -> str:
        """Why not, of ``count`` files and those ``unread`` besides, as HTML; "" where they are."""
        instead = self._text.PATH_INSTEAD if self._local else ""
        if count > MOST_FILES:  # the page does not upload them
            said = self._text.TOO_MANY_FILES.format(most=MOST_FILES, count=count)
            return failed_html(said + instead)
        if unread:
            names = "  ".join(unread[:_NAMED]) + (" …" if len(unread) > _NAMED else "")
            return failed_html(self._text.DROP_UNREAD.format(names=names) + instead)
        return failed_html(self._text.NOTHING_TAKEN) if count == 0 else ""

    def take_folder(self, path: str) -> Iterator[str]:
        """Take in a file or folder of this machine, where it lies."""
        if not self._local:
            yield failed_html(self._text.ONLY_HERE)
        elif path.strip():
            yield from map(
                self._shown, self._shelf.intakes.add(self._library, lambda: [absolute(path.strip())])
            )

    def read_again(self, chosen: str, encoding: str | None) -> Iterator[str]:
        """Read a file, or the archive that it lies in, in the encoding that was chosen."""
        if chosen and encoding:
            file = next(
                (path for path in (Path(chosen), *Path(chosen).parents) if path.is_file()), Path(chosen)
            )
            yield from map(self._shown, self._shelf.intakes.add(self._library, lambda: [file], encoding))

    def cancel(self) -> None:
        self._shelf.intakes.cancel()

    def follow(self) -> Iterator[tuple[Any, Any]]:
        """The progress of what another tab began, or this one before it was loaded again."""
        ended: Any = gr.skip()
        for said in self._shelf.intakes.follow():
            ended = str(time.time())
            replaced = self._html.replaced_html(self._shelf.intakes.replaced)
            yield self._shown(said) + replaced, gr.skip()
        yield gr.skip(), ended

    def choose(self, event: gr.SelectData) -> tuple[Any, ...]:
        """What is known of the row that was clicked: its passages over its text."""
        hidden = (gr.Dropdown(visible=False), gr.Button(visible=False))
        reference = str(event.row_value[-1]) if event.row_value else ""
        if not reference or not self._library.is_there:
            gone = gr.Button(visible=False)
            return ("", quiet_html(self._text.CHOOSE), *hidden, gone, gone)
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
        try:
            info = self._library.find(reference)
            shown = self._html.details_html(
                info,
                self._library.document(info.id),
                self._library.passages(info.id),
                original=info.superseded_by is None and any(Path(path).is_file() for path in info.paths),
            )
        except JudianError as error:
            return (
                "",
                failed_html(message(error, self._text)),
                *hidden,
                gr.Button(visible=False),
                gr.Button(visible=False),
            )
        return (info.id, shown, *hidden, gr.Button(visible=True), gr.Button(visible=False))

    def remove(self, chosen: str) -> tuple[Any, ...]:
        """Remove the chosen document, then look what of it is left."""
        hidden = (gr.Dropdown(visible=False), *(gr.Button(visible=False) for _ in range(3)))
        library = self._library
        try:
            passages = library.passage_ids(chosen)
            removal = library.remove(chosen)
            names = [*removal.names, *(path for info in removal.documents for path in info.paths), chosen]
            forget(library, list(map(Path, names)))
            left = library.left_of({info.id: passages.get(info.id, []) for info in removal.documents})
        except (JudianError, OSError) as error:
            return (chosen, failed_html(message(error, self._text)), *hidden)
        return ("", self._html.removed_html(removal, left), *hidden)

    @property
    def _watched(self) -> WatchedFolders:
        return self._shelf.watched

    def watch(self, lines: str) -> str:
        """Follow the folders, one a line, from now on."""
        if not self._local:
            return failed_html(self._text.ONLY_HERE)
        names = [line.strip() for line in lines.splitlines() if line.strip()]
        for name in names:
            if not is_folder(name):
                return failed_html(self._text.NO_FOLDER.format(folder=name))
        try:
            self._watched.keep(names)
        except (JudianError, OSError) as error:
            return failed_html(message(error, self._text))
        return self.following() or quiet_html(self._text.NOT_WATCHING)

    def watched(self) -> tuple[str, str]:
        """The folders that are to be watched, one a line, and what became of that."""
        return "\n".join(self._watched.names()) if self._local else "", self.following()

    def following(self) -> str:
        """How many folders are watched, and which are not and why."""
        if not self._local:
            return ""
        said_of = {GONE: self._text.WATCH_GONE, ENDED: self._text.WATCH_ENDED}
        told_of = self._watched.state().items()
        state = {folder: said_of.get(why) or message(why, self._text) for folder, why in told_of}
        count = sum(not why for why in state.values())
        said = quiet_html(self._text.WATCHING.format(count=count)) if count else ""
        return said + "".join(
            failed_html(self._text.NOT_FOLLOWED.format(folder=folder, why=why))
            for folder, why in state.items()
            if why
        )

    def _shown(self, said: Said) -> str:
        """The progress of what is taken in, or what became of it, as HTML."""
        if isinstance(said, CancelledError):
            return quiet_html(self._text.CANCELLED)
        if isinstance(said, Exception):
            return failed_html(message(said, self._text))
        return self._html.report_html(said) if isinstance(said, AddReport) else self._html.progress_html(said)

    def _row(self, info: DocumentInfo, called: str) -> list[str]:
        state = self._text.SUPERSEDED if info.superseded_by else self._text.ANSWERS
        copies = self._text.COPIES.format(count=len(info.paths)) if len(info.paths) > 1 else ""
        kind = Path(info.path).suffix.lstrip(".").lower()
        usual = not info.encoding or info.encoding == kind or info.encoding.lower().startswith("utf-8")
        return [
            called,
            kind if usual else f"{kind} {info.encoding}",
            str(info.pages or ""),
            f"{info.characters:,}",
            str(info.passages),
            (info.modified_at or info.added_at)[:10],
            state + copies,
            info.id,
        ]


def _told(told: str) -> tuple[int, list[str], list[str]]:
    """Of a drop: how many files, the path of each, and of those that the browser could not read.

    A count below zero where no page of ours says anything.
    """
    try:
        drop = json.loads(told)
        return int(drop["count"]), list(map(str, drop.get("paths", ()))), list(map(str, drop["unread"]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return -1, [], []
