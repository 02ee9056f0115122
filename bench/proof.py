"""Whether the proof catches a wrong number: answers made of source sentences, right ones and altered ones.

    python -m bench.proof DATA/cmrc2018_dev/corpus.jsonl            300 of each kind

An altered answer that is still supported is a wrong figure with a citation; a right one that is not is
marked without reason. Each answer is proven against all sentences of its paragraph.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import cn2an

from index.chunking import split_sentences
from index.numerals import Quantity, quantities
from index.tokens import tagged
from index.types import DocumentInfo
from rag.citations import prove
from rag.evidence import Evidence

Alter = Callable[[str, Sequence[str], random.Random], str | None]

_DOCUMENT = DocumentInfo("d", "", ("d.txt",), "utf-8", 1.0, 0, 1, "")
_LONGEST = 80  # characters of a sentence that an answer might be
_DIGITS = "零一二三四五六七八九"
_NO_SENTENCE = re.compile(r"\||^\s*\d+[.、)）]")  # rows of tables, and items whose number counts them
_OTHER_UNITS = {
    "年": "天",
    "天": "年",
    "小时": "天",
    "公里": "米",
    "米": "公里",
    "公斤": "吨",
    "吨": "公斤",
    "元": "美元",
}
_UNIT = re.compile("|".join(_OTHER_UNITS) + r"(?![代级度])")
_NEGATIONS = ("不", "未", "没有", "没", "不会", "不得", "并未", "无法", "不能")
_YEAR_OR_SHARE = re.compile(r"[12]\d{3}|\d{1,2}%")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.proof", description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a corpus.jsonl")
    parser.add_argument("--each", type=int, default=300)
    parser.add_argument("--show", type=int, default=0, help="of each kind, so many that went wrong")
    arguments = parser.parse_args()
    texts = [json.loads(line)["text"] for line in arguments.corpus.open(encoding="utf-8")]
    for name, (alter, is_right) in KINDS.items():
        chance = random.Random(2026)
        shuffled = chance.sample(texts, len(texts))
        wrong, count = [], 0
        for answer, original, supported in tried(shuffled, alter, chance):
            count += 1
            if supported != is_right:
                wrong.append((answer, original))
            if count == arguments.each:
                break
        verdict = "marked without reason" if is_right else "not caught"
        print(f"{name:34} {verdict}: {len(wrong)} of {count}", flush=True)
        for answer, original in wrong[: arguments.show]:
            print(f"    {original}\n -> {answer}")


def tried(texts: Sequence[str], alter: Alter, chance: random.Random) -> Iterator[tuple[str, str, bool]]:
    """An altered sentence of each text that has one, the sentence, and whether it is supported."""
    for text in texts:
        sentences = [text[span.start : span.end] for span in split_sentences(text)]
        for place in chance.sample(range(len(sentences)), len(sentences)):
            original = sentences[place]
            if len(original) > _LONGEST or not quantities(original) or _NO_SENTENCE.search(original):
                continue
            altered = alter(original, sentences[:place] + sentences[place + 1 :], chance)
            if altered is not None:
                yield altered, original, _is_supported(altered, text)
                break


def _is_supported(answer: str, text: str) -> bool:
    evidence = [
        Evidence(_DOCUMENT, span.start, span.end, text[span.start : span.end], 1.0, around=text)
        for span in split_sentences(text)
    ]
    proof = prove(answer, "", evidence, lambda words: [1.0] * len(words))
    return all(sentence.supported for sentence in proof.sentences)


def _as_it_is(sentence: str, _: Sequence[str], __: random.Random) -> str:
    return sentence


def _in_numerals(sentence: str, _: Sequence[str], chance: random.Random) -> str | None:
    """A year or a percentage in Chinese numerals."""
    found = [each for each in quantities(sentence) if _YEAR_OR_SHARE.fullmatch(_said(sentence, each))]
    if not found:
        return None
    chosen = chance.choice(found)
    said = _said(sentence, chosen)
    if said.endswith("%"):
        return _with(sentence, chosen, "百分之" + cn2an.an2cn(said[:-1]))
    return _with(sentence, chosen, cn2an.an2cn(said, "direct"))


def _nearby(sentence: str, others: Sequence[str], chance: random.Random) -> str | None:
    """A number that stands in none of the sentences."""
    chosen = chance.choice(quantities(sentence))
    known = {each.value for text in (sentence, *others) for each in quantities(text)}
    digits = [
        place for place in range(chosen.start, chosen.end) if sentence[place] in "0123456789" + _DIGITS[1:]
    ]
    for place in chance.sample(digits, len(digits)):
        row = "0123456789" if sentence[place].isdecimal() else _DIGITS[1:]
        other = row[(row.index(sentence[place]) + 1) % len(row)]
        altered = sentence[:place] + other + sentence[place + 1 :]
        if {each.value for each in quantities(altered)} - known:
            return altered
    return None


def _of_another(sentence: str, others: Sequence[str], chance: random.Random) -> str | None:
    """A number of another sentence, with the same unit."""
    chosen = chance.choice(quantities(sentence))
    known = {each.value for each in quantities(sentence)}
    found = [
        _said(text, each)
        for text in others
        for each in quantities(text)
        if each.value not in known and text[each.end : each.end + 1] == sentence[chosen.end : chosen.end + 1]
    ]
    return _with(sentence, chosen, chance.choice(found)) if found else None


def _exchanged(sentence: str, _: Sequence[str], chance: random.Random) -> str | None:
    """Two numbers of the sentence, in each other's place."""
    found = quantities(sentence)
    pairs = [
        (one, two)
        for place, one in enumerate(found)
        for two in found[place + 1 :]
        if one.value != two.value and sentence[one.end : one.end + 1] == sentence[two.end : two.end + 1]
    ]
    if not pairs:
        return None
    one, two = chance.choice(pairs)
    return _with(_with(sentence, two, _said(sentence, one)), one, _said(sentence, two))


