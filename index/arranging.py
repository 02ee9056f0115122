"""Ranked hits to the list that is read: what says the same stands once, neighbours become one passage.

Knows passages, their documents and their order; the search engines and the store stay outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

from index.chunking import MOST_LENGTH
from index.normalize import is_han
from index.numerals import quantities, values
from index.tokens import cut, names, search_text
from index.types import DocumentInfo, Hit, Passage

# Of so many best candidates those that say the same are found, and of more when they leave too few; a pair
# takes some microseconds.
LOOKED_AT = 30
FRAGMENT = 80  # characters; a shorter passage is seldom understood without what stands around it

_ALIKE = 0.8  # share of the 3-grams of both texts that are in both
_CONTAINED = 0.9  # share of the 3-grams of the worse text that are in the better one
_SAMPLE = 16
_FILLERS = frozenset("的了着就也")
_NEGATIONS = frozenset("不没未无非否勿莫禁")

# The document's text from start to end, or None where the document is gone.
Slice = Callable[[str, int, int], str | None]


def arranged(candidates: Sequence[Hit], k: int, text_of: Slice) -> list[Hit]:
    """At most ``k`` of ``candidates``, in their order, which is best first.

    A candidate that says what a better one says is left out, and its document is named with that one. One
    that stands beside a hit is joined with it, if that makes a passage that is not too long, so that the next
    candidate has its place.
    """
    spots: list[_Spot] = []
    for hit in _without_repeats(candidates, k):
        if len(spots) == k:
            break
        beside = next((place for place, spot in enumerate(spots) if spot.fits(hit.passage)), None)
        joined = spots[beside].joined(hit, text_of) if beside is not None else None
        if beside is not None and joined is not None:
            spots[beside] = joined
        else:
            spots.append(_Spot(hit, hit.passage.number))
    return [spot.hit for spot in spots]


def same_statement(better: Passage, worse: Passage) -> bool:
    """Whether ``worse`` says nothing that ``better`` does not say, in nearly the same words.

    A number, date, name or negation that only one of them has, or a word in the place of another, makes two
    statements. Where ``better`` goes on before or after, it may say more.
    """
    return _says_the_same(_Text(better), _Text(worse))


@dataclass(frozen=True, slots=True)
class _Spot:
    """A hit, with the number of the last passage that went into it."""

    hit: Hit
    last: int

    def fits(self, passage: Passage) -> bool:
        """Whether ``passage`` stands beside this in its document and together they are not too long."""
        own = self.hit.passage
        if passage.doc_id != own.doc_id or passage.headings != own.headings:
            return False
        if passage.number not in (own.number - 1, self.last + 1):
            return False
        if max(own.end, passage.end) - min(own.start, passage.start) <= MOST_LENGTH:
            return True
        alone = self.last == own.number
        return alone and min(own.end - own.start, passage.end - passage.start) < FRAGMENT

    def joined(self, hit: Hit, text_of: Slice) -> _Spot | None:
        """Both as one passage with the better one's scores; None where the document's text is gone."""
        first, second = sorted((self.hit, hit), key=lambda each: each.passage.start)
        before, after = first.passage, second.passage
        text = text_of(before.doc_id, before.start, after.end)
        if text is None or len(text) != after.end - before.start:
            return None
        passage = replace(before, end=after.end, text=text, sentences=before.sentences + after.sentences)
        same = _each_once([*self.hit.same, *hit.same])
        both = replace(self.hit, passage=passage, same=same, cosines=first.cosines + second.cosines)
        return _Spot(both, max(self.last, hit.passage.number))


def _without_repeats(candidates: Sequence[Hit], wanted: int) -> list[Hit]:
    kept: list[tuple[Hit, _Text]] = []
    looked_at = 0
    for hit in candidates:
        if looked_at >= LOOKED_AT and len(kept) >= wanted:
            break
        looked_at += 1
        text = _Text(hit.passage)
        for place, (better, its_text) in enumerate(kept):
            if _says_the_same(its_text, text) and _may_mean_the_same(better, hit):
                if hit.document.id != better.document.id:
                    same = _each_once((*better.same, hit.document))
                    kept[place] = (replace(better, same=same), its_text)
                break
        else:
            kept.append((hit, text))
    return [*(hit for hit, _ in kept), *candidates[looked_at:]]


def _each_once(documents: Sequence[DocumentInfo]) -> tuple[DocumentInfo, ...]:
    return tuple({info.id: info for info in documents}.values())


class _Text:
    """A passage's text as it is compared: 3-grams at once, words when they are asked for."""

    def __init__(self, passage: Passage) -> None:
        self._searched = search_text(passage.text)
        self.bare = "".join(filter(str.isalnum, self._searched))
        grams = [self.bare[start : start + 3] for start in range(max(1, len(self.bare) - 2))]
        self.grams = frozenset(grams)
        self.some = grams[:: max(1, len(grams) // _SAMPLE)]

    @cached_property
    def words(self) -> list[str]:
        """Its words without punctuation and fillers; a number is one word, in its one form behind ``#``."""
        found: list[str] = []
        at = 0
        for quantity in quantities(self._searched):
            found += cut(self._searched[at : quantity.start])
            found.append(f"#{quantity.value}")
            at = quantity.end
        found += cut(self._searched[at:])
        return [word for word in found if any(map(str.isalnum, word)) and word not in _FILLERS]

    @cached_property
    def names(self) -> set[str]:
        return names(self._searched)

    def is_telling(self, word: str) -> bool:
        """Whether a word changes a statement by being there: a number, name or negation."""
        return (
            word[0] == "#"
            or any(map(str.isdigit, word))
            or any(name in word or word in name for name in self.names)
            or bool(_NEGATIONS & set(word))
        )


def _says_the_same(better: _Text, worse: _Text) -> bool:
    # Of most pairs a few 3-grams tell that they are different.
    if sum(gram in better.grams for gram in worse.some) < len(worse.some) / 2:
        return False
    common = len(better.grams & worse.grams)
    alike = common >= _ALIKE * (len(better.grams) + len(worse.grams) - common)
    if not alike and common < _CONTAINED * len(worse.grams):
        return False
    if better.bare == worse.bare:
        return True
    steps = SequenceMatcher(None, better.words, worse.words, autojunk=False).get_opcodes()
    if not alike:  # the better one may say more before and after
        steps = [step for step in steps if not (step[0] == "delete" and step in (steps[0], steps[-1]))]
    for kind, first, last, others_first, others_last in steps:
        if kind == "equal":
            continue
        if kind == "replace":
            return False
        if any(map(better.is_telling, better.words[first:last])):
            return False
        if any(map(worse.is_telling, worse.words[others_first:others_last])):
            return False
    return True


def _may_mean_the_same(better: Hit, worse: Hit) -> bool:
    """Whether titles and headings leave it open: one has no number, year or name that the other changes.

    What a fragment speaks of stands in them: the fee is the same at many sights.
    """
    if len(worse.passage.text) < FRAGMENT:
        return _above(better) == _above(worse)
    ours, theirs = _particulars(better), _particulars(worse)
    return all(mine <= its or its <= mine for mine, its in zip(ours, theirs, strict=True))


def _above(hit: Hit) -> list[str]:
    return [search_text(each).strip() for each in (hit.document.title, *hit.passage.headings)]


def _particulars(hit: Hit) -> tuple[set[str], set[str]]:
    """The numbers and the Chinese names above a passage; of a title only years, since copies are counted."""
    title, headings = hit.document.title, "\n".join(hit.passage.headings)
    numbers = {value for value in values(title) if len(value) == 4 and value.isdigit()} | values(headings)
    return numbers, {name for name in names(f"{title}\n{headings}") if all(map(is_han, name))}
