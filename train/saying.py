"""A question and its answer to a short sentence: 馆长哪一年出生？ and 1919年 become 馆长1919年出生。

What was asked for is put where the question asks. Where that would not read well, the answer stands alone.
"""

from __future__ import annotations

import re

NO_ANSWER = "资料里没有提到。"

_LONG = 24  # characters; a longer answer is a clause of its own
_REPEATED = 4  # characters that answer and question share when the answer says the question again
_ASKING = {
    "why": r"(?:是)?(?:为什么|为何)(?:会|要|能|被)?",
    "time": r"(?:什么时候|什么时间|什么年代|何时|何年|哪一?年|哪一?天|哪个月|几时|几月几[日号])",
    "who": r"(?:谁|什么人|哪位[\u4e00-\u9fff]{0,4}?(?=[，]|$)|何人|哪个人)",
    "where": r"(?:哪里|哪儿|什么地方|何处|何地)",
    "amount": r"(?:多少|几)(?P<unit>[\u4e00-\u9fff]?)",
    "what": r"(?:哪一?[个家所座支种部条位次届类项款只本首张场颗]|什么|哪些|有何)"
    r"[\u4e00-\u9fff]{0,6}?(?=[，的]|$)",
}
_ASKED = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _ASKING.items()))
_PURPOSE = re.compile(r"(?:是|专门|主要)$")
_CAUSE = re.compile("^(?:主要)?(?:是因为|因为|由于|因)")
_LINKS = "在于由是有为"
_EDGES = " \u3000。，；、,;：:"


def sentence(question: str, answer: str) -> str:
    """``answer`` as a sentence that says what ``question`` asks; it holds the answer's own characters."""
    asked = question.strip().rstrip("？?。 ").rstrip("呢吗")
    answer = answer.strip(_EDGES)
    alone = f"{answer}。"
    found = list(_ASKED.finditer(asked))
    if len(found) != 1:
        return alone
    match = found[0]
    before, after = asked[: match.start()], asked[match.end() :]
    if _says_again(answer, before, after):
        return alone
    if match["why"]:
        if _PURPOSE.search(before) or after.startswith(("而", "的")):
            return alone
        return f"{before}{after}，是因为{_CAUSE.sub('', answer)}。"
    if len(answer) > _LONG and after:
        return alone
    if match["amount"]:
        unit = match["unit"]
        after = unit + after if unit in answer or answer[-1:].isdigit() else after
    return f"{_met(_met(before, answer, _LINKS), after)}。"


def _met(text: str, other: str, least: str = "") -> str:
    """Both in a row; what the one ends and the other begins with stands once.

    One character alone meets only where it is among ``least``, if any are named.
    """
    for length in range(min(len(text), len(other)), 0, -1):
        met = other[:length]
        if text.endswith(met) and (length > 1 or not least or met in least):
            return text + other[length:]
    return text + other


def _says_again(answer: str, before: str, after: str) -> bool:
    """Whether the answer is a clause that repeats what the question says."""
    parts = [part[start : start + _REPEATED] for part in (before, after) for start in range(len(part))]
    return any(len(part) == _REPEATED and part in answer for part in parts) or (
        len(after) >= 2 and answer.endswith(after)
    )
