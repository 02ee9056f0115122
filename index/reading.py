"""Paths to documents, read in a child process. Knows which files there are; the formats are in index/readers.

A file that hangs, takes too much memory or kills its reader costs the child process, and no other file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.encodings import EncodingChoice
from index.errors import Problem
from index.normalize import is_han
from index.readers import Part
from index.readers.parsed import Parsed, Tick
from index.types import Block, Document, Place

# Seconds without a sign of life, and seconds in all, after which a file is given up.
SILENCE = 60.0
MOST_SECONDS = 1800.0
_GRACE = 0.5  # seconds from the request to end until it is ended
MEMORY = 3 * 1024**3  # bytes of private data of the child

# Takes the bytes of memory it may use as its last argument.
CHILD = (sys.executable, "-P", "-m", "index.readers.child")  # -P: nothing from where the user stands

_LONGEST_ANSWER = (
    500_000_000  # bytes; a text of the most characters takes 60 million, its blocks as much again
)

# Questions about the documents beside them: with their answers in the library, nothing could be measured.
QUESTIONS = "questions.jsonl"

_LONGEST_TITLE = 60
_LINES_LOOKED_AT = 5
_SENTENCE_END = re.compile(r"[。！？!?；;，,：:…]$")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file below a folder that was named; ``problem`` says why it is not to be read."""

    path: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A document read from ``source``, the file on the disk; inside it, if it is a container.

    ``confidence`` (0 to 1) is that of ``encoding``, or of character recognition.
    """

    document: Document
    source: str
    encoding: str
    confidence: float


class FileReader:
    """Reads one file after the other in a child process, started when needed and again when it died."""

    def __init__(
        self,
        *,
        silence: float = SILENCE,
        most_seconds: float = MOST_SECONDS,
        memory: int = MEMORY,
        command: Sequence[str] = CHILD,
    ) -> None:
        self._command = command
        self._silence = silence
        self._most_seconds = most_seconds
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue(maxsize=8)
        self._pump: threading.Thread | None = None
        self._asked: list[tuple[Path, str | None]] = []

    def ask(self, path: Path, encoding: str | None = None) -> None:
        """Let the child begin with ``path``; ``parts`` gives what it finds. Files may be asked ahead."""
        if not self._asked and self._process is not None and self._process.poll() is not None:
            self._kill()  # it died with nothing to do, which is no fault of this file
        self._asked.append((path, encoding))
        self._send(path, encoding)

    def parts(self, tick: Tick | None = None) -> Iterator[Part]:
        """The documents of the file that was asked for first, as they are read. No bad file raises."""
        end = time.monotonic() + self._most_seconds
        while True:
            left = end - time.monotonic()
            if left <= 0:
                yield self._given_up(f"took more than {self._most_seconds:.0f} s", "slow")
                return
            try:
                line = self._lines.get(timeout=min(left, self._silence))
            except queue.Empty:
                if left > self._silence:
                    yield self._given_up(f"took more than {self._silence:.0f} s without getting on", "slow")
                    return
                continue
            answer = _answer(line)
            if answer is None:
                yield self._given_up(
                    "made its reader fail, or needs more memory than a file may take", "memory"
                )
                return
            if "end" in answer:
                self._asked.pop(0)
                return
            if "total" in answer:
                if tick is not None:
                    tick(answer["done"], answer["total"])
                continue
            yield _part(answer)

    def close(self) -> None:
        self._kill()
        self._asked.clear()

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _given_up(self, reason: str, kind: str) -> Part:
        self._kill()
        self._asked.pop(0)
        for path, encoding in self._asked:
            self._send(path, encoding)
        return Part(
            "", problem=Problem(f"{reason}. Save it in another form, or in parts, and add that", kind)
        )

    def _send(self, path: Path, encoding: str | None) -> None:
        # One that died is not replaced here: what it was asked before this would never be answered.
        if self._process is None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        request = json.dumps({"path": str(path), "encoding": encoding}).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):  # it died; ``parts`` finds its last line missing
            self._process.stdin.write(request)
            self._process.stdin.flush()

    def _start(self) -> None:
        # Its own session: Ctrl-C is for the parent, which ends it, and what it started, as a group.
        self._process = subprocess.Popen(
            [*self._command, str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
                "OMP_NUM_THREADS": "2",
            },
        )
        self._lines = queue.Queue(maxsize=8)
        self._pump = threading.Thread(target=_pump, args=(self._process.stdout, self._lines), daemon=True)
        self._pump.start()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()  # it may end what it started itself, if it still can
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        while self._pump is not None and self._pump.is_alive():  # it may wait for room in the queue
            with contextlib.suppress(queue.Empty):
                self._lines.get(timeout=0.05)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def document_of(parsed: Parsed, path: str) -> Document:
    """The document that was read from ``path``, with a title if the file gave none."""
    title = parsed.title or title_of(parsed.text, Path(path))
    return Document(document_id(parsed.text), title, path, parsed.text, parsed.blocks, parsed.places)


def document_id(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of ``text``."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def title_of(text: str, path: Path) -> str:
    """The first line that looks like a title, else the file's name without its suffix."""
    lines = [line.strip() for line in text[:4000].splitlines() if line.strip()][:_LINES_LOOKED_AT]
    for line in lines:
        if _SENTENCE_END.search(line):
            break
        candidate = line.lstrip("#").strip()
        if sum(map(is_han, candidate)) >= 4 and len(candidate) <= _LONGEST_TITLE:
            return candidate
    return path.stem


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def absolute(path: str | Path) -> Path:
    """``path`` from the root without ``..``, ``~`` a home folder; ``~$锁.txt`` stays a name."""
    try:
        path = Path(path).expanduser()
    except RuntimeError:
        path = Path(path)
    return Path(os.path.abspath(path))  # noqa: PTH100, resolve() would also replace links by their targets


