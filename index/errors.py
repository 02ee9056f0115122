"""Mistakes that the user can mend. Every message is one line and says what to type next."""

from __future__ import annotations

from pathlib import Path

from index.types import EncoderMark


def printable(text: str) -> str:
    """``text`` on one line, without characters that a terminal would act on."""
    return "".join(unit for unit in " ".join(text.split()) if unit.isprintable())


class JudianError(Exception):
    """Base of all errors whose message is meant for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class PathMissingError(JudianError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not exist. Check the spelling, then run: judian add PATH")


class EmptyFolderError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Nothing is left in {folder} of what the library holds from it; if its disk is there, "
            f"remove the documents with: judian remove {folder}"
        )


class NoReadableFilesError(JudianError):
    def __init__(self, path: Path, suffixes: tuple[str, ...]) -> None:
        super().__init__(
            f"{path} holds no file that can be read ({', '.join(suffixes)}). "
            "Name a folder or file that does: judian add PATH"
        )


class EncodingUnknownError(JudianError):
    def __init__(self, encoding: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no text encoding {encoding!r}. Use one of {', '.join(known)}: --encoding gb18030"
        )


class UnreadableFileError(JudianError):
    """One file cannot be taken in; the others are not affected."""


class LibraryMissingError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no library in {folder}. Make one with: judian add PATH --library {folder}"
        )


class LibraryBusyError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another process is writing to {folder}. Nothing was changed; "
            "run the same command again when it has ended."
        )


class LibraryDamagedError(JudianError):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} is damaged ({reason}). Put back a copy of its library.db, or index the files again "
            f"into a new folder: judian add PATH --library {folder}-new"
        )


class VectorsDamagedError(JudianError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"A vector in {folder} is damaged. Mend it from its text: "
            f"judian doctor --repair --library {folder}"
        )


class LibraryFormatError(JudianError):
    def __init__(self, folder: Path, *, found: str, known: str) -> None:
        super().__init__(
            f"{folder} has format {found}, this Judian knows {known}. "
            "Update Judian, or use another folder: --library DIR"
        )


class LibraryReadOnlyError(JudianError):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} cannot be written ({reason}). Make it writable or use another folder: --library DIR"
        )


class EncoderMismatchError(JudianError):
    """The library's vectors were made by another encoder."""

    def __init__(self, folder: Path, *, made_with: EncoderMark, asked_for: EncoderMark) -> None:
        made, asked = made_with.name, asked_for.name
        if made == asked:
            made, asked = f"an older {made} ({made_with.fingerprint})", f"this one ({asked_for.fingerprint})"
        super().__init__(
            f"{folder} was encoded with {made}, but {asked} was asked for. "
            f"Encode it again with: judian doctor --repair --library {folder} --encoder {asked_for.name}"
        )


class EncoderUnavailableError(JudianError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The encoder {name} cannot be loaded ({reason}). "
            "Give a sentence-transformers folder or name: --encoder PATH"
        )


class DocumentMissingError(JudianError):
    def __init__(self, reference: str) -> None:
        super().__init__(
            f"The library has no document {reference!r}. See their ids and paths with: judian list"
        )


class DocumentAmbiguousError(JudianError):
    def __init__(self, reference: str, ids: list[str]) -> None:
        super().__init__(
            f"{reference!r} could be {' or '.join(ids[:5])}. Type more of the id, as judian list shows it."
        )


class NothingMatchesError(JudianError):
    """A filter leaves no document to search."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"The library has no document {asked}. See their paths and dates with: judian list")


class QuestionError(JudianError):
    """The question cannot be asked as it is."""


class WeightsError(JudianError):
    """Model weights are missing, damaged or unknown."""
