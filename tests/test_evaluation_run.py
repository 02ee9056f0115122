"""A whole run on a tiny library: scores, files, report, comparison, exit status."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import JudianError
from index.library import Library
from rag import cli
from rag.assistant import Assistant
from rag.errors import GeneratorUnavailableError
from rag.evaluation import command
from rag.evaluation.cases import keep_case
from rag.evaluation.command import Options, Outcome
from rag.evaluation.compare import compare, read_baseline
from rag.evaluation.errors import BaselineError, RowError, SetError
from rag.evaluation.record import Latency, Record, Run
from rag.evaluation.report import report
from rag.evaluation.sets import read_set
from rag.followup import Turn
from rag.settings import Settings
from tests.conftest import SayingGenerator
from tests.test_evaluation_sets import CORPUS, lines

EVIL = "<script>alert(1)</script>"
BREAKER = '"><img src=x onerror=alert(2)>'

QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "depth",
        "question": "青湖的水深是多少米？",
        "answers": ["四十二米"],
        "doc_ids": ["d1"],
        "answerable": True,
        "evidence": ["水深是四十二米"],
        "question_en": "How deep is the lake?",
    },
    {
        "id": "fish",
        "question": f"那么湖里产什么鱼？{EVIL}",
        "answers": ["银鱼"],
        "doc_ids": ["d1"],
        "answerable": True,
        "history": ["青湖的水深是多少米？", "四十二米。"],
    },
    {"id": "mars", "question": "梅西拿过几次金球奖？", "answers": [], "doc_ids": [], "answerable": False},
]

Measure = Callable[..., Outcome]


@pytest.fixture
def question_set(tmp_path: Path) -> Path:
    lines(tmp_path / "set" / "questions.jsonl", QUESTIONS)
    lines(tmp_path / "set" / "corpus.jsonl", [*CORPUS, {"id": "d4", "title": BREAKER, "text": "湖里的水。"}])
    return tmp_path / "set"


@pytest.fixture
def measure(tmp_path: Path, question_set: Path, open_library: Callable[..., Library]) -> Measure:
    def measure_one(said: str = "青湖的水深是四十二米。", **options: Any) -> Outcome:
        asked = Options(
            **{"set": question_set, "out": tmp_path / "out", "cache": tmp_path / "cache", **options}
        )
        outcome = command.evaluate(
            asked,
            Settings(library=tmp_path / "library"),
            open_library=open_library,
            make_assistant=lambda library: Assistant(library, SayingGenerator(said)),
        )
        assert outcome is not None
        return outcome

    return measure_one


def record_of(run: Run, name: str) -> Record:
    (found,) = (record for record in run.records if record.id == name)
    return found


def test_every_score_of_a_right_answer(measure: Measure) -> None:
    run = measure().run
    depth = record_of(run, "depth")
    assert depth.gold == ("青湖",)
    assert depth.ranks == {"words": 1, "vectors": 1, "fusion": 1}
    assert depth.first["fusion"][0].title == "青湖"
    expected = {
        "fusion R@1": 1,
        "fusion MRR@10": 1,
        "traditional R@1": 1,
        "twin R@1 difference": 0,
        "twins same first": 1,
        "EM": 0,
        "F1": pytest.approx(2 * 0.4 / 1.4),  # four characters of ten
        "contains": 1,
        "citation precision": 1,
        "citation recall": 1,
        "citation evidence": 1,
        "unsupported sentences": 0,
        "answerable refused": 0,
    }
    assert {name: depth.scores[name] for name in expected} == expected
    assert "English R@1" in depth.scores
    assert "follow-up alone R@1" not in depth.scores
    assert depth.answer is not None
    assert depth.answer["text"] == "青湖的水深是四十二米。"
    assert set(depth.timings_ms) == {"encode", "words", "vectors", "sentences", "fusion", "search"}


def test_follow_ups_and_refusals(measure: Measure) -> None:
    run = measure().run
    fish = record_of(run, "fish")
    assert fish.understood_as.startswith("青湖：那么")
    assert fish.scores["follow-up with history R@1"] == 1
    assert "follow-up alone MRR@10" in fish.scores
    mars = record_of(run, "mars")
    assert (mars.gold, mars.ranks, mars.answerable) == ((), {}, False)
    assert mars.answer is not None
    assert mars.answer["refused"] is True
    summary = run.summary()
    assert (summary["unanswerable refused"].value, summary["unanswerable refused"].count) == (1, 1)
    assert summary["refusal AUROC"].value == 1
    assert run.latency["answer total"].count == 3


def test_limit_and_answers_take_evenly(measure: Measure) -> None:
    run = measure(limit=2, answers=1).run
    assert [record.id for record in run.records] == ["depth", "fish"]
    assert [record.answer is not None for record in run.records] == [True, False]
    run = measure(answers=0).run
    assert run.about.generator is None
    assert "F1" not in run.summary()


def test_the_run_as_json(measure: Measure) -> None:
    outcome = measure()
    saved = json.loads((outcome.folder / "run.json").read_text(encoding="utf-8"))
    assert saved["form"] == 1
    assert saved["about"]["set"] == "set"
    assert saved["metrics"]["fusion R@1"] == {"value": 1.0, "count": 2}
    assert [row["id"] for row in saved["records"]] == ["depth", "fish", "mars"]
    assert saved["records"][0]["first"]["words"][0]["title"] == "青湖"
    told = json.loads(command.outcome_json(outcome))
    assert "records" not in told
    assert told["metrics"] == saved["metrics"]


def test_the_table_fits_a_terminal(measure: Measure) -> None:
    printed = command.table(measure())
    assert max(map(len, printed.splitlines())) <= 100
    assert re.search(r"^fusion +1\.000", printed, re.MULTILINE)


def test_nothing_of_a_document_or_a_question_becomes_markup(measure: Measure) -> None:
    run = measure("湖里产银鱼。" + EVIL).run
    wrong = replace(record_of(run, "fish"), ranks={"words": 9, "vectors": None, "fusion": 9})
    page = report(replace(run, records=(wrong,), partial=True))
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert re.search(r'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;;', page)
    assert not re.search(r'(?:src|href)="', page)
    assert "检索未进前五" in page
    assert "中途停止" in page


def test_the_refusal_is_measured_where_something_is_to_be_refused(
    measure: Measure, question_set: Path
) -> None:
    run = measure(answers=0).run
    assert all(0 <= (record.probability or 0) <= 1 for record in run.records)
    assert {"answerable refused unread", "refusal AUROC"} <= set(run.summary())
    lines(question_set / "questions.jsonl", QUESTIONS[:2])
    run = measure(answers=0).run
    assert [record.probability for record in run.records] == [None, None]
    assert not any("refus" in name for name in run.summary())


def test_faults_name_what_went_wrong(measure: Measure) -> None:
    run = measure().run
    depth = record_of(run, "depth")
    assert depth.faults() == []
    assert replace(depth, ranks={"fusion": 3}).faults() == ["not first"]
    assert replace(depth, ranks={"fusion": None}).faults() == ["missed"]
    assert replace(depth, scores={**depth.scores, "contains": 0.0}).faults() == ["wrong"]
    mars = record_of(run, "mars")
    assert replace(mars, answer={"refused": False}).faults() == ["answered"]


# -- comparing -----------------------------------------------------------------------------------------------


def test_the_same_run_is_neither_better_nor_worse(measure: Measure, tmp_path: Path) -> None:
    measure(save_baseline=tmp_path / "base.json")
    outcome = measure(baseline=tmp_path / "base.json")
    assert outcome.changes is not None
    scores = [change for change in outcome.changes if not change.name.endswith((" ms", " GB"))]
    assert len(scores) > 20
    assert not any(change.worse or change.better for change in scores)


def test_a_worse_answer_ends_with_status_1_and_a_better_one_with_0(measure: Measure, tmp_path: Path) -> None:
    measure(save_baseline=tmp_path / "good.json")
    worse = measure("湖里产银鱼。", baseline=tmp_path / "good.json", save_baseline=tmp_path / "bad.json")
    assert worse.changes is not None
    assert "F1" in {change.name for change in worse.changes if change.worse}
    assert worse.status == 1
    assert "WORSE" in command.table(worse)
    assert "变差" in (worse.folder / "report.html").read_text(encoding="utf-8")
    better = measure(baseline=tmp_path / "bad.json")
    assert better.changes is not None
    assert "F1" in {change.name for change in better.changes if change.better}


def run_of(run: Run, values: list[float], milliseconds: float = 10) -> Run:
    records = tuple(
        replace(run.records[0], id=str(number), scores={"EM": value}) for number, value in enumerate(values)
    )
    latency = {"search": Latency(milliseconds, milliseconds, len(values))}
    return replace(run, records=records, whole={}, latency=latency, peak_memory=None)


@pytest.mark.parametrize(
    ("lost", "won", "worse"),
    [(5, 0, False), (6, 0, True), (20, 11, False), (20, 0, True), (49, 28, True)],
    ids=["just .005", "few, all one way", "as chance may have it", "many", "more than .02"],
)
def test_worse_is_more_than_chance_or_a_large_drop(
    measure: Measure, tmp_path: Path, lost: int, won: int, worse: bool
) -> None:
    run = measure(answers=0).run
    before = [1.0] * lost + [0.0] * won + [1.0] * (1000 - lost - won)
    now = [0.0] * lost + [1.0] * won + [1.0] * (1000 - lost - won)
    file = tmp_path / "base.json"
    file.write_text(json.dumps(run_of(run, before).to_json()), encoding="utf-8")
    (change, *_) = compare(read_baseline(file), run_of(run, now))
    assert (change.name, change.lost, change.won, change.worse) == ("EM", lost, won, worse)


@pytest.mark.parametrize(("now", "worse"), [(14.0, False), (40.0, True), (5.0, False)])
def test_times_are_worse_when_they_grew_by_half(
    measure: Measure, tmp_path: Path, now: float, worse: bool
) -> None:
    run = measure(answers=0).run
    file = tmp_path / "base.json"
    file.write_text(json.dumps(run_of(run, [1.0]).to_json()), encoding="utf-8")
    changes = {change.name: change.worse for change in compare(read_baseline(file), run_of(run, [1.0], now))}
    assert changes["search p95 ms"] is worse


def test_a_baseline_of_other_questions_is_refused(
    measure: Measure, tmp_path: Path, question_set: Path
) -> None:
    base = tmp_path / "base.json"
    measure(save_baseline=base)
    with pytest.raises(BaselineError, match="it asked 3 questions, this asks 2"):
        measure(limit=2, baseline=base)
    with pytest.raises(BaselineError, match="it has 3 answers, this takes 1"):
        measure(answers=1, baseline=base)
    lines(question_set / "questions.jsonl", [{**QUESTIONS[0], "question": "湖有多深？"}, *QUESTIONS[1:]])
    with pytest.raises(BaselineError, match="its question depth is another one"):
        measure(baseline=base)
    other = lines(tmp_path / "other" / "corpus.jsonl", CORPUS)
    with pytest.raises(BaselineError, match=r"it measured set on set/corpus\.jsonl"):
        measure(corpus=other, baseline=base)
    base.write_text("{}", encoding="utf-8")
    with pytest.raises(BaselineError, match="it is no saved run"):
        measure(baseline=base)
    with pytest.raises(BaselineError, match="No such file"):
        measure(baseline=tmp_path / "nowhere.json")


# -- the rest of the world -----------------------------------------------------------------------------------


def test_a_gold_document_that_is_not_there_is_told(measure: Measure, question_set: Path) -> None:
    lines(question_set / "questions.jsonl", [QUESTIONS[0], {**QUESTIONS[0], "id": "x", "doc_ids": ["d9"]}])
    with pytest.raises(RowError, match="line 2: no document asked goes by 'd9'"):
        measure()


def test_stopping_keeps_what_was_measured(
    measure: Measure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    real = Assistant.ask

    def stopped(self: Assistant, question: str, history: Any = (), **form: Any) -> Any:
        asked.append(question)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(self, question, history, **form)

    monkeypatch.setattr(Assistant, "ask", stopped)
    outcome = measure(save_baseline=tmp_path / "base.json")
    assert outcome.status == 130
    assert [record.answer is not None for record in outcome.run.records] == [True, False, False]
    assert json.loads((outcome.folder / "run.json").read_text(encoding="utf-8"))["partial"] is True
    assert not (tmp_path / "base.json").exists()


def test_a_generator_that_fails_leaves_what_was_measured(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> Any:
        raise GeneratorUnavailableError("far", "connection refused")

    monkeypatch.setattr(Assistant, "ask", failing)
    outcome = measure()
    assert outcome.status == 2
    assert "Stopped: The generator far cannot be used" in command.table(outcome)
    assert json.loads((outcome.folder / "run.json").read_text(encoding="utf-8"))["partial"] is True


def test_a_baseline_may_be_the_runs_own_file(measure: Measure, tmp_path: Path) -> None:
    outcome = measure(save_baseline=tmp_path / "out" / "run.json")
    assert outcome.status == 0
    with pytest.raises(JudianError, match="Use another: --save-baseline FILE"):
        measure(save_baseline=tmp_path / "out" / "run.json" / "base.json")


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "measure", lambda *_, **__: pytest.fail("asked"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(JudianError, match="Use another: --out FOLDER"):
        measure(out=tmp_path / "file" / "out")


def test_a_folder_of_documents_and_a_library_of_the_users_own(
    measure: Measure, tmp_path: Path, library: Library
) -> None:
    folder = tmp_path / "real"
    row = {"id": "q", "question": "青湖的水深是多少米？", "must": [["四十二米", "42米"]], "answerable": True}
    lines(folder / "questions.jsonl", [{**row, "document": "湖.txt", "quote": "水深是四十二米"}])
    (folder / "湖.txt").write_text(CORPUS[0]["text"], encoding="utf-8")
    scores = measure(set=folder).run.records[0].scores
    assert (scores["fusion R@1"], scores["complete"], scores["citation evidence"]) == (1, 1, 1)
    library.add(folder / "湖.txt")
    mine = lines(tmp_path / "mine.jsonl", [{**row, "files": ["湖.txt"]}])
    assert measure(set=mine).run.records[0].scores["fusion R@1"] == 1
    with pytest.raises(SetError, match="Leave --with out"):
        measure(set=mine, others=(tmp_path / "set",))


def test_further_documents_make_it_harder(measure: Measure, tmp_path: Path) -> None:
    other = lines(tmp_path / "more" / "corpus.jsonl", [{"id": "m1", "title": "黑山", "text": "黑山很高。"}])
    about = measure(others=(other,), answers=0).run.about
    assert (about.documents, about.sources) == (5, ("set/corpus.jsonl", "more/corpus.jsonl"))


def test_a_case_is_kept_and_asks_to_be_filled_in(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.folder.mkdir()
    history = [Turn("青湖多深？", "四十二米。")]
    file = keep_case(library.folder, "产什么鱼？\n", history, {"text": "不知道", "refused": False}, "错了")
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 1)  # as an editor may leave it
    keep_case(library.folder, "又问", [], {})
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (first["question"], first["answerable"], first["doc_ids"]) == ("产什么鱼？\n", None, [])
    assert first["history"] == [{"question": "青湖多深？", "answer": "四十二米。"}]
    assert (first["answered"]["text"], first["note"]) == ("不知道", "错了")
    assert first["id"] != second["id"]
    assert cli.main(["eval", str(file), "--library", str(library.folder)]) == 0
    assert 'Fill in "answerable"' in capsys.readouterr().out
    keep_case(library.folder, "多深？", [], {}, right=" 四十二米 ")
    decided = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    assert (decided["answers"], decided["answerable"]) == (["四十二米"], True)
    assert [each.answers for each in read_set(file).questions] == [("四十二米",)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere",), "judian eval SET"),
        (("set", "--limit", "0"), "is not a number"),
        (("set", "--baseline", "nowhere.json"), "--save-baseline"),
        (("bad",), "questions.jsonl, line 1: the field question is missing"),
    ],
)
def test_a_mistake_ends_in_one_line(
    tmp_path: Path, question_set: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str,
) -> None:  # fmt: skip
    assert question_set.is_dir()
    lines(tmp_path / "bad" / "questions.jsonl", [{"id": "x"}])
    monkeypatch.chdir(tmp_path)
    try:
        status = cli.main(["eval", *arguments])
    except SystemExit as left:
        status = int(left.code or 0)
    err = capsys.readouterr().err
    assert (status, err.count("\n")) == (2, 1)
    assert told in err
