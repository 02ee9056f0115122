"""The page in three languages: conversation, documents, search, evaluation, settings. ``serve`` shows it."""

from __future__ import annotations

import os
import threading
from importlib import resources
from typing import Any

# Read by gradio when it is imported: nothing is sent anywhere.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr
from starlette.middleware import Middleware

from index.errors import JudianError
from rag.assistant import Assistant
from ui.chat import Chat
from ui.documents import MOST_FILES, Documents
from ui.evaluation import Evaluation
from ui.events import HIDDEN
from ui.guard import LOOPBACK, Guard
from ui.line import Line
from ui.originals import original_route
from ui.render import escaped
from ui.retrieval import Retrieval
from ui.settings import SettingsTab
from ui.shelf import Shelf
from ui.text import SIMPLIFIED, Text, languages
from ui.viewer import Viewer

ADDRESS = "127.0.0.1"
USER = "judian"  # who a password is asked of

_FONTS = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_MOST_UPLOADED = "500mb"  # a file
_UPLOADS_KEPT = 3600  # seconds that gradio keeps what a broken-off upload left


def build(shelf: Shelf, *, local: bool = True) -> Any:
    """The page for the libraries of ``shelf``, under a path for each language.

    ``local``: nobody on another machine reaches it, so that files of this one can be named on it.
    """
    line = Line()
    with gr.Blocks(
        title=SIMPLIFIED.TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(_UPLOADS_KEPT, _UPLOADS_KEPT),
    ) as blocks:
        _page(blocks, shelf, SIMPLIFIED, line, local)
    for path, text in languages().items():
        if path:
            with blocks.route(text.NAME, f"/{path}", show_in_navbar=False):
                _page(blocks, shelf, text, line, local)
    return blocks


def _page(blocks: Any, shelf: Shelf, text: Text, line: Line, local: bool) -> None:
    """Everything, in one language."""
    chat, documents = Chat(shelf, text, line), Documents(shelf, text, local=local)
    retrieval, evaluation, settings = (
        Retrieval(shelf, text),
        Evaluation(shelf, text, local=local),
        SettingsTab(shelf, text, local=local),
    )
    banner = gr.HTML(_banner(shelf, text), elem_id="banner")
    viewer = Viewer(shelf, text)
    with gr.Tabs(elem_id="tabs"):
        with gr.Tab(text.TAB_CHAT, id="chat"):
            within, suggested, bring_back, begin_anew = chat.build(viewer)
        with gr.Tab(text.TAB_DOCUMENTS, id="documents", render_children=True):  # a long list takes its time
            find, listed, changed, watched, followed = documents.build(viewer)
        with gr.Tab(text.TAB_RETRIEVAL, id="retrieval"):
            search_within = retrieval.build(viewer, chat.choices())
        with gr.Tab(text.TAB_EVALUATION, id="evaluation"):
            runs = evaluation.build()
        with gr.Tab(text.TAB_SETTINGS, id="settings"):
            about, switched = settings.build()
    viewer.build()
    of_documents = [banner, suggested, within, search_within, *listed]

    def refreshed(wanted: str, *chosen: list[str] | None) -> tuple[Any, ...]:
        choices = [chat.refreshed(each) for each in chosen]
        return _banner(shelf, text), chat.suggested(), *choices, *documents.listed(wanted)

    def of_library() -> tuple[Any, ...]:
        return *evaluation.listed(), *documents.watched(), *settings.shown()

    of_its_own = [*runs, *watched, *about]
    given = [find, within, search_within]
    for each in changed:
        each.then(refreshed, given, of_documents, **HIDDEN)
    for each in switched:
        each.then(refreshed, given, of_documents, **HIDDEN).then(of_library, None, of_its_own, **HIDDEN)
        begin_anew(each)
    blocks.load(refreshed, given, of_documents, **HIDDEN)
    blocks.load(of_library, None, of_its_own, **HIDDEN)
    blocks.load(documents.follow, None, followed, concurrency_limit=None, **HIDDEN)
    bring_back(blocks)


def serve(
    shelf: Shelf | Assistant,
    *,
    port: int,
    open_browser: bool,
    block: bool = True,
    host: str = ADDRESS,
    password: str = "",
) -> str:
    """Show the page at ``port`` or the next free one of ``host``. Returns the address.

    The model loads meanwhile. Raises JudianError for a ``host`` beyond this machine without a ``password``.
    """
    shelf = Shelf(shelf) if isinstance(shelf, Assistant) else shelf
    local = host in LOOPBACK
    if not local and not password:
        raise JudianError(
            f"At {host} others can reach your documents. Set a password: "
            f"JUDIAN_PASSWORD=... judian ui --host {host}"
        )
    threading.Thread(target=_load_quietly, args=(shelf,), name="load", daemon=True).start()
    shelf.watched.follow(lambda told: print(told, flush=True))
    theme = gr.themes.Base(
        font=_FONTS, font_mono=["ui-monospace", "monospace"], primary_hue="red", neutral_hue="stone"
    )
    assets = resources.files("ui") / "assets"
    launched: tuple[Any, str, str] = (
        build(shelf, local=local)
        .queue()
        .launch(
            server_name=f"[{host}]" if ":" in host else host,
            server_port=_free_port(port, host),
            auth=(USER, password) if password else None,
            inbrowser=open_browser,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            footer_links=[],
            theme=theme,
            css=(assets / "page.css").read_text(encoding="utf-8"),
            head=f"<script>{(assets / 'page.js').read_text(encoding='utf-8')}</script>",
            ssr_mode=False,
            run_history=False,
            max_file_size=_MOST_UPLOADED,
            app_kwargs={
                "middleware": [Middleware(Guard, local=local)],
                "routes": [original_route(shelf, guarded=bool(password))],
            },
        )
    )
    print(f"{SIMPLIFIED.TITLE}  {launched[1]}", flush=True)
    if password:
        print(f"Everybody who knows the password can read this library. User name: {USER}", flush=True)
    if block:
        threading.Event().wait()
    return launched[1]


def _load_quietly(shelf: Shelf) -> None:
    """Load the models ahead; what goes wrong is told when a question is asked."""
    try:
        shelf.assistant.load()
    except JudianError as error:
        print(error, flush=True)


def _free_port(first: int, host: str) -> int:
    import socket

    for port in range(first, first + 100):
        family, here = (socket.AF_INET6, "::1") if ":" in host else (socket.AF_INET, ADDRESS)
        with socket.socket(family) as probe:
            if probe.connect_ex((here, port)):
                return port
    raise JudianError(
        f"No port from {first} to {first + 99} is free. Name another: judian ui --port {first + 1000}"
    )


def _banner(shelf: Shelf, text: Text) -> str:
    library = shelf.library
    documents, passages = library.size() if library.is_there else (0, 0)
    held = text.LIBRARY.format(documents=documents, passages=passages)
    others = "".join(
        f'<a href="/{path}">{other.NAME}</a>' if other.NAME != text.NAME else f"<b>{other.NAME}</b>"
        for path, other in languages().items()
    )
    names = " ".join(f'data-{button}="{name}"' for button, name in text.BUTTONS.items())
    return (
        f'<header lang="{text.LANGUAGE}" data-most="{MOST_FILES}" {names}>'
        f"<h1>{text.TITLE}</h1><p>{text.SUBTITLE}</p>"
        f'<p class="quiet"><span class="badge">{text.OFFLINE}</span>{escaped(shelf.name)} · '
        f"{held if documents else text.LIBRARY_EMPTY}</p><nav>{others}</nav></header>"
    )
