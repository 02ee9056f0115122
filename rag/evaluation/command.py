"""`judian eval`: options in, a measured set, its files and an exit status out. Knows no argument parser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from index.errors import JudianError, LibraryMissingError, printable
from index.library import Library
from index.store import is_library
from rag.assistant import Assistant
from rag.evaluation.compare import Baseline, Change, check_same, compare, read_baseline
from rag.evaluation.corpora import library_of
from rag.evaluation.errors import SetError
from rag.evaluation.metrics import CUTOFFS
from rag.evaluation.record import LEGS, About, Run, write_json
from rag.evaluation.report import report
from rag.evaluation.run import measure
from rag.evaluation.sets import QuestionSet, corpus_file, evenly, read_set
from rag.form import Form, Length
from rag.settings import Settings

RUN, REPORT = "run.json", "report.html"
DONE, WORSE, YOURS, INTERRUPTED = 0, 1, 2, 130

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; None is the default."""

    set: Path
    corpus: Path | None = None
    others: tuple[Path, ...] = ()
    limit: int | None = None
    answers: int = 100
    out: Path | None = None
    cache: Path | None = None
    baseline: Path | None = None
    save_baseline: Path | None = None
    length: Length = Length.NORMAL


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run, the folder it lies in, and how it compares; ``changes`` is None without a baseline."""

    run: Run
    folder: Path
    changes: tuple[Change, ...] | None = None

    @property
    def status(self) -> int:
        """0, 1 when something got worse, 2 when a mistake stopped it, 130 when the user did."""
        if self.run.partial:
            return YOURS if self.run.stopped_by else INTERRUPTED
        return WORSE if any(change.worse for change in self.changes or ()) else DONE


def evaluate(
    options: Options,
    settings: Settings,
    *,
    open_library: Callable[[Path], Library],
    make_assistant: Callable[[Library], Assistant],
    preparing: Progress | None = None,
    asking: Progress | None = None,
) -> Outcome | None:
    """Measure a set and keep what was measured. None if no question of it is decided.

    ``preparing`` hears of documents taken in, ``asking`` of questions. Raises SetError, RowError and
    BaselineError before anything is asked.
    """
    asked = read_set(options.set, options.corpus)
    if not asked.questions:
        return None
    asked = replace(asked, questions=tuple(evenly(asked.questions, options.limit)))
    baseline = read_baseline(options.baseline) if options.baseline is not None else None
    library, sources = _documents(options, settings, asked, open_library, preparing)
    try:
        if baseline is not None:
            _check(baseline, asked, sources, options.answers)
        started = datetime.now(UTC)
        folder = options.out or Path("judian-eval") / f"{_safe(asked.name)}-{started:%Y%m%d-%H%M%S}"
        with _writable("--out FOLDER"):
            folder.mkdir(parents=True, exist_ok=True)  # before the work, not after it
        documents, passages = library.size()
        about = About(
            asked.name,
            sources,
            documents,
            passages,
            library.encoder.mark.name,
            None,
            started.isoformat(timespec="seconds"),
            asked.undecided,
        )
        run = measure(
            asked,
            library,
            about,
            make_assistant,
            answers=options.answers,
            form=Form(length=options.length),
            progress=asking,
        )
    finally:
        library.close()
    changes = tuple(compare(baseline, run)) if baseline is not None and not run.partial else None
    _keep(run, folder, changes, options.save_baseline)
    return Outcome(run, folder, changes)


def undecided_line(file: Path) -> str:
    """What to do with a file of cases that nobody has looked at."""
    return printable(
        f'{file}: no case is decided yet. Fill in "answerable" (true or false), and for true "answers" and '
        '"doc_ids" (ids, paths or file names, as judian list shows them), then run the same command again.'
    )


def _documents(
    options: Options,
    settings: Settings,
    asked: QuestionSet,
    open_library: Callable[[Path], Library],
    progress: Progress | None,
) -> tuple[Library, tuple[str, ...]]:
    """The library to ask, and what it is called in the run."""
    own = asked.corpus or asked.folder
    others = [corpus_file(path) for path in options.others]
    if own is None:
        if others:
            raise SetError(
                f"{asked.file} is asked of a library as it is. Leave --with out, or name --corpus."
            )
        if not is_library(settings.library):
            raise LibraryMissingError(settings.library)
        return open_library(settings.library), (settings.library.name,)
    cache = options.cache or settings.library.absolute().parent / "judian-eval" / "libraries"
    if settings.encoder is not None:
        cache /= _safe(settings.encoder)
    sources = tuple(dict.fromkeys([own, *others]))
    library = library_of(*sources, cache=cache, open_library=open_library, progress=progress)
    return library, tuple(_called(source) for source in sources)


def _safe(name: str) -> str:
    """``name`` as a file may be called anywhere."""
    return re.sub(r"[^-.\w]", "_", name)


def _called(source: Path) -> str:
    return f"{source.parent.name}/{source.name}" if source.is_file() else source.name


def _check(baseline: Baseline, asked: QuestionSet, sources: Sequence[str], answers: int) -> None:
    texts = {question.id: question.text for question in asked.questions}
    spoken = set(evenly(list(texts), answers) if answers else [])
    check_same(baseline, asked.name, sources, texts, spoken)


def _keep(run: Run, folder: Path, changes: Sequence[Change] | None, save: Path | None) -> None:
    with _writable("--out FOLDER"):
        write_json(run.to_json(), folder / RUN)
        (folder / REPORT).write_text(report(run, changes), "utf-8", "backslashreplace")
    if save is not None and not run.partial and save.resolve() != (folder / RUN).resolve():
        with _writable("--save-baseline FILE"):
            save.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / RUN, save)


@contextmanager
def _writable(option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        line = f"{error.filename} cannot be written ({reason}). Use another: {option}"
        raise JudianError(line, "unwritten", path=error.filename, reason=reason) from error


# -- printing ------------------------------------------------------------------------------------------------


def outcome_json(outcome: Outcome) -> str:
    """The summary, where it was kept, and the comparison, as one JSON object."""
    found = {**outcome.run.summary_json(), "folder": str(outcome.folder)}
    if outcome.changes is not None:
        found["changes"] = [
            {
                "name": change.name,
                "before": change.before,
                "now": change.now,
                "lost": change.lost,
                "won": change.won,
                "worse": change.worse,
            }
            for change in outcome.changes
        ]
    return json.dumps(found, ensure_ascii=False, indent=2)


def table(outcome: Outcome) -> str:
    """The run in at most 100 columns."""
    run = outcome.run
    about = run.about
    size = f"{len(run.records):,} questions, {about.documents:,} documents, {about.passages:,} passages"
    lines = [f"{printable(about.set)}: {size}{'   STOPPED, not all were asked' if run.partial else ''}"]
    summary = run.summary()
    names = [f"R@{cutoff}" for cutoff in CUTOFFS] + ["MRR@10", "nDCG@10"]
    if "fusion R@1" in summary:
        lines += ["", f"{'retrieval':<12}" + "".join(f"{name:>9}" for name in names)]
        lines += [
            f"{leg:<12}" + "".join(f"{summary[f'{leg} {name}'].value:>9.3f}" for name in names)
            for leg in LEGS
        ]
    others = [
        f"{name:<30}{score.value:>7.3f}{score.count:>7,}"
        for name, score in sorted(summary.items())
        if not name.startswith(LEGS)
    ]
    half = (len(others) + 1) // 2
    lines += ["", *(f"{left:<48}{right}" for left, right in _columns(others, half))] if others else []
    lines += ["", f"{'milliseconds':<24}{'p50':>9}{'p95':>9}"]
    lines += [f"{stage:<24}{each.p50:>9.1f}{each.p95:>9.1f}" for stage, each in run.latency.items()]
    if run.peak_memory:
        lines.append(f"{'peak memory':<24}{run.peak_memory / 1e9:>9.2f} GB")
    lines += ["", f"Stopped: {run.stopped_by}"] if run.stopped_by else []
    lines += _comparison(outcome.changes) if outcome.changes is not None else []
    if about.undecided:
        lines += ["", f'{about.undecided} rows are not measured: fill in their "answerable".']
    return "\n".join(line.rstrip() for line in [*lines, "", f"report: {outcome.folder / REPORT}"])


def _columns(lines: Sequence[str], half: int) -> list[tuple[str, str]]:
    right = [*lines[half:], *[""] * (2 * half - len(lines))]
    return list(zip(lines[:half], right, strict=True))


def _comparison(changes: Sequence[Change]) -> list[str]:
    moved = [change for change in changes if change.worse or change.better]
    same = len(changes) - len(moved)
    lines = ["", f"{'compared with the baseline':<32}{'before':>10}{'now':>10}{'difference':>12}  lost/won"]
    for change in sorted(moved, key=lambda each: not each.worse):
        counts = f"{change.lost}/{change.won}" if change.lost or change.won else ""
        verdict = "WORSE" if change.worse else "better"
        lines.append(
            f"{change.name:<32}{change.before:>10.3f}{change.now:>10.3f}{change.now - change.before:>+12.3f}"
            f"  {counts:<10}{verdict}"
        )
    return [*lines, f"{same} others about the same"]
