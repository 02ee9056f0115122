"""Libraries of one folder, who waits for the model, and watched folders."""

from __future__ import annotations

import shutil
import socket
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from index.errors import LibraryReadOnlyError
from index.library import Library
from index.types import AddReport
from rag.answer import Answer
from rag.assistant import Assistant
from rag.errors import GeneratorUnavailableError
from tests.conftest import HashingEncoder, SayingGenerator
from ui.chat import Chat
from ui.conversation import TURNS, Conversation, Exchange
from ui.documents import Documents
from ui.line import Line
from ui.page import _free_port
from ui.render import quiet
from ui.shelf import LibraryNameError, Shelf
from ui.suggestions import suggestions
from ui.text import ENGLISH, SIMPLIFIED, languages, strings
from ui.watched import ENDED, GONE, WatchedFolders

Writer = Callable[..., Path]
Open = Callable[..., Library]
NAMES = {"taken": "taken {name}", "bad": "bad {name}"}


@pytest.fixture
def shelf(library: Library, open_library: Open) -> Shelf:
    return Shelf(Assistant(library, SayingGenerator("甲镇有三千人。")), open_library)


def test_a_library_is_made_and_left_and_found_again(shelf: Shelf, write: Writer) -> None:
    shelf.library.add(write("甲.txt", "甲镇有三千人。"))
    shelf.create("新的", **NAMES)
    assert (shelf.name, shelf.names()) == ("新的", ["library", "新的"])
    shelf.switch("library")
    assert shelf.library.size()[0] == 1
    assert "新的" in shelf.names(), "it is empty, but somebody wants it"
    shelf.switch("新的")
    assert not shelf.library.is_there


@pytest.mark.parametrize("name", ["", "  ", "..", ".x", "a/b", "../x", "/etc", "a\\b", "c:x"])
def test_a_name_is_no_path(shelf: Shelf, name: str) -> None:
    with pytest.raises(LibraryNameError, match="bad"):
        shelf.create(name, **NAMES)
    with pytest.raises(LibraryNameError):
        shelf.switch(name)


def test_a_conversation_stays_with_its_library(shelf: Shelf, write: Writer) -> None:
    class Request:
        session_hash = "x"

    shelf.library.add(write("甲.txt", "甲镇有三千人。"))
    chat = Chat(shelf, SIMPLIFIED, Line())

    def ask(conversation: Conversation) -> Conversation:
        *_, last = chat.answer("甲镇有多少人？", conversation, "question", "normal", [], Request())  # type: ignore[arg-type]
        found = last[3]
        assert isinstance(found, Conversation)
        return found

    first = ask(Conversation())
    again = ask(first)
    assert again is first
    assert [each.id for each in chat.kept.found()] == [first.id]
    shelf.create("新的", **NAMES)
    assert chat.kept.found() == []
    other = ask(first)
    assert other.id != first.id
    assert len(first.exchanges) == 2
    assert other.turns() == () or len(other.exchanges) == 1
    shelf.switch("library")
    assert [each.id for each in chat.kept.found()] == [first.id]


def test_a_thumb_is_for_the_answer_that_is_shown_there(shelf: Shelf) -> None:
    class Thumb:
        index, liked = 3, False

    chat = Chat(shelf, SIMPLIFIED, Line())
    conversation = Conversation()
    conversation.exchanges = [
        Exchange(f"第{n}问", answer=Answer(f"第{n}问", f"第{n}问", True, "没有。")) for n in range(TURNS + 5)
    ]
    conversation.fold()
    place, *_ = chat.judged(conversation, Thumb())  # type: ignore[arg-type]
    assert place == 6
    assert "第6问" in chat.messages(conversation)[2]["content"]
    chat.unfold(conversation)
    place, *_ = chat.judged(conversation, Thumb())  # type: ignore[arg-type]
    assert place == 1


def test_two_who_ask_the_same_wait_one_for_the_other() -> None:
    line, nobody_stops = Line(), threading.Event()
    first, second = Exchange("几家？"), Exchange("几家？")
    assert list(line.wait(first, nobody_stops)) == []
    waiting = line.wait(second, nobody_stops)
    assert next(waiting) == 1
    threading.Timer(0.2, line.leave, [first]).start()
    assert list(waiting) == []
    line.leave(second)
    line.leave(second)
    assert list(line.wait(Exchange("谁？"), nobody_stops)) == []


def test_who_stops_while_waiting_gives_the_place_up() -> None:
    line, stop = Line(), threading.Event()
    first, second, third = Exchange("一"), Exchange("二"), Exchange("三")
    assert list(line.wait(first, threading.Event())) == []
    waiting = line.wait(second, stop)
    assert next(waiting) == 1
    last = line.wait(third, threading.Event())
    assert next(last) == 2
    stop.set()
    assert list(waiting) == []
    line.leave(second)
    assert next(last) == 1


def test_the_model_waits_for_those_who_look_for_passages_already() -> None:
    line = Line()
    first, looking, later = Exchange("一"), Exchange("二"), Exchange("三")
    line.look(first)
    line.look(looking)
    went_on = threading.Event()

    def wait() -> None:
        assert list(line.wait(first, threading.Event())) == []
        went_on.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not went_on.wait(0.3)
    line.look(later)  # does not hold up who is first already
    second = line.wait(looking, threading.Event())
    assert next(second) == 1
    assert went_on.wait(5)
    line.leave(first)
    threading.Timer(0.2, line.leave, [later]).start()
    assert list(second) == []


