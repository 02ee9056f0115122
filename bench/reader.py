"""The reader on question sets: spans in the gold paragraph, reranking, what has no answer; whole answers.

The evidence that is chosen: whether it holds a reference. Whole answers, from the set's corpus: the reader's
(chain), the seq2seq's, the language model's (model).

    python -m bench.reader DATA                     every question of every set; the language model 400
    python -m bench.reader DATA --limit 300 --parts spans
    python -m bench.reader DATA --reader FOLDER     another model than the one that is shipped

Nothing else should run meanwhile; a line says how long a passage took.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from index.chunking import split_passages
from index.library import Library
from index.types import Document
from rag.assistant import READ, Assistant, Selected
from rag.evaluation.corpora import library_of
from rag.evaluation.metrics import contains, exact_match, f1
from rag.evaluation.sets import Question, questions, rows_of
from rag.evidence import Evidence
from rag.instant import about
from rag.reader import FOLDER, Reader, Reading, log_odds
from rag.settings import Settings
from rag.wiring import READER, SPEAKER, make_generator

_SPANS = (
    ("cmrc2018_dev", "questions", "corpus"),
    ("drcd_dev", "questions", "corpus"),
    ("drcd_dev", "questions.hans", "corpus.hans"),
    ("xquad_zh", "questions", "corpus"),
)
_RANKED = (
    ("cmrc2018_dev", "cmrc2018_dev/corpus.jsonl"),
    ("drcd_dev", "drcd_dev/corpus.jsonl"),
    ("drcd_dev", "distractors/corpus.jsonl.gz"),
    ("xquad_zh", "xquad_zh/corpus.jsonl"),
    ("kdconv_travel_dev", "kdconv_travel_dev/corpus.jsonl"),
)
_UNANSWERABLE = ("cmrc2018_dev_unans", "drcd_dev_unans")
_CHAINS = (("cmrc2018_dev", "questions"), ("drcd_dev", "questions"), ("xquad_zh", "questions"))
_SPEAKING = {"chain": READER, "seq2seq": SPEAKER, "model": "auto"}
_CANDIDATES = 20
_WEIGHTS = (0.0, 0.005, 0.01, 0.02, 0.05)


def main() -> None:
    arguments = _arguments()
    reader = Reader(arguments.reader)
    reader.read("载入", [("", "载入。")])
    if "spans" in arguments.parts:
        for folder, asked, corpus in _SPANS:
            _spans(reader, arguments.data / folder, asked, corpus, arguments.limit)
    if "rerank" in arguments.parts:
        for folder, corpus in _RANKED:
            library = library_of(arguments.data / corpus, cache=arguments.cache)
            rows = questions(arguments.data / folder / "questions.jsonl", arguments.limit)
            print(f"{folder} in {corpus} ({len(rows)}), R@1 / MRR@10 by the weight of the relevance:")
            _rerank(reader, library, rows)
    if "refusal" in arguments.parts:
        for folder in _UNANSWERABLE:
            _refusal(reader, arguments.data / folder, arguments.cache, arguments.limit)
    for folder, asked in _CHAINS if "evidence" in arguments.parts else ():
        library = library_of(arguments.data / folder / "corpus.jsonl", cache=arguments.cache)
        rows = questions(arguments.data / folder / f"{asked}.jsonl", arguments.limit)
        _evidence(Assistant(library, make_generator(Settings.read()), reader), folder, rows)
    for part, generator in _SPEAKING.items():
        for folder, asked in _CHAINS if part in arguments.parts else ():
            library = library_of(arguments.data / folder / "corpus.jsonl", cache=arguments.cache)
            settings = replace(Settings.read(), generator=generator)
            assistant = Assistant(library, None if generator == READER else make_generator(settings), reader)
            most = arguments.spoken if part == "model" else arguments.limit
            _chain(assistant, arguments.data / folder / f"{asked}.jsonl", most)


def best(readings: Sequence[Reading]) -> int:
    """Which of several readings of one question answers best."""
    return max(range(len(readings)), key=lambda number: readings[number].preference)


def _spans(reader: Reader, folder: Path, asked: str, corpus: str, limit: int) -> None:
    """The reader is given the passages of the gold paragraph."""
    texts = {row["id"]: (row["title"], row["text"]) for row in rows_of(folder / f"{corpus}.jsonl")}
    rows = questions(folder / f"{asked}.jsonl", limit)
    scores = np.zeros((len(rows), 3))
    passages = seconds = 0.0
    lengths = []
    for place, row in enumerate(rows):
        title, text = texts[row.documents[0]]
        parts = [(title, passage.text) for passage in split_passages(Document("", title, "", text))]
        started = time.perf_counter()
        readings = reader.read(row.text, parts)
        seconds += time.perf_counter() - started
        passages += len(parts)
        chosen = best(readings)
        answer = parts[chosen][1][readings[chosen].start : readings[chosen].end]
        lengths.append(len(answer))
        scores[place] = (
            f1(answer, row.answers),
            exact_match(answer, row.answers),
            contains(answer, row.answers),
        )
    means = scores.mean(0)
    print(
        f"{folder.name} {asked} ({len(rows)}): F1 {means[0]:.3f}  EM {means[1]:.3f}  "
        f"contains {means[2]:.3f}  {np.mean(lengths):.1f} characters  "
        f"{1000 * seconds / passages:.0f} ms a passage",
        flush=True,
    )


def _rerank(reader: Reader, library: Library, rows: Sequence[Question]) -> None:
    """R@1 and MRR@10 of documents when the passages that an answer reads are put in order anew."""
    found = np.zeros((len(_WEIGHTS), len(rows), 2))
    times = []
    for place, row in enumerate(rows):
        hits = library.search(row.text, _CANDIDATES)
        started = time.perf_counter()
        readings = reader.read(row.text, [(about(hit), hit.passage.text) for hit in hits])
        times.append(1000 * (time.perf_counter() - started))
        for number, weight in enumerate(_WEIGHTS):
            order = sorted(
                range(len(hits[:READ])),
                key=lambda n: -(hits[n].score + weight * log_odds(readings[n].relevance)),
            )
            documents = list(dict.fromkeys(hits[n].document.paths for n in order))
            rank = next((n for n, held in enumerate(documents, 1) if set(held) & set(row.documents)), 0)
            found[number, place] = (rank == 1, 1 / rank if 0 < rank <= 10 else 0)
    for weight, (first, reciprocal) in zip(_WEIGHTS, found.mean(1), strict=True):
        print(f"  {weight}: {first:.4f} / {reciprocal:.4f}", end="")
    middle, late = np.percentile(times, (50, 95))
    print(f"\n  {_CANDIDATES} passages in {middle:.0f} ms, p95 {late:.0f}", flush=True)


def _refusal(reader: Reader, folder: Path, cache: Path, limit: int) -> None:
    library = library_of(folder / "corpus.jsonl", cache=cache)
    rows = questions(folder / "questions.jsonl", limit)
    signals = np.zeros((len(rows), 3))
    for place, row in enumerate(rows):
        hits = library.search(row.text, 8)
        readings = reader.read(row.text, [(about(hit), hit.passage.text) for hit in hits])
        signals[place] = (
            max(reading.answers for reading in readings),
            max(reading.score for reading in readings),
            max(reading.relevance for reading in readings),
        )
    answerable = np.array([row.answerable for row in rows])
    areas = [roc_auc_score(answerable, signals[:, column]) for column in range(signals.shape[1])]
    print(
        f"{folder.name} ({len(rows)}), 8 passages: AUROC answers {areas[0]:.3f}  score {areas[1]:.3f}  "
        f"relevance {areas[2]:.3f}",
        flush=True,
    )


def chosen_for(assistant: Assistant, question: str) -> tuple[Evidence, ...] | None:
    """The evidence that a language model would read, without one; None where it is refused unread."""
    for event in assistant.stream(question):
        if isinstance(event, Selected):
            return event.evidence
    return None


def _evidence(assistant: Assistant, folder: str, rows: Sequence[Question]) -> None:
    """How much is chosen of the whole corpus, and whether a reference stands in it. No language model."""
    held, lengths = [], []
    for row in rows:
        chosen = chosen_for(assistant, row.text) or ()
        held.append(contains("".join(each.text for each in chosen), row.answers))
        lengths += [sum(len(each.text) for each in chosen)] if chosen else []
    print(
        f"{folder} ({len(rows)}): the evidence holds a reference {np.mean(held):.3f}, "
        f"characters mean {np.mean(lengths):.0f}",
        flush=True,
    )


def _chain(assistant: Assistant, file: Path, most: int) -> None:
    """Search in the set's whole corpus, then the answer; a refusal scores 0."""
    assistant.load()
    rows = [row for row in questions(file, most) if row.answerable]
    scores = np.zeros((len(rows), 4))
    times = []
    for place, row in enumerate(rows):
        started = time.perf_counter()
        answer = assistant.ask(row.text)
        times.append(1000 * (time.perf_counter() - started))
        said = "" if answer.refused else answer.text
        scores[place] = (
            f1(said, row.answers),
            exact_match(said, row.answers),
            contains(said, row.answers),
            answer.refused,
        )
    means = scores.mean(0)
    middle, late = np.percentile(times, (50, 95))
    print(
        f"{file.parent.name} ({len(rows)}), {assistant.name}: F1 {means[0]:.3f}  EM {means[1]:.3f}  "
        f"contains {means[2]:.3f}  refused {means[3]:.3f}  {middle:.0f} ms, p95 {late:.0f}",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.reader", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, default=FOLDER)
    parser.add_argument("--cache", type=Path, default=Path("bench/.cache"))
    parser.add_argument("--limit", type=int, default=1_000_000)
    parser.add_argument("--spoken", type=int, default=400, help="questions for the language model (400)")
    parser.add_argument(
        "--parts",
        default="spans,rerank,refusal,evidence,chain,seq2seq,model",
        type=lambda text: text.split(","),
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
