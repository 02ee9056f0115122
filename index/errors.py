"""Mistakes that the user can mend. Every message is one line and says what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from index.types import EncoderMark


def printable(text: str) -> str:
    """``text`` on one line, without characters that a terminal would act on."""
    return "".join(unit for unit in " ".join(text.split()) if unit.isprintable())


class Problem(str):
    """A line for the terminal that knows what it is about, so that a page can say it in its own language.

    ``kind`` names the words to say it in and ``facts`` fill them. Everywhere else it is plain text.
    """

    kind: str
    facts: dict[str, Any]

    def __new__(cls, line: str, kind: str = "", /, **facts: Any) -> Problem:
        problem = super().__new__(cls, printable(line))
        problem.kind, problem.facts = kind, facts
        return problem


class JudianError(Exception):
    """Base of all errors whose message is meant for the user.

    ``problem`` is the message. The class names its kind, unless it has several.
    """

    def __init__(self, message: str, kind: str = "", /, **facts: Any) -> None:
        self.problem = Problem(message, kind or type(self).__name__, **facts)
        super().__init__(self.problem)


class PathMissingError(JudianError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} does not exist. Check the spelling, then run: judian add PATH",
            path=path,
        )


class EmptyFolderError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Nothing is left in {folder} of what the library holds from it; if its disk is there, "
            f"remove the documents with: judian remove {folder}",
            folder=folder,
        )


class NoReadableFilesError(JudianError):
    def __init__(self, path: Path, suffixes: tuple[str, ...]) -> None:
        super().__init__(
            f"{path} holds no file that can be read ({', '.join(suffixes)}). "
            "Name a folder or file that does: judian add PATH",
            path=path,
            suffixes=", ".join(suffixes),
        )


class EncodingUnknownError(JudianError):
    def __init__(self, encoding: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no text encoding {encoding!r}. Use one of {', '.join(known)}: --encoding gb18030",
            encoding=encoding,
        )


class UnreadableFileError(JudianError):
    """One file cannot be taken in; the others are not affected."""


class LibraryMissingError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no library in {folder}. Make one with: judian add PATH --library {folder}",
            folder=folder,
        )


class LibraryBusyError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another process is writing to {folder}. Nothing was changed; "
            "run the same command again when it has ended.",
            folder=folder,
        )


class LibraryDamagedError(JudianError):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} is damaged ({reason}). Put back a copy of its library.db, or index the files again "
            f"into a new folder: judian add PATH --library {folder}-new",
            folder=folder,
            reason=reason,
        )


class VectorsDamagedError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"A vector in {folder} is damaged. Mend it from its text: "
            f"judian doctor --repair --library {folder}",
            folder=folder,
        )


class LibraryFormatError(JudianError):
    def __init__(self, folder: Path, *, found: str, known: str) -> None:
        super().__init__(
            f"{folder} has format {found}, this Judian knows {known}. "
            "Update Judian, or use another folder: --library DIR",
            folder=folder,
            found=found,
            known=known,
        )


class LibraryReadOnlyError(JudianError):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} cannot be written ({reason}). Make it writable or use another folder: --library DIR",
            folder=folder,
            reason=reason,
        )


class EncoderMismatchError(JudianError):
    """The library's vectors were made by another encoder."""

    def __init__(self, folder: Path, *, made_with: EncoderMark, asked_for: EncoderMark) -> None:
        made, asked = made_with.name, asked_for.name
        if made == asked:
            made, asked = f"an older {made} ({made_with.fingerprint})", f"this one ({asked_for.fingerprint})"
        super().__init__(
            f"{folder} was encoded with {made}, but {asked} was asked for. "
            f"Encode it again with: judian doctor --repair --library {folder} --encoder {asked_for.name}",
            folder=folder,
            made_with=made,
            asked_for=asked,
        )


class EncoderUnavailableError(JudianError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The encoder {name} cannot be loaded ({reason}). "
            "Give a sentence-transformers folder or name: --encoder PATH",
            name=name,
            reason=reason,
        )


class DocumentMissingError(JudianError):
    def __init__(self, reference: str) -> None:
        super().__init__(
            f"The library has no document {reference!r}. See their ids and paths with: judian list",
            reference=reference,
        )


class DocumentAmbiguousError(JudianError):
    def __init__(self, reference: str, ids: list[str]) -> None:
        super().__init__(
            f"{reference!r} could be {' or '.join(ids[:5])}. Type more of the id, as judian list shows it.",
            reference=reference,
        )


class NothingMatchesError(JudianError):
    """A filter leaves no document to search."""

    def __init__(self, asked: str) -> None:
        super().__init__(
            f"The library has no document {asked}. See their paths and dates with: judian list",
            asked=asked,
        )


class QuestionError(JudianError):
    """The question cannot be asked as it is."""


class WeightsError(JudianError):
    """Model weights are missing, damaged or unknown."""


class WeightsMissingError(WeightsError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"The weights {name} are not here. Fetch them with: judian models pull {name}", name=name
        )
