"""Aligns answer sentences with evidence sentences. The proof is computed here; no model writes a citation.

A sentence is supported when the cited characters hold most of its own words and every one of its numbers and
names, and no other number of the evidence fits its words better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.chunking import split_sentences
from index.normalize import fold, squeezed
from index.numerals import ones, possible_values, quantities, values, without_numbers, years_between
from index.tokens import STOP_WORDS, names, words
from rag.answer import Citation, Sentence
from rag.evidence import Evidence
from rag.figures import Figures
from rag.polarity import contradicts
from rag.roles import exchanged
from rag.tables import row_of
from rag.yes_no import brought_by, is_yes_or_no

Rarity = Callable[[Sequence[str]], Sequence[float]]

# The share of a sentence's own words, by rarity, that the cited characters must hold.
LEAST_COVERAGE = 0.6
MOST_CITATIONS = 3

_LEAST_GAIN = 0.1
_LEAST_GAIN_PROVEN = 0.25  # another source where the first ones are enough: see bench/LOG.md
# Numbers are compared exactly and count for no word: a sentence whose numbers all stand there needs fewer
# words.
_NUMBER_CREDIT = 0.2
_QUESTION_WORD_WEIGHT = 0.3
_CLAUSE_END = re.compile(r"[，；;。！!]|,(?!\d)")
_PIECE_END = re.compile(r"[，；;。！!、]|,(?!\d)|以及")
_SEMICOLON = re.compile(r"[；;]\s*")
_ENUMERATOR = re.compile(
    r"(?:(?<=[：:；;。\n])|^)\s*(?:\d{1,2}(?:[)）]|、(?!\s*\d{1,2}[、，和及月日])|\.(?=\s*[^\d\s]))|[（(]\d{1,2}[)）])"
)
_TITLE = re.compile(r"《([^《》]+)》")


@dataclass(frozen=True, slots=True)
class Proof:
    """An answer's sentences and the citations they point at, numbered from 1 in order of first use.

    ``cited`` is the evidence behind the citations, in the same order.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    cited: tuple[Evidence, ...]

    @property
    def supported(self) -> bool:
        """Whether anything at all is supported."""
        return any(sentence.supported for sentence in self.sentences)

    def led_by(self, lead: str) -> Proof:
        """The same of a text that begins with ``lead``, which becomes a part of the first sentence."""
        moved = [
            replace(each, start=each.start + len(lead), end=each.end + len(lead)) for each in self.sentences
        ]
        moved[:1] = [replace(each, text=lead + each.text, start=0) for each in moved[:1]]
        return replace(self, sentences=tuple(moved))


@dataclass(frozen=True, slots=True)
class Run:
    """``text[start:end]`` of an answer was copied from the sentence number ``source`` of the evidence."""

    start: int
    end: int
    source: int


def prove(
    text: str, question: str, evidence: Sequence[Evidence], rarity: Rarity, copied: Sequence[Run] = ()
) -> Proof:
    """Cut ``text`` into sentences and find, for each, the evidence that supports it.

    What a sentence was ``copied`` from is tried first. It is proof no sooner than any other evidence.
    """
    sources = [_Source(item) for item in evidence]
    figures = Figures(
        (item.readable for item in evidence if not item.context),
        (item.text for item in evidence if item.context),
    )
    numbers: dict[int, int] = {}
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    for start, end in _parts(text):
        own = text[start:end]
        claim = _Claim(own, fold(question), rarity)
        runs = [run for run in copied if run.start < end and run.end > start]
        origins = sorted({run.source for run in runs})
        chosen = [origins[place] for place in claim.supporters([sources[index] for index in origins])]
        chosen = chosen or claim.supporters(sources)
        if figures.misplaced(_ENUMERATOR.sub(" ", own), question):
            chosen = []
        for index in chosen:
            if index not in numbers:
                numbers[index] = len(numbers) + 1
                marked = _marked(
                    evidence[index], [text[run.start : run.end] for run in runs if run.source == index]
                )
                score = claim.coverage([sources[index]])
                citations.append(replace(_citation(numbers[index], evidence[index], score), marked=marked))
        cited = tuple(sorted(numbers[index] for index in chosen))
        lacks = () if chosen else claim.lacks(sources)
        sentences.append(Sentence(own, start, end, bool(chosen), cited, lacks))
    return Proof(tuple(sentences), tuple(citations), tuple(evidence[index] for index in numbers))


