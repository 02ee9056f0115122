"""The ``judian`` command: parses, calls, prints. ``judian --help`` loads no search engine and no model."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from index.errors import JudianError, LibraryMissingError, UnreadableFileError, printable
from rag.form import BUDGET, LONG_BUDGET, SURE_BUDGET, Form, Length, Script
from rag.settings import Settings

if TYPE_CHECKING:
    from index.filters import Filter
    from index.intake import Progress
    from index.types import AddProgress, DocumentInfo, Hit, Place
    from rag.answer import Answer, Citation, Nearest
    from rag.followup import Turn
    from rag.wiring import Assistant, Library

DONE, OURS, YOURS, INTERRUPTED = 0, 1, 2, 130

_UNSUPPORTED = "〔无依据〕"
_STATUSES = ("added", "updated", "renamed", "unchanged", "duplicate", "doubtful", "skipped", "failed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when done, 2 when the user can mend it (one line on stderr says how)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")  # a question says itself that it is no UTF-8
    try:
        given = sys.argv[1:] if arguments is None else arguments
        # A question may begin with a minus: -20℃能用吗？
        asked = _parser().parse_args([f" {each}" if _NO_OPTION.match(each) else each for each in given])
        command: Callable[[argparse.Namespace, Settings], int] = asked.command
        return command(asked, _settings(asked))
    except JudianError as error:
        print(f"judian: {error}", file=sys.stderr)
        return YOURS
    except KeyboardInterrupt:
        print("judian: stopped; what was reported as done is kept.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


_NO_OPTION = re.compile(r"-(?=[^A-Za-z-]).*[^\x00-\x7f]", re.DOTALL)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(YOURS, f"judian: {message}. See: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument(
        "--library", type=Path, metavar="DIR", help="the library's folder (JUDIAN_LIBRARY; ./judian-library)"
    )
    common.add_argument("--json", action="store_true", help="print one JSON object")
    common.add_argument(
        "--encoder", metavar="NAME", help="sentence encoder: a name, folder or hub name (JUDIAN_ENCODER)"
    )
    common.add_argument(
        "--generator",
        metavar="NAME",
        help="language model: a name, file, folder or address (JUDIAN_GENERATOR)",
    )

    parser = _Parser(
        prog="judian",
        description="Answers Chinese questions from your own documents, with proof.",
        parents=[common],
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def add(
        name: str, run: Callable[[argparse.Namespace, Settings], int], text: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, parents=[common])
        command.set_defaults(command=run)
        return command

    adding = add("add", _add, "index files and folders; again later: only what changed")
    adding.add_argument("paths", nargs="+", metavar="PATH")
    adding.add_argument(
        "--encoding",
        help="the files' encoding, where it cannot be told: utf-8, gb18030, big5hkscs, utf-16-le ...",
    )
    add("watch", _watch, "add folders and follow their changes").add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER"
    )
    add("list", _list, "list the documents, older versions, and files to choose an encoding for")
    add("show", _show, "print a document's text").add_argument(
        "document", metavar="DOC", help="id, its beginning, or path"
    )
    add("remove", _remove, "remove documents").add_argument(
        "documents", nargs="+", metavar="DOC", help="id, its beginning, or the path of a file or folder"
    )
    search = add("search", _search, "find passages")
    search.add_argument("question", metavar="QUESTION")
    search.add_argument("-k", type=_positive, default=8, metavar="N", help="how many (8)")
    asking = add("ask", _ask, "answer a question with sources")
    asking.add_argument("question", metavar="QUESTION")
    asking.add_argument(
        "--instant", action="store_true", help="the reader's answer at once, without the language model"
    )
    chatting = add("chat", _chat, "a conversation in the terminal")
    for command in (search, asking, chatting):
        _add_filter(command)
    for command in (asking, chatting):
        _add_form(command)
    page = add("ui", _ui, "the chat page, on 127.0.0.1")
    page.add_argument("--port", type=_positive, default=7860, help="the first port to try (7860)")
    page.add_argument(
        "--host", default="127.0.0.1", help="the address to serve; beyond this machine needs JUDIAN_PASSWORD"
    )
    page.add_argument("--no-browser", action="store_true", help="do not open a browser")
    doctor = add("doctor", _doctor, "check the library")
    doctor.add_argument(
        "--repair", action="store_true", help="mend the library from its texts; encode again with --encoder"
    )
    _add_terms(add("terms", _terms_list, "your dictionary and synonyms, and what they change"), common)
    _add_models(add("models", _models_list, "the model weights"), common)
    _add_eval(add("eval", _eval, "measure on a question set; a report, and a comparison with a saved run"))
    return parser


def _add_filter(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--in",
        dest="documents",
        action="append",
        default=[],
        metavar="PATH_OR_DOC",
        help="only this file, folder or document; may be given again",
    )
    command.add_argument(
        "--type",
        dest="types",
        action="append",
        default=[],
        metavar="SUFFIX",
        help="only files of this type: pdf, docx ...; may be given again",
    )
    command.add_argument(
        "--since", type=_first_day, metavar="DATE", help="only files modified on this day or later"
    )
    command.add_argument(
        "--until",
        type=_last_day,
        metavar="DATE",
        help="only files modified on this day or before; DATE is 2024, 2024-03 or 2024-03-05",
    )


def _add_form(command: argparse.ArgumentParser) -> None:
    for option, kind, default, text in (
        ("--script", Script, Script.QUESTION, "the characters of the answer (the question's)"),
        ("--length", Length, Length.NORMAL, "short: the words of a document alone (normal)"),
    ):
        command.add_argument(option, type=kind, choices=list(kind), default=default, help=text)
    command.add_argument(
        "--evidence",
        type=_positive,
        metavar="N",
        help="characters of the documents that the language model reads"
        f" ({SURE_BUDGET} to {BUDGET}, the less the surer the reader is; long: {LONG_BUDGET})",
    )


def _add_eval(measuring: argparse.ArgumentParser) -> None:
    measuring.add_argument(
        "set",
        type=Path,
        metavar="SET",
        help="a folder with questions.jsonl and a corpus or documents, or a questions file for the library",
    )
    for option, metavar, text in (
        ("--corpus", "PATH", "ask this corpus, or the one of this folder, instead of the set's own"),
        ("--out", "FOLDER", "where run.json and report.html go (judian-eval/SET-TIME)"),
        ("--cache", "DIR", "where libraries of corpora are kept (judian-eval/libraries beside the library)"),
        ("--baseline", "RUN.json", "compare with this run; exit status 1 when something got worse"),
        ("--save-baseline", "FILE", "keep this run there, to compare with"),
    ):
        measuring.add_argument(option, type=Path, metavar=metavar, help=text)
    measuring.add_argument(
        "--with",
        dest="others",
        type=Path,
        action="append",
        default=[],
        metavar="CORPUS",
        help="further documents that make it harder; may be given again",
    )
    measuring.add_argument("--limit", type=_positive, metavar="N", help="N questions, taken evenly (all)")
    measuring.add_argument(
        "--answers",
        type=_count,
        default=100,
        metavar="N",
        help="answer N of them, taken evenly (100); 0: search only",
    )
    measuring.add_argument(
        "--length", type=Length, choices=list(Length), default=Length.NORMAL, help="of the answers (normal)"
    )


def _add_terms(terms: argparse.ArgumentParser, common: _Parser) -> None:
    actions = terms.add_subparsers(required=True, metavar="ACTION", parser_class=_Parser)

    def add(
        name: str, run: Callable[[argparse.Namespace, Settings], int], text: str
    ) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=text, description=text, parents=[common])
        action.set_defaults(command=run)
        return action

    add("list", _terms_list, "both files, what they hold, and the lines that are left out")
    preview = add("preview", _terms_preview, "how a question is cut and searched; the hits before and after")
    preview.add_argument("text", metavar="TEXT")
    preview.add_argument(
        "--add",
        dest="lines",
        action="append",
        default=[],
        metavar="LINE",
        help="try a line that is not saved: 小蓝书, or 员工手册 = 小蓝书; may be given again",
    )
    add("add", _terms_add, "save lines: a word, or spellings with = between them").add_argument(
        "lines", nargs="+", metavar="LINE"
    )
    suggest = add("suggest", _terms_suggest, "words and synonyms that the documents themselves suggest")
    suggest.add_argument("-n", type=_positive, default=20, metavar="N", help="how many of each (20)")


def _add_models(models: argparse.ArgumentParser, common: _Parser) -> None:
    actions = models.add_subparsers(required=True, metavar="ACTION", parser_class=_Parser)
    for name, run, text in (
        ("list", _models_list, "what there is, and which generator is picked"),
        ("pull", _models_pull, "fetch and check weights"),
        ("verify", _models_verify, "check the weights that are here"),
    ):
        action = actions.add_parser(name, help=text, description=text, parents=[common])
        action.set_defaults(command=run)
        if name != "list":
            action.add_argument(
                "names", nargs="*", metavar="NAME", help="all that the defaults need, if none is named"
            )
        if name == "pull":
            action.add_argument(
                "--from", dest="source", type=Path, metavar="FOLDER", help="a folder that holds the files"
            )


def _settings(asked: argparse.Namespace) -> Settings:
    named = {
        name: getattr(asked, name) for name in ("library", "encoder", "generator") if hasattr(asked, name)
    }
    return replace(Settings.read(), **named)


def _positive(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 65535")
    return int(text)


def _first_day(text: str) -> date:
    from index.filters import first_day

    return _day(text, first_day)


def _last_day(text: str) -> date:
    from index.filters import last_day

    return _day(text, last_day)


def _day(text: str, read: Callable[[str], date]) -> date:
    try:
        return read(text)
    except ValueError as error:
        form = f"{printable(text)} is no date; type YYYY, YYYY-MM or YYYY-MM-DD"
        raise argparse.ArgumentTypeError(form) from error


def _count(text: str) -> int:
    return 0 if text == "0" else _positive(text)


# -- the library ---------------------------------------------------------------------------------------------


def _library(settings: Settings) -> Library:
    from rag.wiring import Library

    return Library(settings.library, settings=settings)


def _existing(settings: Settings) -> Library:
    from index.store import is_library

    if not is_library(settings.library):
        raise LibraryMissingError(settings.library)
    return _library(settings)


def _add(asked: argparse.Namespace, settings: Settings) -> int:
    library = _library(settings)
    with _file_progress(quiet=_json(asked)) as progress:
        report = library.add(*asked.paths, encoding=asked.encoding, progress=progress)
    if _json(asked):
        files = [asdict(outcome) for outcome in report.outcomes]
        _print_json({"library": str(library.folder), "files": files})
    if report.count("failed") == len(report.outcomes):
        only = report.outcomes[0].message if len(report.outcomes) == 1 else ""
        raise UnreadableFileError(only or "No file could be read, as told above. Add others: judian add PATH")
    if not _json(asked):
        counts = ", ".join(f"{report.count(status)} {status}" for status in _STATUSES if report.count(status))
        print(f"{counts} -> {library.folder}")
    return DONE


@contextmanager
def _file_progress(*, quiet: bool) -> Iterator[Progress | None]:
    """A line for each file with its outcome; in a terminal files, passages, rate and time left below them."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(now: AddProgress) -> None:
            bar.update(task, completed=now.files, total=now.total_files, description=_pace(now))
            outcome = now.outcome
            if outcome is None or (outcome.status == "failed" and now.total_files == 1):
                return  # the command's one line says it
            detail = outcome.message or (f"{outcome.passages} passages" if outcome.passages else "")
            line = f"{outcome.status:<9} {printable(outcome.path)}  {detail}".rstrip()
            console.print(line, markup=False)

        yield show


