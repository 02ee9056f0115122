"""The page: a conversation on the left, its evidence on the right. The home of gradio."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

# Read by gradio when it is imported: nothing is sent anywhere.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr

from index.errors import JudianError
from index.library import Library
from index.reading import QUESTIONS
from index.types import Hit
from rag.answer import Answer
from rag.assistant import Assistant, Done, Found, Instant, Piece, Selected
from rag.evaluation.cases import keep_case
from rag.followup import Turn
from ui import render, text

ADDRESS = "127.0.0.1"

_FONTS = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_QUESTIONS_AT_ONCE = 8
_EXAMPLES = 4

Messages = list[dict[str, str]]


class Conversation:
    """What one browser tab has asked. ``sections`` is the evidence of each turn, oldest first.

    No dataclass: gradio would put it into the page as JSON.
    """

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.messages: Messages = []
        self.sections: list[str] = []
        self.answered: dict[int, tuple[tuple[Turn, ...], Answer]] = {}  # by place among the messages

    def evidence(self) -> str:
        body = "".join(reversed(self.sections)) or f'<p class="quiet">{text.EMPTY_EVIDENCE}</p>'
        return f'<div class="evidence">{body}</div>'


class Page:
    """Builds the page for one assistant and answers what is asked on it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._stops: dict[str, threading.Event] = {}

    def build(self) -> Any:
        with gr.Blocks(title=text.TITLE, analytics_enabled=False, fill_width=True) as blocks:
            conversation = gr.State(Conversation())
            gr.HTML(self._banner(), elem_id="banner")
            with gr.Row(elem_id="columns", equal_height=False):
                with gr.Column(scale=3, min_width=320, elem_id="talk"):
                    chat = gr.Chatbot(
                        elem_id="chat",
                        show_label=False,
                        height="64vh",
                        placeholder=text.EMPTY_CHAT,
                        latex_delimiters=[],
                        buttons=[],
                        feedback_options=["Dislike"],
                        layout="bubble",
                    )
                    with gr.Row(elem_id="asking"):
                        question = gr.Textbox(
                            placeholder=text.PLACEHOLDER,
                            show_label=False,
                            container=False,
                            scale=8,
                            autofocus=True,
                            elem_id="question",
                        )
                        send = gr.Button(text.SEND, variant="primary", scale=1, min_width=72, elem_id="send")
                        stop = gr.Button(text.STOP, scale=1, min_width=72, elem_id="stop")
                        new = gr.Button(text.NEW, scale=1, min_width=88, elem_id="new")
                    examples = _examples(self._assistant.library)
                    if examples:
                        gr.Examples(examples, question, label=text.EXAMPLES, elem_id="examples")
                with gr.Column(scale=2, min_width=320, elem_id="proof"):
                    gr.HTML(f"<h2>{text.EVIDENCE}</h2>")
                    evidence = gr.HTML(Conversation().evidence(), elem_id="evidence")
            outputs = [question, chat, evidence, conversation]
            for asked in (send.click, question.submit):
                asked(
                    self.answer,
                    [question, conversation],
                    outputs,
                    concurrency_limit=_QUESTIONS_AT_ONCE,
                    show_progress="hidden",
                    api_visibility="private",
                )
            chat.like(
                self.keep_disliked, conversation, None, show_progress="hidden", api_visibility="private"
            )
            stop.click(self.stop, None, None, show_progress="hidden", queue=False, api_visibility="private")
            chat.clear(
                self.clear, None, outputs, show_progress="hidden", queue=False, api_visibility="private"
            )
            new.click(
                self.clear, None, outputs, show_progress="hidden", queue=False, api_visibility="private"
            )
        return blocks

    def answer(
        self, question: str, conversation: Conversation, request: gr.Request
    ) -> Iterator[tuple[str, Messages, str, Conversation]]:
        """One turn: the passages at once, the text as it streams, then the proven answer and evidence."""
        turn = len(conversation.sections) + 1
        stop = self._stops[str(request.session_hash)] = threading.Event()
        said, understood, left_out, instant = "", question, 0, ""
        hits: tuple[Hit, ...] = ()
        earlier = list(conversation.messages)
        asked = {"role": "user", "content": render.question_html(question)}

        def state(reply: str) -> tuple[str, Messages, str, Conversation]:
            conversation.messages = [*earlier, asked, {"role": "assistant", "content": reply}]
            return "", conversation.messages, conversation.evidence(), conversation

        conversation.sections.append("")
        try:
            for event in self._assistant.stream(question, conversation.turns, stop):
                if isinstance(event, Found):
                    hits, understood = event.hits, event.understood_as
                    conversation.sections[-1] = render.found_html(hits, question, turn)
                elif isinstance(event, Instant):
                    instant = render.instant_html(event.answer, turn)
                    conversation.sections[-1] = render.evidence_html(event.answer, hits, turn)
                elif isinstance(event, Selected):
                    left_out = event.left_out
                elif isinstance(event, Piece):
                    said += event.text
                elif isinstance(event, Done):
                    conversation.answered[len(earlier) + 1] = (tuple(conversation.turns), event.answer)
                    conversation.turns.append(Turn(event.answer.question, event.answer.text))
                    conversation.sections[-1] = render.evidence_html(event.answer, hits, turn, left_out)
                    yield state(render.answer_html(event.answer, turn))
                    return
                yield state(render.streaming_html(said, understood, question, instant))
        except JudianError as error:
            conversation.sections.pop()
            yield state(render.error_html(str(error)))

    def keep_disliked(self, conversation: Conversation, feedback: gr.LikeData) -> None:
        """A thumbs-down becomes a case in the library's folder, for ``judian eval``."""
        if feedback.liked or feedback.index not in conversation.answered:
            return
        turns, answer = conversation.answered[feedback.index]
        try:
            file = keep_case(self._assistant.library.folder, answer.question, turns, answer.to_json())
        except OSError as error:
            gr.Warning(text.CASE_NOT_KEPT.format(reason=error.strerror))
        else:
            gr.Info(text.CASE_KEPT.format(file=file.name), duration=4)

    def stop(self, request: gr.Request) -> None:
        """End the answer that this tab is waiting for."""
        if stop := self._stops.get(str(request.session_hash)):
            stop.set()

    def clear(self) -> tuple[str, Messages, str, Conversation]:
        conversation = Conversation()
        return "", [], conversation.evidence(), conversation

    def _banner(self) -> str:
        documents, passages = self._assistant.library.size()
        held = text.LIBRARY.format(documents=documents, passages=passages)
        return (
            f"<header><h1>{text.TITLE}</h1><p>{text.SUBTITLE}</p>"
            f'<p class="quiet">{held if documents else text.LIBRARY_EMPTY}</p></header>'
        )


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
        Page(assistant)
        .build()
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


def _examples(library: Library) -> list[str]:
    """Questions that lie beside the documents of this library, in a file as in ``seeds/``."""
    folders = dict.fromkeys(Path(path).parent for info in library.documents() for path in info.paths)
    for folder in folders:
        file = folder / QUESTIONS
        if file.exists():
            try:
                rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
                alone = [row["question"] for row in rows if row.get("answerable") and not row.get("history")]
            except (OSError, ValueError, KeyError, AttributeError):
                return []  # a file of the user's own that only has the name
            return alone[:: max(1, len(alone) // _EXAMPLES)][:_EXAMPLES]
    return []
