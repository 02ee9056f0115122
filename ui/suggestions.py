"""Questions to begin with, from what lies in a library. Knows no gradio."""

from __future__ import annotations

import json
from pathlib import Path

from index.library import Library
from index.reading import QUESTIONS
from ui.text import Text

_MOST = 4


def suggestions(library: Library, text: Text) -> list[str]:
    """Questions that lie beside the documents, in a file as in ``seeds/``; else about the newest titles."""
    documents = library.documents() if library.is_there else []
    for folder in dict.fromkeys(Path(path).parent for info in documents for path in info.paths):
        if questions := _questions(folder / QUESTIONS):
            return questions[:: max(1, len(questions) // _MOST)][:_MOST]
    titles = dict.fromkeys(info.title for info in reversed(documents) if info.title)
    return [text.ASK_ABOUT.format(title=title) for title in list(titles)[:_MOST]]


def _questions(file: Path) -> list[str]:
    """The questions of a set that can be answered and stand alone; none of a file of another kind."""
    try:
        if not file.exists():
            return []
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [str(row["question"]) for row in rows if row.get("answerable") and not row.get("history")]
    except (OSError, ValueError, KeyError, AttributeError):
        return []
