"""Questions that a text nearly answers: about another year, number, place or thing than it speaks of."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from index.tokens import tagged

_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20[0-2]\d)(?=年|[^\d]|$)")
_ORDINAL = re.compile(r"(?<=第)(\d{1,3}|[一二三四五六七八九十])(?=[届次条章期任代部集季名])")
_DIGITS = "一二三四五六七八九十"


def changed(question: str, title: str, text: str, others: Sequence[str], chance: random.Random) -> str | None:
    """``question`` about something else, None when nothing in it can be exchanged.

    ``others`` are titles of other documents. What is put in stands nowhere in ``text`` and ``title``.
    """
    ways = [_other_year, _other_ordinal, _other_place]
    chance.shuffle(ways)
    for way in ways:
        found = way(question, chance)
        if found and found[1] not in text + title and found[0] != question:
            return found[0]
    return _other_title(question, title, text, others, chance)


def _other_year(question: str, chance: random.Random) -> tuple[str, str] | None:
    match = _YEAR.search(question)
    if not match:
        return None
    year = str(int(match.group()) + chance.choice((-1, 1)) * chance.randint(1, 12))
    return question[: match.start()] + year + question[match.end() :], year


def _other_ordinal(question: str, chance: random.Random) -> tuple[str, str] | None:
    match = _ORDINAL.search(question)
    if not match:
        return None
    number = match.group()
    other = (
        str(max(1, int(number) + chance.choice((-2, -1, 1, 2))))
        if number.isdecimal()
        else chance.choice(_DIGITS)
    )
    if other == number:
        return None
    end = match.end() + 1
    return question[: match.start()] + other + question[
        match.end() :
    ], f"第{other}{question[match.end() : end]}"


_CITIES = (
    "北京 上海 天津 重庆 广州 深圳 南京 杭州 武汉 成都 西安 长沙 沈阳 大连 青岛 济南 郑州 福州 厦门 昆明 "
    "贵阳 南宁 兰州 台北 高雄 香港 澳门 东京 大阪 首尔 曼谷 新加坡 马尼拉 纽约 洛杉矶 芝加哥 华盛顿 伦敦 "
    "巴黎 柏林 罗马 马德里 莫斯科"
).split()
_COUNTRIES = (
    "日本 韩国 美国 英国 法国 德国 意大利 西班牙 俄罗斯 加拿大 澳大利亚 印度 越南 泰国 巴西 阿根廷 埃及 南非 "
    "墨西哥 荷兰"
).split()


def _other_place(question: str, chance: random.Random) -> tuple[str, str] | None:
    for alike in (_CITIES, _COUNTRIES):
        if found := next((word for word, tag in tagged(question) if tag == "ns" and word in alike), None):
            other = chance.choice([each for each in alike if each != found])
            return question.replace(found, other, 1), other
    return None


def _other_title(
    question: str, title: str, text: str, others: Sequence[str], chance: random.Random
) -> str | None:
    about = re.split(r"[ (（]", title)[0]
    if len(about) < 2 or about not in question or not others:
        return None
    other = re.split(r"[ (（]", chance.choice(others))[0]
    if len(other) < 2 or other in text or other in title or other in question:
        return None
    return question.replace(about, other)
