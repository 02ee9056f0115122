"""The libraries that lie in one folder, the one that answers, and the model that does. Knows no gradio."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from index.errors import JudianError
from index.library import Library
from index.store import is_library
from rag.assistant import Assistant
from rag.generators import Generator
from ui.intakes import Intakes
from ui.watched import WatchedFolders


class LibraryNameError(JudianError):
    """A name that no library can have, or that one has."""


class EncoderNameError(JudianError):
    """A name that no encoder on this machine has."""


class Shelf:
    """``assistant`` answers from ``library``; both change when somebody switches.

    ``evidence`` is how many characters of the documents a language model reads; None: what it is made for.
    """

    def __init__(
        self,
        assistant: Assistant,
        open_library: Callable[[Path], Library] | None = None,
        make_generator: Callable[[str], Generator | None] | None = None,
        encoders_here: Callable[[], list[str]] | None = None,
    ) -> None:
        """Without ``open_library`` there is no other library, without ``make_generator`` no other model,

        without ``encoders_here`` no other encoder.
        """
        self.assistant = assistant
        self.evidence: int | None = None
        self._open_library = open_library
        self._make_generator = make_generator
        self._encoders_here = encoders_here
        self._opened = {assistant.library.folder.absolute(): assistant.library}
        self.intakes = Intakes()
        self.watched = WatchedFolders(assistant.library)
        self._switching = threading.Lock()
        self._loading = threading.Lock()

    @property
    def library(self) -> Library:
        return self.assistant.library

    @property
    def name(self) -> str:
        return self.library.folder.absolute().name

    @property
    def folder(self) -> Path:
        """Where the libraries lie."""
        return self.library.folder.absolute().parent

    def open_library(self, folder: Path) -> Library:
        """Any library; raises LibraryNameError where this shelf has but one."""
        if self._open_library is None:
            raise LibraryNameError(f"There is only the library {self.name} here.")
        return self._open_library(folder)

    def names(self) -> list[str]:
        """Of the libraries there, the one in use among them even if it is still empty."""
        if self._open_library is None:
            return [self.name]
        try:
            there = {each.name for each in self.folder.iterdir() if is_library(each)}
        except OSError:
            there = set()
        return sorted(there | {each.name for each in self._opened} | {self.name})

    def switch(self, name: str) -> None:
        """Answer from the library ``name`` from now on; raises LibraryNameError for one that is not there."""
        if name not in self.names():
            line = f"{name[:80]!r} is no library in {self.folder}. Choose one of the list."
            raise LibraryNameError(line, "library_gone", name=name[:80])
        self._use(self.folder / name)

    def create(self, name: str, *, taken: str, bad: str) -> None:
        """Begin a library and switch to it. ``taken`` and ``bad`` say what is wrong with a name."""
        self._use(self.free(name, taken=taken, bad=bad))

    def free(self, name: str, *, taken: str, bad: str) -> Path:
        """The folder for a new library; raises LibraryNameError where it cannot be one."""
        name = name.strip()
        if not name or name.startswith(".") or any(mark in name for mark in '/\\:*?"<>|\0'):
            raise LibraryNameError(bad.format(name=name))
        if (self.folder / name).exists():
            raise LibraryNameError(taken.format(name=name))
        return self.folder / name

    def use_model(self, name: str) -> None:
        """Answer with another model. Raises what making and loading it raises; the one before answers then.

        Two do not fit into the memory of many machines: while one is loaded the reader answers.
        """
        with self._loading:
            before = self.assistant.name
            if self._make_generator is None or name == before:
                return
            generator = self._make_generator(name)
            if generator is not None:
                generator.prepare()
            self._answer_with(None)
            try:
                if generator is not None:
                    generator.load()
            except Exception:
                self._answer_with(self._make_generator(before))  # loads when it is asked
                raise
            self._answer_with(generator)

    def _answer_with(self, generator: Generator | None) -> None:
        with self._switching:
            self.assistant = self.assistant.with_generator(generator)

    def encoders(self) -> list[str]:
        """Names of the encoders to choose from, that of the library among them."""
        here = self._encoders_here() if self._encoders_here is not None else []
        return list(dict.fromkeys([self.library.encoder_name, *here]))

    def encode_with(self, name: str, progress: Callable[[int, int], None]) -> list[str]:
        """Encode the library again; returns and raises what ``Library.repair`` does, and raises

        EncoderNameError for a name that is not here.
        """
        if name not in self.encoders():
            raise EncoderNameError(f"{name[:80]!r} is no encoder of this machine. Choose one of the list.")
        return self.library.repair(progress, name)

    def _use(self, folder: Path) -> None:
        with self._switching:
            if folder not in self._opened:
                self._opened[folder] = self.open_library(folder)
            self.assistant = self.assistant.with_library(self._opened[folder])
            self.watched.stop()
            self.watched = WatchedFolders(self.library)
            self.watched.follow()
