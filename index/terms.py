"""The user's words and synonyms, two text files in the library's folder. Knows no index and no passage.

``dictionary.txt`` has jieba's form: a word a line, then its frequency and part of speech, both optional.
``synonyms.txt`` has spellings of one thing in each line: ``员工手册 = 小蓝书 = employee handbook``. Lines
that begin with # are comments. Both count for questions as soon as they are saved; nothing is indexed again.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from index.encodings import Decoded, DoubtfulEncodingError, decode
from index.errors import JudianError, Problem
from index.normalize import normalize
from index.query import Group, Query, bounded, groups_of, parts
from index.tokens import LONGEST_TERM, cutter, search_text

DICTIONARY, SYNONYMS = "dictionary.txt", "synonyms.txt"

_EQUALS = re.compile("[=＝]")
_TAG = re.compile("[A-Za-z]{1,4}")

_MOST_FREQUENT = 10**12  # more than any corpus counts, and what jieba's arithmetic takes


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
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Terms:
        """The files in ``folder``; what is not there or cannot be read is empty."""
        problems: list[Problem] = []
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
        normal = normalize(question)
        ends: dict[str, int] = {}  # where each stands first
        for match in self._synonym.finditer(normal.text):
            ends.setdefault(match.group(), normal.offsets[match.end() - 1] + 1)
        spelled = question
        for spelling, end in sorted(ends.items(), key=lambda item: -item[1]):
            if others := [other for other in self._spellings[spelling] if other not in normal.text]:
                spelled = f"{spelled[:end]}（{'、'.join(others)}）{spelled[end:]}"
        return spelled

    def spellings_with(self, term: str) -> tuple[str, ...]:
        """``term``, and the spellings of the synonyms that it is, or is a part of."""
        searched = search_text(term)
        same = (group for group in self.synonyms if any(searched in spelling for spelling in group))
        return (searched, *(spelling for group in same for spelling in group if searched not in spelling))

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
        """Each spelling with all that mean the same: lines that share a spelling are one."""
        found: dict[str, dict[str, None]] = {}
        for line in self.synonyms:
            together: dict[str, None] = {}
            for spelling in line:
                together |= found.get(spelling, {spelling: None})
            found |= dict.fromkeys(together, together)
        return {spelling: tuple(together) for spelling, together in found.items()}

    @cached_property
    def _synonym(self) -> re.Pattern[str] | None:
        if not self.synonyms:
            return None
        longest_first = sorted(self._spellings, key=len, reverse=True)
        return re.compile("|".join(map(bounded, longest_first)))


def stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """Changes when one of the files does."""
    return tuple(_stamp(folder / name) for name in (DICTIONARY, SYNONYMS))


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


class BrokenTermError(JudianError):
    """A line that neither file can take."""

    def __init__(self, line: str, reason: Problem) -> None:
        super().__init__(
            f"{line or 'An empty line'} is not added: {reason}. "
            'Write a word, or spellings with = between them: judian terms add "全称 = 简称"',
            line=line,
            reason=reason,
        )


class _LineError(Exception):
    """Why a line is broken."""

    def __init__(self, line: str, kind: str, **facts: Any) -> None:
        super().__init__(line)
        self.reason = Problem(line, kind, **facts)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a line: the file it belongs to, and whether its meaning stood there before."""

    line: str
    file: Path
    duplicate: bool


def with_lines(terms: Terms, lines: Iterable[str]) -> Terms:
    """``terms`` as if ``lines`` stood in their files too. Raises BrokenTermError."""
    read = [_read(line) for line in lines]
    words = tuple(each for each in read if isinstance(each, Word))
    synonyms = tuple(each for each in read if isinstance(each, tuple))
    return Terms(terms.words + words, terms.synonyms + synonyms, terms.problems)


def add_lines(folder: Path, lines: Sequence[str]) -> list[Added]:
    """Append each of ``lines`` to the file it belongs to: with ``=`` the synonyms, else the dictionary.

    What stands there already is not written again. Raises BrokenTermError before anything is written.
    """
    known = Terms.read(folder)
    with_lines(known, lines)
    outcomes: list[Added] = []
    for line in (" ".join(line.split()) for line in lines):
        after = with_lines(known, [line])
        duplicate = set(after.words) == set(known.words) and after._spellings == known._spellings
        outcomes.append(Added(line, folder / (SYNONYMS if _EQUALS.search(line) else DICTIONARY), duplicate))
        known = after
    for file in (folder / DICTIONARY, folder / SYNONYMS):
        _append(file, [each.line for each in outcomes if each.file == file and not each.duplicate])
    return outcomes


