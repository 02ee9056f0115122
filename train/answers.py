"""Public data to what the seq2seq is trained on: question, evidence, and the sentence to say.

The evidence is the product's own: search in the library of the training paragraphs, then the choice of
sentences. Where it does not hold the answer, that is what is to be said.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from index.chunking import split_sentences
from index.library import Library
from index.normalize import simplified
from index.types import Hit
from rag.evidence import one_line, select
from train.examples import Example
from train.prepare import Asked, asked, is_held_out, paragraphs
from train.saying import NO_ANSWER, sentence
from train.trimming import trimmed

_SEED = 20_26
_FOUND = 8  # passages, as the product takes them
_WITHOUT = 0.3  # of the questions are asked of a library that lacks their document, too
_TWO = 0.6  # of the neighbouring questions of a paragraph are also asked as one
_MADE = frozenset({"cloze fact", "cloze definition", "cloze list", "cloze reason"})
_OTHER_TEXT = 0.5  # of the made questions have sentences of another text beside their own


@dataclass(frozen=True, slots=True)
class ToSay:
    """A question, the sentences to read, what is to be said, and what kind of case it is."""

    question: str
    evidence: tuple[str, ...]
    said: str
    kind: str


def read(path: Path) -> list[ToSay]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [ToSay(row["question"], tuple(row["evidence"]), row["said"], row["kind"]) for row in rows]


def write(path: Path, rows: Iterable[ToSay]) -> int:
    """One JSON object a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            count += 1
    return count


def answers(data: Path, library: Library, examples: Iterable[Example]) -> Iterator[ToSay]:
    """Everything to train on; ``examples`` are the reader's, of which some of the made ones are taken."""
    chance = random.Random(_SEED)
    known = [each for each in asked(data, paragraphs(data)) if not is_held_out(each.paragraph.id)]
    for each in known:
        yield from _of_question(each, library, chance)
    for one, two in pairwise(known):
        if one.paragraph.id == two.paragraph.id and chance.random() < _TWO:
            yield from _of_two(one, two, library)
    before = ""
    for example in examples:
        if example.source in _MADE:
            yield _of_example(example, before if chance.random() < _OTHER_TEXT else "", chance)
            before = example.text
        elif example.source == "changed":
            yield ToSay(example.question, _sentences(example.text), NO_ANSWER, "changed")


def held_out(data: Path, library: Library) -> Iterator[ToSay]:
    """Questions on paragraphs that nothing is trained on, with the product's evidence."""
    for each in asked(data, paragraphs(data)):
        if is_held_out(each.paragraph.id):
            yield _said(each, library.search(each.question, _FOUND), library, "held out")


def _of_question(each: Asked, library: Library, chance: random.Random) -> Iterator[ToSay]:
    hits = library.search(each.question, 2 * _FOUND)
    yield _said(each, hits[:_FOUND], library, "question")
    if chance.random() < _WITHOUT:
        others = [hit for hit in hits if hit.document.path != each.paragraph.id][:_FOUND]
        evidence = _evidence(each.question, others, library)
        if not any(_core(each) in text for text in evidence):
            yield ToSay(each.question, evidence, NO_ANSWER, "without")


def _of_two(one: Asked, two: Asked, library: Library) -> Iterator[ToSay]:
    question = f"{one.question.rstrip('？?。')}？{two.question}"
    evidence = _evidence(question, library.search(question, _FOUND), library)
    said = [_answer(each, evidence) for each in (one, two)]
    if all(said):
        both = (sentence(each.question, answer or "") for each, answer in zip((one, two), said, strict=True))
        yield ToSay(question, evidence, "".join(both), "two")


def _of_example(example: Example, other: str, chance: random.Random) -> ToSay:
    start, end = example.spans[0]
    said = sentence(example.question, example.text[start:end])
    parts = [_sentences(example.text), _sentences(other)[:4]]
    if chance.random() < 0.5:
        parts.reverse()
    return ToSay(example.question, tuple(text for part in parts for text in part), said, example.source)


def _said(each: Asked, hits: Sequence[Hit], library: Library, kind: str) -> ToSay:
    evidence = _evidence(each.question, hits, library)
    answer = _answer(each, evidence)
    said = sentence(each.question, answer) if answer else NO_ANSWER
    return ToSay(each.question, evidence, said, kind if answer else f"{kind}, not found")


def _answer(each: Asked, evidence: Sequence[str]) -> str | None:
    """The reference, or its part that answers, if a sentence holds it."""
    for wanted in (one_line(each.answer), _core(each)):
        if wanted and wanted in "".join(evidence):
            return wanted
    return None


def _core(each: Asked) -> str:
    begin, stop = trimmed(each.question, each.answer)
    return one_line(each.answer[begin:stop])


def _evidence(question: str, hits: Sequence[Hit], library: Library) -> tuple[str, ...]:
    return tuple(simplified(each.readable) for each in select(question, hits, rarity=library.rarity))


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(one_line(text[span.start : span.end]) for span in split_sentences(text))
