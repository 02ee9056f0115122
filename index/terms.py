"""The user's words and synonyms, two text files in the library's folder. Knows no index and no passage.

``dictionary.txt`` has jieba's form: a word a line, then its frequency and part of speech, both optional.
``synonyms.txt`` has spellings of one thing in each line: ``员工手册 = 小蓝书 = employee handbook``. Lines
that begin with # are comments. Both count for questions as soon as they are saved; nothing is indexed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from index.encodings import DoubtfulEncodingError, decode
from index.errors import printable
from index.query import Group, Query, groups_of
from index.tokens import LONGEST_TERM, cutter, search_text

DICTIONARY, SYNONYMS = "dictionary.txt", "synonyms.txt"

_ASCII_WORD = "0-9a-z"


@dataclass(frozen=True, slots=True)
class Word:
    """A line of the dictionary. Without ``frequency`` it is what makes jieba keep the word together."""

    text: str
    frequency: int | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Terms:
    """What both files say. ``problems`` are the lines that are left out: file, number and reason."""

    words: tuple[Word, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Terms:
        """The files in ``folder``; what is not there or cannot be read is empty."""
        problems: list[str] = []
        words = tuple(_words(folder / DICTIONARY, problems))
        synonyms = tuple(_synonyms(folder / SYNONYMS, problems))
        return cls(words, synonyms, tuple(problems))

    def cut(self, text: str) -> list[str]:
        """``text``, in normal form, in the words that a question is searched by."""
        return list(self._cutter.cut(search_text(text), hmm=False))

    def query(self, question: str) -> Query:
        """What ``question`` asks for. A synonym counts as all its spellings, a word of the user's as one."""
        groups: list[Group] = []
        rest = search_text(question)
        if self._synonym is not None:
            rest = self._synonym.sub(lambda match: f"\n{match.group()}\n", rest)
        for piece in rest.split("\n"):
            if spellings := self._spellings.get(piece):
                groups.append(Group("phrase", spellings))
            else:
                groups += groups_of(piece)
                groups += [Group("phrase", (word,)) for word in self._own(piece)]
        return Query(tuple(dict.fromkeys(groups)), self.spelled_out(question))

    def spelled_out(self, question: str) -> str:
        """``question`` with the other spellings of a synonym behind it: 小蓝书（员工手册）怎么写？"""
        if self._synonym is None:
            return question
        said = search_text(question)
        found = dict.fromkeys(match.group() for match in self._synonym.finditer(said))
        for spelling in found:
            others = [other for other in self._spellings[spelling] if other not in said]
            place = re.search(re.escape(spelling), question, re.IGNORECASE)
            if others and place:
                question = f"{question[: place.end()]}（{'、'.join(others)}）{question[place.end() :]}"
        return question

    @cached_property
    def _cutter(self) -> Any:
        return cutter((word.text, word.frequency, word.tag) for word in self.words)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(search_text(word.text) for word in self.words)

    def _own(self, text: str) -> list[str]:
        if not self.words:
            return []
        return [word for word in dict.fromkeys(self.cut(text)) if word in self._known]

    @cached_property
    def _spellings(self) -> dict[str, tuple[str, ...]]:
        return {spelling: group for group in self.synonyms for spelling in group}

    @cached_property
    def _synonym(self) -> re.Pattern[str] | None:
        if not self.synonyms:
            return None
        longest_first = sorted(self._spellings, key=len, reverse=True)
        return re.compile("|".join(map(_bounded, longest_first)))


def stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """Changes when one of the files does."""
    return tuple(_stamp(folder / name) for name in (DICTIONARY, SYNONYMS))


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _words(file: Path, problems: list[str]) -> Iterator[Word]:
    for number, line in _lines(file, problems):
        parts = line.split()
        text = search_text(parts[0])
        if len(parts) > 3:
            problems.append(_problem(file, number, "more than a word, a frequency and a part of speech"))
        elif len(text) > LONGEST_TERM:
            problems.append(_problem(file, number, f"the word has more than {LONGEST_TERM} characters"))
        elif len(parts) == 2 and not parts[1].isdecimal():
            yield Word(text, None, parts[1])
        elif len(parts) == 3 and not parts[1].isdecimal():
            problems.append(_problem(file, number, f"the frequency {parts[1]} is not a whole number"))
        else:
            frequency = int(parts[1]) if len(parts) > 1 else None
            yield Word(text, frequency, parts[2] if len(parts) > 2 else None)


def _synonyms(file: Path, problems: list[str]) -> Iterator[tuple[str, ...]]:
    for number, line in _lines(file, problems):
        spellings = tuple(search_text(part.strip()) for part in re.split("[=＝]", line))
        if len(spellings) < 2:
            problems.append(_problem(file, number, "there is no = between two spellings"))
        elif not all(spellings):
            problems.append(_problem(file, number, "there is nothing on one side of ="))
        elif len(set(spellings)) > 1:
            yield tuple(dict.fromkeys(spellings))


def _lines(file: Path, problems: list[str]) -> Iterator[tuple[int, str]]:
    try:
        text = decode(file.read_bytes()).text
    except FileNotFoundError:
        return
    except (OSError, DoubtfulEncodingError) as error:
        problems.append(printable(f"{file}: it cannot be read ({error}). Save it as UTF-8."))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _problem(file: Path, number: int, reason: str) -> str:
    return printable(f"{file}, line {number} is left out: {reason}")


def _bounded(spelling: str) -> str:
    """A pattern that finds ``spelling``, but no Latin word inside a longer one."""
    before = rf"(?<![{_ASCII_WORD}])" if re.match(f"[{_ASCII_WORD}]", spelling) else ""
    after = rf"(?![{_ASCII_WORD}])" if re.search(f"[{_ASCII_WORD}]$", spelling) else ""
    return before + re.escape(spelling) + after
