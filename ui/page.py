"""The page: conversation and documents in tabs. ``serve`` shows it."""

from __future__ import annotations

import os
import threading
from importlib import resources
from typing import Any

# Read by gradio when it is imported: nothing is sent anywhere.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

from index.errors import JudianError
from index.library import Library
from rag.assistant import Assistant
from ui import text
from ui.chat import Chat
from ui.documents import Documents
from ui.retrieval import Retrieval
from ui.upkeep import Upkeep
from ui.viewer import Viewer

ADDRESS = "127.0.0.1"

_FONTS = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_MOST_UPLOADED = "500mb"  # a file
_UPLOADS_KEPT = 3600  # seconds that gradio keeps what a broken-off upload left


def build(assistant: Assistant) -> Any:
    """The page for one assistant and its library."""
    library = assistant.library
    chat, documents = Chat(assistant), Documents(library)
    with gr.Blocks(
        title=text.TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(_UPLOADS_KEPT, _UPLOADS_KEPT),
    ) as blocks:
        banner = gr.HTML(_banner(library), elem_id="banner")
        viewer = Viewer(library)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(text.TAB_CHAT, id="chat"):
                within = chat.build(viewer)
            with gr.Tab(text.TAB_DOCUMENTS, id="documents"):
                table, changed = documents.build(viewer)
            with gr.Tab(text.TAB_RETRIEVAL, id="retrieval"):
                Retrieval(library).build(viewer)
            with gr.Tab(text.TAB_UPKEEP, id="upkeep"):
                Upkeep(library, assistant.name).build()
        viewer.build()
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        for each in changed:
            each.then(
                lambda chosen: (_banner(library), chat.refreshed(chosen)), within, [banner, within], **quiet
            )
        blocks.load(
            lambda chosen: (_banner(library), chat.refreshed(chosen), documents.rows()),
            within,
            [banner, within, table],
            **quiet,
        )
    return blocks


def serve(assistant: Assistant, *, port: int, open_browser: bool, block: bool = True) -> str:
    """Show the page on 127.0.0.1 at ``port`` or the next free one. Returns the address.

    The model loads meanwhile.
    """
    threading.Thread(target=_load_quietly, args=(assistant,), name="load", daemon=True).start()
    theme = gr.themes.Base(
        font=_FONTS, font_mono=["ui-monospace", "monospace"], primary_hue="red", neutral_hue="stone"
    )
    assets = resources.files("ui") / "assets"
    launched: tuple[Any, str, str] = (
        build(assistant)
        .queue()
        .launch(
            server_name=ADDRESS,
            server_port=_free_port(port),
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
        )
    )
    print(f"{text.TITLE}  {launched[1]}", flush=True)
    if block:
        threading.Event().wait()
    return launched[1]


def _load_quietly(assistant: Assistant) -> None:
    """Load the models ahead; what goes wrong is told when a question is asked."""
    try:
        assistant.load()
    except JudianError as error:
        print(error, flush=True)


def _free_port(first: int) -> int:
    import socket

    for port in range(first, first + 100):
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, port)):
                return port
    raise JudianError(
        f"No port from {first} to {first + 99} is free. Name another: judian ui --port {first + 1000}"
    )


def _banner(library: Library) -> str:
    documents, passages = library.size() if library.is_there else (0, 0)
    held = text.LIBRARY.format(documents=documents, passages=passages)
    return (
        f"<header><h1>{text.TITLE}</h1><p>{text.SUBTITLE}</p>"
        f'<p class="quiet">{held if documents else text.LIBRARY_EMPTY}</p></header>'
    )
