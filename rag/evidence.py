"""Hits to the few source sentences worth reading, within a budget of characters. Knows no language model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.fusion import DENSE_FLOOR, DENSE_RANGE
from index.normalize import fold, is_han
from index.numerals import terms
from index.tokens import content_pairs, content_words
from index.types import DocumentInfo, Hit, Passage, Span
from rag.form import BUDGET

Scores = npt.NDArray[np.float64]


_PASSAGES_READ = 5
_DENSE_WEIGHT = 0.6
_PASSAGE_WEIGHT = 0.8
_NEIGHBOUR_SHARE = 0.35
_NEARBY = 3
_NEARBY_FADE = 0.7
_LEAST_SCORE_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Evidence:
    """A source sentence chosen for a question: the document's text from ``start`` to ``end``.

    ``context`` is what is needed to read it (a table's header row, or nothing), ``around`` what it is about:
    title, headings and passage. A bigger ``score`` is better.
    """

    document: DocumentInfo
    start: int
    end: int
    text: str
    score: float
    context: str = ""
    around: str = ""

    @property
    def readable(self) -> str:
        """The sentence as a model should see it: on one line, with its context."""
        return " ".join(part for part in (one_line(self.context), one_line(self.text)) if part)


def select(
    question: str,
    hits: Sequence[Hit],
    *,
    rarity: Callable[[Sequence[str]], Sequence[float]],
    budget: int = BUDGET,
    first: Evidence | None = None,
) -> tuple[Evidence, ...]:
    """The best sentences of the best hits, at most ``budget`` characters, in reading order; at least one.

    Those of ``first``, in which the reader has found the answer, come before all others.

    A sentence scores by the rarity of the question's words it holds, by the cosine of its vector, by its
    neighbours (the answer often stands beside the sentence that repeats the question) and by its passage.
    """
    candidates = [
        (hit, span)
        for place, hit in enumerate(hits)
        for span in hit.passage.sentences
        if place < _PASSAGES_READ or _in(first, hit, span)
    ]
    if not candidates:
        return ()
    scores = _scores(question, candidates, rarity)
    best = scores.max()
    scores += [best if _in(first, *each) else 0.0 for each in candidates]
    order = sorted(range(len(candidates)), key=lambda index: -scores[index])
    chosen: list[int] = []
    used = 0
    for index in order:
        hit, span = candidates[index]
        if chosen and scores[index] < _LEAST_SCORE_SHARE * best:
            break
        if not _says_something(hit.passage, span):
            continue
        length = span.end - span.start
        if chosen and used + length > budget:
            continue
        chosen.append(index)
        used += length
    return tuple(_evidence(*candidates[index], float(scores[index])) for index in sorted(chosen))


def around(hit: Hit) -> str:
    """What a sentence of ``hit`` is about: title, headings and passage."""
    return "\n".join([hit.document.title, *hit.passage.headings, hit.passage.text])


def one_line(text: str) -> str:
    """``text`` on one line, without white space around it."""
    return flowing(text).strip()


def flowing(text: str) -> str:
    """``text`` without line breaks: between Chinese characters they just go, elsewhere a space is left."""
    joined = re.sub(
        r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*[\r\n\f]+\s*(?=[\u3000-\u9fff\uff00-\uffef])", "", text
    )
    return re.sub(r"\s+", " ", joined)


def _scores(
    question: str,
    candidates: Sequence[tuple[Hit, Span]],
    rarity: Callable[[Sequence[str]], Sequence[float]],
) -> Scores:
    texts = [f"{span.header} {hit.passage.slice(span.start, span.end)}".strip() for hit, span in candidates]
    words = content_words(question)
    weights = dict(zip(words, rarity(words), strict=True))
    pairs = content_pairs(question)
    folded = [fold(text) for text in texts]
    lexical = np.array([_shared(" ".join([text, *terms(text)]), weights, pairs) for text in folded])
    passage = np.array([hit.score for hit, _ in candidates])
    passage = passage - min(passage.min(), 0.0)  # another encoder's cosines may end below zero
    passage = passage / max(passage.max(), 1e-9)
    cosines = [_cosine(hit, span) for hit, span in candidates]
    dense = np.clip((np.array(cosines) - DENSE_FLOOR) / DENSE_RANGE, 0, 1)
    own = lexical + _DENSE_WEIGHT * dense + _PASSAGE_WEIGHT * passage
    scores: Scores = own + _NEIGHBOUR_SHARE * _best_nearby(own, candidates)
    return scores


def _cosine(hit: Hit, span: Span) -> float:
    """Of a sentence with the question; one that nothing is known of counts as far away."""
    sentences = hit.passage.sentences
    return hit.cosines[sentences.index(span)] if len(hit.cosines) == len(sentences) else DENSE_FLOOR


def _shared(text: str, weights: dict[str, float], pairs: Sequence[str]) -> float:
    """The share of the question that ``text`` holds: half by rarity of words, half by character pairs."""
    total = sum(weights.values())
    by_words = sum(weight for word, weight in weights.items() if word in text) / total if total else 0.0
    by_pairs = sum(pair in text for pair in pairs) / len(pairs) if pairs else by_words
    return 0.5 * by_words + 0.5 * by_pairs


def _best_nearby(own: Scores, candidates: Sequence[tuple[Hit, Span]]) -> Scores:
    """The best score among the sentences around each in its passage, fading by distance."""
    best = np.zeros(len(own))
    for index in range(len(own)):
        for other in range(max(0, index - _NEARBY), min(len(own), index + _NEARBY + 1)):
            if other != index and candidates[other][0] is candidates[index][0]:
                best[index] = max(best[index], own[other] * _NEARBY_FADE ** (abs(other - index) - 1))
    return best


def _in(first: Evidence | None, hit: Hit, span: Span) -> bool:
    return (
        first is not None
        and hit.document.id == first.document.id
        and span.start < first.end
        and span.end > first.start
    )


def _says_something(passage: Passage, span: Span) -> bool:
    """Whether a span is more than a rule of dashes or a lone mark."""
    return any(character.isalnum() or is_han(character) for character in passage.slice(span.start, span.end))


def _evidence(hit: Hit, span: Span, score: float) -> Evidence:
    text = hit.passage.slice(span.start, span.end)
    return Evidence(hit.document, span.start, span.end, text, score, span.header, around(hit))