def _append(file: Path, lines: Sequence[str]) -> None:
    """Add ``lines`` at the end, in the file's own encoding, in UTF-8 where that cannot write them."""
    if not lines:
        return
    old = Decoded("", "utf-8", 1.0)
    marked = False
    try:
        data = file.read_bytes() if file.exists() else b""
        old, marked = (
            _decoded(data),
            data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
        )
    except (OSError, DoubtfulEncodingError) as error:
        reason = Problem(f"{file} cannot be read; save it as UTF-8", "term_file", file=file)
        raise BrokenTermError(lines[0], reason) from error
    text = "".join(
        ["\ufeff" if marked else "", old.text, "\n" if old.text and not old.text.endswith("\n") else ""]
        + [f"{line}\n" for line in lines]
    )
    try:
        written = text.encode(old.encoding)
    except UnicodeEncodeError:
        written = text.encode("utf-8")
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_bytes(written)
        fresh.replace(file)
    except OSError as error:
        reason = Problem(f"{file} cannot be written ({error.strerror})", "term_file", file=file)
        raise BrokenTermError(lines[0], reason) from error


def _read(line: str) -> Word | tuple[str, ...]:
    """What a line says; with ``=`` it is a line of the synonyms. Raises BrokenTermError."""
    try:
        if any("\ud800" <= character <= "\udfff" for character in line):
            raise _LineError("it holds bytes that are not UTF-8", "term_bytes")
        if line.strip().startswith("#") or not line.strip():
            raise _LineError("it is a comment or empty", "term_empty")
        return _synonym_line(line) if _EQUALS.search(line) else _word_line(line)
    except _LineError as error:
        raise BrokenTermError(" ".join(line.split())[:80], error.reason) from error


def _word_line(line: str) -> Word:
    """A line of the dictionary. Raises _LineError if it is broken."""
    text, *rest = line.split()
    text = search_text(text)
    if len(text) > LONGEST_TERM:
        raise _LineError(f"the word has more than {LONGEST_TERM} characters", "term_long", most=LONGEST_TERM)
    if not parts(text):
        raise _LineError("the word has no letter, digit or Chinese character", "term_letters")
    if len(rest) > 2:
        raise _LineError("more than a word, a frequency and a part of speech", "term_parts")
    frequency = rest.pop(0) if rest and (len(rest) == 2 or not _TAG.fullmatch(rest[0])) else None
    if frequency is not None and not (frequency.isascii() and frequency.isdecimal()):
        raise _LineError(
            f"the frequency {frequency} is not a whole number", "term_frequency", frequency=frequency
        )
    if frequency is not None and (len(frequency) > 13 or int(frequency) > _MOST_FREQUENT):
        raise _LineError(
            f"the frequency {frequency[:20]} is more than {_MOST_FREQUENT}",
            "term_frequent",
            frequency=frequency[:20],
            most=_MOST_FREQUENT,
        )
    if rest and not _TAG.fullmatch(rest[0]):
        raise _LineError(
            f"{rest[0]} is no part of speech of one to four Latin letters; a word has no space",
            "term_tag",
            tag=rest[0],
        )
    return Word(text, None if frequency is None else int(frequency), rest[0] if rest else None)


def _synonym_line(line: str) -> tuple[str, ...]:
    """A line of the synonyms. Raises _LineError if it is broken."""
    spellings = tuple(search_text(part.strip()).strip() for part in _EQUALS.split(line))
    if len(spellings) < 2:
        raise _LineError("there is no = between two spellings", "synonym_equals")
    if not all(spellings):
        raise _LineError("there is nothing on one side of =", "synonym_side")
    if not all(parts(spelling) for spelling in spellings):
        raise _LineError("a spelling has no letter, digit or Chinese character", "term_letters")
    if len(set(spellings)) < 2:
        raise _LineError("all spellings are the same in search", "synonym_same")
    return tuple(dict.fromkeys(spellings))


def _words(file: Path, problems: list[Problem]) -> Iterator[Word]:
    for number, line in _lines(file, problems):
        try:
            yield _word_line(line)
        except _LineError as error:
            problems.append(_problem(file, number, error.reason))


def _synonyms(file: Path, problems: list[Problem]) -> Iterator[tuple[str, ...]]:
    for number, line in _lines(file, problems):
        try:
            yield _synonym_line(line)
        except _LineError as error:
            problems.append(_problem(file, number, error.reason))


def _lines(file: Path, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    try:
        text = _decoded(file.read_bytes()).text
    except FileNotFoundError:
        return
    except (OSError, DoubtfulEncodingError) as error:
        problems.append(
            Problem(f"{file}: it cannot be read ({error}). Save it as UTF-8.", "term_file", file=file)
        )
        return
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _decoded(data: bytes) -> Decoded:
    """A list of names holds few words to tell an encoding by: what is not clear is GB18030 if it can be."""
    try:
        return decode(data)
    except DoubtfulEncodingError as error:
        if not any(
            choice.encoding == "gb18030" and "\ufffd" not in choice.preview for choice in error.choices
        ):
            raise
        return decode(data, "gb18030")


def _problem(file: Path, number: int, reason: Problem) -> Problem:
    line = f"{file}, line {number} is left out: {reason}"
    return Problem(line, "term_line", file=file.name, number=number, reason=reason)
