"""The conversation: questions, streamed and proven answers, and their evidence."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import JudianError
from index.filters import Filter
from index.normalize import fold
from rag.answer import Answer
from rag.assistant import Done, Found, Instant, Piece, Proven, Searched, Selected
from rag.evaluation.cases import keep_case
from rag.form import Form, Length, Script, written
from rag.refusal import STOPPED_TEXT
from ui.conversation import TURNS, Conversation, Exchange
from ui.events import HIDDEN, links
from ui.exports import Exports
from ui.kept import FOLDER, Conversations
from ui.line import Line
from ui.messages import message
from ui.names import titles
from ui.quoted import Quoted
from ui.render import Html, escaped, question_html, quiet
from ui.shelf import Shelf
from ui.suggestions import suggestions
from ui.text import Text
from ui.viewer import DOCUMENT_LINKS, Viewer

_LOG = logging.getLogger(__name__)
_QUESTIONS_AT_ONCE = 8
_MOST_DOCUMENTS = 500  # to choose from by name
_ENDS_WITHIN = 5.0  # seconds, a search on a busy machine; longer is not waited for an answer nobody wants
_SHOWN = 30  # turns whose evidence stands beside the conversation; older ones come when they are wanted

# The box, the chat, the evidence, the conversation and its id, the button for earlier turns.
Shown = tuple[Any, Any, Any, Any, Any, Any]
_AS_IT_IS: Shown = (gr.skip(),) * 6
# Gradio encrypts what it keeps in the browser. The two wishes kept there are no secret, and with the random
# key that gradio would take they were forgotten with every start and in every other language of the page.
_NO_SECRET = "judian"


class _Stream(threading.Event):
    """Set when the answer that a tab waits for is to end; ``abandoned`` when nobody is to see it any more.

    ``over`` once the last of it was given to gradio: what the page is told from then on comes after it.
    Gradio cancels what streams as well, but tells the server so when the next event may be through already.
    """

    def __init__(self) -> None:
        super().__init__()
        self.abandoned = False
        self.over = threading.Event()

    def abandon(self) -> None:
        self.abandoned = True
        self.set()
        self.over.wait(_ENDS_WITHIN)


class Chat:
    """Builds the conversation's tab in one language, and answers what is asked in it.

    ``line`` is where the questions of all pages wait for the model.
    """

    def __init__(self, shelf: Shelf, text: Text, line: Line) -> None:
        self._shelf = shelf
        self._text = text
        self._html = Html(text)
        self._exports = Exports(text)
        self._line = line
        self._streams: dict[str, _Stream] = {}
        self._kept: dict[Path, Conversations] = {}

    @property
    def kept(self) -> Conversations:
        """The conversations of the library in use."""
        return self._kept_in(self._shelf.library.folder)

    def _kept_in(self, library: Path) -> Conversations:
        return self._kept.setdefault(library, Conversations(library / FOLDER))

    def build(self, viewer: Viewer) -> tuple[gr.Dropdown, gr.HTML, Any, Any]:
        """Returns the choice of documents and the suggestions, which others keep up to date.

        Then what brings the tab's conversation back when the page is loaded again, and what begins another
        after an event.
        """
        text = self._text
        conversation = gr.State(Conversation())
        with gr.Row(elem_id="columns", equal_height=False):
            with gr.Column(scale=3, min_width=320, elem_id="talk"):
                earlier = gr.Button(visible=False, size="sm", elem_id="earlier")
                chat = gr.Chatbot(
                    elem_id="chat",
                    show_label=False,
                    height="60vh",
                    placeholder=text.EMPTY_CHAT,
                    latex_delimiters=[],
                    buttons=[],
                    feedback_options=["Like", "Dislike"],
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
                with gr.Group(visible=False, elem_id="complaint") as complaint:
                    reason = gr.Radio(
                        [(name, each) for each, name in text.COMPLAINTS.items()],
                        value="wrong",
                        label=text.COMPLAIN,
                    )
                    right = gr.Textbox(
                        placeholder=text.RIGHT_ANSWER, show_label=False, container=False, elem_id="right"
                    )
                    note = gr.Textbox(
                        placeholder=text.COMPLAINT_NOTE,
                        show_label=False,
                        container=False,
                        elem_id="complaint-note",
                    )
                    with gr.Row():
                        complain = gr.Button(text.KEEP, variant="primary", size="sm", elem_id="complain")
                        drop = gr.Button(text.CANCEL, size="sm")
                with gr.Row(elem_id="actions"):
                    new = gr.Button(text.NEW, size="sm", min_width=88, elem_id="new")
                suggested = gr.HTML(self.suggested(), elem_id="examples")
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
                with gr.Accordion(text.CONVERSATIONS, open=False, elem_id="conversations"):
                    find = gr.Textbox(
                        placeholder=text.FIND_CONVERSATION,
                        show_label=False,
                        container=False,
                        elem_id="find-conversation",
                    )
                    listed = gr.HTML(self.listed(), elem_id="kept", js_on_load=links("a.conversation"))
                    with gr.Row():
                        name = gr.Textbox(
                            placeholder=text.RENAME_TO,
                            show_label=False,
                            container=False,
                            scale=4,
                            elem_id="rename-to",
                        )
                        rename = gr.Button(text.RENAME, size="sm", min_width=64, elem_id="rename")
                        delete = gr.Button(text.DELETE, size="sm", min_width=64, elem_id="delete")
                        sure = gr.Button(
                            text.DELETE_SURE,
                            size="sm",
                            variant="stop",
                            visible=False,
                            min_width=64,
                            elem_id="delete-sure",
                        )
                    with gr.Row(elem_id="exports"):
                        exports = {
                            kind: gr.Button(f"{text.EXPORT} {called}", size="sm", elem_id=f"export-{kind}")
                            for kind, called in text.EXPORTS.items()
                        }
            with gr.Column(scale=2, min_width=320, elem_id="proof"):
                gr.HTML(f"<h2>{text.EVIDENCE}</h2>")
                evidence = gr.HTML(
                    self.evidence(Conversation()), elem_id="evidence", js_on_load=DOCUMENT_LINKS
                )
        taken = gr.Textbox(visible="hidden", elem_id="taken")
        # Given by the page's script: the turn whose evidence is wanted, this tab's conversation, when
        # something was sent while an answer streamed, and the turn that is to be copied.
        older = gr.Textbox(visible="hidden", elem_id="older")
        current = gr.Textbox(visible="hidden", elem_id="current")
        asked = gr.Textbox(visible="hidden", elem_id="asked")
        copying = gr.Textbox(visible="hidden", elem_id="copying")
        disliked = gr.State(-1)
        preferred = gr.BrowserState(
            [Script.QUESTION, Length.NORMAL], storage_key="judian-form", secret=_NO_SECRET
        )
        outputs = [question, chat, evidence, conversation, current, earlier]
        wanted = [conversation, script, length, within, current]
        sent = [send.click, question.submit]
        # Gradio lets an event wait for those before it, and drops one that still goes on.
        gr.on(sent, None, None, asked, js="() => judian.sent()", **HIDDEN)
        asked.change(self.told_busy, asked, None, concurrency_limit=None, **HIDDEN)
        at_once: dict[str, Any] = {"concurrency_limit": _QUESTIONS_AT_ONCE, **HIDDEN}
        streaming: list[Any] = [
            gr.on(sent, _ends_with_nothing(self.answer), [question, *wanted], outputs, **at_once),
            chat.retry(_ends_with_nothing(self.again), wanted, outputs, **at_once),
        ]
        for done in streaming:
            done.then(self.listed, find, listed, **HIDDEN)
        # What is still streaming would write the exchange back that these take away.
        undone = chat.undo(self.undo, [conversation, current], outputs, cancels=streaming, **HIDDEN)
        undone.then(self.listed, find, listed, **HIDDEN)
        chat.like(self.judged, conversation, [disliked, complaint, note, right], **HIDDEN)
        said = [note, right]
        complain.click(self.complain, [conversation, disliked, reason, *said], [complaint, *said], **HIDDEN)
        drop.click(lambda: (gr.Group(visible=False), "", ""), None, [complaint, *said], **HIDDEN)
        stop.click(self.stop, None, None, queue=False, **HIDDEN)
        emptied = [  # through the queue, so that it is shown after what was sent of the answer before
            cleared(self.clear, None, outputs, concurrency_limit=None, cancels=streaming, **HIDDEN)
            for cleared in (chat.clear, new.click)
        ]
        for each in emptied:
            each.then(self.listed, find, listed, **HIDDEN)
        viewer.show_for(evidence)
        earlier.click(self.unfold, conversation, [chat, earlier], **HIDDEN)
        older.change(self.evidence, [conversation, older], evidence, **HIDDEN)
        copying.change(self.copied, [conversation, copying], taken, **HIDDEN).then(
            None, taken, None, js="(value) => judian.copy(value)", **HIDDEN
        )
        for kind, button in exports.items():
            button.click(getattr(self, f"as_{kind}"), conversation, taken, **HIDDEN).then(
                None, taken, None, js=f"(value) => judian.save(value, {kind!r})", **HIDDEN
            )
        find.change(self.listed, find, listed, **HIDDEN)
        opened = listed.click(self.open, None, outputs, cancels=streaming, **HIDDEN)
        rename.click(self.rename, [conversation, name, find], [listed, name, conversation], **HIDDEN)
        two = [delete, sure]
        delete.click(lambda: (gr.Button(visible=False), gr.Button(visible=True)), None, two, **HIDDEN)
        gone = sure.click(self.delete, conversation, [*outputs, *two], cancels=streaming, **HIDDEN)
        gone.then(self.listed, find, listed, **HIDDEN)
        for other in (*emptied, opened, undone, gone):  # what was asked of an answer is not there any more
            other.then(lambda: (-1, gr.Group(visible=False)), None, [disliked, complaint], **HIDDEN)
        current.change(None, current, None, js="(id) => judian.remember(id)", **HIDDEN)
        for wish in (script, length):
            wish.change(lambda *wanted: list(wanted), [script, length], preferred, **HIDDEN)

        def bring_back(blocks: gr.Blocks) -> None:
            # The script's value goes through the hidden field: what load() is given comes from the server.
            blocks.load(self.back, current, [*outputs, listed], js="() => judian.remembered()", **HIDDEN)
            blocks.load(_form, preferred, [script, length], **HIDDEN)

        def begin_anew(event: Any) -> None:
            event.then(self.clear, None, outputs, **HIDDEN).then(self.listed, find, listed, **HIDDEN)

        return within, suggested, bring_back, begin_anew

    # -- what the page shows ---------------------------------------------------------------------------------

    def refreshed(self, chosen: list[str] | None) -> Any:
        """The choice of documents as they are now; what is gone is not chosen any more."""
        choices = self.choices()
        there = {number for _, number in choices}
        return gr.Dropdown(choices, value=[each for each in chosen or () if each in there])

    def choices(self) -> list[tuple[str, str]]:
        """Names and ids of the documents to choose from."""
        library = self._shelf.library
        documents = library.documents()[-_MOST_DOCUMENTS:] if library.is_there else []
        return list(zip(titles(documents), (info.id for info in documents), strict=True))

    def suggested(self) -> str:
        return self._html.examples_html(suggestions(self._shelf.library, self._text))

    def listed(self, wanted: str | None = "") -> str:
        """The kept conversations that hold ``wanted``, as HTML."""
        return self._html.conversations_html(self.kept.found(wanted or ""))

    def messages(self, conversation: Conversation) -> list[dict[str, str]]:
        """The turns of a conversation that are shown."""
        found = []
        for each in conversation.exchanges[conversation.folded :]:
            found.append({"role": "user", "content": question_html(each.question)})
            found.append({"role": "assistant", "content": each.reply})
        return found

    def earlier(self, conversation: Conversation) -> Any:
        """The button that shows more turns, where there are any."""
        label = self._text.EARLIER.format(count=conversation.folded)
        return gr.Button(label, visible=conversation.folded > 0)

    def unfold(self, conversation: Conversation) -> tuple[Any, Any]:
        conversation.fold(conversation.unfolded + TURNS)
        return self.messages(conversation), self.earlier(conversation)

    def evidence(self, conversation: Conversation, wanted: str = "") -> str:
        """What the answers rest on, as HTML: the newest first, and the turn that is ``wanted``."""
        turn = _turn(wanted)
        sections = [each.section for each in reversed(conversation.exchanges[-_SHOWN:])]
        if 0 < turn <= len(conversation.exchanges) - _SHOWN:
            sections.insert(0, conversation.exchanges[turn - 1].section)
        return f'<div class="evidence">{"".join(sections) or quiet(self._text.EMPTY_EVIDENCE)}</div>'

    # -- asking ----------------------------------------------------------------------------------------------

    def answer(
        self,
        question: str,
        conversation: Conversation,
        script: str,
        length: str,
        within: list[str] | None,
        request: gr.Request,
        current: str = "",
    ) -> Iterator[Shown]:
        """One turn, unless nothing was typed or an answer is still on its way.

        ``current`` is the conversation that the page shows, by its id.
        """
        if not question.strip() or self._is_busy(request):
            yield _AS_IT_IS
            return
        conversation = self._going_on(self._remembered(conversation, current))
        form = Form(Script(script), Length(length), self._shelf.evidence)
        yield from self._turn(Exchange(question), conversation, form, within or (), request)

    def _remembered(self, conversation: Conversation, current: str) -> Conversation:
        """The tab's conversation. Gradio forgets it an hour after a laptop fell asleep; the page does not."""
        if conversation.is_begun or not current:
            return conversation
        try:
            return self._opened(current)
        except JudianError:
            return conversation  # it was deleted meanwhile

    def _going_on(self, conversation: Conversation) -> Conversation:
        """``conversation``, or a new one where it asked another library or nothing yet."""
        home = str(self._shelf.library.folder)
        if conversation.home == home and conversation.is_begun:
            return conversation
        new = Conversation()
        new.home = home
        return new

    def _turn(
        self,
        exchange: Exchange,
        conversation: Conversation,
        form: Form,
        within: Sequence[str],
        request: gr.Request,
    ) -> Iterator[Shown]:
        """The passages at once, the text as it streams, each sentence proven as it ends."""
        html, assistant, question = self._html, self._shelf.assistant, exchange.question
        turns = conversation.turns()
        conversation.exchanges.append(exchange)
        conversation.fold()
        self._keep(conversation)  # a page that is loaded again has its question back
        turn = len(conversation.exchanges)
        stop = self._streams[str(request.session_hash)] = _Stream()
        said, left_out = "", 0
        quick: Answer | None = None
        proven: Proven | None = None
        found, selected = Found(question, ()), Selected((), 0)
        begun, section = False, None

        def shown(reply: str) -> Shown:
            nonlocal begun, section
            exchange.reply = reply
            # Emptied once: the next question may be typed while this answer streams. Evidence is long, and
            # sent when it changes.
            box, folded = ("", self.earlier(conversation)) if not begun else (gr.skip(), gr.skip())
            same, section, begun = exchange.section == section, exchange.section, True
            evidence = gr.skip() if same else self.evidence(conversation)
            return box, self.messages(conversation), evidence, conversation, conversation.id, folded

        def coming() -> str:
            text = written(said.lstrip(), form.script, question, [hit.passage.text for hit in found.hits])
            answered = proven.answer if proven else None
            instant = html.instant_html(quick, turn, linked=not proven) if quick else ""
            return html.streaming_html(text, found.understood_as, question, turn, instant, answered)

        self._line.look(exchange)
        try:
            documents = self._still_there(within)
            for event in assistant.stream(
                question, turns, stop, within=Filter(documents=documents), form=form
            ):
                if isinstance(event, Searched):
                    exchange.section = html.found_html(event.hits, question, turn)
                elif isinstance(event, Found):
                    found = event
                    exchange.section = html.found_html(found.hits, question, turn)
                elif isinstance(event, Instant):
                    quick = event.answer
                    exchange.section = html.evidence_html(event.answer, found.hits, turn)
                elif isinstance(event, Selected):
                    selected, left_out = event, event.left_out
                    for before in self._line.wait(exchange, stop):
                        if stop.abandoned:
                            return
                        yield shown(coming() + quiet(self._text.WAITING.format(count=before)))
                elif isinstance(event, Piece):
                    said += event.text
                elif isinstance(event, Proven):
                    proven = event
                    exchange.section = html.evidence_html(event.answer, found.hits, turn, left_out)
                if stop.abandoned:
                    return
                if isinstance(event, Done):
                    self._line.leave(exchange)
                    if exchange.instead_of is not None and fold(event.answer.text) == fold(STOPPED_TEXT):
                        conversation.put_back(exchange)  # nothing was said by then
                        exchange.section = ""
                        yield shown("")
                        return
                    exchange.answer = event.answer
                    words = [group.spellings for group in assistant.library.terms.query(found.asked).groups]
                    why = html.why_html(words, found.hits, found.likelihood, selected.evidence)
                    exchange.section = html.evidence_html(event.answer, found.hits, turn, left_out, why)
                    reply = html.answer_html(event.answer, turn)
                    gone = len(within) - len(documents)
                    note = quiet(self._text.WITHIN_GONE.format(count=gone)) if gone else ""
                    yield shown(reply + note + self._keep(conversation))
                    return
                yield shown(coming())
        except Exception as error:  # an engine raises what it likes
            conversation.put_back(exchange)
            exchange.section = ""
            yield shown(html.error_html(self._told(error, exchange)))
        finally:
            self._line.leave(exchange)
            if exchange.answer is None:
                stop.set()  # the page went away: the model is not to go on for nobody
                conversation.put_back(exchange)
            if self._streams.get(str(request.session_hash)) is stop:
                del self._streams[str(request.session_hash)]
            stop.over.set()

    def _still_there(self, within: Sequence[str]) -> tuple[str, ...]:
        """Of the documents chosen those that were not removed meanwhile; raises JudianError for none."""
        if not within:
            return ()
        there = {info.id for info in self._shelf.library.documents()}
        found = tuple(each for each in within if each in there)
        if not found:
            raise JudianError(self._text.WITHIN_ALL_GONE)
        return found

    def _told(self, error: Exception, exchange: Exchange) -> str:
        """What went wrong, in a line. Where an answer stands there again, it is told beside it, too."""
        if not isinstance(error, JudianError):
            _LOG.error("The answer broke off", exc_info=error)
        told = message(error, self._text) if isinstance(error, JudianError) else self._text.BROKEN
        if exchange.instead_of is not None:
            gr.Warning(escaped(self._text.ERROR + told))
        return told

    def _is_busy(self, request: gr.Request) -> bool:
        """Whether this tab's answer is still coming, which is told; one that was stopped hardly is."""
        stream = self._streams.get(str(request.session_hash))
        busy = stream is not None and not stream.is_set()
        if busy:
            gr.Info(self._text.BUSY, duration=5)
        return busy

    def told_busy(self, asked: str, request: gr.Request) -> None:
        """What is sent while an answer streams stays in the box: gradio drops the event, so this says it."""
        if asked:
            self._is_busy(request)

    def _keep(self, conversation: Conversation) -> str:
        """Keep it where it began; HTML that says why that failed, "" when it did not."""
        if not conversation.home:
            return ""
        try:
            self._kept_in(Path(conversation.home)).keep(conversation)
        except OSError as error:
            return quiet(self._text.NOT_KEPT.format(reason=message(error, self._text)))
        return ""

    def again(
        self,
        conversation: Conversation,
        script: str,
        length: str,
        within: list[str] | None,
        request: gr.Request,
        current: str = "",
    ) -> Iterator[Shown]:
        """The last question once more, for another script, length or choice of documents.

        The answer that it has stays kept until there is another.
        """
        conversation = self._remembered(conversation, current)
        if not conversation.exchanges or self._is_busy(request):
            yield _AS_IT_IS
            return
        last = conversation.exchanges[-1]
        exchange, conversation = Exchange(last.question), self._going_on(conversation)
        if conversation.exchanges:
            exchange.instead_of = conversation.exchanges.pop().finished
        form = Form(Script(script), Length(length), self._shelf.evidence)
        yield from self._turn(exchange, conversation, form, within or (), request)

    def undo(self, conversation: Conversation, request: gr.Request, current: str = "") -> Shown:
        """Take the last exchange back; its question can be edited."""
        self._abandon(request)
        conversation = self._remembered(conversation, current)
        question = conversation.exchanges.pop().question if conversation.exchanges else ""
        if conversation.exchanges:
            self._keep(conversation)
        else:
            self._kept_in(Path(conversation.home or ".")).delete(conversation.id)
        return question, *self._all_of(conversation)

    def stop(self, request: gr.Request) -> None:
        """End the answer that this tab is waiting for."""
        if stream := self._streams.get(str(request.session_hash)):
            stream.set()

    def _abandon(self, request: gr.Request) -> None:
        """End it, and show nothing more of it."""
        if stream := self._streams.get(str(request.session_hash)):
            stream.abandon()

    def clear(self, request: gr.Request) -> Shown:
        """A new conversation; the one before is kept."""
        self._abandon(request)
        return "", *self._all_of(Conversation())

    def _all_of(self, conversation: Conversation) -> tuple[Any, str, Conversation, str, Any]:
        """All that the page shows of it, and its id unless it is new."""
        known = conversation.id if conversation.exchanges or conversation.pending else ""
        conversation.fold()
        shown = self.messages(conversation), self.evidence(conversation)
        return *shown, conversation, known, self.earlier(conversation)

    # -- judging ---------------------------------------------------------------------------------------------

    def judged(self, conversation: Conversation, feedback: gr.LikeData) -> tuple[int, Any, str, str]:
        """A thumb down asks what is wrong; a thumb up takes that back."""
        place = conversation.folded + (feedback.index // 2 if isinstance(feedback.index, int) else 0)
        answered = place < len(conversation.exchanges) and conversation.exchanges[place].answer is not None
        return place, gr.Group(visible=answered and not feedback.liked), "", ""

    def complain(
        self, conversation: Conversation, place: int, reason: str, note: str, right: str = ""
    ) -> tuple[Any, str, str]:
        """The answer becomes a case in the library's folder, for ``judian eval``."""
        answer = conversation.exchanges[place].answer if 0 <= place < len(conversation.exchanges) else None
        if answer is None:
            return gr.Group(visible=False), "", ""
        said = "：".join(part for part in (self._text.COMPLAINTS.get(reason, ""), note.strip()) if part)
        before, folder = conversation.turns(place), self._shelf.library.folder
        try:
            file = keep_case(folder, answer.question, before, answer.to_json(), said, right)
        except OSError as error:
            gr.Warning(self._text.CASE_NOT_KEPT.format(reason=message(error, self._text)))
            return gr.Group(visible=True), note, right
        kept = self._text.CASE_READY if right.strip() else self._text.CASE_KEPT
        gr.Info(kept.format(file=file.name), duration=4)
        return gr.Group(visible=False), "", ""

    # -- kept conversations ----------------------------------------------------------------------------------

    def open(self, event: gr.EventData, request: gr.Request) -> Shown:
        """The conversation that was clicked on in the list."""
        self._abandon(request)
        try:
            conversation = self._opened(str(event._data.get("conversation", "")))
            return conversation.pending, *self._all_of(conversation)
        except (JudianError, AttributeError):
            gr.Warning(self._text.CONVERSATION_GONE)
            return _AS_IT_IS

    def back(self, identity: str) -> tuple[Any, ...]:
        """The conversation that this browser tab had before it was loaded again, and the list of them.

        Without one nothing else is touched: who types as soon as the page is there would lose it.
        """
        try:
            conversation = self._opened(identity or "")
        except JudianError:
            return *_AS_IT_IS, self.listed()
        return conversation.pending or gr.skip(), *self._all_of(conversation), self.listed()

    def _opened(self, identity: str) -> Conversation:
        quoted = Quoted(self._shelf.library)
        return self.kept.open(
            identity,
            lambda answer, turn: (
                self._html.answer_html(answer, turn),
                self._html.evidence_html(answer, quoted.hits(answer), turn),
            ),
        )

    def rename(
        self, conversation: Conversation, name: str, wanted: str | None
    ) -> tuple[str, str, Conversation]:
        """``name`` for the open conversation; an empty one gives it its first question again."""
        if conversation.exchanges:
            conversation.name = name.strip()
            self._keep(conversation)
        return self.listed(wanted), "", conversation

    def delete(self, conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
        """Delete the open conversation, and begin another."""
        self._abandon(request)
        conversation.exchanges.clear()  # what is just finishing keeps nothing
        self._kept_in(Path(conversation.home or ".")).delete(conversation.id)
        return *self.clear(request), gr.Button(visible=True), gr.Button(visible=False)

    # -- taking along ----------------------------------------------------------------------------------------

    def copied(self, conversation: Conversation, wanted: str) -> str:
        """The answer of the turn that is ``wanted``, with its sources."""
        turn = _turn(wanted)
        there = 0 < turn <= len(conversation.exchanges)
        answer = conversation.exchanges[turn - 1].answer if there else None
        if answer is None:
            gr.Info(self._text.NOTHING_YET, duration=3)
            return ""
        gr.Info(self._text.COPIED, duration=2)
        return self._exports.with_sources(answer)

    def as_md(self, conversation: Conversation) -> str:
        return self._exported(conversation, lambda: self._exports.markdown(conversation).encode())

    def as_html(self, conversation: Conversation) -> str:
        return self._exported(conversation, lambda: self._exports.web(conversation).encode())

    def as_docx(self, conversation: Conversation) -> str:
        return self._exported(conversation, lambda: self._exports.word(conversation))

    def _exported(self, conversation: Conversation, write: Callable[[], bytes]) -> str:
        """What ``write`` gives in base64, for the page's script to save; "" where there is nothing."""
        if not conversation.answers():
            gr.Info(self._text.NOTHING_YET, duration=3)
            return ""
        return base64.b64encode(write()).decode()


def _ends_with_nothing(asked: Callable[..., Iterator[Shown]]) -> Callable[..., Iterator[Shown]]:
    """Gradio sends the last of a stream once more as it ends, when the page may show another conversation."""

    @wraps(asked)
    def ending(*given: Any) -> Iterator[Shown]:
        yield from asked(*given)
        yield _AS_IT_IS

    return ending


def _turn(wanted: str) -> int:
    """The number in what the page's script gives, "TURN TIME"; 0 for none."""
    turn = wanted.partition(" ")[0]
    return int(turn) if turn.isdecimal() else 0


def _form(preferred: Any) -> tuple[Script, Length]:
    """The script and length that this browser asked for last; what it kept may be anything."""
    try:
        script, length = preferred
        return Script(script), Length(length)
    except (TypeError, ValueError):
        return Script.QUESTION, Length.NORMAL
