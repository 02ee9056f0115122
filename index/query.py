"""A question as words are searched: groups of spellings, any of which counts. Knows no index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index import numerals
from index.normalize import is_han, regional
from index.tokens import STOP_WORDS, content_pairs, content_words, latin, pairs, search_text, words
from index.translation import chinese_for

# Spellings of one unit, in normal form: ㎡ is m2 there, ㎏ kg and ℃ °c.
_SENTENCE = 3  # words that are more than a name
_UNITS = (
    *(("公里", "千米", "km"), ("厘米", "公分", "cm"), ("毫米", "mm"), ("米", "公尺", "m")),
    *(("平方公里", "平方千米", "km2"), ("平方米", "平米", "m2"), ("立方米", "m3"), ("公顷", "ha")),
    *(("公斤", "千克", "kg"), ("毫克", "mg"), ("克", "公克", "g"), ("吨", "公吨", "t")),
    *(("毫升", "ml"), ("升", "公升", "l"), ("摄氏度", "°c"), ("小时", "钟头", "h"), ("分钟", "min")),
    *(("千瓦时", "kwh"), ("兆瓦", "mw"), ("千瓦", "kw")),
)
_SAME_UNIT = {spelling: unit for unit in _UNITS for spelling in unit}
_MEASURED = re.compile(
    # 千 belongs to the unit where it can: 五千米 is written as 5 km.
    r"(?<![\d.,\-])(\d[\d,]*(?:\.\d+)?(?:万亿|亿|万)?|[零〇一二三四五六七八九十百千万亿两]+?) ?("
    + "|".join(map(re.escape, sorted(_SAME_UNIT, key=len, reverse=True)))
    + r")(?![a-z0-9拉级])"
)
# OpenCC has Taiwan's words; of those that are usual in Hong Kong it has hardly any.
_HONG_KONG = (
    *(("的士", "出租车"), ("巴士", "公共汽车", "公交车"), ("单车", "自行车"), ("雪柜", "冰箱")),
    *(("质素", "素质"), ("短讯", "短信"), ("荧幕", "屏幕"), ("镭射", "激光"), ("电邮", "电子邮件")),
)
_IN_HONG_KONG = {
    word: tuple(other for other in same if other != word) for same in _HONG_KONG for word in same
}


@dataclass(frozen=True, slots=True)
class Group:
    """Spellings of one thing that a question asks for; a text that holds one of them holds it.

    ``field`` says where they are looked up: ``words`` (as jieba cuts them), ``pairs`` of characters, or
    ``phrase``: any text, whose pairs and letters must all be there.
    """

    field: str
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What a question asks for, and what the encoder is to read of it."""

    groups: tuple[Group, ...]
    encoded: str


def is_foreign(question: str) -> bool:
    """Whether ``question`` is put in another language, and is no code or name, which all write the same."""
    if any(map(is_han, question)):
        return False
    said = [word for word in words(question) if word.isalpha()]
    return any(word in STOP_WORDS for word in said) or len(said) >= _SENTENCE


def groups_of(text: str) -> list[Group]:
    """The groups of a text: Chinese words with regional ones, English words with Chinese ones, pairs.

    A quantity is there with all spellings of its unit.
    """
    words = content_words(text)
    english = [word for word in words if _is_english(word)]
    chinese = [word for word in words if word not in set(english)]
    groups = [_in_regions(word) for word in chinese]
    groups += _translated(english)
    groups += _measured(text)
    return groups + [Group("pairs", (pair,)) for pair in content_pairs(text)]


def _in_regions(word: str) -> Group:
    others = (*regional(word), *_IN_HONG_KONG.get(word, ())) if len(word) > 1 and is_han(word[0]) else ()
    return Group("phrase", (word, *others)) if others else Group("words", (word,))


def parts(spelling: str) -> list[tuple[str, str]]:
    """What must be there for a phrase to be there: (field, term), pairs of Chinese and runs of Latin."""
    text = search_text(spelling)
    found = [("pairs", pair) for pair in pairs(text)]
    found += [("words", run) for run in latin(text)]
    alone = text if len(text) == 1 and is_han(text) else ""
    return found + ([("words", alone)] if alone else [])


def bounded(spelling: str) -> str:
    """A pattern that finds ``spelling`` in normal form, but no Latin word or number inside a longer one."""
    before = r"(?<![0-9a-z])(?<!\d\.)" if re.match("[0-9a-z]", spelling) else ""
    after = r"(?![0-9a-z])" if re.search("[0-9a-z]$", spelling) else ""
    return before + re.escape(spelling) + after


def _measured(text: str) -> Iterator[Group]:
    """Numbers with a unit: 5公里 stands in a text as 5千米 or 5 km too."""
    for match in _MEASURED.finditer(search_text(text)):
        number, unit = match.groups()
        written = dict.fromkeys([*(each.value for each in numerals.quantities(f"{number}米")[:1]), number])
        spelled = (f"{value}{each}" for value in written for each in _SAME_UNIT[unit])
        apart = (f"{value} {each}" for value in written for each in _SAME_UNIT[unit] if each.isascii())
        yield Group("phrase", (*spelled, *apart))


def _is_english(word: str) -> bool:
    return len(word) > 1 and word[0].isascii() and any(map(str.isalpha, word)) and word not in STOP_WORDS


def _translated(words: Sequence[str]) -> Iterable[Group]:
    for english, chinese in chinese_for(words) if words else ():
        yield Group("phrase" if chinese else "words", (*english, *chinese) if len(english) == 1 else chinese)
        if len(english) > 1:
            yield from (Group("words", (word,)) for word in english)
