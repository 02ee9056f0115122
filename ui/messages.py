"""What went wrong, in the language of a page. Takes errors and problems, gives plain text; knows no HTML."""

from __future__ import annotations

import errno

from index.errors import JudianError, Problem, printable
from ui.text import Text


def message(what: Exception | str, text: Text) -> str:
    """``what`` in the words that ``text`` has for its kind, else in its own, which are for a terminal."""
    problem = problem_of(what)
    words = text.PROBLEMS.get(problem.kind)
    if words is None:
        return str(problem)
    facts = {
        name: message(fact, text) if isinstance(fact, Problem) else fact
        for name, fact in problem.facts.items()
    }
    return printable(words.format(said=str(problem), **facts))


def problem_of(what: Exception | str) -> Problem:
    """The system's errors have the name of their number for a kind: ENOSPC."""
    if isinstance(what, JudianError):
        return what.problem
    if isinstance(what, OSError):
        kind = errno.errorcode.get(what.errno or 0, "")
        return Problem(what.strerror or str(what), kind, file=what.filename or "")
    return what if isinstance(what, Problem) else Problem(str(what))
