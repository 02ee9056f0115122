"""What documents are called where several have one title. Knows no HTML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index.types import DocumentInfo
from ui.dropped import FOLDER

_DEEPEST = 16  # folders above a file


def file_name(path: str, folders: int = 1) -> str:
    """The file with the folders or archive that it lies in, below where dropped files are kept."""
    *above, name = re.split(r"[\\/]", path)
    shown = [each for each in above if each][-folders:]
    while FOLDER in shown:
        shown = shown[shown.index(FOLDER) + 1 :]
    return "/".join([*shown, name])


def titles(documents: Sequence[DocumentInfo]) -> list[str]:
    """Of each document; one that another has as well comes with as much of its path as tells them apart."""
    names = [info.title or file_name(info.path) for info in documents]
    called = list(names)
    for folders in range(1, _DEEPEST):
        count = Counter(called)
        again = [place for place, name in enumerate(called) if count[name] > 1]
        if not again:
            break
        for place in again:
            called[place] = f"{names[place]} ({file_name(documents[place].path, folders)})"
    return called
