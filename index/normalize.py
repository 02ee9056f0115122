"""Characters as search compares them: NFKC, lower case, Simplified. Stored text never passes through here."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Normalized:
    """``text`` in normal form; ``offsets[i]`` is the index of the original character ``text[i]`` came from.

    ``offsets`` has one more entry than ``text``: the length of the original.
    """

    text: str
    offsets: tuple[int, ...]


class _Folding(dict[int, str]):
    """A ``str.translate`` table that is filled on demand, one character at a time.

    Character by character, so that every normal character has exactly one original. Traditional turns into
    Simplified without looking at neighbours: both the question and the text pass through the same table, so a
    wrong choice (乾 in 乾隆) is made twice and still matches.
    """

    def __missing__(self, code: int) -> str:
        folded = "".join(
            _simplified(character) for character in unicodedata.normalize("NFKC", chr(code)).lower()
        )
        self[code] = folded
        return folded


@functools.cache
def _converter(direction: str) -> Any:
    import opencc

    return opencc.OpenCC(direction)


def _simplified(character: str) -> str:
    if not "\u3400" <= character <= "\U0003ffff":
        return character
    return str(_converter("t2s").convert(character))


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The normal form of ``text``, without the map back."""
    return text.translate(_FOLDING)


def squeezed(text: str) -> str:
    """The normal form of ``text`` without white space."""
    return re.sub(r"\s", "", fold(text))


class _Simplifying(dict[int, str]):
    """A ``str.translate`` table from Traditional to Simplified, filled on demand."""

    def __missing__(self, code: int) -> str:
        self[code] = _simplified(chr(code))
        return self[code]


_SIMPLIFYING = _Simplifying()


def simplified(text: str) -> str:
    """``text`` in Simplified characters and otherwise as it is, character for character."""
    return text.translate(_SIMPLIFYING)


def traditional(text: str) -> str:
    """``text`` in Traditional characters, phrase by phrase; its length may change."""
    return str(_converter("s2t").convert(text))


def in_simplified(text: str) -> str:
    """``text`` as people write Simplified: 乾隆 stays. Its length may change."""
    return str(_converter("t2s").convert(text))


def in_traditional(text: str) -> str:
    """``text`` as people in Taiwan write it, but in its own words: 裡面, 吃麵. Its length may change."""
    return str(_converter("s2tw").convert(text))


@functools.cache
def regional(word: str) -> tuple[str, ...]:
    """What else a Chinese word is called, in normal form: 软体 is Taiwan's word for 软件."""
    in_taiwan = fold(_converter("s2twp").convert(word))
    on_the_mainland = fold(_converter("tw2sp").convert(traditional(word)))
    return tuple(dict.fromkeys(each for each in (in_taiwan, on_the_mainland) if each != fold(word)))


def normalize(text: str) -> Normalized:
    """The normal form of ``text`` and, for each of its characters, where it stood in the original."""
    pieces: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        folded = _FOLDING[ord(character)]
        pieces.append(folded)
        offsets.extend([index] * len(folded))
    offsets.append(len(text))
    return Normalized("".join(pieces), tuple(offsets))


def is_han(character: str) -> bool:
    """Whether ``character`` is a Chinese character."""
    return (
        "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
    )
