"""Whether a claim says yes where its sources say no, or the reverse. Knows no citation.

Negations are stop words of search: a claim that lacks one still has all the words that count.
Only plain cases are told: a negation right before a word, a prohibition and a permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.normalize import fold
from index.tokens import STOP_WORDS, tagged

_CLAUSE = re.compile(r"[^，。；：！？,;:!?\n]+")
# What may make a negative of a clause in some way: where one stands nothing is concluded.
_ANY_NEGATIVE = re.compile(
    r"不(?!仅|但|只|断|同|久|过|管|论|锈|动产)|没(?!收)|未(?!来)|无(?!线|锡|人机|数|比|限|形|论)|非(?!常|洲|凡|遗)"
    r"|否(?!则)|勿|莫(?!斯科|高|扎|桑)|禁|免(?!费|疫)|拒|难(?!民)|少(?!年|数|儿|女|林|将|校)|停(?!车|留|泊)|反(?!应|映|馈|复|射)|缺"
)
_NEGATION = re.compile(
    r"(?:(?<!不得)不[得可]?|没有?|未|无(?:法|需|须|权)|禁止|严禁)[有会能予再曾被于用需应]?$"
)
# What is not said of something, but of the case that it is so.
_CASE_AFTER, _CASE_BEFORE = re.compile(r"的|者|时"), re.compile(r"^(?:如|若|违|擅自)")
_PROHIBITION = re.compile(
    r"不得(?!不)|不[准许可能应](?!避免|或缺|不)|不可以|不允许|禁止|严禁|谢绝|[请切]勿|无权"
)
_PERMISSION = re.compile(r"可以?(?![能见])|能(?!力|源|量)|允许|准许|准予|有权")
_SHORTEST = 2  # characters of a word


@dataclass(frozen=True, slots=True)
class _Said:
    """What a clause makes of a word in it; ``plain`` when nothing in the clause is negative."""

    denied: bool
    prohibited: bool
    permitted: bool
    plain: bool

    def opposes(self, other: _Said, *, is_verb: bool) -> bool:
        """Whether this rules out ``other``. Only a verb is denied: 不是北京 says little of 北京."""
        if self.plain:
            return other.denied or (self.permitted and other.prohibited)
        if not other.plain:
            return False
        return (self.denied and is_verb) or (self.prohibited and other.permitted)


def clauses(folded: str) -> list[str]:
    """The clauses of a text in normal form, without the marks between them."""
    return _CLAUSE.findall(folded)


def contradicts(claim: str, sources: Sequence[str]) -> bool:
    """Whether ``claim`` affirms a word that ``sources`` only deny, or denies one that they only affirm."""
    claim = fold(claim)
    folded = [fold(source) for source in sources]
    for word, tag in dict(tagged(claim)).items():
        is_verb = tag.startswith("v")
        if len(word) < _SHORTEST or (word in STOP_WORDS and not is_verb):
            continue
        if _ANY_NEGATIVE.search(word) or _PERMISSION.fullmatch(word):
            continue
        there = [each for source in folded for each in _said(word, source)]
        for own in _said(word, claim) if there else ():
            if all(own.opposes(each, is_verb=is_verb) for each in there):
                return True
    return False


def _said(word: str, folded: str) -> Iterator[_Said]:
    """``word`` in each clause that holds it."""
    for clause in clauses(folded):
        place = clause.find(word)
        if place < 0:
            continue
        before = clause[:place]
        if _CASE_AFTER.match(clause, place + len(word)) or _CASE_BEFORE.match(clause):
            yield _Said(denied=False, prohibited=False, permitted=False, plain=False)
            continue
        yield _Said(
            denied=bool(_NEGATION.search(before)),
            prohibited=bool(_PROHIBITION.search(before)),
            permitted=bool(_PERMISSION.search(before)),
            plain=not _ANY_NEGATIVE.search(clause),
        )
