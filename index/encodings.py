"""Bytes to text: which encoding they are in, and how sure. Knows no file names."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from index.normalize import fold, is_han
from index.tokens import cut

CANDIDATES = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")

# Below this share of plausible Chinese a guess is not used: the text would be indexed as garbage.
LEAST_CONFIDENCE = 0.5

_SAMPLE = 20_000  # characters; enough to tell, and it bounds the time for a large file
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """``text`` without its byte order mark. ``confidence`` goes from 0 to 1."""

    text: str
    encoding: str
    confidence: float


def decode(data: bytes, encoding: str | None = None) -> Decoded | None:
    """The text of ``data``, or None when no encoding gives plausible text (or not the one that was named).

    A byte order mark decides, then valid UTF-8; otherwise every candidate that decodes the whole is scored by
    how much of it is dictionary words. Statistics over bytes, as charset detectors use them, take short Big5
    for Korean.
    """
    if encoding is not None:
        text = _decoded(data, encoding)
        return None if text is None else Decoded(text.removeprefix("\ufeff"), encoding, 1.0)
    for mark, name in _BOMS:
        if data.startswith(mark):
            text = _decoded(data[len(mark) :], name)
            return None if text is None or is_binary(text) else Decoded(text, name, 1.0)
    text = _decoded(data, "utf-8")
    if text is not None and not _CONTROL.search(text):
        return Decoded(text, "utf-8", 1.0)
    best: Decoded | None = None
    for name in CANDIDATES[1:]:
        text = _decoded(data, name)
        if text is None or is_binary(text):
            continue
        score = plausibility(text)
        if best is None or score > best.confidence:
            best = Decoded(text, name, score)
    return best if best is not None and best.confidence >= LEAST_CONFIDENCE else None


def is_binary(text: str) -> bool:
    """Whether ``text`` holds control characters in a number that no text has."""
    return len(_CONTROL.findall(text[:_SAMPLE])) > len(text[:_SAMPLE]) // 500


def plausibility(text: str) -> float:
    """The share of the letters and Chinese characters of ``text`` that stand in words, 0 to 1.

    A Chinese character counts when jieba's dictionary joins it to a neighbour, after turning Traditional into
    Simplified. Right decodings score about 0.7 to 0.9, the same bytes in a wrong encoding below 0.3.
    """
    sample = text[:_SAMPLE]
    marks = sum(character in "，。、！？；：“”《》（）「」『』" for character in sample)
    good = total = 0
    for word in cut(fold(sample)):
        han = sum(map(is_han, word))
        if han:
            total += han
            good += han if len(word) > 1 or word in _SINGLES else 0
        elif word.isascii():
            good += word.isalnum()
            total += word.isalnum()
        else:
            # Kana, Hangul, private use and the like hardly occur in Chinese text; they abound in wrong
            # decodings.
            total += sum(not unit.isspace() for unit in word if unit not in _MARKS)
    return min(1.0, (good + marks) / (total + marks)) if total + marks else 0.0


_SINGLES = frozenset(
    "的了是在和与有不为人中到上个一二三四五六七八九十年月日也就都而从其以及由对于将被把这那很更最又或"
)
_MARKS = frozenset(
    "，。、！？；：“”‘’《》〈〉（）「」『』【】—…·－～％℃　〇○●■□◆△▲★☆→←↑↓①②③④⑤⑥⑦⑧⑨⑩「」｜＋＝／"
)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
