"""A question as words are searched: groups of spellings, any of which counts. Knows no index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.normalize import is_han, regional
from index.tokens import STOP_WORDS, content_pairs, content_words, latin, pairs, search_text
from index.translation import chinese_for


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


def groups_of(text: str) -> list[Group]:
    """The groups of a text: Chinese words with regional ones, English words with Chinese ones, and pairs."""
    words = content_words(text)
    english = [word for word in words if _is_english(word)]
    chinese = [word for word in words if word not in set(english)]
    groups = [_in_regions(word) for word in chinese]
    groups += _translated(english)
    return groups + [Group("pairs", (pair,)) for pair in content_pairs(text)]


def _in_regions(word: str) -> Group:
    others = regional(word) if len(word) > 1 and is_han(word[0]) else ()
    return Group("phrase", (word, *others)) if others else Group("words", (word,))


def parts(spelling: str) -> list[tuple[str, str]]:
    """What must be there for a phrase to be there: (field, term), pairs of Chinese and runs of Latin."""
    text = search_text(spelling)
    found = [("pairs", pair) for pair in pairs(text)]
    found += [("words", run) for run in latin(text)]
    alone = text if len(text) == 1 and is_han(text) else ""
    return found + ([("words", alone)] if alone else [])


def _is_english(word: str) -> bool:
    return len(word) > 1 and word[0].isascii() and any(map(str.isalpha, word)) and word not in STOP_WORDS


def _translated(words: Sequence[str]) -> Iterable[Group]:
    for english, chinese in chinese_for(words) if words else ():
        yield Group("phrase" if chinese else "words", (*english, *chinese) if len(english) == 1 else chinese)
        if len(english) > 1:
            yield from (Group("words", (word,)) for word in english)