def _other_scale(sentence: str, _: Sequence[str], chance: random.Random) -> str | None:
    """A percentage without its sign, 万 for 亿."""
    found = [each for each in quantities(sentence) if _said(sentence, each)[-1] in "%万亿"]
    if not found:
        return None
    chosen = chance.choice(found)
    said = _said(sentence, chosen)
    return _with(sentence, chosen, said[:-1] + {"%": "", "万": "亿", "亿": "万"}[said[-1]])


def _other_unit(sentence: str, _: Sequence[str], chance: random.Random) -> str | None:
    """天 for 年, 公里 for 米 and the like."""
    found = [each for each in quantities(sentence) if _UNIT.match(sentence, each.end)]
    if not found:
        return None
    match = _UNIT.match(sentence, chance.choice(found).end)
    assert match is not None
    return sentence[: match.start()] + _OTHER_UNITS[match.group()] + sentence[match.end() :]


def _turned_over(sentence: str, _: Sequence[str], chance: random.Random) -> str | None:
    """不, 未 or 没有 before a verb of two characters, left out."""
    cut = tagged(sentence)
    found = [
        place
        for place, ((word, _tag), (_word, tag)) in enumerate(pairwise(cut))
        if word in _NEGATIONS and tag.startswith("v") and len(_word) > 1
    ]
    if not found:
        return None
    left_out = chance.choice(found)
    return "".join(word for place, (word, _tag) in enumerate(cut) if place != left_out)


def _said(text: str, quantity: Quantity) -> str:
    return text[quantity.start : quantity.end]


def _with(text: str, quantity: Quantity, said: str) -> str:
    return text[: quantity.start] + said + text[quantity.end :]


KINDS: dict[str, tuple[Alter, bool]] = {
    "right, as it is": (_as_it_is, True),
    "right, in Chinese numerals": (_in_numerals, True),
    "a number that stands nowhere": (_nearby, False),
    "a number of another sentence": (_of_another, False),
    "two numbers exchanged": (_exchanged, False),
    "another scale": (_other_scale, False),
    "another unit": (_other_unit, False),
    "a negation left out": (_turned_over, False),
}


if __name__ == "__main__":
    main()
