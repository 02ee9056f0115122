"""Questions made from a sentence by asking for one thing in it: a name, a date, an amount, a list, a reason.

They teach to answer with the bare name or number. Knows words and their kinds, no model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.chunking import split_sentences
from index.tokens import tagged
from train.targets import Target, targets

_CLAUSE = re.compile(r"[，；：。！？!?\n]")
_BRACKETS = re.compile(r"（[^（）]*）|\([^()]*\)")
_LINKS = re.compile(
    r"^(?:但是?|并且?|而且?|其中|此外|另外|然而|因此|所以|随后|同时|后来|之后|其后|接着|不过|于是|且|又|也|则|故|还|再)"
)
_LIST = re.compile(
    r"(?:包括|包含|包括有|分为|设有|拥有|分别是|分别为|有)(?P<list>[^，。；：、]{1,20}(?:、[^，。；：、]{1,20}?)+)(?=等|[，。；])"
)
_BECAUSE = re.compile(
    r"^(?:由于|因为|因)(?P<why>[^，。]{4,60})，(?:所以|因此|故)?(?P<what>[^。，；]{4,60})[。，；]"
)
_THEREFORE = re.compile(r"(?P<why>[^，。；]{4,60})，(?:所以|因此|因而|故此)(?P<what>[^。，；]{4,60})[。，；]")
_IS = re.compile(
    r"^(?P<who>[^，。]{2,20}?)(?:（[^（）]*）)?(?:是|，?又称为?|，?也称)(?P<what>[^。；]{4,80}?)[，。；]"
)


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question whose answer is ``text[start:end]``."""

    question: str
    start: int
    end: int
    kind: str


def questions(title: str, text: str, chance: random.Random) -> Iterator[Cloze]:
    """At most two questions a sentence of ``text``; which and how they are put is up to ``chance``."""
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        if not 8 <= len(sentence) <= 240 or "formula" in sentence:
            continue
        found = [*_reasons(title, sentence), *_lists(title, sentence), *_definitions(title, sentence)]
        things = targets(sentence)
        chance.shuffle(things)
        for target in things[: 2 if len(sentence) > 40 else 1]:
            question = _asked(title, sentence, target, chance)
            if question:
                found.append(Cloze(question, target.start, target.end, "thing"))
        chance.shuffle(found)
        for each in found[:2]:
            yield Cloze(each.question, span.start + each.start, span.start + each.end, each.kind)


def _asked(title: str, sentence: str, target: Target, chance: random.Random) -> str:
    """The clause that holds the target with a question word in its place, and what says what it is about."""
    marks = [match.end() for match in _CLAUSE.finditer(sentence)]
    begin = max((mark for mark in marks if mark <= target.start), default=0)
    stop = min((mark for mark in marks if mark >= target.end), default=len(sentence))
    if stop - begin < target.end - target.start + 5 or (begin and chance.random() < 0.4):
        begin = max((mark for mark in marks if mark < begin), default=0)
    before = _lightened(sentence[begin : max(begin, target.start - target.called)], chance)
    after = _lightened(sentence[target.end : stop].rstrip("，；：。！？!?\n"), chance)
    before = _LINKS.sub("", before)
    if len(before) + len(after) < 4:
        return ""
    question = f"{before}{chance.choice(target.asking)}{after}"
    if any(question.count(left) != question.count(right) for left, right in ("（）", "“”", "「」", "《》")):
        return ""
    if question.count('"') % 2:
        return ""
    about = title.split("(")[0].split("（")[0]
    if about and about not in question and about not in sentence[target.start : target.end]:
        question = (
            about + chance.choice(("", "", "，", "中，", "的")) + re.sub(r"^[他她它其该]们?", "", question)
        )
    return question + chance.choice(("？", "？", "?", ""))


def _lightened(part: str, chance: random.Random) -> str:
    """``part`` without brackets and, now and then, without a word that is not needed."""
    part = _BRACKETS.sub("", part)
    if chance.random() < 0.4:
        return part
    kept = []
    for word, tag in tagged(part):
        gone = 0.5 if tag in ("d", "ad", "z", "y", "c") else 0.1 if tag[:1] in "nva" else 0.0
        if chance.random() >= gone:
            kept.append(word)
    return "".join(kept)


def _reasons(title: str, sentence: str) -> Iterator[Cloze]:
    for pattern in (_BECAUSE, _THEREFORE):
        if match := pattern.search(sentence):
            what = match["what"]
            about = title if title and title not in what else ""
            yield Cloze(f"{about}为什么{what}？", *match.span("why"), "reason")


def _lists(title: str, sentence: str) -> Iterator[Cloze]:
    for match in _LIST.finditer(sentence):
        begin = max((mark.end() for mark in _CLAUSE.finditer(sentence, 0, match.start())), default=0)
        before = _BRACKETS.sub("", sentence[begin : match.start("list")])
        about = title if title and title not in before else ""
        yield Cloze(f"{about}{_LINKS.sub('', before)}哪些？", *match.span("list"), "list")


def _definitions(title: str, sentence: str) -> Iterator[Cloze]:
    match = _IS.search(sentence)
    if match and (match["who"] == title or title.startswith(match["who"])):
        yield Cloze(f"{title}是什么？", *match.span("what"), "definition")
