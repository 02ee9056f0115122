"""Whether a number of an answer stands in the company that it keeps in the sources. Knows no citation.

That the number stands somewhere in the evidence is not enough: 36 and 63 may both, one for each company.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.normalize import fold
from index.numerals import quantities, values
from rag.yes_no import brought_by

# Another number fits the words around a figure better when it does so by this much.
_LEAST_BETTER = 0.1
_SAYS_LITTLE = 0.2  # so much more where all of its words are the question's
# So much more where the numbers next to it are the same: a subject is named once, then follow its figures.
_BESIDE = 0.3
_NEAR_WEIGHT = 0.5
_NEAR = 3  # characters on either side that stand next to a number
_FADING = 8.0  # characters from a number
# Characters that the end of a clause is as far as. What a figure is about stands before it, not after it.
_CLAUSE_BEFORE, _CLAUSE_AFTER = 4.0, 12.0
_ASKED_WEIGHT = 0.3  # of what the question says, to what the claim says itself
_CLAUSE_ENDS = "，；。！？,;!?"
# Who writes 3年 does not mean 3天. What a unit is called here, or itself.
_SAME_UNIT = {
    "天": "日",
    "号": "日",
    "分钟": "分",
    "星期": "周",
    "礼拜": "周",
    "千克": "公斤",
    "千米": "公里",
}
_UNIT = re.compile(
    r"个?(工作日|小时|星期|礼拜|月)|(美元|欧元|英镑|日元|港元|港币|年|月|日|天|号|周|时|分钟|分|秒|岁|元"
    r"|公斤|千克|公里|千米|厘米|毫米|英里|英尺|英寸|平方公里|平方米|立方米|公顷|亩|毫升|米|吨|克|升|度|%)"
)
# Words at a figure that turn it over: at least or at most, more or less, profit or loss.
_LEANING = re.compile(
    r"(?P<least>不(?:得|能|应)?(?:少|低|小)于|至少|最少|最低)"
    r"|(?P<most>不(?:得|能|应)?(?:超过|多于|高于|大于)|至多|最多|最高)"
    r"|(?P<above>超过|高于|多于|大于|突破)|(?P<below>低于|少于|小于|不足|不到|[未不]满)"
    r"|(?P<up>增长|上升|提高|增加|上涨|上调|增至|升至)|(?P<down>下降|减少|降低|下跌|下滑|下调|回落|降至|减至)"
    r"|(?P<profit>盈利|净利|利润)|(?P<loss>亏损|净亏)"
)
_LEANING_AFTER = re.compile(r".{0,3}?(?:(?P<least>以上)|(?P<most>以下|以内|之内))")
_OPPOSED = {
    "least": ("most", "below"),
    "above": ("most", "below"),
    "most": ("least", "above"),
    "below": ("least", "above"),
    "up": ("down",),
    "down": ("up",),
    "profit": ("loss",),
    "loss": ("profit",),
}
_LEANS_WITHIN = 12  # characters before a figure
_LONGEST_UNIT = 4


@dataclass(frozen=True, slots=True)
class _Figure:
    """A number with what stands before it and after it, nearest first: characters, and numbers in one form.

    The marks that end clauses are among them, no others.
    """

    value: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    leans: frozenset[str]

    @property
    def known_unit(self) -> str:
        """Its unit, "" for none that is known."""
        match = _UNIT.match("".join(self.after[:_LONGEST_UNIT]))
        unit = match[1] or match[2] if match else ""
        return _SAME_UNIT.get(unit, unit)

    @property
    def unit(self) -> str:
        return self.known_unit or "".join(self.after[:1])

    def opposes(self, other: _Figure) -> bool:
        """Whether one is said to be at least what the other is at most, or the like."""
        return any(leaning in _OPPOSED[own] for own in self.leans for leaning in other.leans)


class Figures:
    """The numbers of source sentences, each with the words around it."""

    def __init__(self, sources: Iterable[str], rows: Iterable[str] = ()) -> None:
        """``rows`` are those of tables: a number there stands among other cells, and its words above it."""
        self._in_rows = frozenset(value for row in rows for value in values(row))
        self._known = [(figure, _company(figure)) for source in sources for figure in _figures(source)]

    def misplaced(self, claim: str, question: str) -> bool:
        """Whether a number of ``claim`` is another's: a different one of the sources fits its words better.

        What the question asks about counts among these words, more so where the claim says little. Numbers
        that came with the question or stand in a table are not looked at.
        """
        asked = brought_by(question, claim) | self._in_rows
        claimed = [figure for figure in _figures(claim) if figure.value not in asked]
        about = _pairs(_marks(fold(question)), _CLAUSE_BEFORE) if claimed else {}
        return any(_is_misplaced(figure, about, self._known) for figure in claimed)


def _is_misplaced(
    claimed: _Figure, about: Mapping[str, float], known: Sequence[tuple[_Figure, dict[str, float]]]
) -> bool:
    own = [each for each in known if each[0].value == claimed.value]
    if not own:
        return False  # that it stands nowhere is found elsewhere
    if claimed.known_unit and all(figure.known_unit not in ("", claimed.unit) for figure, _ in own):
        return True
    if all(claimed.opposes(figure) for figure, _ in own):
        return True
    others = [each for each in known if each[0].value != claimed.value and each[0].unit == claimed.unit]
    own_words = _company(claimed)
    wanted = {pair: _ASKED_WEIGHT * weight for pair, weight in about.items()} | own_words
    said = sum(own_words.values()) / (sum(wanted.values()) or 1.0)
    fits = [max((_fit(claimed, wanted, *each) for each in group), default=0.0) for group in (own, others)]
    beside = any(_stands_beside(claimed, figure) for figure, _ in own)
    return fits[1] > fits[0] + _LEAST_BETTER + _BESIDE * beside + _SAYS_LITTLE * (1 - said)


def _stands_beside(claimed: _Figure, figure: _Figure) -> bool:
    """Whether the numbers next to the one in its clause, some at least, are those next to the other."""
    wanted = [_next_number(row) for row in (claimed.before, claimed.after)]
    there = [_next_number(row) for row in (figure.before, figure.after)]
    return any(wanted) and all(a == b for a, b in zip(wanted, there, strict=True) if a)


def _next_number(row: Sequence[str]) -> str:
    """The nearest number in the clause, "" for none."""
    for each in row:
        if each in _CLAUSE_ENDS:
            return ""
        if len(each) > 1 or each.isdecimal():
            return each
    return ""


def _fit(claimed: _Figure, wanted: dict[str, float], figure: _Figure, there: dict[str, float]) -> float:
    """0 to 1.5: how much of what stands around the one stands around the other, what is near above all."""
    total = sum(wanted.values())
    wide = sum(min(weight, there.get(pair, 0.0)) for pair, weight in wanted.items()) / total if total else 0.0
    near = _shared(claimed.after, figure.after) + _shared(claimed.before, figure.before)
    return wide + _NEAR_WEIGHT * near / (2 * _NEAR)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many of a clause both begin with, at most ``_NEAR``."""
    count = 0
    for a, b in zip(one[:_NEAR], other, strict=False):
        if a != b or a in _CLAUSE_ENDS:
            break
        count += 1
    return count


