"""An answer that somebody found bad becomes a case: a row in a questions file. Knows no page."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.followup import Turn

FILE = "cases.jsonl"


def keep_case(
    library_folder: Path,
    question: str,
    history: Sequence[Turn],
    answer: Mapping[str, Any],
    note: str = "",
    right: str = "",
) -> Path:
    """Append a case to ``cases.jsonl`` in the library's folder. Returns the file.

    The row has the form of a question set. ``right`` is what the answer should have been; where nobody said
    so it is for a person to fill in: until ``answerable`` is true or false the row is not measured.
    ``answered`` keeps what was said.
    """
    row = {
        "id": f"case-{uuid.uuid4().hex[:12]}",
        "question": question,
        "history": [{"question": turn.question, "answer": turn.answer} for turn in history],
        "answers": [right.strip()] if right.strip() else [],
        "doc_ids": [],
        "answerable": True if right.strip() else None,
        "note": note,
        "kept_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "answered": dict(answer),
    }
    file = library_folder / FILE
    line = json.dumps(row, ensure_ascii=False) + "\n"
    # One write at the end of the file: rows of two tabs cannot mix. A last line without its end, as editors
    # leave it, gets it.
    with file.open("ab+", buffering=0) as opened:
        size = opened.seek(0, os.SEEK_END)
        if size:
            opened.seek(size - 1)
            line = line if opened.read(1) == b"\n" else f"\n{line}"
        opened.write(line.encode("utf-8", "backslashreplace"))  # a lone half of a pair, as JSON escapes it
    return file