def _pace(now: AddProgress) -> str:
    rate = now.passages / now.seconds if now.seconds else 0.0
    left = now.seconds_left
    parts = [f"{now.passages:,} passages", f"{rate:,.0f}/s"]
    parts += [f"{_duration(left)} left"] if left is not None else []
    return "  ".join([*parts, now.message]).rstrip()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _watch(asked: argparse.Namespace, settings: Settings) -> int:
    from index.watching import Watcher

    library = _library(settings)

    def tell(status: str, path: str, detail: str = "") -> None:
        print(f"{status:<9} {printable(path)}  {printable(detail)}".rstrip(), flush=True)

    watcher = Watcher(library, asked.folders, tell)
    watcher.catch_up()
    print(f"watching {', '.join(map(str, watcher.folders))} -> {library.folder}; Ctrl-C ends it", flush=True)
    watcher.run()
    return DONE


def _list(asked: argparse.Namespace, settings: Settings) -> int:
    library = _existing(settings)
    documents, versions, doubtful = library.documents(), library.versions(), library.doubtful()
    if _json(asked):
        rows = [
            {"id": info.id, "title": info.title, "path": info.path, **asdict(info)}
            for info in [*documents, *versions]
        ]
        _print_json(
            {
                "library": str(library.folder),
                "documents": rows,
                "doubtful": [asdict(each) for each in doubtful],
            }
        )
        return DONE
    for info in documents:
        modified = datetime.fromisoformat(info.modified_at).astimezone().date()
        print(f"{info.id}  {info.passages:>4} passages  {info.encoding:<9}  {modified}  {_named(info)}")
    for info in versions:
        print(f"{info.id}  superseded by {info.superseded_by}  {_named(info)}")
    for each in doubtful:
        path = printable(each.path)
        print(f"doubtful  {path}  choose with: judian add {path} --encoding NAME")
        for encoding, confidence, preview in each.choices:
            print(f"    {encoding:<10} {confidence:.2f}  {printable(preview)}")
    if not documents and not doubtful:
        print(f"{library.folder} is empty. Add documents with: judian add PATH")
    return DONE


