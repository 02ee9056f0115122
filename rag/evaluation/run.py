"""Asks the questions of a set and scores what comes back: a set and a library in, a Run out.

Knows how Judian searches and answers, not how figures are shown, kept or compared.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.errors import JudianError
from index.library import LONGEST_QUESTION, Library
from index.normalize import simplified, traditional
from rag.answer import Answer
from rag.assistant import READ, Assistant
from rag.evaluation import metrics
from rag.evaluation.corpora import Gold
from rag.evaluation.errors import RowError
from rag.evaluation.record import LEGS, About, Latency, Ranked, Record, Run, judged
from rag.evaluation.sets import Question, QuestionSet, evenly
from rag.followup import TitlesIn, Turn, understand
from rag.form import AS_ASKED, Form, Length
from rag.refusal import LEAST_PROBABILITY

Progress = Callable[[int, int], None]

_SHOWN = 5  # documents of each leg that are kept
_DEEPEST = max(metrics.CUTOFFS)
_PASSAGES = READ  # as many as an answer looks at
_STAGES = ("encode", "words", "vectors", "sentences", "fusion", "search")


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: documents by leg, each once, with the score of its best passage."""

    ranked: Mapping[str, tuple[tuple[str, float], ...]]
    timings_ms: Mapping[str, float]

    def ids(self, leg: str) -> list[str]:
        return [doc_id for doc_id, _ in self.ranked[leg]]


@dataclass(frozen=True, slots=True)
class Case:
    """A question of the set, with the library's ids of its gold documents and the turns before it."""

    question: Question
    gold: tuple[str, ...]
    turns: tuple[Turn, ...]
    understood_as: str


def measure(
    asked: QuestionSet,
    library: Library,
    about: About,
    make_assistant: Callable[[Library], Assistant],
    *,
    answers: int = 100,
    form: Form = AS_ASKED,
    progress: Progress | None = None,
) -> Run:
    """Retrieval for every question of the set, the whole chain for ``answers`` of them, taken evenly.

    Ctrl-C or a generator that fails ends it: the Run holds what was measured until then and is ``partial``.
    Raises RowError for a gold document that the library does not have, and what ``make_assistant`` raises.
    """
    # Reading takes ten times as long as searching: the refusal is measured where there is one to measure.
    judging = not all(question.answerable for question in asked.questions)
    assistant = make_assistant(library) if answers or judging else None
    gold = Gold(library, asked.folder)
    cases = [case_of(question, gold, asked, library.titles_in) for question in asked.questions]
    spoken = {case.question.id for case in evenly(cases, answers)} if answers else set()
    steps, done = len(cases) + len(spoken), 0
    records: list[Record] = []
    partial, stopped_by = False, ""

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, steps)

    try:
        library.rank("载入")  # loading models, words and indexes belongs to no question
        searcher = _Searcher(library, assistant if judging else None)
        for case in cases:
            records.append(searcher.record(case))
            step()
        if spoken and assistant is not None:
            assistant.load()
            length = "" if form.length is Length.NORMAL else f", {form.length.value} answers"
            about = replace(about, generator=f"{assistant.name}{length}")
            for place, case in enumerate(cases):
                if case.question.id in spoken:
                    answer = assistant.ask(case.question.text, case.turns, form=form)
                    records[place] = answered(records[place], case, answer, library)
                    step()
    except KeyboardInterrupt:
        partial = True
    except JudianError as error:
        partial, stopped_by = True, error.problem
    return Run(
        about,
        tuple(records),
        whole_of(records),
        latency_of(records),
        LEAST_PROBABILITY,
        peak_memory(),
        partial,
        stopped_by,
    )


def case_of(question: Question, gold: Gold, asked: QuestionSet, titles_in: TitlesIn) -> Case:
    """The question as it is asked here. Raises RowError when a gold document is not in the library."""
    ids: set[str] = set()
    for reference in question.documents if question.answerable else ():
        found = gold.ids(reference)
        if not found:
            raise RowError(
                asked.file,
                question.line,
                f"no document asked goes by {reference!r} (doc_ids)",
                "row_document",
                reference=reference,
            )
        ids |= found
    understood = understand(question.text, question.history, titles_in)[-LONGEST_QUESTION:]
    return Case(question, tuple(sorted(ids)), question.history, understood)


