"""A question set: files in, checked questions out. Knows neither libraries nor metrics.

A questions file has one JSON object a line: ``id``, ``question`` and ``answerable``; an answerable question
also names its gold documents (``doc_ids``, or file names in ``files`` or ``document``) and what to answer
(``answers``, or ``must``: for each item that must be there, its spellings). It may have ``history``
(utterances of two speakers in turn, or objects with ``question`` and ``answer``), ``question_en``, and the
words that prove the answer (``evidence`` or ``quote``). Other fields are left alone.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from index.errors import QuestionError
from index.library import checked_question
from index.readers import SUFFIXES
from index.reading import QUESTIONS, absolute, files_under
from rag.evaluation.errors import RowError, SetError
from rag.followup import Turn

Row = dict[str, Any]
_T = TypeVar("_T")

_CORPORA = ("corpus.jsonl", "corpus.jsonl.gz")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold answers and the names of the documents that hold them.

    ``documents`` are ids, paths or file names, as the file has them. ``line`` counts from 1.
    """

    id: str
    line: int
    text: str
    answers: tuple[str, ...]
    documents: tuple[str, ...]
    answerable: bool
    must: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    english: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and where their documents are: a ``corpus`` file, a ``folder`` of files, else a library.

    ``undecided`` counts the rows whose ``answerable`` is null; they are not among ``questions``.
    """

    name: str
    file: Path
    questions: tuple[Question, ...]
    undecided: int = 0
    corpus: Path | None = None
    folder: Path | None = None


def read_set(path: Path, corpus: Path | None = None) -> QuestionSet:
    """The set in a folder, or in a questions file. ``corpus`` names other documents than its own.

    Raises SetError and RowError.
    """
    path = absolute(path)
    if path.is_dir():
        file, name = path / QUESTIONS, path.name
        if not file.is_file():
            raise SetError(
                f"{path} holds no {QUESTIONS}. Name a folder that does, or a file: judian eval FILE.jsonl",
                "set_empty",
                path=path,
            )
    elif path.is_file():
        file = path
        name = path.parent.name if path.name == QUESTIONS else f"{path.parent.name}-{path.stem}"
    else:
        raise SetError(
            f"{path} does not exist. Name a folder with {QUESTIONS}, or a file: judian eval SET",
            "set_missing",
            path=path,
        )
    found, undecided = _read(file)
    beside = corpus_file(corpus) if corpus is not None else _corpus_in(file.parent)
    folder = _documents_beside(path) if beside is None and path.is_dir() else None
    return QuestionSet(name, file, found, undecided, beside, folder)


def questions(path: Path, most: int | None = None) -> list[Question]:
    """At most ``most`` questions of a file, taken evenly. Raises RowError."""
    found, _ = _read(path)
    return evenly(found, most)


def evenly(items: Sequence[_T], most: int | None) -> list[_T]:
    """At most ``most`` of ``items``, evenly spread, in order."""
    if most is None or len(items) <= most:
        return list(items)
    return [items[index * len(items) // most] for index in range(most)]


def corpus_file(path: Path) -> Path:
    """The corpus that ``path`` is or holds. Raises SetError."""
    path = absolute(path)
    found = path if path.is_file() else _corpus_in(path)
    if found is None:
        raise SetError(f"{path} is no corpus and holds none ({' or '.join(_CORPORA)}). Name one that does.")
    return found


def rows_of(file: Path) -> list[Row]:
    """The documents of a corpus (.jsonl or .jsonl.gz): id, title, text. Raises RowError."""
    rows = []
    for line, row in _lines(file):
        for name in ("id", "title", "text"):
            _text(file, line, row, name, empty=name != "id")
        rows.append(row)
    return rows


def _corpus_in(folder: Path) -> Path | None:
    return next((folder / name for name in _CORPORA if (folder / name).is_file()), None)


def _documents_beside(folder: Path) -> Path:
    """``folder``, if there is a document in it that is not only about the set."""
    readable = (file.path for file in files_under(folder) if file.path.suffix.lower() in SUFFIXES)
    about = ("questions", "readme", "license", "licence")
    if not any(path.stem.lower() not in about for path in readable):
        raise SetError(
            f"{folder} has questions only. Name the documents to ask with: --corpus FOLDER_OR_FILE",
            "set_alone",
            path=folder,
        )
    return folder


# -- rows ----------------------------------------------------------------------------------------------------


def _read(file: Path) -> tuple[tuple[Question, ...], int]:
    found: dict[str, Question] = {}
    undecided = 0
    for line, row in _lines(file):
        if "answerable" in row and row["answerable"] is None:
            undecided += 1
            continue
        question = _question(file, line, row)
        if question.id in found:
            before = found[question.id].line
            what = f"the id {question.id!r} stands in line {before} too"
            raise RowError(file, line, what, "row_twice", id=question.id, before=before)
        found[question.id] = question
    if not found and not undecided:
        raise SetError(
            f"{file} holds no question. Write one JSON object a line into it.", "set_empty", path=file
        )
    return tuple(found.values()), undecided


def _lines(file: Path) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(_raw_lines(file), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise RowError(file, number, "this is no JSON in UTF-8", "row_json") from error
        if not isinstance(row, dict):
            raise RowError(file, number, "this is no JSON object", "row_json")
        yield number, row


def _raw_lines(file: Path) -> Iterator[bytes]:
    opener = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rb") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise SetError(
            f"{file} cannot be read ({reason}). Put a whole file in its place.",
            "set_closed",
            path=file,
            reason=reason,
        ) from error


def _question(file: Path, line: int, row: Row) -> Question:
    name = _text(file, line, row, "id")
    text = _text(file, line, row, "question").strip()
    english = "".join(_texts(file, line, row, "question_en")).strip()
    for asked in filter(None, (text, english)):
        try:
            checked_question(asked)
        except QuestionError as error:
            raise RowError(
                file, line, f"this cannot be asked: {error}", "row_question", reason=error.problem
            ) from error
    answerable = _required(file, line, row, "answerable")
    if not isinstance(answerable, bool):
        raise RowError(
            file,
            line,
            "the field answerable is not true, false or null",
            "field_wrong",
            field="answerable",
        )
    must = _must(file, line, row)
    documents = _documents(file, line, row)
    answers = tuple(answer for answer in _texts(file, line, row, "answers") if answer.strip())
    if answerable and not documents and not ("doc_ids" in row and answers):  # a case may have them alone
        what = "the field doc_ids is missing or empty, and the question is answerable"
        raise RowError(file, line, what, "field_missing", field="doc_ids")
    if answerable and not must and "answers" not in row:
        raise RowError(file, line, "the field answers is missing", "field_missing", field="answers")
    return Question(
        name,
        line,
        text,
        answers,
        documents,
        answerable,
        must,
        tuple(filter(str.strip, [*_texts(file, line, row, "evidence"), *_texts(file, line, row, "quote")])),
        _history(file, line, row),
        english,
    )


def _required(file: Path, line: int, row: Row, name: str) -> Any:
    if name not in row:
        raise RowError(file, line, f"the field {name} is missing", "field_missing", field=name)
    return row[name]


def _text(file: Path, line: int, row: Row, name: str, *, empty: bool = False) -> str:
    value = _required(file, line, row, name)
    if not isinstance(value, str):
        raise RowError(file, line, f"the field {name} is not a text", "field_wrong", field=name)
    if not empty and not value.strip():
        raise RowError(file, line, f"the field {name} is empty", "field_missing", field=name)
    return value


def _texts(file: Path, line: int, row: Row, name: str) -> tuple[str, ...]:
    """The texts of a field that may be missing, null, one text or a list of them."""
    value = row.get(name)
    items = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise RowError(file, line, f"the field {name} is not a list of texts", "field_wrong", field=name)
    return tuple(items)


def _documents(file: Path, line: int, row: Row) -> tuple[str, ...]:
    named = [each for field in ("doc_ids", "files", "document") for each in _texts(file, line, row, field)]
    return tuple(dict.fromkeys(filter(None, named)))


def _must(file: Path, line: int, row: Row) -> tuple[tuple[str, ...], ...]:
    value = row.get("must") or []
    if not isinstance(value, list):
        raise RowError(
            file,
            line,
            "the field must is not a list of lists of spellings",
            "field_wrong",
            field="must",
        )
    items = [tuple(filter(str.strip, _texts(file, line, {"must": item}, "must"))) for item in value]
    if not all(items):
        raise RowError(
            file, line, "the field must has an item without a spelling", "field_wrong", field="must"
        )
    return tuple(items)


def _history(file: Path, line: int, row: Row) -> tuple[Turn, ...]:
    """Turns, oldest first. The last utterance answers the one before it; a first one may be left over."""
    value = row.get("history") or []
    if not isinstance(value, list):
        raise RowError(file, line, "the field history is not a list", "field_wrong", field="history")
    if all(isinstance(turn, str) for turn in value):
        alone = [Turn(value[0])] if len(value) % 2 else []
        rest = value[len(value) % 2 :]
        return (*alone, *(Turn(*pair) for pair in zip(rest[::2], rest[1::2], strict=True)))
    try:
        turns = [(turn["question"], turn.get("answer") or "") for turn in value]
    except (AttributeError, KeyError, TypeError) as error:
        what = "the field history is not a list of texts or of objects with question and answer"
        raise RowError(file, line, what, "field_wrong", field="history") from error
    if not all(isinstance(part, str) for turn in turns for part in turn):
        raise RowError(
            file,
            line,
            "the field history holds something other than texts",
            "field_wrong",
            field="history",
        )
    return tuple(Turn(*turn) for turn in turns)
