"""What documents are called where several have one title. Knows no HTML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index.types import DocumentInfo
from ui.dropped import FOLDER


def file_name(path: str) -> str:
    """The file with the folder or archive that it lies in, unless that is where dropped files are kept."""
    folder, name = ["", *re.split(r"[\\/]", path)][-2:]
    return name if folder in ("", FOLDER) else f"{folder}/{name}"


def titles(documents: Sequence[DocumentInfo]) -> list[str]:
    """Of each document; one that another has as well comes with the file's name."""
    names = [info.title or file_name(info.path) for info in documents]
    count = Counter(names)
    return [
        f"{name} ({file_name(info.path)})" if count[name] > 1 else name
        for name, info in zip(names, documents, strict=True)
    ]
