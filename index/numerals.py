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
    rf"|(?P<decimal>[零一二三四五六七八九十百千两]+点[零〇一二三四五六七八九]+)(?P<decimal_scale>万亿|亿|万)"
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


def without_numbers(text: str) -> str:
    """``text`` with a comma for each of its numbers: a space would join the words around it, 有 and 人."""
    for quantity in reversed(quantities(text)):
        text = f"{text[: quantity.start]}，{text[quantity.end :]}"
    return text


def years(text: str) -> list[str]:
    """The years that a text names, as it writes them: 2021年, 二〇二一年."""
    return [match.group() for match in _YEAR.finditer(text)]


_YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|[一二][〇零九一二三四五六七八]{3})年")
_ORDINAL = re.compile(
    rf"第([\d{_HAN_DIGITS}]{{1,8}})(条|条款|章|节|款|项|编|届|期|号|次|页|卷|部|篇|季度|代|版|名|位|步)"
)
_DATE = re.compile(
    rf"(?<!\d)(\d{{4}}|[{_HAN_DIGITS}]{{4}})(?:年|[-/.])(\d{{1,2}}|[{_HAN_DIGITS}]{{1,3}})(?:(?:月|[-/.])"
    rf"(?:(\d{{1,2}}|[{_HAN_DIGITS}]{{1,3}})(?:[日号]|(?!\d)))?|(?!\d))"
)


def terms(folded: str) -> list[str]:
    """The numbers, ordinals and dates of a text in normal form that it writes in another way than digits do.

    二十五 gives 25, 百分之三十六 36%, 9.5万亿 9500000000000, 第三条 第3条, 二〇二二年三月五日 2022, 2022-3
    and 2022-3-5; numbers that stand there in digits already are left out.
    """
    found = [value for start, end, value in _found(folded) if folded[start:end] != value]
    ordinals = ((_plain(match[1]), match[2]) for match in _ORDINAL.finditer(folded))
    found += [f"第{number}{counted}" for number, counted in ordinals if number is not None]
    for match in _DATE.finditer(folded):
        parts = [_plain(part) for part in match.groups() if part]
        if None not in parts and 1000 <= (parts[0] or 0) <= 2999:
            numbers = [str(part) for part in parts]
            found += [numbers[0], "-".join(numbers[:2]), "-".join(numbers)]
    return list(dict.fromkeys(found))


def _plain(numeral: str) -> int | None:
    if numeral.isdecimal():
        return int(numeral)
    value = _value(numeral)
    return int(value) if value is not None and value == int(value) else None


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
        elif match["decimal"]:
            value = _value(match["decimal"])
            value = value and value * _SCALES[match["decimal_scale"]]
            suffix = ""
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