def test_a_watched_folder_waits_for_another_writer(library: Library, write: Writer, tmp_path: Path) -> None:
    library.add(write("甲.txt", "甲镇有三千人。"))
    folder = tmp_path / "监视"
    folder.mkdir()
    (folder / "乙.txt").write_text("乙镇有五千人。", encoding="utf-8")
    watched = WatchedFolders(library)
    with library.writing():
        watched.keep([str(folder)])
        time.sleep(3)
        assert library.size()[0] == 1
    for _ in range(100):
        if library.size()[0] == 2:
            break
        time.sleep(0.1)
    watched.stop()
    assert library.size()[0] == 2
    assert watched.names() == [str(folder)]


def test_every_language_has_every_string_with_the_same_fields() -> None:
    import string

    def fields(value: object) -> object:
        if isinstance(value, dict):
            return {name: fields(each) for name, each in value.items()}
        if isinstance(value, tuple):
            return [fields(each) for each in value]
        return sorted(name for _, name, _, _ in string.Formatter().parse(str(value)) if name)

    wanted = strings(SIMPLIFIED)
    for text in languages().values():
        assert {name: fields(value) for name, value in strings(text).items()} == {
            name: fields(value) for name, value in wanted.items()
        }
    own = {name for name in vars(type(ENGLISH)) if name.isupper()}
    assert own == set(wanted), "English has its own words for all of it"
    assert languages()["hant"].TAB_CHAT == "問答"


def test_questions_are_suggested_from_beside_the_documents_or_their_titles(
    library: Library, write: Writer
) -> None:
    assert suggestions(library, SIMPLIFIED) == []
    library.add(write("甲镇志.txt", "甲镇有三千人。"))
    assert suggestions(library, SIMPLIFIED) == ["《甲镇志》主要讲了什么？"]
    write(
        "questions.jsonl",
        '{"question": "几人？", "answerable": true}\n{"question": "谁？", "answerable": false}\n',
    )
    assert suggestions(library, SIMPLIFIED) == ["几人？"]
    write("questions.jsonl", "no questions")
    assert suggestions(library, SIMPLIFIED) == ["《甲镇志》主要讲了什么？"]


class Weighty(SayingGenerator):
    """Knows how many of its kind are loaded at once, as memory would."""

    loaded: ClassVar[list[str]] = []
    most = 0

    def __init__(self, name: str) -> None:
        super().__init__("甲镇有三千人。")
        self.name = name

    def load(self) -> None:
        if self.name == "broken":
            raise GeneratorUnavailableError(self.name, "no room")
        Weighty.loaded.append(self.name)
        weakref.finalize(self, Weighty.loaded.remove, self.name)
        Weighty.most = max(Weighty.most, len(Weighty.loaded))


def test_another_model_is_loaded_when_the_one_before_is_gone(library: Library) -> None:
    made: list[str] = []

    def make(name: str) -> Weighty:
        made.append(name)
        return Weighty(name)

    first = Weighty("first")
    first.load()
    shelf = Shelf(Assistant(library, first), None, make)
    del first
    shelf.use_model("first")
    assert made == [], "it is in use"
    shelf.use_model("second")
    assert (shelf.assistant.name, Weighty.loaded, Weighty.most) == ("second", ["second"], 1)
    with pytest.raises(GeneratorUnavailableError):
        shelf.use_model("broken")
    assert shelf.assistant.name == "second"


def test_a_folder_that_cannot_be_followed_any_more_is_told(library: Library, tmp_path: Path) -> None:
    names = [tmp_path / "一", tmp_path / "二"]
    for each in names:
        each.mkdir()
        (each / "a.txt").write_text(f"{each.name}号文件夹里的一份。", encoding="utf-8")
    shelf = Shelf(Assistant(library, None))
    documents = Documents(shelf, SIMPLIFIED)
    assert documents.watch("\n".join(map(str, names))) == quiet(SIMPLIFIED.WATCHING.format(count=2))
    shutil.rmtree(names[1])
    assert shelf.watched.state() == {str(names[0]): "", str(names[1]): GONE}
    assert SIMPLIFIED.WATCH_GONE in documents.following()
    shelf.watched.stop()
    for _ in range(100):
        if shelf.watched.state()[str(names[0])] == ENDED:
            break
        time.sleep(0.1)
    assert SIMPLIFIED.WATCH_ENDED in documents.following()
    assert quiet(SIMPLIFIED.WATCHING.format(count=1)) not in documents.following()


def test_a_watcher_that_dies_says_why(write: Writer, tmp_path: Path) -> None:
    folder = write("a.txt", "一句话。").parent

    class Failing(Library):
        def add(self, *_: object, **__: object) -> AddReport:
            raise LibraryReadOnlyError(self.folder, "disk full")

    failing = Failing(tmp_path / "library", open_encoder=lambda _: HashingEncoder())
    watched = WatchedFolders(failing)
    watched.keep([str(folder)])
    for _ in range(100):
        if watched.state()[str(folder)]:
            break
        time.sleep(0.1)
    assert "disk full" in watched.state()[str(folder)]
    failing.close()


@pytest.mark.parametrize("host", ["::", "::1", "0.0.0.0", "127.0.0.1", "localhost"])
def test_a_free_port_is_found_for_every_address(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert _free_port(port, host) >= port
