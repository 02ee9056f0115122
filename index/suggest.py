"""Words and synonyms that a library's own texts suggest. Knows texts and terms, neither index nor store.

Words: neighbouring words of jieba's that stand together far more often than by chance, and freely among
others (Matrix67's measure of 2012: cohesion and freedom). Synonyms: what a text itself gives a short name, as
全称（以下简称简称） and 全称（ABBR） do.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.normalize import is_han, simplified
from index.query import bounded
from index.terms import Terms
from index.tokens import STOP_WORDS, cut, search_text

_SHORTEST, _LONGEST = 2, 8  # characters of a Chinese word
_LONGEST_MIXED = 16  # of one with Latin letters in it
_MOST_PIECES = 6  # words of jieba's in one
_LEAST_COUNT = 3
_LEAST_COHESION = 2.5  # natural logarithm: 12 times as often as by chance
_LEAST_FREEDOM = 0.7  # natural logarithm: as free as among two equally frequent neighbours
_LONGEST_NAME = 30  # characters of a name that is given a short one

_HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
_PIECE = re.compile(rf"{_HAN}+|[0-9a-z]+(?:[.\-&][0-9a-z]+)*")
# A word hardly begins or ends with one of these, though many words hold them.
_LOOSE = frozenset(
    """
    们 着 过 来 去 上 下 中 内 外 前 后 时 年 月 日 元 个 名 位 次 家 件 项 条 多 少 大 小 新 该 此 本 每
    各 已 曾 将 则 即 却 仍 使 让 给 用 按 据 经 至 比 当 如 若 因 故 第 万 亿 千 百 十 一 二 三 四 五 六 七
    八 九 两 不 没 无 未 非 并 且 或 其 之 者 得 地 我 您 里 做 说 看 想 属 称 请 问 再 又 才 需 需要 应当
    应该 必须 进行 通过 根据 依据 按照 由于 以上 以下 之间 之后 之前 同时 目前 已经 成为 作为 成立 发布 印发
    关于 随着 随著 其中 公布 制定 现将 此前 以下简称 简称 下称 我国 使用 采用 提出 包含 没有 可能 方面 情况
    """.split()
)
_JOINING = frozenset("和与及")
_IN_NAMES = frozenset("中大小新")
_QUOTED = "[\"“”「」『』《》'‘’]?"
_SHORT = re.compile(
    rf"(?P<quoted>《[^《》\n]{{2,{_LONGEST_NAME}}}》)?[（(](?:以下|下文)?(?:简称|下称|以下称|统称|又称|也称|又名|亦称)"
    rf"(?:为|作)?[:：]?{_QUOTED}(?P<short>[^（）()\n,，;；、。\"“”「」『』《》'‘’]{{2,12}}){_QUOTED}[）)]"
)
_LATIN_SHORT = re.compile(
    r"(?P<han>[\u3400-\u9fff])[（(]"
    r"(?:(?P<english>[A-Za-z][A-Za-z \-]{3,60}?)\s*[,，;；、]\s*(?:简称|缩写为?)?)?"
    r"(?P<short>[A-Z](?=[A-Za-z]*[A-Z])[A-Za-z0-9&]{1,9})[）)]"
)


@dataclass(frozen=True, slots=True)
class WordCandidate:
    """A word that the dictionary may want. ``line`` is in the form of its file.

    ``cohesion`` is the pointwise mutual information of the parts it most likely falls into, ``freedom`` the
    smaller entropy of its left and right neighbours; both in nats.
    """

    text: str
    count: int
    cohesion: float
    freedom: float

    @property
    def line(self) -> str:
        """Without a frequency: that is how jieba keeps a word together."""
        return self.text

    @property
    def score(self) -> float:
        return math.log(1 + self.count) * self.cohesion * self.freedom


@dataclass(frozen=True, slots=True)
class SynonymCandidate:
    """Spellings that a text says are the same, ``count`` times.

    It is ``told`` where the text says so in words or gives the long form in both languages.
    """

    spellings: tuple[str, ...]
    count: int
    told: bool

    @property
    def line(self) -> str:
        return " = ".join(self.spellings)


def suggest_words(texts: Sequence[str], terms: Terms, most: int) -> list[WordCandidate]:
    """At most ``most`` candidates for the dictionary, best first; none that ``terms`` or jieba know."""
    runs = [run for text in texts for run in _runs(search_text(text))]
    counts = _counts(runs)
    known = {word.text for word in terms.words} | {each for line in terms.synonyms for each in line}
    asked = {
        pieces
        for pieces, count in counts.items()
        if len(pieces) > 1 and count >= _LEAST_COUNT and _may_be_word(pieces) and "".join(pieces) not in known
    }
    total = sum(map(len, runs))
    cohesion = {pieces: _cohesion(pieces, counts, total) for pieces in asked}
    asked = {pieces for pieces in asked if cohesion[pieces] >= _LEAST_COHESION}
    freedom = _freedom(runs, asked)
    found = [
        WordCandidate("".join(pieces), counts[pieces], cohesion[pieces], freedom[pieces])
        for pieces in asked
        if freedom[pieces] >= _LEAST_FREEDOM
    ]
    found.sort(key=lambda each: (-each.score, each.text))
    best: dict[str, WordCandidate] = {}
    for each in found:  # two cuts of one word: the better one
        best.setdefault(each.text, each)
    return [_as_written(each, texts) for each in [*best.values()][:most]]


def suggest_synonyms(texts: Iterable[str], terms: Terms, most: int) -> list[SynonymCandidate]:
    """At most ``most`` short names that ``texts`` define, most frequent first, none that ``terms`` know."""
    named: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for text in texts:
        for name, *others, short in _definitions(text):
            named[short][(name, *others, short)] += 1
    known = {frozenset(line) for line in terms.synonyms}
    found = []
    for spelled in named.values():
        spellings = _common(list(spelled))
        if spellings is None or any({*map(search_text, spellings)} <= line for line in known):
            continue
        told = len(spellings) > 2 or not spellings[-1].isascii()
        found.append(SynonymCandidate(spellings, sum(spelled.values()), told))
    return sorted(found, key=lambda each: (-each.count, not each.told, each.line))[:most]


def _runs(searched: str) -> Iterator[tuple[str, ...]]:
    """The stretches of ``searched`` between punctuation, spaces and numbers, each in words of jieba's."""
    run: list[str] = []
    end = 0
    for match in _PIECE.finditer(searched):
        if match.start() != end and run:
            yield tuple(run)
            run = []
        end = match.end()
        if is_han(match.group()[0]):
            run += cut(match.group(), guess=False)
        elif any(map(str.isalpha, match.group())):
            run.append(match.group())
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _counts(runs: Sequence[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """How often each sequence of up to _MOST_PIECES pieces occurs.

    A longer one is counted only where both of those one piece shorter are frequent, which bounds memory.
    """
    counts: Counter[tuple[str, ...]] = Counter((piece,) for run in runs for piece in run)
    shorter = {pieces for pieces, count in counts.items() if count >= _LEAST_COUNT}
    for length in range(2, _MOST_PIECES + 1):
        longer: Counter[tuple[str, ...]] = Counter()
        for run in runs:
            frequent = [run[start : start + length - 1] in shorter for start in range(len(run) - length + 2)]
            longer.update(
                run[start : start + length]
                for start in range(len(run) - length + 1)
                if frequent[start] and frequent[start + 1]
            )
        shorter = {pieces for pieces, count in longer.items() if count >= _LEAST_COUNT}
        counts.update({pieces: longer[pieces] for pieces in shorter})
    return counts


def _may_be_word(pieces: tuple[str, ...]) -> bool:
    text = "".join(pieces)
    loose = any(piece in STOP_WORDS or piece in _LOOSE for piece in (pieces[0], pieces[-1]))
    inside = any(piece in STOP_WORDS for piece in pieces[1:-1])
    if loose or inside or not any(map(is_han, text)):
        return False
    longest = _LONGEST if all(map(is_han, text)) else _LONGEST_MIXED
    return _SHORTEST <= len(text) <= longest and len(cut(text, guess=False)) > 1


def _cohesion(pieces: tuple[str, ...], counts: Counter[tuple[str, ...]], total: int) -> float:
    """The logarithm of p(pieces) / p(left) p(right), for the likeliest cut by chance."""
    return min(
        math.log(counts[pieces] * total / (counts[pieces[:cut_at]] * counts[pieces[cut_at:]]))
        for cut_at in range(1, len(pieces))
    )


def _freedom(runs: Sequence[tuple[str, ...]], asked: set[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """The smaller entropy of the neighbours on both sides; each end of a run is a neighbour of its own."""
    left: dict[tuple[str, ...], Counter[object]] = {pieces: Counter() for pieces in asked}
    right: dict[tuple[str, ...], Counter[object]] = {pieces: Counter() for pieces in asked}
    for number, run in enumerate(runs):
        for length in range(2, min(_MOST_PIECES, len(run)) + 1):
            for start in range(len(run) - length + 1):
                pieces = run[start : start + length]
                if pieces in asked:
                    left[pieces][run[start - 1] if start else number] += 1
                    right[pieces][run[start + length] if start + length < len(run) else number] += 1
    return {pieces: min(_entropy(left[pieces]), _entropy(right[pieces])) for pieces in asked}


def _entropy(counts: Counter[object]) -> float:
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values())


def _as_written(candidate: WordCandidate, texts: Sequence[str]) -> WordCandidate:
    """With the capitals that its Latin letters have in the first text that holds it."""
    if candidate.text.isascii() or all(map(is_han, candidate.text)):
        return candidate
    pattern = re.compile(bounded(candidate.text), re.IGNORECASE)
    found = next(filter(None, (pattern.search(text) for text in texts)), None)
    text = found.group() if found else candidate.text
    return WordCandidate(text, candidate.count, candidate.cohesion, candidate.freedom)


def _definitions(text: str) -> Iterator[tuple[str, ...]]:
    """(full name, ..., short name) of each place of ``text`` that defines one."""
    simple = simplified(text)  # the same characters at the same places
    for match in _SHORT.finditer(simple):
        short = text[slice(*match.span("short"))].strip()
        if not short:
            continue  # a form with a blank to fill in
        quoted = text[slice(*match.span("quoted"))] if match["quoted"] else ""
        name = quoted[1:-1] or _name_before(text[: match.start()], _holding(short))
        if name and search_text(name) != search_text(short):
            yield name, short
    for match in _LATIN_SHORT.finditer(text):
        if name := _name_before(text[: match.end("han")], _alone):
            english = (match["english"] or "").strip()
            yield tuple(filter(None, (name, english, match["short"])))


def _name_before(text: str, choose: Callable[[list[str]], str]) -> str:
    """The name that ends where ``text`` ends: ``choose`` of the words back to a mark or a loose word."""
    run = re.search(rf"(?:{_HAN}|[A-Za-z0-9·]){{2,{_LONGEST_NAME}}}$", text[-_LONGEST_NAME:])
    if run is None:
        return ""
    kept: list[str] = []
    for word in reversed(cut(run.group(), guess=True)):
        plain = simplified(word)
        if (plain in STOP_WORDS and plain not in _JOINING) or plain in _LOOSE - _IN_NAMES:
            break
        kept.insert(0, word)
    while kept and simplified(kept[0]) in _JOINING:
        del kept[0]
    return choose(kept)


def _holding(short: str) -> Callable[[list[str]], str]:
    """Of words, those from the first on with the first character of ``short``, if its others follow."""

    def choose(words: list[str]) -> str:
        for start, word in enumerate(words):
            name = "".join(words[start:])
            if short[0] in word and len(name) > len(short) and _in_order(short, name):
                return name
        return "".join(words)

    return choose


def _alone(words: list[str]) -> str:
    name = "".join(words)
    return name if len(name) > 2 and is_han(name[0]) and not any(map(str.isdecimal, name)) else ""


def _in_order(short: str, name: str) -> bool:
    rest = iter(name)
    return all(character in rest for character in short)


def _common(spelled: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The definitions of one short name as one: the shortest name if all end with it; None if they differ."""
    shortest = min(spelled, key=lambda each: len(each[0]))
    if not all(each[0].endswith(shortest[0]) for each in spelled):
        return None
    english = next((each[1] for each in spelled if len(each) > 2), None)
    return (shortest[0], english, shortest[-1]) if english else (shortest[0], shortest[-1])
