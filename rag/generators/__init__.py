"""Engines that turn prompts to text, one file each. The Protocol is all the rest of rag/ knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Protocol

from rag.prompts import Prompt

MOST_TOKENS = 256  # an answer's length; the evidence is hardly longer


class Copied(str):
    """A piece of an answer that was copied from the sentence number ``source`` of the evidence."""

    source: int

    @classmethod
    def of(cls, text: str, source: int) -> Copied:
        piece = cls(text)
        piece.source = source
        return piece


class Generator(Protocol):
    """A language model. ``name`` says which, for people.

    ``follows_instructions`` tells whether it can be given another task than to answer.
    """

    follows_instructions: bool

    @property
    def name(self) -> str: ...

    def prepare(self) -> None:
        """Make, once, the files that ``load`` reads. Doing it again costs nothing."""
        ...

    def load(self) -> None:
        """Make ready; the first answer would otherwise wait for it. Doing it twice costs nothing."""
        ...

    def fit(self, prompt: Prompt) -> Prompt:
        """``prompt`` with as much of its evidence as the model can read, never a sentence cut in half.

        Raises QuestionTooLongError when the question alone does not fit.
        """
        ...

    def stream(self, prompt: Prompt, stop: Event) -> Iterator[str]:
        """The answer, piece by piece, until it ends or ``stop`` is set. ``prompt`` went through ``fit``.

        An engine that knows where a piece comes from gives it as Copied.
        """
        ...