class _Searcher:
    """Searches one library, and scores what it finds. ``judge`` says whether what was found answers."""

    def __init__(self, library: Library, judge: Assistant | None) -> None:
        self._library = library
        self._judge = judge
        self._titles: dict[str, str] = {}

    def record(self, case: Case) -> Record:
        question = case.question
        started = time.perf_counter()  # first: what is asked again is found faster
        self._library.search(case.understood_as, _PASSAGES)
        searched = 1000 * (time.perf_counter() - started)
        found = self.found(case.understood_as)
        scores: dict[str, float] = {}
        if case.gold:
            scores |= _ranking_scores({leg: found.ids(leg) for leg in LEGS}, case.gold)
            scores |= self._variants(case, found)
        sure = self._judge.likelihood(question.text, case.turns) if self._judge else None
        if sure is not None:
            kind = "answerable" if question.answerable else "unanswerable"
            scores[f"{kind} refused unread"] = float(sure < LEAST_PROBABILITY)
        return Record(
            question.id,
            question.text,
            case.understood_as,
            question.answerable,
            tuple(map(self._title, case.gold)),
            question.answers or tuple(" / ".join(spellings) for spellings in question.must),
            {leg: metrics.rank_of(found.ids(leg), case.gold) for leg in LEGS} if case.gold else {},
            {leg: tuple(self._shown(found.ranked[leg])) for leg in LEGS},
            sure,
            scores,
            {**found.timings_ms, "search": searched},
        )

    def found(self, text: str) -> Found:
        """The documents that each leg ranks for ``text``, at most as many as the deepest cutoff."""
        ranking = self._library.rank(text)
        passages = {
            "words": sorted(ranking.lexical.items(), key=lambda item: (-item[1], item[0])),
            "vectors": sorted(ranking.dense.items(), key=lambda item: (-item[1], item[0])),
            "fusion": [(item.passage_id, item.score) for item in ranking.fused],
        }
        owners = self._library.owners([*{number for leg in passages.values() for number, _ in leg}])
        ranked = {}
        for leg, scored in passages.items():
            best: dict[str, float] = {}
            for number, score in scored:
                if number in owners:
                    best.setdefault(owners[number], score)
            ranked[leg] = tuple(best.items())[:_DEEPEST]
        return Found(ranked, ranking.timings_ms)

    def _variants(self, case: Case, found: Found) -> dict[str, float]:
        """The same question in the other script, in English, and without what was said before it."""
        ranked = {
            "simplified": self._other(case, simplified(case.understood_as), found),
            "traditional": self._other(case, traditional(case.understood_as), found),
        }
        if case.question.english:
            ranked["English"] = self.found(case.question.english).ids("fusion")
        if case.turns:
            ranked["follow-up alone"] = self._other(case, case.question.text, found)
            ranked["follow-up with history"] = found.ids("fusion")
        scores = {
            name: value
            for name, value in _ranking_scores(ranked, case.gold).items()
            if name.endswith((" R@1", "MRR@10")) or name == "English R@5"
        }
        first = ranked["simplified"][:1], ranked["traditional"][:1]
        scores["twin R@1 difference"] = abs(scores["simplified R@1"] - scores["traditional R@1"])
        scores["twins same first"] = float(first[0] == first[1])
        return scores

    def _other(self, case: Case, text: str, found: Found) -> list[str]:
        return found.ids("fusion") if text == case.understood_as else self.found(text).ids("fusion")

    def _shown(self, ranked: Sequence[tuple[str, float]]) -> list[Ranked]:
        return [Ranked(doc_id, self._title(doc_id), round(score, 4)) for doc_id, score in ranked[:_SHOWN]]

    def _title(self, doc_id: str) -> str:
        if doc_id not in self._titles:
            self._titles[doc_id] = self._library.find(doc_id).title
        return self._titles[doc_id]


