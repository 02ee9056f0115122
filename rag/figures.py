"""Whether a number of an answer stands in the company that it keeps in the sources. Knows no citation.

That the number stands somewhere in the evidence is not enough: 36 and 63 may both, one for each company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.normalize import fold
from index.numerals import quantities, values

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
# Who writes 3年 does not mean 3天.
_UNITS = "年月日时分秒元米吨岁度%"
_DAYS = ("天", "号")  # 日 in other words


@dataclass(frozen=True, slots=True)
class _Figure:
    """A number with what stands before it and after it, nearest first: characters, and numbers in one form.

    The marks that end clauses are among them, no others.
    """

    value: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def unit(self) -> str:
        unit = self.after[0] if self.after else ""
        return "日" if unit in _DAYS else unit


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
        asked = values(question) | self._in_rows
        claimed = [figure for figure in _figures(claim) if figure.value not in asked]
        about = _pairs(_marks(fold(question)), _CLAUSE_BEFORE) if claimed else {}
        return any(_is_misplaced(figure, about, self._known) for figure in claimed)


def _is_misplaced(
    claimed: _Figure, about: Mapping[str, float], known: Sequence[tuple[_Figure, dict[str, float]]]
) -> bool:
    own = [each for each in known if each[0].value == claimed.value]
    if not own:
        return False  # that it stands nowhere is found elsewhere
    if _is_unit(claimed) and all(_is_unit(figure) and figure.unit != claimed.unit for figure, _ in own):
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


def _is_unit(figure: _Figure) -> bool:
    return bool(figure.unit) and figure.unit in _UNITS


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
    end = 0
    for each in quantities(folded):
        said += _marks(folded[end : each.start])
        places.append(len(said))
        said.append(each.value)
        end = each.end
    said += _marks(folded[end:])
    return [_Figure(said[place], tuple(reversed(said[:place])), tuple(said[place + 1 :])) for place in places]


def _marks(text: str) -> list[str]:
    return [character for character in text if character.isalnum() or character in _CLAUSE_ENDS + "%"]
