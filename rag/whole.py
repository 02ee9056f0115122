"""What the reader points out, in whole: no half of a number, of a name's kind, or of a pair of brackets."""

from __future__ import annotations

import re
from itertools import accumulate

from index.tokens import cut, tagged

_NUMBER = re.compile(r"\d[\d,.]*\d|[零〇一二三四五六七八九十百千万亿两萬億兩]{2,}")
# 哪一个条约, 什么定理: what is asked for is of the kind that is named next.
_MEASURES = "个种所座家部位条场项类款支届只本首颗间名处片块门份套件级段期句队架辆艘台张幅根口栋枚"
_ASKING = re.compile(f"(?:什么|哪)[一几两]?[{_MEASURES}]?")
_LONGEST_KIND = 12  # characters
_BEFORE_A_NOUN = ("n", "vn", "b", "eng")
_BRACKETS = dict(zip("(（[《〈「『“【", ")）]》〉」』”】", strict=True))


def whole(question: str, text: str, start: int, end: int) -> tuple[int, int]:
    """``text[start:end]``, which answers ``question``, a little wider or narrower. Both in Simplified."""
    start, end = _number(text, start, end)
    return _brackets(text, start, _kind(question, text, start, end))


def _number(text: str, start: int, end: int) -> tuple[int, int]:
    """Wider where it cuts a number in two: 零八十六人 of 四千零八十六人 is another number."""
    for number in _NUMBER.finditer(text):
        if number.start() < start < number.end():
            start = number.start()
        if number.start() < end < number.end():
            end = number.end()
    return start, end


def _kind(question: str, text: str, start: int, end: int) -> int:
    """Where the answer ends with the kind that is asked for: 灵光小学, not 灵光, to 哪所小学."""
    for asking in _ASKING.finditer(question):
        rest = question[asking.end() : asking.end() + _LONGEST_KIND]
        for kind in _kinds(rest):
            stop = end + len(kind)
            if text.startswith(kind, end) and not text[start:end].endswith(kind):
                return stop if stop in accumulate(map(len, cut(text))) else end
    return end


def _kinds(rest: str) -> list[str]:
    """What ``rest`` begins with that may name a kind, longest first: 高速公路, 高速."""
    read = ""
    found: list[str] = []
    for word, tag in tagged(rest):
        if not tag.startswith(_BEFORE_A_NOUN):
            break
        read += word
        if tag.startswith("n") and len(read) > 1:
            found.insert(0, read)
    return found


def _brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """With the closing bracket of a pair that stands next to it, else without half a pair at its ends."""
    opened: list[int] = []
    for place in range(start, end):
        if text[place] in _BRACKETS:
            opened.append(place)
        elif text[place] in _BRACKETS.values():
            if opened and _BRACKETS[text[opened[-1]]] == text[place]:
                opened.pop()
            elif start < place == end - 1:
                end -= 1
    if opened and text[end : end + 1] == _BRACKETS[text[opened[-1]]]:
        end += 1
    elif opened == [start] and end - start > 1:
        start += 1
    return start, end