def _show(asked: argparse.Namespace, settings: Settings) -> int:
    from rag.answer import document_json

    library = _existing(settings)
    info = library.find(asked.document)
    document = library.document(info.id)
    if _json(asked):
        _print_json({"document": document_json(info), "text": document.text})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(
            document.text.encode("utf-8", "replace")
        )  # exactly the text: offsets count in it
    return DONE


def _remove(asked: argparse.Namespace, settings: Settings) -> int:
    removal = _existing(settings).remove(*asked.documents)
    if _json(asked):
        _print_json({"removed": [asdict(info) for info in removal.documents], "names": list(removal.names)})
        return DONE
    for info in removal.documents:
        what = f"{info.passages} passages" if info.superseded_by is None else "an older version"
        print(f"removed {info.id}  {what}  {_named(info)}")
    for name in removal.names:
        print(f"removed the name {printable(name)}; another file holds the same text, which stays")
    return DONE


def _named(info: DocumentInfo) -> str:
    return "  ".join(map(printable, [info.title, *info.paths]))


def _search(asked: argparse.Namespace, settings: Settings) -> int:
    hits = _with_terms(settings).search(asked.question, asked.k, within=_filter(asked))
    if _json(asked):
        _print_json({"question": asked.question, "hits": [_hit_json(hit) for hit in hits]})
        return DONE
    from rag.evidence import one_line

    for rank, hit in enumerate(hits, start=1):
        print(
            f"{rank}. {hit.score:.3f}  {printable(hit.document.title)}  "
            f"{_span(hit.passage.start, hit.passage.end, hit.place)}  {printable(hit.document.path)}"
        )
        print(f"   {printable(one_line(hit.passage.text))}")
        if hit.same:
            print(f"   also in {', '.join(printable(info.path) for info in hit.same)}")
    return DONE


