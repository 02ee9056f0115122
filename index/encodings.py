"""Bytes to text: which encoding they are in, and how sure. Knows no file names."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.normalize import fold, is_han
from index.tokens import cut

CANDIDATES = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")

# Below this share of plausible Chinese a guess is not used: the text would be indexed as garbage.
LEAST_CONFIDENCE = 0.5
# A second encoding that reads nearly as well makes the first one a guess too.
LEAST_LEAD = 0.1

_SAMPLE = 20_000  # characters; enough to tell, and it bounds the time for a large file
_SAMPLE_PARTS = 20  # taken evenly from the whole
_PREVIEW = 80  # characters of each reading that the user can choose from
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a page or a mail calls its encoding is often the older, smaller relative of what it is in.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "utf_16": "utf-16",
    "utf_8": "utf-8",
    "ascii": "utf-8",
    "iso8859-1": "",  # the default of many programs; it says nothing
    "cp1252": "",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """``text`` without its byte order mark. ``confidence`` goes from 0 to 1."""

    text: str
    encoding: str
    confidence: float


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """One way to read a doubtful file, with the beginning of what it would say."""

    encoding: str
    confidence: float
    preview: str


class DoubtfulEncodingError(Exception):
    """No encoding reads the bytes clearly best. ``choices``, best first, may be right; none if binary."""

    def __init__(self, choices: tuple[EncodingChoice, ...]) -> None:
        super().__init__(", ".join(f"{each.encoding} ({each.confidence:.2f})" for each in choices))
        self.choices = choices


def decode(data: bytes, encoding: str | None = None, *, declared: str | None = None) -> Decoded:
    """The text of ``data``.

    ``encoding`` is the user's word and is obeyed; ``declared`` is what the file says of itself, believed if
    it reads well. Otherwise a byte order mark decides, then valid UTF-8, then every candidate that decodes
    the whole is scored by how much of it is dictionary words. Statistics over bytes, as charset detectors use
    them, take short Big5 for Korean. Raises DoubtfulEncodingError.
    """
    if encoding is not None:
        text = _decoded(data, encoding)
        if text is None:
            raise DoubtfulEncodingError(_choices(_readings(data, CANDIDATES)))
        return Decoded(text.removeprefix("\ufeff"), encoding, 1.0)
    for mark, name in _BOMS:
        text = _decoded(data[len(mark) :], name) if data.startswith(mark) else None
        if text is not None and not is_binary(text):
            return Decoded(text, name, 1.0)
    if data.isascii() and b"\x00" not in data:
        text = data.decode("ascii")
        if is_binary(text):
            raise DoubtfulEncodingError(())
        return Decoded(text, "utf-8", 1.0)
    return _best(data, declared)


def _best(data: bytes, declared: str | None) -> Decoded:
    text = _decoded(data, "utf-8")
    # Two bytes of GBK can be one Cyrillic or Arabic letter of UTF-8, but not for long, and not three for a
    # Chinese character.
    if text is not None and not is_binary(text) and any(map(is_han, text)):
        return Decoded(text, "utf-8", 1.0)
    names = [*CANDIDATES]
    known = _known(declared)
    if known and known not in names:
        names.append(known)
    readings = _readings(data, names)
    if not readings or readings[0].confidence < LEAST_CONFIDENCE:
        readings = _readings(data, names, mend=True) or readings
    if not readings:
        raise DoubtfulEncodingError(())
    best = readings[0]
    for reading in readings:
        if reading.encoding == known and reading.confidence >= best.confidence - LEAST_LEAD:
            return Decoded(reading.text, reading.encoding, max(reading.confidence, LEAST_CONFIDENCE))
    if best.confidence < LEAST_CONFIDENCE or (
        len(readings) > 1 and best.confidence - readings[1].confidence < LEAST_LEAD
    ):
        if text is not None and not is_binary(text):
            return Decoded(text, "utf-8", 1.0)  # valid, and nothing reads better: another language
        raise DoubtfulEncodingError(_choices(readings))
    return best


def _readings(data: bytes, names: Sequence[str], *, mend: bool = False) -> list[Decoded]:
    """What each encoding makes of the whole, the most plausible first; those that cannot are left out.

    With ``mend`` a few bytes may be damaged: each becomes U+FFFD, and the confidence is less.
    """
    found = []
    for name in names:
        text = _decoded(data, name, errors="replace" if mend else "strict")
        if text is None or is_binary(text):
            continue
        damaged = text.count("\ufffd")
        if damaged <= max(1, len(text) // 500):
            confidence = plausibility(text) * (0.9 if damaged else 1.0)
            found.append(Decoded(text.removeprefix("\ufeff"), name, confidence))
    return sorted(found, key=lambda each: -each.confidence)


def _choices(readings: list[Decoded]) -> tuple[EncodingChoice, ...]:
    return tuple(
        EncodingChoice(each.encoding, round(each.confidence, 2), " ".join(each.text[:_PREVIEW].split()))
        for each in readings
    )


def is_binary(text: str) -> bool:
    """Whether ``text`` holds control characters in a number that no text has."""
    sample = sample_of(text)
    return len(_CONTROL.findall(sample)) > len(sample) // 500


def sample_of(text: str) -> str:
    """``text``, or if it is long, parts taken evenly from the whole of it."""
    if len(text) <= _SAMPLE:
        return text
    size = _SAMPLE // _SAMPLE_PARTS
    starts = (part * (len(text) - size) // (_SAMPLE_PARTS - 1) for part in range(_SAMPLE_PARTS))
    return "\n".join(text[start : start + size] for start in starts)


def plausibility(text: str) -> float:
    """The share of the letters and Chinese characters of ``text`` that stand in words, 0 to 1.

    A Chinese character counts when jieba's dictionary joins it to a neighbour, after turning Traditional into
    Simplified. Right decodings score about 0.7 to 0.9, the same bytes in a wrong encoding below 0.3.
    """
    sample = sample_of(text)
    marks = sum(character in "，。、！？；：“”《》（）「」『』" for character in sample)
    good = total = 0
    for word in cut(fold(sample), guess=False):
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
    # A little is taken from few characters: two may be a word by chance.
    return (good + marks) / (total + marks + _DOUBT) if total + marks else 0.0


_DOUBT = 1
_SINGLES = frozenset(
    "的了是在和与有不为人中到上个一二三四五六七八九十年月日也就都而从其以及由对于将被把这那很更最又或"
)
_MARKS = frozenset(
    "，。、！？；：“”‘’《》〈〉（）「」『』【】—…·－～％℃　〇○●■□◆△▲★☆→←↑↓①②③④⑤⑥⑦⑧⑨⑩「」｜＋＝／"
)


def _known(declared: str | None) -> str:
    """The encoding to try for a declared charset, "" for one that is unknown or says nothing."""
    try:
        name = codecs.lookup(declared or "").name
    except (LookupError, ValueError):
        return ""
    return _WIDER.get(name, _WIDER.get(name.replace("-", "_"), name))


def _decoded(data: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(encoding, errors)
    except (UnicodeError, LookupError):
        return None
