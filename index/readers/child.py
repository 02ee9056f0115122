"""The child process that reads files: one JSON request a line in, one JSON answer a line out.

Run by index/reading.py, within limits of memory and processor time, so that no file can harm the library.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import Problem
from index.readers import MOST_BYTES, TOO_MUCH_MEMORY, Part, fault, parts_of, too_large

_MOST_PROCESSOR_SECONDS = 3600  # of one file; a backstop for a child whose parent was killed


def main() -> None:
    """Answer requests until standard input ends."""
    # Libraries may print; only answers belong on standard output.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # LibreOffice, which may be at work for a file, is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    memory = int(sys.argv[1])
    for line in sys.stdin.buffer:
        _limit(memory)
        _answer(json.loads(line), answers)


def _answer(request: dict[str, Any], answers: BinaryIO) -> None:
    def say(**answer: Any) -> None:
        answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        answers.flush()

    def tick(done: int, total: int) -> None:
        say(done=done, total=total)

    path = Path(request["path"])
    try:
        if path.stat().st_size > MOST_BYTES:
            say(**_part(Part("", problem=too_large(path.stat().st_size))))
        else:
            for part in parts_of(
                path.read_bytes(), path.suffix.lower(), tick, encoding=request.get("encoding")
            ):
                say(**_part(part))
    except OSError as error:
        line = f"cannot be read ({error.strerror}). Check its permissions"
        say(**_part(Part("", problem=Problem(line, "closed", reason=error.strerror))))
    except MemoryError:
        say(**_part(Part("", problem=TOO_MUCH_MEMORY)))
    except Exception as error:  # a fault in a reader: told for this file, and it stops no other
        say(**_part(Part("", problem=fault(error))))
    say(end=True)


def _part(part: Part) -> dict[str, Any]:
    parsed = part.parsed
    return {
        "name": part.name,
        "problem": [part.problem, part.problem.kind, part.problem.facts],
        "skipped": part.skipped,
        "choices": [astuple(choice) for choice in part.choices],
        "parsed": parsed
        and {
            "text": parsed.text,
            "title": parsed.title,
            "blocks": parsed.blocks and [astuple(block) for block in parsed.blocks],
            "places": [astuple(place) for place in parsed.places],
            "encoding": parsed.encoding,
            "confidence": parsed.confidence,
        },
    }


def _limit(memory: int) -> None:
    """At most ``memory`` bytes of private data for a file, where the system has limits (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + _MOST_PROCESSOR_SECONDS, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