def files_under(path: Path) -> list[FoundFile]:
    """``path`` itself if it is a file, else the files below it in name order, hidden ones left out.

    A link that leads out of the folder is not followed: what lies there was not named.
    """
    if not path.is_dir():
        return [_found(path)]
    root = path.resolve()
    found: list[FoundFile] = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in [*folders, *names]:
            each = Path(folder, name)
            if each.is_symlink() and not _inside(each, root):
                found.append(FoundFile(each, "is a link that leads out of the folder; add its target itself"))
            elif name == QUESTIONS:
                found.append(
                    FoundFile(each, "is a question set, not a document; add it by its own path if it is one")
                )
            elif name in names and not name.startswith("."):
                found.append(_found(each))
    return sorted(found, key=lambda file: str(file.path))


def lies_in(path: Path, folder: Path) -> bool:
    """Whether ``files_under`` of ``folder`` would come by ``path``: not hidden, not through a link."""
    if not path.is_relative_to(folder):
        return False
    below = path.relative_to(folder)
    hidden = any(part.startswith(".") for part in below.parts) or path.name == QUESTIONS
    linked = path.parent.resolve() != folder.resolve() / below.parent if below.parts else False
    is_linked_folder = path.is_symlink() and path.is_dir()
    return not hidden and not linked and not is_linked_folder and _inside(path, folder.resolve())


def _found(path: Path) -> FoundFile:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return FoundFile(path, "has a name that is no valid text; rename it")
    return FoundFile(path, "" if path.is_file() else "is not a regular file; nothing can be read from it")


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False


def _pump(stream: Any, lines: queue.Queue[bytes]) -> None:
    """The child's lines into the queue; an empty one says that it ended."""
    with contextlib.suppress(ValueError, OSError):  # closed by the parent
        while line := stream.readline(_LONGEST_ANSWER):
            lines.put(line)
    lines.put(b"")


def _answer(line: bytes) -> dict[str, Any] | None:
    """What the child said in ``line``, None if it ended or is not what it should be."""
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.keys() & {"end", "total", "parsed"} else None


def _part(answer: dict[str, Any]) -> Part:
    found = answer["parsed"]
    parsed = found and Parsed(
        found["text"],
        found["title"],
        None if found["blocks"] is None else tuple(map(_block, found["blocks"])),
        tuple(Place(*place) for place in found["places"]),
        found["encoding"],
        found["confidence"],
    )
    choices = tuple(EncodingChoice(*choice) for choice in answer["choices"])
    line, kind, facts = answer["problem"]
    return Part(answer["name"], parsed, Problem(line, kind, **facts), choices, answer["skipped"])


def _block(values: list[Any]) -> Block:
    start, end, kind, level, header = values
    return Block(start, end, kind, level, (header[0], header[1]) if header else None)
