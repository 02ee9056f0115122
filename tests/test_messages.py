"""What goes wrong is told on the page in its language, with what to do there."""

from __future__ import annotations

import ast
import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from string import Formatter

import pytest

from index.backup import BackupError
from index.encodings import CANDIDATES
from index.errors import (
    DocumentAmbiguousError,
    DocumentMissingError,
    EmptyFolderError,
    EncoderMismatchError,
    EncoderUnavailableError,
    EncodingUnknownError,
    JudianError,
    LibraryBusyError,
    LibraryDamagedError,
    LibraryFormatError,
    LibraryMissingError,
    LibraryReadOnlyError,
    NoReadableFilesError,
    NothingMatchesError,
    PathMissingError,
    Problem,
    VectorsDamagedError,
    WeightsError,
    WeightsMissingError,
)
from index.library import Library
from index.normalize import is_han
from index.store import FILE_NAME
from index.terms import DICTIONARY, BrokenTermError, Terms, add_lines
from index.types import EncoderMark
from rag.assistant import Assistant
from rag.errors import GeneratorUnavailableError, QuestionTooLongError
from rag.evaluation.errors import BaselineError, RowError
from rag.evaluation.sets import read_set
from tests.conftest import ROOT
from ui.messages import message
from ui.render_documents import DocumentsHtml
from ui.retrieval import Retrieval
from ui.shelf import EncoderNameError, Shelf
from ui.text import ENGLISH, SIMPLIFIED, Text, languages, traditional

Writer = Callable[..., Path]

HERE = Path("/资料")
MARK = EncoderMark("e5", "0a", 384)

# Every one with words of its own on the page, in Chinese at least.
ERRORS = (
    PathMissingError(HERE),
    EmptyFolderError(HERE),
    NoReadableFilesError(HERE, (".pdf", ".txt")),
    EncodingUnknownError("utf-9", CANDIDATES),
    LibraryMissingError(HERE),
    LibraryBusyError(HERE),
    LibraryDamagedError(HERE, "no such table"),
    VectorsDamagedError(HERE),
    LibraryFormatError(HERE, found="9", known="3"),
    LibraryReadOnlyError(HERE, "Read-only file system"),
    EncoderMismatchError(HERE, made_with=MARK, asked_for=EncoderMark("bge", "0b", 512)),
    EncoderUnavailableError("bge", "no config.json"),
    DocumentMissingError("0123"),
    DocumentAmbiguousError("01", ["0123", "0145"]),
    NothingMatchesError("of type pdf"),
    WeightsError("reader.bin is missing or damaged."),
    WeightsMissingError("qwen2.5-coder-1.5b"),
    BackupError("/备份.zip is no backup.", file=Path("/备份.zip")),
    BrokenTermError("长 沙", Problem("a word has no space", "term_tag", tag="沙")),
    GeneratorUnavailableError("qwen", "HTTP 500"),
    QuestionTooLongError("t5", 900, 512),
    RowError(HERE / "questions.jsonl", 3, "the field id is missing", "field_missing", field="id"),
    BaselineError(HERE / "run.json", "it is no saved run", "run_none"),
    EncoderNameError("'x' is no encoder of this machine. Choose one of the list."),
)

# These are told in other words on the page, by what catches them, or only ever in a terminal; QuestionError
# and SetError have a kind for each of their messages.
WITHOUT = {
    "ConversationGoneError",
    "LibraryNameError",
    "QuestionError",
    "SetError",
    "UnreadableFileError",
}


