"""Text to search terms, the same way for passages and questions. The only tokenizer."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

import rjieba

from index import numerals
from index.normalize import fold

# Longer runs are not words but noise (base64, rulers of dashes), and tantivy drops them anyway.
LONGEST_TERM = 40

# Question words and fillers: a passage does not answer better because it holds them.
STOP_WORDS = frozenset(
    """
    的 了 是 在 和 与 及 或 也 都 就 而 但 被 把 对 对于 关于 从 到 由 于 以 为 为了 向 将 会 能 可以 可 要 应
    这 那 这个 那个 这些 那些 其 其中 它 他 她 它们 他们 之 所 等 等等 有 没有 不 很 更 最 还 又 再 只 并 并且
    以及 如果 因为 所以 一个 一种 个 种 些 一些 请问 请 问 什么 甚么 啥 哪 哪些 哪个 哪里 哪儿 哪一 哪种 谁 何
    何时 何地 何处 多少 几 几个 怎么 怎样 怎么样 如何 为什么 为何 是否 吗 呢 吧 啊 呀 分别 分别是 指 叫 叫做
    称为 属于 包括 一共 总共 共 多大 多长 多久 多远 多高 什么样 是什么 有哪些 有什么 共有 告诉 知道 介绍 一下
    你 我
    the a an of in on at to is are was were be been being what which who whom whose when where how why do does
    did many much more most and or nor for by from with as that this these those there their them they he she
    his her him its it you your we our us i me my has have had can could may might must shall should will
    would about into than then so if but not no any some such also please tell
    """.split()
)

_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_HAN_RUN = re.compile(rf"{_HAN}+")
_HAN_SPACE = re.compile(rf"(?<={_HAN}) +(?={_HAN})")
_LATIN = re.compile(r"[0-9a-z]+(?:[.\-_/&'’][0-9a-z]+)*%?")
_TERM = re.compile(rf"{_LATIN.pattern}|{_HAN_RUN.pattern}")


@functools.cache
def _jieba() -> rjieba.Jieba:
    return rjieba.Jieba()


def cutter(words: Iterable[tuple[str, int | None, str | None]]) -> Any:
    """A jieba of its own that knows ``words`` (text, frequency, part of speech) besides its dictionary."""
    made = rjieba.Jieba()
    for word, frequency, tag in words:
        made.add_word(word, frequency, tag)
    return made


def cut(text: str, *, guess: bool = True) -> list[str]:
    """``text`` in words, nothing dropped: joined again they are ``text``.

    With ``guess`` characters that look like a word are joined, without it only words of the dictionary are.
    """
    return list(_jieba().cut(text, hmm=guess))


def tagged(text: str) -> list[tuple[str, str]]:
    """The words of ``text`` with jieba's part-of-speech tags (nr person, ns place, nt organisation, ...)."""
    return [(word, tag) for word, tag in _jieba().tag(text, hmm=True)]


_NAME_TAGS = ("nr", "ns", "nt", "nrt", "nrfg", "eng")
_LATIN_NAME = re.compile(r"[a-z][a-z0-9]*(?:[.\-_'’&][a-z0-9]+)*")
_ADMINISTRATIVE = re.compile(r"(?<=..)(?:省|市|县|区|州|自治区)$")
# Tagged as places, but they name none in particular.
_NO_NAMES = frozenset("城市 中国 我国 全国 本市 本省 市里 省里 各地 地方 中央 国家".split())


def names(text: str) -> set[str]:
    """Names of people, places and organisations and Latin words in ``text``: folded, without 省, 市 etc."""
    folded = fold(text)
    found = {word for word, tag in tagged(folded) if _is_name(word, tag)} - _NO_NAMES
    found.update(match.group() for match in _LATIN_NAME.finditer(folded) if match.group() not in STOP_WORDS)
    return {_ADMINISTRATIVE.sub("", name) for name in found if not name.isspace()}


def places(text: str) -> set[str]:
    """Only the places and Latin words among the names of ``text``."""
    tags = dict(tagged(fold(text)))
    return {name for name in names(text) if tags.get(name, "eng") in ("ns", "eng")}


def _is_name(word: str, tag: str) -> bool:
    """Unknown words that are tagged as people are often no names at all when they are long (泰连锡是)."""
    return tag in _NAME_TAGS and len(word) > 1 and (len(word) <= 3 or not tag.startswith("nr"))


def nouns(text: str) -> list[str]:
    """The nouns and names of ``text`` of two characters or more, in normal form."""
    found = (word for word, tag in tagged(fold(text)) if tag.startswith("n") and len(word) > 1)
    return [word for word in dict.fromkeys(found) if word not in STOP_WORDS]


def search_text(text: str) -> str:
    """The normal form of ``text`` as it is searched: ``fold``, and no space between Chinese characters."""
    return _HAN_SPACE.sub("", fold(text))


def words(text: str) -> list[str]:
    """Search terms of ``text``: jieba's search mode for Chinese, runs of letters or digits, and numbers.

    A number, ordinal or date that is written in Chinese is there in digits as well.
    """
    searched = search_text(text)
    return [*_words(searched), *numerals.terms(searched)]


def _words(searched: str) -> list[str]:
    found: list[str] = []
    for match in _TERM.finditer(searched):
        run = match.group()
        if _HAN_RUN.match(run):
            found.extend(_jieba().cut_for_search(run, hmm=False))
        else:
            found.extend(latin(run))
    return [word for word in found if len(word) <= LONGEST_TERM]


def latin(searched: str) -> list[str]:
    """The runs of letters or digits of a text in normal form, and their parts."""
    found: list[str] = []
    for run in _LATIN.findall(searched):
        found.append(run)
        parts = re.split(r"[.\-_/&'’]", run.rstrip("%"))
        found.extend(part for part in parts if part and part != run)
    return found


def is_latin(text: str) -> bool:
    """Whether ``text``, in normal form, is one run of letters or digits."""
    return _LATIN.fullmatch(text) is not None


def pairs(text: str) -> list[str]:
    """Neighbouring pairs of Chinese characters, in normal form; they match where two cuts differ."""
    found: list[str] = []
    for match in _HAN_RUN.finditer(search_text(text)):
        run = match.group()
        found.extend(run[index : index + 2] for index in range(len(run) - 1))
    return found


def content_words(question: str) -> list[str]:
    """The words of ``question`` that say what it is about, each once, in order. May be empty."""
    return list(dict.fromkeys(word for word in words(question) if word not in STOP_WORDS))


def content_pairs(question: str) -> list[str]:
    """Character pairs of ``question`` but those inside question words and fillers, each once, in order."""
    kept: list[str] = []
    run: list[str] = []
    for word in [*cut(search_text(question)), " "]:
        if _HAN_RUN.fullmatch(word) and (word not in STOP_WORDS or len(word) == 1):
            run.append(word)
            continue
        kept.extend(pairs("".join(run)))
        run = []
    return list(dict.fromkeys(kept))
