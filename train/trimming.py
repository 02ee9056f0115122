"""The part of a reference answer that answers: 于1919年6月15日出生 is 1919年6月15日 when asked when.

References of reading comprehension sets are often whole clauses that repeat the question. Knows no model.
"""

from __future__ import annotations

import re

from index.tokens import tagged

DATE = re.compile(
    r"(?:公元前?|西元前?|民国)?(?:\d{1,4}|[〇零一二三四五六七八九十]{2,4})年(?:代|底|初|末|春|夏|秋|冬)?"
    r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})?(?:月(?:份|底|初)?)?(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号])?"
    r"|(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号])?"
    r"|(?:公元前?)?\d{1,2}世纪(?:\d{2}年代|初|末|中叶|中期|后期|前期)?"
)
_NUMBER = re.compile(
    r"(?:约|近|超过|大约)?(?:\d[\d,.]*|[〇零一二三四五六七八九十百千两]+)(?:多|余)?[万亿千百]*(?:多|余)?[%％]?"
)
_TITLED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|『[^』]*』|（[^）]*）")
_RANGE = re.compile(r"[至到~～\-－—–和及]")
_WHEN = re.compile(r"哪一?年|何年|哪一?天|何时|什么时候|什么时间|哪个时候|几时|哪个月|几月")
_HOW_MANY = re.compile(r"多少|几(?=[个人名次座位岁种场部家年天])|第几")
_ASKING = re.compile(r"什么|哪|谁|何|多少|几|怎么|怎样|如何")
_FUNCTION = frozenset(
    """
    于 在 是 为 被 由 有 以 和 从 即 叫 因 其 他 她 它 该 则 也 而 并 这 此 与 及 的 了 ， 、 ； ： 。
    因为 由于 位于 叫做 称为 是因为 主要 他们 她们 它们 分别 分别是 分别为 就是 便是 乃是 而是 都是 也是 是由
    主要是 主要有
    """.split()
)
_AFTER = frozenset("的 了 ， 、 ； ： 。 时 等 而 为主 时候 之后".split())


# Asked so, an answer has at most so many characters, or it says more than was asked. The first that fits.
_LONGEST = tuple(
    (re.compile(asking), longest)
    for asking, longest in (
        (r"谁|何人|哪位|哪个人", 12),
        (_WHEN.pattern, 14),
        (r"多少|几[个人名次座位岁种场年天]|多[大长高久远]|第几", 12),
        (r"哪里|哪儿|何[处地]|什么地方|哪个?[国城省市]", 18),
        (r"为什么|为何|原因", 40),
        (r"怎样|如何|怎么", 50),
        (r"哪些", 60),
        (r"哪", 16),
        (r"", 24),
    )
)


def is_to_the_point(question: str, answer: str) -> bool:
    """Whether ``answer`` is no longer than answers to such questions are."""
    return len(answer) <= next(longest for asking, longest in _LONGEST if asking.search(question))


def trimmed(question: str, answer: str) -> tuple[int, int]:
    """Where in ``answer`` the answer to ``question`` begins and ends; all of it when nothing can go."""
    start, end = _without_the_question(question, answer)
    if len(_ASKING.findall(question)) == 1:
        if _WHEN.search(question):
            return _only(DATE, answer, start, end)
        if asked := _HOW_MANY.search(question):
            return _amount(question[asked.end() :], answer, start, end)
    return start, end


def _without_the_question(question: str, answer: str) -> tuple[int, int]:
    """Small words at both ends, and words that the question has said, are not the answer.

    What goes in front ends with a small word or a verb (于, 日照计是), else it may be half a name;
    what goes behind is a verb, for 大学 behind a name belongs to it though the question says it too.
    """
    whole = [match.span() for pattern in (DATE, _NUMBER, _TITLED) for match in pattern.finditer(answer)]
    words = tagged(answer)
    starts = [sum(len(word) for word, _ in words[:place]) for place in range(len(words) + 1)]
    first, last = 0, len(words)
    for place, (word, tag) in enumerate(words):
        small = word in _FUNCTION
        if not (small or (len(word) > 1 and word in question and not word.isdigit())):
            break
        first = place + 1 if small or tag == "v" else first
    while last > first and (
        words[last - 1][0] in _AFTER
        or (len(words[last - 1][0]) > 1 and words[last - 1][1] == "v" and words[last - 1][0] in question)
    ):
        last -= 1
    start, end = starts[first], starts[last]
    for begin, stop in whole:
        start = begin if begin < start < stop else start
        end = stop if begin < end < stop else end
    return (start, end) if end - start >= 2 or answer[start:end].isdigit() else (0, len(answer))


def _only(pattern: re.Pattern[str], answer: str, start: int, end: int) -> tuple[int, int]:
    """The one match, unless it is an end of a range."""
    found = [
        match.span() for match in pattern.finditer(answer) if match.end() > start and match.start() < end
    ]
    if len(found) != 1:
        return start, end
    begin, stop = found[0]
    return (
        (start, end)
        if _RANGE.search(answer[max(0, begin - 2) : begin] + answer[stop : stop + 2])
        else found[0]
    )


def _amount(after: str, answer: str, start: int, end: int) -> tuple[int, int]:
    """The one number of the answer, with the unit that follows it."""
    dates = [match.span() for match in DATE.finditer(answer)]
    numbers = [
        match.span()
        for match in _NUMBER.finditer(answer, start, end)
        if not any(a <= match.start() < b for a, b in dates)
    ]
    if len(numbers) != 1 or _RANGE.search(answer[max(0, numbers[0][0] - 2) : numbers[0][0]]):
        return start, end
    begin, stop = numbers[0]
    begin -= answer[:begin].endswith("第")
    for word, tag in tagged(answer[stop:end]):
        last = stop + len(word) == end and tag[:1] in ("n", "e")  # 11,214人, 24队
        if not (tag in ("q", "m") or after.startswith(word) or last):
            break
        stop += len(word)
    return begin, stop