def _ranking_scores(ranked: Mapping[str, Sequence[str]], gold: Sequence[str]) -> dict[str, float]:
    found = metrics.retrieval(ranked, dict.fromkeys(ranked, gold))
    return {f"{name} {measure}": value for name, each in found.items() for measure, value in each.items()}


# -- answers -------------------------------------------------------------------------------------------------


def answered(record: Record, case: Case, answer: Answer, library: Library) -> Record:
    """``record`` with the answer and its scores. A refusal scores 0 where an answer was wanted."""
    question = case.question
    refused = float(answer.refused)
    scores = dict(record.scores)
    if not question.answerable:
        scores["unanswerable refused"] = refused
    else:
        scores["answerable refused"] = refused
        said = "" if answer.refused else answer.text
        if question.answers:
            scores["EM"] = metrics.exact_match(said, question.answers)
            scores["F1"] = metrics.f1(said, question.answers)
            scores["contains"] = metrics.contains(said, question.answers)
        if question.must:
            scores["complete"] = metrics.complete(said, question.must)
    if not answer.refused:
        scores |= citation_scores(answer, case, library)
    return replace(record, scores=scores, answer=answer.to_json())


def citation_scores(answer: Answer, case: Case, library: Library) -> dict[str, float]:
    """How well an answer is proven, by its own marks and by the gold documents.

    ``citation precision``: the share of cited spans that lie in a gold document; ``citation evidence``: of
    those that overlap the words that prove the answer, where these stand in a gold document; ``citation
    recall``: 1 if there is a cited span in a gold document. ``unsupported sentences``: the share that no
    citation proves. Averaged over answers, so that a long one counts no more than a short one.
    """
    scores = {}
    if answer.sentences:
        unsupported = [not sentence.supported for sentence in answer.sentences]
        scores["unsupported sentences"] = sum(unsupported) / len(unsupported)
    if not case.gold:
        return scores
    inside = [citation.document.id in case.gold for citation in answer.citations]
    scores["citation recall"] = float(any(inside))
    proving = evidence_spans(case, library)
    if inside:
        scores["citation precision"] = sum(inside) / len(inside)
    if inside and proving:
        overlaps = [
            any(
                citation.document.id == doc_id and citation.start < end and start < citation.end
                for doc_id, start, end in proving
            )
            for citation in answer.citations
        ]
        scores["citation evidence"] = sum(overlaps) / len(overlaps)
    return scores


def evidence_spans(case: Case, library: Library) -> list[tuple[str, int, int]]:
    """(document id, start, end) of the words that prove the answer, where they stand there verbatim."""
    found = []
    for doc_id in case.gold if case.question.evidence else ():
        text = library.document(doc_id).text
        for words in case.question.evidence:
            places = re.finditer(re.escape(words), text)
            found += [(doc_id, match.start(), match.end()) for match in places]
    return found


# -- the whole set -------------------------------------------------------------------------------------------


def whole_of(records: Sequence[Record]) -> dict[str, float]:
    """The figures that take all questions together: empty unless both kinds were asked."""
    sure, answerable = judged(records)
    area = metrics.auroc(sure, answerable)
    if area is None:
        return {}
    error = metrics.calibration_error(metrics.calibration(sure, answerable))
    return {"refusal AUROC": area, "calibration ECE": error}


def latency_of(records: Sequence[Record]) -> dict[str, Latency]:
    """Milliseconds by stage: of each search, and of each answer (``answer`` before the stage's name)."""
    stages: dict[str, list[float]] = {}
    for record in records:
        for stage in _STAGES:
            if stage in record.timings_ms:
                stages.setdefault(stage, []).append(record.timings_ms[stage])
    for record in records:
        for stage, value in (record.answer or {}).get("timings_ms", {}).items():
            stages.setdefault(f"answer {stage}", []).append(value)
    return {
        stage: Latency(float(np.percentile(values, 50)), float(np.percentile(values, 95)), len(values))
        for stage, values in stages.items()
    }


def peak_memory() -> int | None:
    """The most bytes this process has held, None on Windows, which has no such call."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
