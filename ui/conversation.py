"""What one browser tab has asked and was told. Knows no gradio, no files and no language."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.answer import Answer
from rag.evidence import one_line
from rag.followup import Turn

TURNS = 20  # that are shown, and so many more each time: a page with hundreds is slow to draw
_TITLE = 40  # characters


@dataclass(eq=False)  # two people may ask the same
class Exchange:
    """A question with what the page shows of its answer; ``answer`` is None while it is not finished.

    Where the question is asked again, it stands ``instead_of`` the exchange that was finished.
    """

    question: str
    reply: str = ""  # HTML, as section
    section: str = ""
    answer: Answer | None = None
    instead_of: Exchange | None = None

    @property
    def finished(self) -> Exchange | None:
        """What is worth keeping: this one once it is answered, until then the one before it."""
        return self if self.answer is not None else self.instead_of


class Conversation:
    """The exchanges of a tab, oldest first. No dataclass: gradio would put it into the page as JSON.

    ``home`` is the folder of the library that it asks, ``changed_at`` when it was kept; "" for a new one.
    ``name`` is what its owner called it, else its first question is its title. ``pending`` is a question
    that was asked and not answered when it was kept. The first ``folded`` exchanges are not shown.
    """

    def __init__(self, identity: str = "", *, began_at: str = "", name: str = "") -> None:
        self.id = identity or uuid.uuid4().hex
        self.began_at = began_at or datetime.now(UTC).isoformat(timespec="seconds")
        self.name = name
        self.pending = ""
        self.home = ""
        self.changed_at = ""
        self.folded = 0
        self.exchanges: list[Exchange] = []

    @property
    def is_begun(self) -> bool:
        return bool(self.exchanges or self.pending)

    def put_back(self, exchange: Exchange) -> None:
        """Where ``exchange`` was asked again and is not answered, the answer before it stands there again."""
        if exchange in self.exchanges and exchange.finished is not None:
            self.exchanges[self.exchanges.index(exchange)] = exchange.finished

    @property
    def unfolded(self) -> int:
        return len(self.exchanges) - self.folded

    def fold(self, shown: int = TURNS) -> None:
        """Show the last exchanges alone."""
        self.folded = max(len(self.exchanges) - shown, 0)

    @property
    def title(self) -> str:
        first = self.exchanges[0].question if self.exchanges else self.pending
        return self.name or one_line(first)[:_TITLE]

    def turns(self, before: int | None = None) -> tuple[Turn, ...]:
        """What a follow-up goes on from: the answered exchanges, those before a place among them all."""
        return tuple(Turn(each.question, each.text) for each in self.answers(before))

    def answers(self, before: int | None = None) -> list[Answer]:
        return [each.answer for each in self.exchanges[:before] if each.answer is not None]