def _parts(text: str) -> list[tuple[int, int]]:
    """The sentences of an answer; those joined by semicolons, as in lists, each for itself.

    A bare yes or no goes with the sentence after it, which is its reason.
    """
    parts: list[tuple[int, int]] = []
    for span in split_sentences(text):
        start = span.start
        for match in _SEMICOLON.finditer(text, span.start, span.end):
            parts.append((start, match.start() + 1))
            start = match.end()
        if start < span.end:
            parts.append((start, span.end))
    if len(parts) > 1 and is_yes_or_no(text[slice(*parts[0])]):
        parts[:2] = [(parts[0][0], parts[1][1])]
    return parts


class _Source:
    """An evidence sentence in the forms that are compared."""

    def __init__(self, evidence: Evidence) -> None:
        self.document = evidence.document.id
        self.readable = evidence.readable
        self.text = squeezed(evidence.readable)
        self.around = squeezed(evidence.around) + self.text
        # A number must stand in the quote itself; a table row's header is no proof of a figure.
        self.row = row_of(evidence)
        self.numbers = self.row.numbers() if self.row else possible_values(evidence.text)
        self.numbers_around = self.numbers | possible_values(evidence.around)
        # A year that was asked about may lie within a span.
        self.numbers_around |= years_between(evidence.text)


class _Claim:
    """A sentence of an answer: its words by rarity, its numbers, its names."""

    def __init__(self, sentence: str, asked: str, rarity: Rarity) -> None:
        self._is_question = sentence.rstrip("”’\"' ").endswith(("？", "?"))
        self._asked = asked
        self._weights = _weights(sentence, asked, rarity)
        self._total = sum(self._weights.values())
        self._says_something_new = any(word not in asked for word in self._weights) or not values(
            sentence
        ) <= values(asked)
        self._sentence = sentence = _ENUMERATOR.sub(" ", sentence)
        self._numbers = values(sentence)
        self._ones = ones(sentence)
        self._asked_numbers = brought_by(asked, sentence)
        self._names = _names(sentence)
        self._clauses = [(clause, values(clause), _names(clause)) for clause in _CLAUSE_END.split(sentence)]
        self._pieces = [
            (_weights(piece, asked, rarity), values(piece), _names(piece))
            for piece in _PIECE_END.split(sentence)
        ]

    def coverage(self, sources: Sequence[_Source]) -> float:
        """The share of the words, by rarity, that the sources hold together.

        Of a bare number, whether they hold it. When the claim says something new, what the
        question brought may also stand around a quote.
        """
        if not self._total:
            return float(bool(self._numbers) and self._numbers <= _joined(sources))
        held = 0.0
        for word, weight in self._weights.items():
            around = self._says_something_new and word in self._asked
            held += weight * any(word in (each.around if around else each.text) for each in sources)
        return held / self._total

    def lacks(self, sources: Sequence[_Source]) -> tuple[str, ...]:
        """The numbers and names, as the claim writes them, that stand nowhere in or around ``sources``."""
        numbers = [
            self._sentence[each.start : each.end]
            for each in quantities(self._sentence)
            if not self._holds_numbers(sources, frozenset({each.value}))
        ]
        named = sorted(name for name in self._names if not any(name in each.around for each in sources))
        return tuple(dict.fromkeys([*numbers, *named]))

    def supporters(self, sources: Sequence[_Source]) -> list[int]:
        """The fewest sources that support the claim, in their order; none when they do not."""
        chosen: list[int] = []
        while len(chosen) < MOST_CITATIONS and not self._is_proven([sources[index] for index in chosen], 0.9):
            held = [sources[index] for index in chosen]
            gains = [self._strength([*held, source]) - self._strength(held) for source in sources]
            best = max(range(len(sources)), key=lambda index: (gains[index], -index), default=-1)
            least = _LEAST_GAIN_PROVEN if self._is_proven(held, LEAST_COVERAGE) else _LEAST_GAIN
            if best < 0 or gains[best] < least:
                break
            chosen.append(best)
        return sorted(chosen) if self._is_proven([sources[index] for index in chosen], LEAST_COVERAGE) else []

    def _strength(self, sources: Sequence[_Source]) -> float:
        parts = [self.coverage(sources)]
        if self._numbers:
            parts.append(0.5 * len(self._numbers & _joined(sources)) / len(self._numbers))
        if self._names:
            parts.append(
                0.2
                * sum(any(name in each.text for each in sources) for name in self._names)
                / len(self._names)
            )
        return sum(parts)

    def _is_proven(self, sources: Sequence[_Source], least: float) -> bool:
        """Whether ``sources`` hold enough of the words, every number, and every name.

        A name that the question brought may also stand around the quote (该集群 in the sentence, the name in
        the one before). The numbers of a clause must come from one place, and the clause's names from there
        too: figures of one company say nothing of another.
        """
        if not sources or self._is_question or not self._holds_numbers(sources, self._numbers):
            return False
        if self.coverage(sources) < least - (_NUMBER_CREDIT if self._numbers else 0):
            return False
        for name in self._names:
            near = [each.around if name in self._asked else each.text for each in sources]
            if not any(name in text for text in near):
                return False
        if not self._comes_from_one_each(sources, least):
            return False
        said = [each.readable for each in sources]
        if contradicts(self._sentence, said) or exchanged(self._sentence, said):
            return False
        return all(
            any(
                self._holds_numbers([each], numbers)
                and all(name in each.around for name in names)
                and (each.row is None or each.row.speaks_of(clause))
                for each in sources
            )
            for clause, numbers, names in self._clauses
            if numbers
        )

    def _comes_from_one_each(self, sources: Sequence[_Source], least: float) -> bool:
        """Whether every piece of the claim, an item of a list say, stands in one of the sources' documents.

        A thing of one document with what another says of something else is proven by neither.
        """
        documents = {each.document for each in sources}
        if len(documents) < 2:
            return True
        apart = [[each for each in sources if each.document == document] for document in documents]
        return all(any(self._holds_piece(piece, each, least) for each in apart) for piece in self._pieces)

    def _holds_piece(
        self,
        piece: tuple[dict[str, float], frozenset[str], set[str]],
        sources: Sequence[_Source],
        least: float,
    ) -> bool:
        weights, numbers, named = piece
        if not self._holds_numbers(sources, numbers):
            return False
        if not all(any(name in each.around for each in sources) for name in named):
            return False
        held = sum(
            weight
            for word, weight in weights.items()
            if any(word in (each.around if word in self._asked else each.text) for each in sources)
        )
        return held >= (least - (_NUMBER_CREDIT if numbers else 0)) * sum(weights.values())

    def _holds_numbers(self, sources: Sequence[_Source], numbers: frozenset[str]) -> bool:
        """Whether every number stands in a quote; one that the question brought may stand around it."""
        return all(
            any(
                number in (each.numbers_around if number in self._asked_numbers else each.numbers)
                or (number == "1" and any(one in each.text for one in self._ones))
                for each in sources
            )
            for number in numbers
        )


