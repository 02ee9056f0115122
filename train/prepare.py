"""Public data to examples. Reads the training set and passages; no development set is opened.

Kinds of examples: the set's own questions with a window of their paragraph; the same with windows and
passages that do not answer; questions about another year, place or thing; questions made from sentences.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.chunking import split_sentences
from index.library import Library
from index.normalize import simplified
from train import changing, cloze
from train.examples import Example, occurrences
from train.facts import facts
from train.trimming import trimmed

_SEED = 20_18
_SHORTEST, _LONGEST = 120, 380  # characters of a window; passages of a library have about 320
_HELD_OUT = 25  # every so many paragraphs stay out of training, for the curve
_LOOKED_AT = 12  # passages that search finds, of which one that does not answer is taken
_SOURCES = ("cmrc2018_train", "cmrc2018_trial")
_LAWS = 1_500
_WINDOWS = 3  # of a question, each with other sentences around the answer


@dataclass(frozen=True, slots=True)
class Paragraph:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    answer: str
    paragraph: Paragraph


def paragraphs(data: Path) -> list[Paragraph]:
    """The paragraphs that may be trained on, in Simplified."""
    found = [_paragraph(row) for row in _rows(data / "cmrc2018_train" / "corpus.jsonl")]
    laws = 0
    for row in _rows(data / "distractors" / "corpus.jsonl.gz"):
        if row["id"].startswith("cmrc2018_trial"):
            found.append(_paragraph(row))
        elif (
            row["id"].startswith("law-")
            and len(row["text"]) > 120
            and laws < _LAWS
            and hash_of(row["id"]) % 40 == 0
        ):
            laws += 1
            found.append(_paragraph(row))
    return found


def asked(data: Path, known: Sequence[Paragraph]) -> list[Asked]:
    """The questions of the training set with their shortened references."""
    by_id = {paragraph.id: paragraph for paragraph in known}
    found = []
    for row in _rows(data / "cmrc2018_train" / "questions.jsonl"):
        question, answer = simplified(row["question"].strip()), simplified(row["answers"][0])
        paragraph = by_id[row["doc_ids"][0]]
        if answer and answer in paragraph.text:
            found.append(Asked(question, answer, paragraph))
    return found


def is_held_out(paragraph_id: str) -> bool:
    """Whether nothing is trained on this paragraph."""
    return hash_of(paragraph_id) % _HELD_OUT == 0


def hash_of(text: str) -> int:
    """A number that is the same in every run."""
    return random.Random(text).getrandbits(32)


def examples(data: Path, library: Library) -> Iterator[Example]:
    """Everything to train on; ``library`` holds the training corpus and finds what is near a question."""
    chance = random.Random(_SEED)
    known = paragraphs(data)
    titles = [paragraph.title for paragraph in known]
    for each in asked(data, known):
        if not is_held_out(each.paragraph.id):
            yield from _of_question(each, library, titles, chance)
    for paragraph in known:
        if not is_held_out(paragraph.id):
            yield from _of_sentences(paragraph, titles, chance)


def held_out(data: Path) -> Iterator[Example]:
    """Questions on paragraphs that nothing is trained on, with a window that answers."""
    chance = random.Random(_SEED)
    for each in asked(data, paragraphs(data)):
        if is_held_out(each.paragraph.id):
            yield answered(each, chance)


def answered(each: Asked, chance: random.Random) -> Example:
    """The question with a window of its paragraph around the answer."""
    text = each.paragraph.text
    begin, stop = trimmed(each.question, each.answer)
    places = occurrences(text, each.answer)
    start = places[0][0] + begin
    first, last = _window(text, start, start + stop - begin, chance)
    spans = tuple(
        (place + begin - first, place + stop - first)
        for place, _ in places
        if place + begin >= first and place + stop <= last
    )
    return Example(each.question, each.paragraph.title, text[first:last], spans, True, "question")


def _of_question(
    each: Asked, library: Library, titles: Sequence[str], chance: random.Random
) -> Iterator[Example]:
    for _ in range(_WINDOWS):
        example = answered(each, chance)
        yield example
    if other := _unanswering(each, chance):
        yield replace(example, text=other, spans=(), relevant=None, source="elsewhere")
    if near := _near(each, library, chance):
        yield near
    if chance.random() < 0.3:
        question = changing.changed(each.question, example.title, each.paragraph.text, titles, chance)
        if question:
            yield replace(example, question=question, spans=(), relevant=None, source="changed")


def _of_sentences(paragraph: Paragraph, titles: Sequence[str], chance: random.Random) -> Iterator[Example]:
    text, title = paragraph.text, paragraph.title
    for made in cloze.questions(title, text, chance):
        first, last = _window(text, made.start, made.end, chance)
        span = (made.start - first, made.end - first)
        example = Example(made.question, title, text[first:last], (span,), True, f"cloze {made.kind}")
        yield example
        if chance.random() < 0.1:
            question = changing.changed(made.question, title, text, titles, chance)
            if question:
                yield replace(example, question=question, spans=(), relevant=None, source="cloze changed")
    for number, part in enumerate(split_sentences(text)):
        sentence = text[part.start : part.end]
        for fact in facts(title, sentence, chance, first=number == 0):
            answer, start = sentence[fact.start : fact.end], part.start + fact.start
            yield from _of_fact(fact.question, answer, paragraph, start, chance)


def _of_fact(
    question: str, answer: str, paragraph: Paragraph, start: int, chance: random.Random
) -> Iterator[Example]:
    """The question with a window that answers and, now and then, with one that does not."""
    text = paragraph.text
    first, last = _window(text, start, start + len(answer), chance)
    places = occurrences(text[first:last], answer)
    example = Example(question, paragraph.title, text[first:last], places, True, "cloze fact")
    yield example
    if chance.random() < 0.2:
        other = _unanswering(Asked(question, answer, paragraph), chance)
        if other:
            yield replace(example, text=other, spans=(), relevant=None, source="elsewhere")


def _window(text: str, start: int, end: int, chance: random.Random) -> tuple[int, int]:
    """Whole sentences around ``text[start:end]``, more on one side or the other."""
    spans = split_sentences(text)
    first = max((number for number, span in enumerate(spans) if span.start <= start), default=0)
    last = min((number for number, span in enumerate(spans) if span.end >= end), default=len(spans) - 1)
    wanted = chance.randint(_SHORTEST, _LONGEST)
    while spans[last].end - spans[first].start < wanted and (first > 0 or last + 1 < len(spans)):
        if first > 0 and (last + 1 == len(spans) or chance.random() < 0.5):
            first -= 1
        else:
            last += 1
    return spans[first].start, spans[last].end


def _unanswering(each: Asked, chance: random.Random) -> str | None:
    """Another part of the paragraph, in which the answer does not stand."""
    text = each.paragraph.text
    spans = list(split_sentences(text))
    chance.shuffle(spans)
    for span in spans[:4]:
        first, last = _window(text, span.start, span.end, chance)
        if each.answer not in text[first:last] and last - first >= _SHORTEST // 2:
            begin, stop = trimmed(each.question, each.answer)
            if each.answer[begin:stop] not in text[first:last]:
                return text[first:last]
    return None


def _near(each: Asked, library: Library, chance: random.Random) -> Example | None:
    """A passage of another document that search ranks high and that does not hold the answer."""
    begin, stop = trimmed(each.question, each.answer)
    hits = [
        hit
        for hit in library.search(each.question, _LOOKED_AT)
        if hit.document.path != each.paragraph.id
        and not is_held_out(hit.document.path)
        and each.answer[begin:stop] not in simplified(hit.passage.text)
    ]
    if not hits:
        return None
    hit = hits[min(int(chance.expovariate(0.5)), len(hits) - 1)]
    return Example(
        each.question, simplified(hit.document.title), simplified(hit.passage.text), (), False, "near"
    )


def _paragraph(row: dict[str, Any]) -> Paragraph:
    return Paragraph(row["id"], simplified(row["title"]), simplified(row["text"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
