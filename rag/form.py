"""How an answer is to be written: its script and its length. What it quotes stays as the source has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from index.normalize import in_simplified, in_traditional, simplified

# Characters. A language model on two cores reads about 150 tokens in a second, and this is what it waits for.
BUDGET = 420
SURE_BUDGET = 220  # where the reader is sure which words answer; figures: bench/LOG.md
LONG_BUDGET = 900  # for a long answer
# To these the reader's one run of words is not the whole answer.
_WANTS_MORE = re.compile(
    "为什么|为何|原因|怎么|怎样|如何|介绍|总结|概括|说明|哪些|分别|各|区别|特点|过程|步骤|程序|条件|要求"
)
_OPENING, _CLOSING, _MARKS = "「『“《", "」』”》", "？?"


class Script(StrEnum):
    """The characters of an answer."""

    QUESTION = "question"  # those of the question
    SIMPLIFIED = "simplified"
    TRADITIONAL = "traditional"
    SOURCE = "source"  # as the model says it, which is mostly as the documents do


class Length(StrEnum):
    """How much is said."""

    SHORT = "short"  # the very words of a document, where the reader finds them
    NORMAL = "normal"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Form:
    """What is wanted of an answer, unless the question itself says otherwise.

    ``evidence`` is how many characters of the documents the language model reads; None: as ``budget`` says.
    """

    script: Script = Script.QUESTION
    length: Length = Length.NORMAL
    evidence: int | None = None

    def budget(self, question: str, sure: float) -> int:
        """Characters of evidence, where the reader is ``sure`` (0 to 1) of the words that answer."""
        if self.evidence is not None:
            return self.evidence
        if self.length is Length.LONG:
            return LONG_BUDGET
        if wants_more(question):
            return BUDGET
        return round(BUDGET - (BUDGET - SURE_BUDGET) * sure**2)


AS_ASKED = Form()


def wants_more(question: str) -> bool:
    """Whether ``question`` asks for reasons, ways, a list or two things, by its words."""
    return bool(_WANTS_MORE.search(simplified(question))) or len(questions_in(question)) > 1


def questions_in(question: str) -> list[str]:
    """The questions asked in one go, each with its mark, which ends none inside quotes or titles."""
    parts: list[str] = []
    start = depth = 0
    for place, character in enumerate(question, 1):
        depth = max(0, depth + (character in _OPENING) - (character in _CLOSING))
        ends = character in _MARKS and not depth and question[place : place + 1] not in tuple(_MARKS)
        if ends and any(map(str.isalnum, question[start:place])):
            parts.append(question[start:place].strip())
            start = place
    # A word of thanks behind it is no question.
    return [*parts[:-1], f"{parts[-1]}{question[start:]}".strip()] if parts else [question]


def written(text: str, script: Script, question: str, sources: Sequence[str] = ()) -> str:
    """``text`` in ``script``; as it is where the question looks the same in both scripts.

    In Traditional, what question or ``sources`` write in Traditional is written as there: 范 is a name and
    範 a rule, which only they know.
    """
    wanted = script_of(question) if script is Script.QUESTION else script
    if wanted is Script.SIMPLIFIED:
        return in_simplified(text)
    if wanted is not Script.TRADITIONAL:
        return text
    converted = in_traditional(text)
    known = [each for each in (question, *sources) if script_of(each) is Script.TRADITIONAL]
    return _as_in(known, converted) if len(converted) == len(text) else converted


def _as_in(known: Sequence[str], text: str) -> str:
    """``text`` with every two characters in a row that ``known`` has in other forms written as there."""
    forms = {simplified(first + second): first + second for each in known for first, second in pairwise(each)}
    found = list(text)
    for place, (first, second) in enumerate(pairwise(simplified(text))):
        if known_form := forms.get(first + second):
            found[place : place + 2] = known_form
    return "".join(found)


def script_of(text: str) -> Script:
    """Which script most of the characters that tell the scripts apart are in; SOURCE when none does."""
    from_traditional = _differing(text, in_simplified(text))
    from_simplified = _differing(text, in_traditional(text))
    if from_traditional == from_simplified:
        return Script.SOURCE
    return Script.TRADITIONAL if from_traditional > from_simplified else Script.SIMPLIFIED


def _differing(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))
