"""Question sets: what they may look like, what is wrong with a line, and the libraries of their documents."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.library import Library
from rag.evaluation.corpora import Gold, library_of
from rag.evaluation.errors import RowError, SetError
from rag.evaluation.sets import evenly, questions, read_set, rows_of
from rag.followup import Turn
from tests.conftest import HashingEncoder

Rows = list[dict[str, Any]]

CORPUS: Rows = [
    {"id": "d1", "title": "青湖", "text": "青湖的水深是四十二米，湖里产银鱼。"},
    {"id": "d2", "title": "白塔", "text": "白塔建于一三零五年，高六十米。"},
    {"id": "d3", "title": "红桥", "text": "红桥长九百米，有七个桥墩。"},
]
GOOD = {
    "id": "q1",
    "question": "青湖有多深？",
    "answers": ["四十二米"],
    "doc_ids": ["d1"],
    "answerable": True,
}


def lines(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in GOOD.items() if field != name}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (without("id"), "the field id is missing"),
        (without("question"), "the field question is missing"),
        (without("answerable"), "the field answerable is missing"),
        (without("answers"), "the field answers is missing"),
        (without("doc_ids"), "the field doc_ids is missing or empty"),
        ({**GOOD, "question": " "}, "the field question is empty"),
        ({**GOOD, "question": "长" * 2001}, "at most 2,000"),
        ({**GOOD, "answerable": "yes"}, "answerable is not true, false or null"),
        ({**GOOD, "answers": [1]}, "the field answers is not a list of texts"),
        ({**GOOD, "history": ["一", 2]}, "the field history"),
        ({**GOOD, "history": [{"answer": "一"}]}, "the field history"),
        ({**GOOD, "must": [[1]]}, "the field must"),
        ({**GOOD, "must": [["四十二"], []]}, "the field must has an item without a spelling"),
        ({**GOOD, "must": [[" "]]}, "the field must has an item without a spelling"),
        ({**GOOD, "question_en": "long" * 600}, "at most 2,000"),
        ({**GOOD, "id": "q0"}, "the id 'q0' stands in line 1 too"),
    ],
)
def test_a_bad_row_is_told_with_file_line_and_field(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    file = lines(tmp_path / "questions.jsonl", [{**GOOD, "id": "q0"}, row])
    with pytest.raises(RowError) as failed:
        questions(file)
    assert str(failed.value).startswith(f"{file}, line 2: ")
    assert told in str(failed.value)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id": "\xff"}'], ids=["cut off", "a list", "no UTF-8"])
def test_a_line_that_is_no_json_object_is_told(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes(b"\n" + line + b"\n")
    with pytest.raises(RowError, match="line 2: this is no JSON"):
        questions(file)


def test_a_corpus_row_without_a_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(RowError, match="line 1: the field text is missing"):
        rows_of(lines(tmp_path / "corpus.jsonl", [{"id": "d1", "title": ""}]))


def test_history_as_utterances_ends_before_the_question(tmp_path: Path) -> None:
    rows = [
        {**GOOD, "id": "even", "history": ["甲问", "乙答"]},
        {**GOOD, "id": "odd", "history": ["先说", "甲问", "乙答"]},
        {**GOOD, "id": "turns", "history": [{"question": "甲问", "answer": "乙答"}, {"question": "又问"}]},
    ]
    even, odd, turns = questions(lines(tmp_path / "questions.jsonl", rows))
    assert even.history == (Turn("甲问", "乙答"),)
    assert odd.history == (Turn("先说"), Turn("甲问", "乙答"))
    assert turns.history == (Turn("甲问", "乙答"), Turn("又问"))


def test_rows_of_both_forms(tmp_path: Path) -> None:
    seed = {"id": "s", "question": "问", "must": [["九", "9"]], "document": "a.md", "quote": "九个"}
    rows = [{**seed, "answerable": True}, {**GOOD, "evidence": ["水深"], "question_en": "How deep?"}]
    first, second = questions(lines(tmp_path / "questions.jsonl", rows))
    assert (first.must, first.documents, first.evidence) == ((("九", "9"),), ("a.md",), ("九个",))
    assert (second.evidence, second.english, second.must) == (("水深",), "How deep?", ())


def test_where_a_set_has_its_documents(tmp_path: Path) -> None:
    corpus = lines(tmp_path / "own" / "corpus.jsonl", CORPUS)
    lines(tmp_path / "own" / "questions.jsonl", [GOOD])
    twin = lines(tmp_path / "own" / "questions.hans.jsonl", [GOOD])
    assert read_set(tmp_path / "own").corpus == corpus
    assert (read_set(twin).corpus, read_set(twin).name) == (corpus, "own-questions.hans")
    alone = lines(tmp_path / "alone" / "mine.jsonl", [GOOD])
    assert (read_set(alone).corpus, read_set(alone).folder) == (None, None)
    lines(tmp_path / "files" / "questions.jsonl", [GOOD])
    (tmp_path / "files" / "README.md").write_text("说明", encoding="utf-8")
    with pytest.raises(SetError, match=r"questions only.*--corpus"):
        read_set(tmp_path / "files")
    assert read_set(tmp_path / "files", tmp_path / "own").corpus == corpus
    (tmp_path / "files" / "a.txt").write_text("正文", encoding="utf-8")
    assert read_set(tmp_path / "files").folder == tmp_path / "files"
    for missing in ("nowhere", ""):
        with pytest.raises(SetError, match="judian eval"):
            read_set(tmp_path / missing)
    with pytest.raises(SetError, match="is no corpus"):
        read_set(alone, tmp_path / "alone")


def test_undecided_cases_are_counted_not_asked(tmp_path: Path) -> None:
    case: dict[str, Any] = {
        "id": "case-1",
        "question": "问",
        "answers": [],
        "doc_ids": [],
        "answerable": None,
    }
    found = read_set(lines(tmp_path / "cases.jsonl", [case, GOOD]))
    assert (len(found.questions), found.undecided) == (1, 1)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"no gzip" + data])
def test_a_damaged_corpus_is_told(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "corpus.jsonl.gz"
    rows = "".join(json.dumps({**CORPUS[0], "id": str(n)}) + "\n" for n in range(500))
    file.write_bytes(damage(gzip.compress(rows.encode())))
    with pytest.raises(SetError, match="cannot be read"):
        rows_of(file)


def test_one_id_with_two_texts_is_told(tmp_path: Path, open_library: Callable[..., Library]) -> None:
    first = lines(tmp_path / "one" / "corpus.jsonl", CORPUS)
    second = lines(tmp_path / "two" / "corpus.jsonl", [{**CORPUS[0], "text": "别的湖。"}])
    with pytest.raises(SetError, match="the id 'd1' has another text before"):
        library_of(first, second, cache=tmp_path / "cache", open_library=open_library)


def test_a_corrected_title_is_taken_in(tmp_path: Path, open_library: Callable[..., Library]) -> None:
    corpus = lines(tmp_path / "set" / "corpus.jsonl", CORPUS)
    library_of(corpus, cache=tmp_path / "cache", open_library=open_library).close()
    lines(corpus, [{**CORPUS[0], "title": "青湖（水库）"}, *CORPUS[1:]])
    library = library_of(corpus, cache=tmp_path / "cache", open_library=open_library)
    assert {info.title for info in library.documents()} == {"青湖（水库）", "白塔", "红桥"}
    assert library.search("水库")[0].document.title == "青湖（水库）"


def test_evenly_spreads() -> None:
    assert evenly(range(10), 4) == [0, 2, 5, 7]
    assert evenly(range(3), 4) == [0, 1, 2]


def test_a_library_of_a_corpus_is_made_once_and_follows_it(
    tmp_path: Path, open_library: Callable[..., Library], encoder: HashingEncoder
) -> None:
    corpus = lines(tmp_path / "set" / "corpus.jsonl", CORPUS)
    library = library_of(corpus, cache=tmp_path / "cache", open_library=open_library)
    assert library.folder.name == "set-corpus"
    assert library.size()[0] == 3
    library.close()
    encoded = len(encoder.encoded)
    library_of(corpus, cache=tmp_path / "cache", open_library=open_library).close()
    assert len(encoder.encoded) == encoded
    lines(corpus, [*CORPUS[1:], {"id": "d4", "title": "黑山", "text": "黑山高三千米。"}])
    library = library_of(corpus, cache=tmp_path / "cache", open_library=open_library)
    assert {info.path for info in library.documents()} == {"d2", "d3", "d4"}
    assert len(encoder.encoded) == encoded + 2  # a passage and its sentence
    assert library.check() == []


def test_two_corpora_in_one_library_take_over_what_is_encoded(
    tmp_path: Path, open_library: Callable[..., Library], encoder: HashingEncoder
) -> None:
    first = lines(tmp_path / "many" / "corpus.jsonl", CORPUS)
    other = lines(
        tmp_path / "few" / "corpus.jsonl", [{"id": "e1", "title": "黑山", "text": "黑山高三千米。"}]
    )
    library_of(first, cache=tmp_path / "cache", open_library=open_library).close()
    encoded = len(encoder.encoded)
    library = library_of(other, first, cache=tmp_path / "cache", open_library=open_library)
    assert library.folder.name == "few-corpus+many-corpus"
    assert len(encoder.encoded) == encoded + 2  # a passage and its sentence
    assert {info.path for info in library.documents()} == {"d1", "d2", "d3", "e1"}
    assert library.check() == []
    assert library.search("黑山有多高？")[0].document.path == "e1"


def test_gold_documents_by_id_path_and_file_name(tmp_path: Path, library: Library) -> None:
    file = tmp_path / "files" / "deep" / "青湖.txt"
    file.parent.mkdir(parents=True)
    file.write_text(CORPUS[0]["text"], encoding="utf-8")
    library.add(file.parent)
    (info,) = library.documents()
    for reference in (info.id, str(file), "青湖.txt"):
        assert Gold(library).ids(reference) == {info.id}
    assert Gold(library, file.parent.parent).ids("deep/青湖.txt") == {info.id}
    assert Gold(library).ids("白塔.txt") == set()