def _joined(sources: Sequence[_Source]) -> frozenset[str]:
    return frozenset(number for each in sources for number in each.numbers)


def _weights(sentence: str, asked: str, rarity: Rarity) -> dict[str, float]:
    """The words of ``sentence`` by rarity. Those the question brought count less: they prove nothing new."""
    bare = {f"{name}{suffix}" for name in names(sentence) for suffix in "省市县区州"}  # 江苏省 is 江苏
    # Numbers are compared by value, not as words.
    found = dict.fromkeys(words(without_numbers(sentence)))
    own = [word for word in found if word not in STOP_WORDS and word not in bare]
    rare = rarity(own)
    return {
        word: weight * (_QUESTION_WORD_WEIGHT if word in asked else 1.0)
        for word, weight in zip(own, rare, strict=True)
    }


def _names(sentence: str) -> set[str]:
    """Names in ``sentence``, and the titles of works, in normal form without white space."""
    titles = (match.group(1) for match in _TITLE.finditer(fold(sentence)))
    return {squeezed(name) for name in (*names(sentence), *titles)}


def _marked(evidence: Evidence, copied: Sequence[str]) -> tuple[int, int] | None:
    """Where in the document the longest of the copied runs stands; None without any, or over a line's end."""
    longest = max(copied, key=len, default="").strip()
    at = evidence.text.find(longest) if longest else -1
    return (evidence.start + at, evidence.start + at + len(longest)) if at >= 0 else None


def _citation(number: int, evidence: Evidence, score: float) -> Citation:
    return Citation(number, evidence.document, evidence.start, evidence.end, evidence.text, min(score, 1.0))
