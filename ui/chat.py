"""The conversation: questions, streamed and proven answers, and their evidence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import JudianError
from index.filters import Filter
from index.library import Library
from index.reading import QUESTIONS
from index.types import Hit
from rag.assistant import Assistant, Done, Found, Instant, Piece, Proven, Selected
from rag.evaluation.cases import keep_case
from rag.form import Form, Length, Script, written
from ui import render, text
from ui.conversation import Conversation, Exchange, Messages, with_sources
from ui.viewer import LINKS, Viewer

_QUESTIONS_AT_ONCE = 8
_EXAMPLES = 4
_MOST_DOCUMENTS = 500  # to choose from by name

# Both act on what a hidden field was just given.
_TO_CLIPBOARD = "(value) => { if (value) navigator.clipboard.writeText(value); }"
_TO_FILE = """(value) => {
  if (!value) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([value], { type: "text/markdown" }));
  link.download = "judian.md";
  link.click();
  URL.revokeObjectURL(link.href);
}"""

Shown = tuple[Any, Messages, str, Conversation]


class Chat:
    """Builds the conversation's tab for one assistant and answers what is asked in it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._stops: dict[str, threading.Event] = {}

    def build(self, viewer: Viewer) -> gr.Dropdown:
        """Returns the choice of documents, which others keep up to date."""
        conversation = gr.State(Conversation())
        with gr.Row(elem_id="columns", equal_height=False):
            with gr.Column(scale=3, min_width=320, elem_id="talk"):
                chat = gr.Chatbot(
                    elem_id="chat",
                    show_label=False,
                    height="60vh",
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
                with gr.Row(elem_id="actions"):
                    copy = gr.Button(text.COPY, size="sm", min_width=88, elem_id="copy")
                    export = gr.Button(text.EXPORT, size="sm", min_width=88, elem_id="export")
                    new = gr.Button(text.NEW, size="sm", min_width=88, elem_id="new")
                with gr.Accordion(text.OPTIONS, open=False, elem_id="options"):
                    script = gr.Radio(
                        [(text.SCRIPTS[each], each) for each in Script],
                        value=Script.QUESTION,
                        label=text.SCRIPT,
                    )
                    length = gr.Radio(
                        [(text.LENGTHS[each], each) for each in Length],
                        value=Length.NORMAL,
                        label=text.LENGTH,
                    )
                    within = gr.Dropdown(
                        self.choices(),
                        multiselect=True,
                        label=text.WITHIN,
                        info=text.WITHIN_ALL,
                        elem_id="within",
                    )
                examples = _examples(self._assistant.library)
                if examples:
                    gr.Examples(examples, question, label=text.EXAMPLES, elem_id="examples")
            with gr.Column(scale=2, min_width=320, elem_id="proof"):
                gr.HTML(f"<h2>{text.EVIDENCE}</h2>")
                evidence = gr.HTML(Conversation().evidence(), elem_id="evidence", js_on_load=LINKS)
        taken = gr.Textbox(visible="hidden", elem_id="taken")
        outputs = [question, chat, evidence, conversation]
        wanted = [conversation, script, length, within]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        streaming: list[Any] = [
            asked(self.answer, [question, *wanted], outputs, concurrency_limit=_QUESTIONS_AT_ONCE, **quiet)
            for asked in (send.click, question.submit)
        ]
        # What is still streaming would write the exchange back that these take away.
        again = chat.retry(
            self.again, wanted, outputs, concurrency_limit=_QUESTIONS_AT_ONCE, cancels=streaming, **quiet
        )
        streaming.append(again)
        chat.undo(self.undo, conversation, outputs, cancels=streaming, **quiet)
        chat.like(self.keep_disliked, conversation, None, **quiet)
        stop.click(self.stop, None, None, queue=False, **quiet)
        for cleared in (chat.clear, new.click):
            cleared(self.clear, None, outputs, queue=False, cancels=streaming, **quiet)
        viewer.show_for(evidence)
        copied = copy.click(self.copied, conversation, taken, **quiet)
        copied.then(None, taken, None, js=_TO_CLIPBOARD, **quiet)
        exported = export.click(self.exported, conversation, taken, **quiet)
        exported.then(None, taken, None, js=_TO_FILE, **quiet)
        return within

    def refreshed(self, chosen: list[str] | None) -> Any:
        """The choice of documents as they are now; what is gone is not chosen any more."""
        choices = self.choices()
        there = {number for _, number in choices}
        return gr.Dropdown(choices, value=[each for each in chosen or () if each in there])

    def choices(self) -> list[tuple[str, str]]:
        """Names and ids of the documents to choose from."""
        library = self._assistant.library
        documents = library.documents() if library.is_there else []
        return [(info.title or Path(info.path).name, info.id) for info in documents[-_MOST_DOCUMENTS:]]

    def answer(
        self,
        question: str,
        conversation: Conversation,
        script: str,
        length: str,
        within: list[str] | None,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """One turn: the passages at once, the text as it streams, each sentence proven as it ends."""
        turns = conversation.turns()
        exchange = Exchange(question)
        conversation.exchanges.append(exchange)
        form = Form(Script(script), Length(length))
        turn = len(conversation.exchanges)
        stop = self._stops[str(request.session_hash)] = threading.Event()
        said, instant, left_out = "", "", 0
        proven: Proven | None = None
        found = Found(question, ())

        begun = False

        def shown(reply: str) -> Shown:
            nonlocal begun
            exchange.reply = reply
            # Emptied once: the next question may be typed while this answer streams.
            box, begun = gr.skip() if begun else "", True
            return box, conversation.messages(), conversation.evidence(), conversation

        try:
            for event in self._assistant.stream(
                question, turns, stop, within=Filter(documents=tuple(within or ())), form=form
            ):
                if isinstance(event, Found):
                    found = event
                    exchange.section = render.found_html(found.hits, question, turn)
                elif isinstance(event, Instant):
                    instant = render.instant_html(event.answer, turn)
                    exchange.section = render.evidence_html(event.answer, found.hits, turn)
                elif isinstance(event, Selected):
                    left_out = event.left_out
                elif isinstance(event, Piece):
                    said += event.text
                elif isinstance(event, Proven):
                    proven = event
                    exchange.section = render.evidence_html(event.answer, found.hits, turn, left_out)
                elif isinstance(event, Done):
                    exchange.answer = event.answer
                    why = render.why_html(found.asked, found.hits, found.likelihood)
                    exchange.section = render.evidence_html(event.answer, found.hits, turn, left_out, why)
                    yield shown(render.answer_html(event.answer, turn))
                    return
                coming = written(said.lstrip(), form.script, question, _texts(found.hits))
                answered = proven.answer if proven else None
                yield shown(
                    render.streaming_html(coming, found.understood_as, question, turn, instant, answered)
                )
        except JudianError as error:
            exchange.section = ""
            yield shown(render.error_html(str(error)))

    def again(
        self,
        conversation: Conversation,
        script: str,
        length: str,
        within: list[str] | None,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """The last question once more, for another script, length or choice of documents."""
        if conversation.exchanges:
            question = conversation.exchanges.pop().question
            yield from self.answer(question, conversation, script, length, within, request)

    def undo(self, conversation: Conversation, request: gr.Request) -> Shown:
        """Take the last exchange back; its question can be edited."""
        self.stop(request)
        question = conversation.exchanges.pop().question if conversation.exchanges else ""
        return question, conversation.messages(), conversation.evidence(), conversation

    def keep_disliked(self, conversation: Conversation, feedback: gr.LikeData) -> None:
        """A thumbs-down becomes a case in the library's folder, for ``judian eval``."""
        place = feedback.index // 2 if isinstance(feedback.index, int) else 0
        answer = conversation.exchanges[place].answer if place < len(conversation.exchanges) else None
        if feedback.liked or answer is None:
            return
        turns = conversation.turns(place)
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

    def clear(self, request: gr.Request) -> Shown:
        self.stop(request)
        conversation = Conversation()
        return "", [], conversation.evidence(), conversation

    def copied(self, conversation: Conversation) -> str:
        answers = [each.answer for each in conversation.exchanges if each.answer]
        if not answers:
            gr.Info(text.NOTHING_YET, duration=3)
            return ""
        gr.Info(text.COPIED, duration=2)
        return with_sources(answers[-1])

    def exported(self, conversation: Conversation) -> str:
        if not conversation.turns():
            gr.Info(text.NOTHING_YET, duration=3)
            return ""
        return conversation.markdown()


def _texts(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.passage.text for hit in hits]


def _examples(library: Library) -> list[str]:
    """Questions that lie beside the documents of this library, in a file as in ``seeds/``."""
    documents = library.documents() if library.is_there else []
    folders = dict.fromkeys(Path(path).parent for info in documents for path in info.paths)
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
