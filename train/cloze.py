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
from train.trimming import DATE

_CLAUSE = re.compile(r"[，；：。！？!?\n]")
_BRACKETS = re.compile(r"（[^（）]*）|\([^()]*\)")
_LINKS = re.compile(
    r"^(?:但是?|并且?|而且?|其中|此外|另外|然而|因此|所以|随后|同时|后来|之后|其后|接着|不过|于是|且|又|也|则|故|还|再)"
)
_WORK = re.compile(r"《[^《》]{2,20}》")
_QUOTED = re.compile(r"[“「]([^“”「」]{2,12})[”」]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9\-]*(?: [A-Z][A-Za-z0-9\-]*){0,3}")
_JOINED = re.compile(r"[-~～－—–/:：.A-Za-z_]")
_AMOUNT = re.compile(r"\d[\d,.]*[万亿千百]*")
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
_ENDINGS = {
    "国": ("哪个国家", "哪国"),
    "市": ("哪个城市", "哪座城市", "哪里"),
    "省": ("哪个省", "哪里"),
    "县": ("哪个县", "什么地方"),
    "州": ("哪个州", "哪里"),
    "大学": ("哪所大学", "什么学校"),
    "中学": ("哪所中学", "什么学校"),
    "学院": ("哪所学院", "什么学校"),
    "公司": ("哪家公司", "什么公司"),
    "集团": ("哪家公司", "哪个集团"),
    "队": ("哪支球队", "哪个队"),
    "党": ("哪个政党", "什么党"),
    "奖": ("什么奖", "哪个奖项"),
    "铁路": ("哪条铁路",),
    "线": ("哪条线路", "哪条线"),
    "站": ("哪个车站", "哪一站"),
    "河": ("哪条河", "什么河"),
    "山": ("哪座山", "什么山"),
    "岛": ("哪个岛", "哪座岛屿"),
    "法": ("哪部法律", "什么法"),
    "部门": ("哪个部门", "什么部门"),
    "委员会": ("哪个委员会", "什么机构"),
    "语": ("什么语言", "哪种语言"),
    "科": ("哪个科", "什么科"),
    "属": ("哪个属", "什么属"),
    "战争": ("哪场战争", "什么战争"),
    "教": ("什么宗教", "哪个宗教"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A part of a sentence that can be asked for, and the words to ask with."""

    start: int
    end: int
    asking: tuple[str, ...]


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
        targets = _targets(sentence)
        chance.shuffle(targets)
        for target in targets[: 2 if len(sentence) > 40 else 1]:
            question = _asked(title, sentence, target, chance)
            if question:
                found.append(Cloze(question, target.start, target.end, "thing"))
        chance.shuffle(found)
        for each in found[:2]:
            yield Cloze(each.question, span.start + each.start, span.start + each.end, each.kind)


def _targets(sentence: str) -> list[Target]:
    found = [
        Target(
            *match.span(),
            ("什么时候", "何时", "哪一年" if match.group().endswith("年") else "哪一天", "什么时间"),
        )
        for match in DATE.finditer(sentence)
        if "年" in match.group() or "月" in match.group()
    ]
    found += [Target(*match.span(), ("哪部作品", "什么", "什么作品")) for match in _WORK.finditer(sentence)]
    found += [Target(*match.span(1), ("什么",)) for match in _QUOTED.finditer(sentence)]
    found += [
        Target(*match.span(), ("什么",)) for match in _LATIN.finditer(sentence) if len(match.group()) > 2
    ]
    found += _amounts(sentence)
    found += _names(sentence)
    taken: list[Target] = []
    for target in found:
        if all(target.end <= other.start or target.start >= other.end for other in taken):
            taken.append(target)
    return taken


def _amounts(sentence: str) -> Iterator[Target]:
    for match in _AMOUNT.finditer(sentence):
        rest = sentence[match.end() :]
        if _JOINED.search(sentence[max(0, match.start() - 1) : match.start()] + rest[:1]):
            continue  # half of a range or of a name
        if rest[:1] in "%％":
            yield Target(match.start(), match.end() + 1, ("百分之几", "多少", "百分之多少"))
            continue
        unit = next(iter(tagged(rest[:6])), ("", ""))
        if unit[1] in ("q", "m", "n") and not unit[0].startswith(("年", "月", "日", "世纪")):
            yield Target(
                match.start(),
                match.end() + len(unit[0]),
                (f"多少{unit[0]}", f"多少{unit[0]}", f"几{unit[0]}"),
            )


def _names(sentence: str) -> Iterator[Target]:
    start = 0
    words = tagged(sentence)
    for place, (word, tag) in enumerate(words):
        end = start + len(word)
        before = words[place - 1][1] if place else ""
        after = words[place + 1][1] if place + 1 < len(words) else ""
        stands_alone = not before.startswith(("n", "x", "eng")) and not after.startswith(("n", "eng"))
        if len(word) > 1 and stands_alone and tag[:2] in ("nr", "ns", "nt", "nz", "n"):
            asking = _asking(word, tag)
            if asking:
                yield Target(start, end, asking)
        start = end


def _asking(word: str, tag: str) -> tuple[str, ...]:
    for length in (3, 2, 1):
        if len(word) > length and word[-length:] in _ENDINGS:
            return _ENDINGS[word[-length:]]
    if tag.startswith("nr"):
        return ("谁", "谁", "哪位", "何人")
    if tag == "ns":
        return ("哪里", "什么地方", "哪个地方", "何处")
    if tag == "nt":
        return ("哪个机构", "什么组织")
    return ("什么",) if tag == "nz" or len(word) > 2 else ()


def _asked(title: str, sentence: str, target: Target, chance: random.Random) -> str:
    """The clause that holds the target with a question word in its place, and what says what it is about."""
    marks = [match.end() for match in _CLAUSE.finditer(sentence)]
    begin = max((mark for mark in marks if mark <= target.start), default=0)
    stop = min((mark for mark in marks if mark >= target.end), default=len(sentence))
    if stop - begin < target.end - target.start + 5 or (begin and chance.random() < 0.4):
        begin = max((mark for mark in marks if mark < begin), default=0)
    before = _lightened(sentence[begin : target.start], chance)
    after = _lightened(sentence[target.end : stop].rstrip("，；：。！？!?\n"), chance)
    before = _LINKS.sub("", before)
    if len(before) + len(after) < 4:
        return ""
    question = f"{before}{chance.choice(target.asking)}{after}"
    if any(question.count(left) != question.count(right) for left, right in ("（）", "“”", "「」", "《》")):
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