def _filter(asked: argparse.Namespace) -> Filter:
    from index.filters import Filter

    return Filter(tuple(asked.documents), tuple(asked.types), asked.since, asked.until)


def _hit_json(hit: Hit) -> dict[str, Any]:
    from rag.answer import document_json, place_json

    passage = hit.passage
    return {
        "document": document_json(hit.document),
        **place_json(hit.place),
        "start": passage.start,
        "end": passage.end,
        "quote": passage.text,
        "headings": list(passage.headings),
        "score": round(hit.score, 4),
        "lexical": hit.lexical and round(hit.lexical, 4),
        "dense": hit.dense and round(hit.dense, 4),
        "same": [document_json(info) for info in hit.same],
    }


def _doctor(asked: argparse.Namespace, settings: Settings) -> int:
    library = _existing(settings)
    done: list[str] = []
    if asked.repair:
        with _passage_progress(quiet=_json(asked)) as progress:
            done = library.repair(progress)
    problems = library.check()
    if _json(asked):
        _print_json(
            {"library": str(library.folder), "repaired": asked.repair, "done": done, "problems": problems}
        )
    else:
        in_order = f"{library.folder} is in order: {library.size()[0]:,} documents."
        print("\n".join([*done, *(problems or [in_order])]))
    return YOURS if problems else DONE


