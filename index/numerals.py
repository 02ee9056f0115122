"""The numbers in a text, in one form: 二十五 = 25, 百分之三十六 = 36%, 9.5万亿 = 95000亿, 民国110年 = 2021.

Knows no question and no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext

import cn2an

from index.normalize import fold, normalize

_SCALES = {
    "万亿": Decimal(10) ** 12,
    "亿": Decimal(10) ** 8,
    "万": Decimal(10) ** 4,
    "千": Decimal(1000),
    "百": Decimal(100),
}
_HAN_DIGITS = "零〇一二三四五六七八九十百千万亿两"
_CAPITALS = "壹贰叁肆伍陆柒捌玖拾佰仟"  # of contracts and invoices
# What one part in ten, a hundred, ... is in percent.
_SHARES = {"十": Decimal(10), "百": Decimal(1), "千": Decimal("0.1"), "万": Decimal("0.01")}
# A lone Chinese digit is a number only before a measure word; 一 alone is nearly always an article or part of
# a word.
_MEASURES = (
    "个家项年月日号省市县区城所名人位次种类条章节款大批期倍成亩座"
    "艘辆台件篇部套级层届岁天周小时秒元米吨公克升度点"
)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    # A range is one number: who answers 3 where 2-3 is written is wrong. Years and dates are not ranges.
    r"(?<![\d.:\-])(?P<low>\d{1,3})(?:[-~～—–至到]|—{2})(?P<high>\d{1,3})(?![\d.:\-月日]|年\d)(?P<range_percent>%)?"
    r"|(?<![\d.:\-])(?P<low_sum>\d{3,6})(?:[-~～—–至到]|—{2})(?P<high_sum>\d{4,6})(?=[元万人个名吨米])"
    rf"|(?P<low_han>[一二三四五六七八九两])[至到](?P<high_han>[二三四五六七八九十])(?=[{_MEASURES}])"
    rf"|(?P<parts>[十百千万])分之(?P<share>\d+(?:\.\d+)?|[{_HAN_DIGITS}点]+)"
    r"|(?P<divisor>\d+|[二三四五六七八九十]{1,2})分之(?P<dividend>\d+|[一二三四五六七八九十两]{1,2})"
    r"|(?P<republic>民国(?P<of_republic>\d{1,3}|[一二三四五六七八九十百零〇]{1,5})年)"
    rf"|(?P<sign>零下|(?:公元|西元)前|(?:(?<=[\s(，,:|为是达至到润额率温度])|^)-(?=\d))?(?P<digits>{_DIGITS})"
    r"(?:(?P<scale>万亿|亿|万|千(?=[万亿元人吨米克家个])|百(?=[万亿]))"
    r"(?:(?<=亿)(?P<ten_thousands>\d{1,4})万|(?<=[^万亿]万)(?P<thousands>\d)千)?)?"
    r"(?P<percent>%|个百分点|‰)?"
    rf"|(?P<decimal>[零一二三四五六七八九十百千两]+点[零〇一二三四五六七八九]+)(?P<decimal_scale>万亿|亿|万)"
    rf"|(?P<han_sign>零下|(?:公元|西元)前)?"
    rf"(?P<han>[{_HAN_DIGITS}]{{2,}}|[{_CAPITALS}][{_CAPITALS}零万亿]+"
    rf"|[二三四五六七八九十两](?=[{_MEASURES}余多几]))"
)
_ONE = re.compile(r"(?<![\d.,])1(个?[年月日号周天名人位次家项条种倍成期届章节款米吨元级层套])")
_RANGE_OF_UNITS = re.compile(
    r"(?<![\d.])(?P<low>\d{1,4})(?P<unit>[^\d\s,。，、]{1,3})[-~～—–至到](?P<high>\d{1,4})(?P=unit)"
)
_REPUBLIC = re.compile(r"民国(\d{1,3})年")
# Before these 2000 is no year.
_COUNTED = frozenset("元人个米名家块吨克页件台辆平点分万亿%余多种项篇字卷册套次座亩户")
_YEAR_VALUE = re.compile(r"(?:1[5-9]|20)\d\d")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)年?(?:[-~～—–至到]|—{2})((?:19|20)\d\d)(?=年|$|\D)")
_LONGEST_SPAN = 30  # years


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


def possible_values(text: str) -> frozenset[str]:
    """``values``, and what else is said there: 110 besides 2021 by 民国110年, 2-8 by 2℃至8℃."""
    folded = fold(text)
    found = {match[1] for match in _REPUBLIC.finditer(folded)}
    found.update(f"{match['low']}-{match['high']}" for match in _RANGE_OF_UNITS.finditer(folded))
    return values(text) | found


def calendar_years(text: str) -> frozenset[str]:
    """The years, 1500 to 2099, that ``text`` names, in digits; 2000元 names none."""
    folded = fold(text)
    return frozenset(each.value for each in quantities(folded) if is_year(each, folded))


def is_year(quantity: Quantity, text: str) -> bool:
    """Whether a number of ``text`` is a year from 1500 to 2099."""
    return (
        bool(_YEAR_VALUE.fullmatch(quantity.value)) and text[quantity.end : quantity.end + 1] not in _COUNTED
    )


def ones(text: str) -> frozenset[str]:
    """How else the ones of ``text`` may be written: 一年 for 1年. Alone 一 is seldom a number (一般)."""
    return frozenset(f"一{match[1]}" for match in _ONE.finditer(fold(text)))


def years_between(text: str) -> frozenset[str]:
    """The years within the ranges that ``text`` names: 2022 of 2021-2023年."""
    found: set[str] = set()
    for match in _YEARS.finditer(fold(text)):
        first, last = int(match[1]), int(match[2])
        if last - first <= _LONGEST_SPAN:
            found.update(map(str, range(first + 1, last)))
    return frozenset(found)


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
        value = _one_form(match)
        if value is not None:
            yield match.start(), match.end(), value


def _one_form(match: re.Match[str]) -> str | None:
    """None for what looks like a number and is none."""
    if match["low"]:
        return f"{int(match['low'])}-{int(match['high'])}{match['range_percent'] or ''}"
    if match["low_sum"]:
        return f"{int(match['low_sum'])}-{int(match['high_sum'])}"
    if match["low_han"]:
        return f"{_plain(match['low_han'])}-{_plain(match['high_han'])}"
    if match["divisor"]:
        return f"{_plain(match['dividend'])}/{_plain(match['divisor'])}"
    if match["republic"]:
        year = _plain(match["of_republic"])
        return None if year is None else str(1911 + year)
    if match["parts"]:
        share = _value(match["share"])
        return None if share is None else _written(share * _SHARES[match["parts"]]) + "%"
    if match["digits"]:
        return _of_digits(match)
    value = _value(match["decimal"] or match["han"])
    if value is None:
        return None
    value *= _SCALES[match["decimal_scale"]] if match["decimal"] else 1
    return _written(-value if match["han_sign"] else value)


def _of_digits(match: re.Match[str]) -> str:
    with localcontext() as context:
        context.prec = len(match["digits"]) + 20  # a number of forty digits is not rounded
        value = Decimal(match["digits"].replace(",", "")) * _SCALES.get(match["scale"], Decimal(1))
        value += Decimal(match["ten_thousands"] or 0) * _SCALES["万"]
        value += Decimal(match["thousands"] or 0) * _SCALES["千"]
        value *= _SHARES["千"] if match["percent"] == "‰" else 1
        return _written(-value if match["sign"] else value) + ("%" if match["percent"] else "")


def _written(value: Decimal) -> str:
    written = f"{value:f}"
    return (written.rstrip("0").rstrip(".") if "." in written else written) or "0"


def _value(numeral: str) -> Decimal | None:
    """The value of digits or a Chinese numeral, None for such characters that are no number (万万)."""
    if numeral == "百":  # 百分之百
        return Decimal(100)
    try:
        return Decimal(str(cn2an.cn2an(numeral, "smart")))
    except (ValueError, KeyError, InvalidOperation):  # cn2an raises KeyError for runs such as 一二十
        return None