def subclasses(of: type[JudianError]) -> Iterator[type[JudianError]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def said_in_code() -> Iterator[tuple[str, set[str]]]:
    """The kind of every problem that index, rag and ui tell of, with the names of its facts."""
    for path in (path for room in ("index", "rag", "ui") for path in (ROOT / room).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
            if isinstance(call, ast.Call) and (name.endswith("Error") or name == "Problem"):
                said = [each.value for each in call.args[1:] if isinstance(each, ast.Constant)]
                facts = {each.arg or "" for each in call.keywords}
                yield from ((kind, facts) for kind in said if isinstance(kind, str) and kind.isidentifier())


def test_every_error_has_words_of_its_own_or_is_known_to_have_none() -> None:
    ours = {
        each.__name__
        for each in subclasses(JudianError)
        if each.__module__.split(".")[0] in ("index", "rag", "ui")
    }
    assert ours - {type(error).__name__ for error in ERRORS} == WITHOUT
    assert {type(error).__name__ for error in ERRORS} <= SIMPLIFIED.PROBLEMS.keys()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_told_in_each_language(error: JudianError) -> None:
    told = message(error, SIMPLIFIED)
    assert told != str(error)
    assert any(map(is_han, told))
    assert "{" not in told + message(error, ENGLISH)
    assert message(error, traditional()) != str(error)
    assert "judian add" not in message(error, ENGLISH)
    assert "run the same command" not in message(error, ENGLISH)


@pytest.mark.parametrize("text", [SIMPLIFIED, ENGLISH], ids=lambda text: text.NAME)
def test_the_words_for_a_problem_ask_for_no_fact_that_it_does_not_carry(text: Text) -> None:
    carried: dict[str, list[set[str]]] = {type(error).__name__: [{*error.problem.facts}] for error in ERRORS}
    for kind, facts in said_in_code():
        carried.setdefault(kind, []).append(facts)
    carried |= {name: [{"file"}] for name in text.PROBLEMS if name in errno.errorcode.values()}
    carried["slow"] = carried["memory"]  # index/reading.py passes these two on
    assert carried.keys() == text.PROBLEMS.keys()
    for kind, words in text.PROBLEMS.items():
        asked = {name for _, name, _, _ in Formatter().parse(words) if name} - {"said"}
        assert all(asked <= facts for facts in carried[kind]), kind


def test_a_problem_without_words_is_told_in_its_own() -> None:
    assert message(Problem("something else", "unheard of"), SIMPLIFIED) == "something else"
    assert message(ValueError("no number"), SIMPLIFIED) == "no number"


def test_a_full_disk_is_told_in_chinese() -> None:
    assert message(OSError(errno.ENOSPC, "No space left on device"), SIMPLIFIED).startswith("磁盘满了")
    assert (
        message(OSError(errno.EXDEV, "Invalid cross-device link"), SIMPLIFIED) == "Invalid cross-device link"
    )


def test_a_question_on_no_library_once_told_to_type_a_command(library: Library) -> None:
    for path, text in languages().items():
        with pytest.raises(LibraryMissingError) as caught:
            library.search("长沙在哪里？", 3)
        told = message(caught.value, text)
        assert ("文" if path != "en" else "Documents") in told
        assert "judian" not in told
    assert "judian add PATH" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("空.txt", b"", "empty"),
        ("坏.pdf", b"%PDF-1.7 broken", "damaged"),
        ("坏.docx", b"PK\x03\x04 broken", "damaged_archive"),
        ("程序.txt", bytes(range(256)) * 40, "binary"),
        ("表.json", b"{not json", "not_json"),
    ],
)
def test_why_a_file_cannot_be_read_was_told_in_english(
    library: Library, write: Writer, name: str, content: bytes, kind: str
) -> None:
    report = library.add(write("好.txt", "长沙是湖南省的省会。"), write(name, content))
    outcome = report.outcomes[1]
    assert outcome.message.startswith(outcome.path)
    html = unescape(DocumentsHtml(SIMPLIFIED).report_html(report))
    assert f"{outcome.path}：{SIMPLIFIED.PROBLEMS[kind]}" in html
    html = unescape(DocumentsHtml(ENGLISH).report_html(report))
    assert f"{outcome.path}: {ENGLISH.PROBLEMS[kind]}" in html


def test_a_search_test_of_no_library_was_told_in_english(library: Library) -> None:
    assistant = Assistant(library, None)
    shown = Retrieval(Shelf(assistant), SIMPLIFIED).search("长沙在哪里？", 5)
    assert SIMPLIFIED.PROBLEMS["LibraryMissingError"] in unescape(shown)


def test_what_is_wrong_with_a_library_was_told_in_english(library: Library, write: Writer) -> None:
    library.add(write("一.txt", "长沙是湖南省的省会。"))
    (info,) = library.documents()
    with closing(sqlite3.connect(library.folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE documents SET text = '改过的文字。'")
    told = [message(problem, SIMPLIFIED) for problem in library.check()]
    assert f"文档 {info.id} 的正文损坏了。" in told
    assert all("。" in each for each in told)
    (done,) = library.repair()
    assert message(done, SIMPLIFIED).startswith(f"移除了损坏的文档 {info.id}。到“文档”里重新收入它：")


def test_a_broken_line_of_the_dictionary_was_told_in_english(tmp_path: Path) -> None:
    (tmp_path / DICTIONARY).write_text("长沙 很多 n\n", encoding="utf-8")
    (problem,) = Terms.read(tmp_path).problems
    assert message(problem, SIMPLIFIED) == "dictionary.txt 第 1 行没有用上：频率“很多”不是整数"
    assert message(problem, ENGLISH).startswith("dictionary.txt, line 1 is left out: the frequency")
    with pytest.raises(BrokenTermError) as caught:
        add_lines(tmp_path, ["小蓝书 ="])
    assert message(caught.value, SIMPLIFIED) == "“小蓝书 =”没有加上：= 的一边是空的"


def test_a_broken_line_of_a_set_is_told_with_what_is_wrong_in_it(write: Writer) -> None:
    file = write("questions.jsonl", '{"id": "1", "question": "  ", "answerable": false}\n')
    with pytest.raises(RowError) as caught:
        read_set(file)
    assert message(caught.value, SIMPLIFIED) == (
        f"{file} 第 1 行不能用：缺少 question，或者它是空的。改好这一行，再点一次。"
    )