@contextmanager
def _passage_progress(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """In a terminal, how many passages have been encoded or indexed, how fast, and the time left."""
    if quiet or not sys.stdout.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    started = time.monotonic()
    columns = (TextColumn("passages"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int) -> None:
            seconds = time.monotonic() - started
            left = f"  {_duration(seconds / done * (total - done))} left" if done else ""
            bar.update(
                task, completed=done, total=total, description=f"{done / max(seconds, 0.1):,.0f}/s{left}"
            )

        yield show


# -- questions -----------------------------------------------------------------------------------------------


def _assistant(settings: Settings) -> Assistant:
    from rag.wiring import Assistant

    return _told(Assistant(_with_terms(settings), settings=settings))


def _told(assistant: Assistant) -> Assistant:
    if assistant.notice:
        print(assistant.notice, file=sys.stderr)
    return assistant


def _ask(asked: argparse.Namespace, settings: Settings) -> int:
    from index.library import checked_question

    checked_question(asked.question)  # before models are loaded
    within = _filter(asked)
    assistant = _assistant(replace(settings, generator="reader") if asked.instant else settings)
    assistant.library.matching(within)
    if _json(asked):
        _print_json(assistant.ask(asked.question, within=within, form=_form(asked)).to_json())
    else:
        _answered(assistant, asked.question, (), within, _form(asked))
    return DONE


def _chat(asked: argparse.Namespace, settings: Settings) -> int:
    from rag.followup import Turn

    within = _filter(asked)
    assistant = _assistant(settings)
    assistant.library.matching(within)
    turns: list[Turn] = []
    print("问吧；空行结束。")
    while True:
        try:
            question = input("\n问：").strip()
        except EOFError:
            question = ""
        if not question:
            return DONE
        try:
            answer = _answered(assistant, question, turns, within, _form(asked))
        except JudianError as error:
            print(error)
            continue
        turns.append(Turn(answer.question, answer.text))


def _form(asked: argparse.Namespace) -> Form:
    return Form(asked.script, asked.length, asked.evidence)


def _answered(
    assistant: Assistant, question: str, turns: Sequence[Turn], within: Filter, form: Form
) -> Answer:
    """Print an answer and its sources.

    In a terminal the text streams; what was withdrawn or unproven is said after it.
    """
    from rag.assistant import Done, Instant, Piece

    streams = sys.stdout.isatty()
    for event in assistant.stream(question, turns, within=within, form=form):
        if isinstance(event, Instant) and streams:
            print(f"速答：{_terminal(event.answer.text)}\n", flush=True)
        if isinstance(event, Piece) and streams:
            print(_terminal(event.text), end="", flush=True)
        if isinstance(event, Done):
            if streams:
                print("\n" if not event.answer.refused else "")
            _print_answer(event.answer)
            return event.answer
    raise AssertionError("stream ends with Done")


def _print_answer(answer: Answer) -> None:
    from rag.evidence import one_line

    if answer.understood_as != answer.question:
        print(f"理解为：{answer.understood_as}")
    if answer.refused:
        print(answer.text)
    for sentence in answer.sentences:
        marks = (
            "".join(f"[{number}]" for number in sentence.citations) if sentence.supported else _UNSUPPORTED
        )
        print(f"{printable(one_line(sentence.text))}{marks}")
    places: Sequence[Nearest | Citation] = answer.nearest if answer.refused else answer.citations
    if places:
        print("\n最接近的段落：" if answer.refused else "\n来源：")
    for number, place in enumerate(places, start=1):
        span = _span(place.start, place.end, place.place)
        print(f"[{number}] {printable(place.document.title)}  {span}  {printable(place.document.path)}")
        print(f"    {printable(one_line(place.quote))}")


def _span(start: int, end: int, place: Place | None) -> str:
    from rag.answer import place_text

    return "  ".join(filter(None, [f"{start}-{end}", printable(place_text(place))]))


def _ui(asked: argparse.Namespace, settings: Settings) -> int:
    # The page lies above this package, so it is started, not imported.
    command = [
        sys.executable,
        "-P",  # nothing is imported from where the user stands
        "-m",
        "ui",
        "--port",
        str(asked.port),
        "--host",
        asked.host,
        *(["--no-browser"] if asked.no_browser else []),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "JUDIAN_LIBRARY": str(settings.library),
        "JUDIAN_GENERATOR": settings.generator,
        "JUDIAN_ENCODER": settings.encoder or "",
    }
    return subprocess.call(command, env=environment)


# -- the user's words ----------------------------------------------------------------------------------------

_HITS_COMPARED = 5
_COMPARED_QUOTE = 60  # characters
_PASSAGES_MINED = 4_000  # read in some five seconds on two cores, within 200 MB


def _with_terms(settings: Settings) -> Library:
    """The library; what is wrong with its dictionary and synonyms is told on standard error."""
    library = _existing(settings)
    for problem in library.terms.problems:
        print(f"judian: {problem}", file=sys.stderr)
    return library


def _terms_list(asked: argparse.Namespace, settings: Settings) -> int:
    from index.terms import DICTIONARY, SYNONYMS

    library = _with_terms(settings)
    terms = library.terms
    dictionary, synonyms = library.folder / DICTIONARY, library.folder / SYNONYMS
    if _json(asked):
        _print_json(
            {
                "dictionary": {"path": str(dictionary), "words": [asdict(word) for word in terms.words]},
                "synonyms": {"path": str(synonyms), "lines": [list(line) for line in terms.synonyms]},
                "problems": list(terms.problems),
            }
        )
        return DONE
    print(f"{dictionary}: {len(terms.words):,} words")
    for word in terms.words:
        print("  " + " ".join(map(str, filter(None, (word.text, word.frequency, word.tag)))))
    print(f"{synonyms}: {len(terms.synonyms):,} lines")
    for line in terms.synonyms:
        print(f"  {' = '.join(line)}")
    if not terms.words and not terms.synonyms:
        print('Add to them with: judian terms add WORD "全称 = 简称"; find some with: judian terms suggest')
    return DONE


def _terms_add(asked: argparse.Namespace, settings: Settings) -> int:
    from index.terms import add_lines

    outcomes = add_lines(_with_terms(settings).folder, asked.lines)
    if _json(asked):
        lines = [
            {"line": each.line, "file": str(each.file), "duplicate": each.duplicate} for each in outcomes
        ]
        _print_json({"lines": lines})
        return DONE
    for each in outcomes:
        print(f"{'already in' if each.duplicate else 'added to'} {each.file.name}: {printable(each.line)}")
    return DONE


def _terms_preview(asked: argparse.Namespace, settings: Settings) -> int:
    from index.library import checked_question
    from index.terms import Terms, with_lines

    text = checked_question(asked.text)
    library = _with_terms(settings)
    before = library.terms if asked.lines else Terms()
    after = with_lines(library.terms, asked.lines)
    query = after.query(text)
    with library.trying(before):
        hits_before = library.search(text, _HITS_COMPARED)
    with library.trying(after):
        hits_after = library.search(text, _HITS_COMPARED)
    moves = _moves(hits_before, hits_after)
    if _json(asked):
        _print_json(
            {
                "text": text,
                "compared_with": "the saved terms" if asked.lines else "no terms",
                "cut": {"before": before.cut(text), "after": after.cut(text)},
                "groups": [asdict(group) for group in query.groups],
                "spelled_out": query.encoded,
                "before": [_hit_json(hit) for hit in hits_before],
                "after": [
                    {**_hit_json(hit), "move": move} for hit, move in zip(hits_after, moves, strict=True)
                ],
                "gone": [_hit_json(hit) for hit in _gone(hits_before, hits_after)],
            }
        )
        return DONE
    print(f"cut before:   {printable(' / '.join(before.cut(text)))}")
    print(f"cut after:    {printable(' / '.join(after.cut(text)))}")
    for field in ("phrase", "words", "pairs"):
        groups = [" = ".join(group.spellings) for group in query.groups if group.field == field]
        if groups:
            print(f"{field + ':':<13} {printable('; '.join(groups))}")
    print(f"read as:      {printable(query.encoded)}")
    print(f"\nhits before, with {'the saved terms' if asked.lines else 'no terms'}:")
    for rank, hit in enumerate(hits_before, start=1):
        _print_compared(str(rank), hit, "")
    print("\nhits after:")
    for rank, (hit, move) in enumerate(zip(hits_after, moves, strict=True), start=1):
        _print_compared(str(rank), hit, move)
    for hit in _gone(hits_before, hits_after):
        _print_compared("-", hit, "gone")
    return DONE


def _place_of(hit: Hit) -> tuple[str, int]:
    return hit.document.id, hit.passage.start


def _moves(before: Sequence[Hit], after: Sequence[Hit]) -> list[str]:
    """What became of each hit of ``after``: new, up, down, or nothing."""
    ranks = {_place_of(hit): rank for rank, hit in enumerate(before)}
    moves = []
    for rank, hit in enumerate(after):
        old = ranks.get(_place_of(hit))
        moves.append("new" if old is None else "up" if old > rank else "down" if old < rank else "")
    return moves


def _gone(before: Sequence[Hit], after: Sequence[Hit]) -> list[Hit]:
    kept = set(map(_place_of, after))
    return [hit for hit in before if _place_of(hit) not in kept]


def _print_compared(rank: str, hit: Hit, move: str) -> None:
    from rag.evidence import one_line

    span = _span(hit.passage.start, hit.passage.end, hit.place)
    print(f"{rank}. {hit.score:.3f} {move:<4}  {printable(hit.document.title)}  {span}")
    print(f"   {printable(one_line(hit.passage.text))[:_COMPARED_QUOTE]}")


def _terms_suggest(asked: argparse.Namespace, settings: Settings) -> int:
    from index.suggest import suggest_synonyms, suggest_words

    library = _with_terms(settings)
    texts, total = library.sample(_PASSAGES_MINED)
    words = suggest_words(texts, library.terms, asked.n)
    synonyms = suggest_synonyms(texts, library.terms, asked.n)
    if _json(asked):
        _print_json(
            {
                "passages": total,
                "read": len(texts),
                "words": [{"line": each.line, **asdict(each)} for each in words],
                "synonyms": [{"line": each.line, **asdict(each)} for each in synonyms],
            }
        )
        return DONE
    if len(texts) < total:
        print(f"# {len(texts):,} of {total:,} passages were read, taken evenly")
    for heading, lines in (
        ("dictionary: words that stand together more often than chance", [each.line for each in words]),
        ("synonyms: what the documents give a short name", [each.line for each in synonyms]),
    ):
        print(f"# {heading}")
        for line in lines or ["# nothing stands out"]:
            print(printable(line))
    if words or synonyms:
        print("# save those that are right with: judian terms add LINE...")
    return DONE


# -- measuring -----------------------------------------------------------------------------------------------


def _eval(asked: argparse.Namespace, settings: Settings) -> int:
    from rag.evaluation import command
    from rag.wiring import Assistant, Library

    options = command.Options(
        asked.set,
        asked.corpus,
        tuple(asked.others),
        asked.limit,
        asked.answers,
        asked.out,
        asked.cache,
        asked.baseline,
        asked.save_baseline,
        asked.length,
    )
    with _eval_progress(quiet=_json(asked)) as (preparing, asking):
        outcome = command.evaluate(
            options,
            settings,
            open_library=lambda folder: Library(folder, settings=settings),
            make_assistant=lambda library: _told(Assistant(library, settings=settings)),
            preparing=preparing,
            asking=asking,
        )
    if outcome is None:
        print("{}" if _json(asked) else command.undecided_line(asked.set))
        return DONE
    print(command.outcome_json(outcome) if _json(asked) else command.table(outcome))
    return outcome.status


_Step = Callable[[int, int], None]


@contextmanager
def _eval_progress(*, quiet: bool) -> Iterator[tuple[_Step | None, _Step | None]]:
    """In a terminal, how many documents have been taken in, then how many questions have been asked."""
    if quiet or not sys.stdout.isatty():
        yield None, None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:

        def line(name: str) -> _Step:
            task = bar.add_task(name, total=None, visible=False)
            return lambda done, total: bar.update(task, completed=done, total=total, visible=True)

        yield line("documents"), line("questions")


# -- weights -------------------------------------------------------------------------------------------------


def _models_list(asked: argparse.Namespace, settings: Settings) -> int:
    from index.encoder import DEFAULT_ENCODER
    from index.weights import CATALOGUE, WeightStore
    from rag.wiring import choose

    store = WeightStore(settings.weights)
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "kind": each.kind,
            "origin": each.origin,
            "licence": each.licence,
            "bytes": each.size,
            "state": store.state(each.name),
        }
        for each in CATALOGUE.values()
    ]
    if not _json(asked):
        for row in rows:
            print(
                f"{row['name']:<24} {row['kind']:<10} {row['state']:<10} "
                f"{row['bytes'] / 1e6:>6,.0f} MB  {row['licence']:<11} {row['origin']}"
            )
    choice = choose(settings)  # what cannot be chosen is told after what can
    picked = {"engine": choice.engine, "model": choice.model, "reason": choice.reason}
    if _json(asked):
        encoder = settings.encoder or DEFAULT_ENCODER
        _print_json({"folder": str(store.folder), "weights": rows, "encoder": encoder, "generator": picked})
        return DONE
    print(f"\nencoder:   {settings.encoder or DEFAULT_ENCODER}")
    print(f"generator: {choice.model} with {choice.engine}, since {choice.reason}")
    print(f"folder:    {store.folder}")
    return DONE