def _company(figure: _Figure) -> dict[str, float]:
    """What stands around a number, two in a row and numbers alone, each by how near it is."""
    before, after = _pairs(figure.before, _CLAUSE_BEFORE), _pairs(figure.after, _CLAUSE_AFTER)
    return {pair: max(before.get(pair, 0.0), after.get(pair, 0.0)) for pair in before | after}


def _pairs(row: Sequence[str], clause: float) -> dict[str, float]:
    """What stands in ``row``, two next to each other and numbers alone, each by how soon it comes.

    The end of a clause is as far as ``clause`` characters.
    """
    found: dict[str, float] = {}
    distance = 0.0
    for first, second in pairwise(("", *row)):
        if second in _CLAUSE_ENDS:
            distance += clause
            continue
        nearness = 1 / (1 + distance / _FADING)
        if len(second) > 1 or second.isdecimal():
            found[second] = max(found.get(second, 0.0), nearness)
        if first and first not in _CLAUSE_ENDS:
            pair = " ".join(sorted((first, second)))
            found[pair] = max(found.get(pair, 0.0), nearness)
        distance += 1
    return found


def _figures(text: str) -> list[_Figure]:
    folded = fold(text)
    said: list[str] = []
    places: list[int] = []
    leans: list[frozenset[str]] = []
    end = 0
    for each in quantities(folded):
        said += _marks(folded[end : each.start])
        places.append(len(said))
        leans.append(_leans(folded, each.start, each.end))
        said.append(each.value)
        end = each.end
    said += _marks(folded[end:])
    return [
        _Figure(said[place], tuple(reversed(said[:place])), tuple(said[place + 1 :]), leaning)
        for place, leaning in zip(places, leans, strict=True)
    ]


def _leans(text: str, start: int, end: int) -> frozenset[str]:
    """The words at ``text[start:end]`` that turn it over, the nearest of those before it in its clause."""
    clause = re.split(f"[{_CLAUSE_ENDS}]", text[max(0, start - _LEANS_WITHIN) : start])[-1]
    found = [match.lastgroup for match in _LEANING.finditer(clause)][-1:]
    after = _LEANING_AFTER.match(text, end)
    found += [after.lastgroup] if after else []
    return frozenset(each for each in found if each)


def _marks(text: str) -> list[str]:
    return [character for character in text if character.isalnum() or character in _CLAUSE_ENDS + "%"]
