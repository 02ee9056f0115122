"""Conversations that are kept: one JSON file each, in the library's folder. Knows no gradio."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.errors import JudianError
from index.normalize import fold
from rag.answer import Answer
from ui.conversation import Conversation, Exchange

FOLDER = "conversations"
_IDENTITY = re.compile(r"[0-9a-f]{32}")

Restored = Callable[[Answer, int], tuple[str, str]]


class ConversationGoneError(JudianError):
    """A conversation that is not kept, or whose file cannot be read."""

    def __init__(self, identity: str) -> None:
        super().__init__(f"There is no conversation {identity[:40]!r}. Open another one, or begin a new one.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the list of conversations."""

    id: str
    title: str
    changed_at: str


class Conversations:
    """The conversations in ``folder``, which is made with the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[int, dict[str, Any]]] = {}

    def keep(self, conversation: Conversation) -> None:
        """Write what is answered of it, and the question that waits; raises OSError."""
        finished = [each.finished for each in conversation.exchanges]
        exchanges = [
            {"question": each.question, "answer": each.answer.to_json()}
            for each in finished
            if each is not None and each.answer is not None
        ]
        pending = conversation.exchanges[-1].question if finished and finished[-1] is None else ""
        if not exchanges and not pending:
            return
        try:
            elsewhere = self._row(self._file(conversation.id))["changed_at"] != conversation.changed_at
        except (OSError, ValueError):
            elsewhere = False  # it is not kept yet
        if elsewhere:  # another tab went on with it: both stay
            conversation.id = uuid.uuid4().hex
        conversation.changed_at = self._write(
            conversation.id,
            {
                "id": conversation.id,
                "name": conversation.name,
                "title": conversation.title,
                "began_at": conversation.began_at,
                "exchanges": exchanges,
                "pending": pending,
            },
        )

    def found(self, wanted: str = "") -> list[Kept]:
        """Those whose title, questions or answers hold ``wanted``, in either script; the newest first."""
        sought = fold(wanted.strip())
        lines = []
        for file in self._folder.glob("*.json"):
            try:
                row = self._row(file)
            except (OSError, ValueError):
                continue  # of another program, or just being deleted
            if not sought or sought in row["searched"]:
                lines.append(Kept(row["id"], row["title"], row["changed_at"]))
        return sorted(lines, key=lambda line: line.changed_at, reverse=True)

    def open(self, identity: str, shown: Restored) -> Conversation:
        """The conversation as it was kept; ``shown`` gives the HTML of an answer and of its evidence."""
        row = self._known(identity)
        try:
            conversation = Conversation(row["id"], began_at=row["began_at"], name=row["name"])
            conversation.pending = str(row["pending"])
            conversation.home = str(self._folder.parent)
            conversation.changed_at = row["changed_at"]
            for place, each in enumerate(row["exchanges"], start=1):
                answer = Answer.from_json(each["answer"])
                conversation.exchanges.append(Exchange(each["question"], *shown(answer, place), answer))
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise ConversationGoneError(identity) from error
        return conversation

    def delete(self, identity: str) -> None:
        """Doing it again costs nothing."""
        self._file(identity).unlink(missing_ok=True)

    def _file(self, identity: str) -> Path:
        """What comes from a browser is no path."""
        if not _IDENTITY.fullmatch(identity):
            raise ConversationGoneError(identity)
        return self._folder / f"{identity}.json"

    def _known(self, identity: str) -> dict[str, Any]:
        try:
            return self._row(self._file(identity))
        except (OSError, ValueError) as error:
            raise ConversationGoneError(identity) from error

    def _row(self, file: Path) -> dict[str, Any]:
        """A file's content, read again only when it changed. Raises OSError, and ValueError for another's."""
        changed = file.stat().st_mtime_ns
        known = self._read.get(file)
        if known is None or known[0] != changed:
            row = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(row, dict) or row.get("id") != file.stem:
                raise ValueError(f"{file} holds no conversation")
            try:
                row["searched"] = _searched(row)
            except (KeyError, TypeError, OverflowError) as error:
                raise ValueError(f"{file} holds no conversation") from error
            known = self._read[file] = (changed, row)
        return known[1]

    def _write(self, identity: str, row: dict[str, Any]) -> str:
        """Whole or not at all. Returns when."""
        file = self._file(identity)
        self._folder.mkdir(parents=True, exist_ok=True)
        changed_at = datetime.now(UTC).isoformat(timespec="microseconds")
        part = file.with_suffix(f".{uuid.uuid4().hex}.part")
        part.write_text(
            json.dumps({**row, "changed_at": changed_at}, ensure_ascii=False), "utf-8", "backslashreplace"
        )
        part.replace(file)
        return changed_at


def _searched(row: dict[str, Any]) -> str:
    """What a search looks in. Raises KeyError, TypeError, ValueError or OverflowError for a damaged row."""
    datetime.fromisoformat(row["changed_at"]).astimezone()  # the list shows it so
    if not isinstance(row["name"], str) or not isinstance(row["began_at"], str):
        raise TypeError("a name or date that is no text")
    said = [f"{each['question']}\n{each['answer']['text']}" for each in row["exchanges"]]
    return fold("\n".join([row["title"], row["pending"], row["changed_at"], *said]))