def _models_pull(asked: argparse.Namespace, settings: Settings) -> int:
    from index.encoder import open_encoder
    from index.weights import CATALOGUE, WeightStore
    from rag.wiring import make_generator

    store = WeightStore(settings.weights)
    names = asked.names or _default_weights(settings)
    with _download_progress(quiet=_json(asked)) as progress:
        store.pull(names, progress=progress, source=getattr(asked, "source", None))
    for (
        name
    ) in names:  # the forms that the engines read are made now, so that the first question does not wait
        if CATALOGUE[name].kind == "encoder":
            _ = open_encoder(name, store).mark
        else:
            make_generator(replace(settings, generator=name)).prepare()
    return _tell_states(asked, settings, names)


def _models_verify(asked: argparse.Namespace, settings: Settings) -> int:
    from index.weights import WeightStore

    store = WeightStore(settings.weights)
    names = asked.names or [name for name in _default_weights(settings) if store.state(name) != "missing"]
    for name in names:
        store.verify(name)
    return _tell_states(asked, settings, names)


def _tell_states(asked: argparse.Namespace, settings: Settings, names: Sequence[str]) -> int:
    from index.weights import WeightStore

    store = WeightStore(settings.weights)
    if _json(asked):
        _print_json(
            {
                "folder": str(store.folder),
                "weights": [{"name": name, "state": store.state(name)} for name in names],
            }
        )
    else:
        for name in names:
            print(f"{name}: {store.state(name)} in {store.path(name)}")
        if not names:
            print("No weights are here. Fetch them with: judian models pull")
    return DONE


def _default_weights(settings: Settings) -> list[str]:
    """The weights that these settings need."""
    from index.encoder import DEFAULT_ENCODER
    from index.weights import CATALOGUE
    from rag.wiring import choose

    wanted = [settings.encoder or DEFAULT_ENCODER, choose(settings).model]
    return [name for name in wanted if name in CATALOGUE]


@contextmanager
def _download_progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    if quiet:
        yield lambda _name, _done, _total: None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, disable=not sys.stdout.isatty()) as bar:
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)

        yield show


# -- printing ------------------------------------------------------------------------------------------------


def _json(asked: argparse.Namespace) -> bool:
    return bool(getattr(asked, "json", False))


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _terminal(text: str) -> str:
    """``text`` with its line breaks, without what a terminal would act on."""
    return "".join(unit for unit in text if unit.isprintable() or unit == "\n")


if __name__ == "__main__":
    sys.exit(main())
