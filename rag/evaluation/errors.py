"""User's mistakes that concern measuring. Every message is one line and says what to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from index.errors import JudianError, Problem


class SetError(JudianError):
    """There is no question set to measure."""


class RowError(JudianError):
    """A line of a questions or corpus file cannot be used."""

    def __init__(self, file: Path, line: int, what: str, kind: str, **facts: Any) -> None:
        super().__init__(
            f"{file}, line {line}: {what}. Mend this line, then run the same command again.",
            file=file,
            line=line,
            what=Problem(what, kind, **facts),
        )


class BaselineError(JudianError):
    """A saved run cannot be compared with this one."""

    def __init__(self, file: Path, reason: str, kind: str = "") -> None:
        super().__init__(
            f"{file} cannot be compared: {reason}. Make another with: --save-baseline {file}",
            file=file,
            reason=Problem(reason, kind),
        )
