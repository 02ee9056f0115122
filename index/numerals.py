"""The numbers in a text, in one form: 二十五 = 25, 百分之三十六 = 36%, 9.5万亿 = 95000亿.

Knows no question and no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import cn2an

from index.normalize import normalize

_SCALES = {
    "万亿": Decimal(10) ** 12,
    "亿": Decimal(10) ** 8,
    "万": Decimal(10) ** 4,
    "千": Decimal(1000),
    "百": Decimal(100),
}
_HAN_DIGITS = "零〇一二三四五六七八九十百千万亿两"
# A lone Chinese digit is a number only before a measure word; 一 alone is nearly always an article or part of
# a word.
_MEASURES = (
    "个家项年月日号省市县区城所名人位次种类条章节款大批期倍成亩座"
    "艘辆台件篇部套级层届岁天周小时秒元米吨公克升度点"
)
_NUMBER = re.compile(
    # A range is one number: who answers 3 where 2-3 is written is wrong. Years and dates are not ranges.
    r"(?<![\d.:\-])(?P<low>\d{1,3})(?:[-~～—–至到]|—{2})(?P<high>\d{1,3})(?![\d.:\-月日]|年\d)(?P<range_percent>%)?"
    rf"|(?P<percent_of>百分之)(?P<share>\d+(?:\.\d+)?|[{_HAN_DIGITS}点]+)"
    r"|(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<scale>万亿|亿|万|千(?=[万亿元人吨米克家个])|百(?=[万亿]))?(?P<percent>%|个百分点)?"
    rf"|(?P<han>[{_HAN_DIGITS}]{{2,}}|[二三四五六七八九十两](?=[{_MEASURES}余多几]))"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: ``value`` is its one form (``36%``, ``25``), ``start`` and ``end`` its place."""

    value: str
    start: int
    end: int


def quantities(text: str) -> list[Quantity]:
    """Every number of ``text`` in order: digits, Chinese numerals, percentages; 万 and 亿 multiplied in."""
    normal = normalize(text)
    found = []
    for start, end, value in _found(normal.text):
        found.append(Quantity(value, normal.offsets[start], normal.offsets[end - 1] + 1))
    return found


def values(text: str) -> frozenset[str]:
    """The numbers of ``text`` in their one form."""
    return frozenset(quantity.value for quantity in quantities(text))


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _NUMBER.finditer(text):
        value: Decimal | None
        if match["low"]:
            yield (
                match.start(),
                match.end(),
                f"{int(match['low'])}-{int(match['high'])}{match['range_percent'] or ''}",
            )
            continue
        if match["percent_of"]:
            value = _value(match["share"])
            suffix = "%"
        elif match["digits"]:
            value = Decimal(match["digits"].replace(",", "")) * _SCALES.get(match["scale"], Decimal(1))
            suffix = "%" if match["percent"] else ""
        else:
            value = _value(match["han"])
            suffix = ""
        if value is not None:
            yield match.start(), match.end(), f"{value.normalize():f}{suffix}"


def _value(numeral: str) -> Decimal | None:
    """The value of digits or a Chinese numeral, None for such characters that are no number (万万)."""
    try:
        return Decimal(str(cn2an.cn2an(numeral, "smart")))
    except (ValueError, KeyError, InvalidOperation):  # cn2an raises KeyError for runs such as 一二十
        return None
