"""Which of a library's titles a text names. Knows titles, not where they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.normalize import normalize
from index.tokens import STOP_WORDS, search_text

_ASIDE = re.compile(r"[(（\[【〔].*?[)）\]】〕]")
_MARKS = re.compile("[《》]")
_SHORTEST, _LONGEST = 2, 40  # characters


class Titles:
    """Titles in normal form, each also without what stands in brackets."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._titles = {
            form
            for title in titles
            for form in map(_form, (title, _ASIDE.sub("", title)))
            if _SHORTEST <= len(form) <= _LONGEST and not form.isdecimal() and form not in STOP_WORDS
        }
        self._lengths = sorted({len(title) for title in self._titles}, reverse=True)

    def named_in(self, text: str) -> list[str]:
        """The titles that ``text`` names, in its own characters and order; the longest where several fit."""
        normal = normalize(text)
        found, start = [], 0
        while start < len(normal.text):
            left = len(normal.text) - start
            length = next((n for n in self._lengths if n <= left and self._stands(normal.text, start, n)), 0)
            if length:
                end = normal.offsets[start + length - 1] + 1
                found.append(text[normal.offsets[start] : end])
            start += length or 1
        return found

    def _stands(self, text: str, start: int, length: int) -> bool:
        """Whether a title stands there, and no Latin one inside a longer word."""
        title, end = text[start : start + length], start + length
        if title not in self._titles:
            return False
        begins_inside = _is_latin(title[0]) and start > 0 and _is_latin(text[start - 1])
        ends_inside = _is_latin(title[-1]) and end < len(text) and _is_latin(text[end])
        return not begins_inside and not ends_inside


def _form(title: str) -> str:
    return _MARKS.sub("", search_text(title)).strip()


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
