"""A follow-up question to a question that stands alone, without a language model.

Knows the conversation and what a library calls its subjects, not how anything is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from index.normalize import fold, normalize
from index.numerals import years
from index.tokens import content_words, cut, names, places

_OPENINGS = re.compile(
    r"^(?:那么?|那就|还有|另外|其中|然后|以及|而(?!立|且)|并且|再(?=说|问|讲)|换成|如果是)"
)
_POINTING = re.compile(
    r"它|他(?!国|人|山|乡)|她|这[个些项份家座条次一里儿边]|那[个些项份家座条里儿边]|该"
    r"|其(?!他|它|中|实|余)|上述|上面|前者|后者|此(?:处|地|[外]?项)|这(?=是|与|和)"
)
# Who begins like this asks of all, not of what was spoken about.
_ASKS_FOR_SUBJECT = re.compile(r"^(?:哪[些个家几种位里]|谁|其[他它]|另外|所有|全部|各|一共|总共|什么是)")
_ENDING = re.compile(r"呢[？?。!！]?$")
_CLAUSE = re.compile(r"[，。！？!?；;,]+")
_TURNS = 10  # that are looked back at
_LONGEST_CONTEXT = 200  # characters; a chain of follow-ups grows by each of them

# A title counts for less with every turn since it was named, in an answer, and with every other that was
# named before it in the same breath. Set on half of kdconv_travel_dev, see bench/LOG.md.
_FADING = 0.64
_ANSWER = 0.6
_NEXT = 0.7

# Which of a library's titles a text names, in order.
TitlesIn = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked before, and the text of its answer."""

    question: str
    answer: str = ""


def no_titles(_: str) -> Sequence[str]:
    """For a library whose titles say nothing."""
    return ()


def understand(question: str, history: Sequence[Turn], titles_in: TitlesIn = no_titles) -> str:
    """``question`` as it reads without the conversation. One that stands alone is returned untouched.

    An ellipsis (那株洲呢？ 2021年呢？) becomes the question before with the new place, year or title in it.
    A question that points at something (它, 这里) or names nothing gets the title that the conversation is
    about in front of it, or the question before where no title was named.
    """
    if not history:
        return question
    history = history[-_TURNS:]
    asked, bare = _asked(question), question.strip()[len(_opening(question)) :]
    points = _points(fold(asked)) or bool(_opening(question))
    elliptic = _is_elliptic(question)
    named = bool(titles_in(question) or names(_new(question, history)) or _ASKS_FOR_SUBJECT.search(asked))
    if named and not points and not elliptic:
        return question
    before = _before(history, titles_in) if elliptic or points else ""
    if elliptic and (exchanged := _exchanged(bare, before, titles_in)):
        return exchanged
    goes_on = elliptic and bool(_ENDING.search(fold(question.strip())))
    subject = None if goes_on or (named and not points) else _focus(history, titles_in)
    if subject is not None:
        return f"{subject}：{question.strip()}"
    return f"{before}？{bare}" if before else question


def _before(history: Sequence[Turn], titles_in: TitlesIn) -> str:
    """The last question, as it reads without what was said before it."""
    return (
        understand(history[-1].question, history[:-1], titles_in)
        .strip()
        .rstrip("？?。！!")[-_LONGEST_CONTEXT:]
    )


def _opening(question: str) -> str:
    """What ``question`` continues with (那, 另外), "" where its first word only begins like it: 那曲."""
    match = _OPENINGS.search(fold(question.strip()))
    opening = match.group() if match else ""
    return opening if len(opening) in _ends(fold(question.strip())) else ""


def _points(folded: str) -> bool:
    """Whether a word points at something: 它, but not the middle of 维他命."""
    starts = {0, *_ends(folded)}
    return any(match.start() in starts for match in _POINTING.finditer(folded))


def _ends(folded: str) -> list[int]:
    """Where the words of a text end."""
    return list(accumulate(len(word) for word in cut(folded, guess=False)))


def _is_elliptic(question: str) -> bool:
    """Whether something is left out: it opens or ends like a continuation, and says one thing at most."""
    folded = fold(question.strip())
    said = sum(len(word) > 1 for word in content_words(question))
    return said <= 1 or (said <= 3 and bool(_opening(question) or _ENDING.search(folded)))


def _exchanged(question: str, before: str, titles_in: TitlesIn) -> str | None:
    """The question before with what ``question`` names in the place of its like; None if it has no like."""
    exchanged = before
    for kind in (years, places, names, titles_in):
        new, old = _apart(kind(question), kind(exchanged))
        if len(new) == 1 and len(old) == 1:
            written = _written(new[0], question)
            put = question[slice(*written[0])] if written else new[0]
            for start, end in reversed(_written(old[0], exchanged)):
                exchanged = exchanged[:start] + put + exchanged[end:]
    return f"{exchanged}？" if exchanged != before else None


def _written(name: str, text: str) -> list[tuple[int, int]]:
    """Where ``name``, as it is or in normal form, stands in ``text``."""
    normal = normalize(text)
    return [
        (normal.offsets[match.start()], normal.offsets[match.end() - 1] + 1)
        for match in re.finditer(re.escape(fold(name)), normal.text)
    ]


def _apart(new: Sequence[str] | set[str], old: Sequence[str] | set[str]) -> tuple[list[str], list[str]]:
    return [each for each in new if each not in old], [each for each in old if each not in new]


def _asked(question: str) -> str:
    """The last clause: what is asked. People say 好的 or repeat the answer before it."""
    clauses = [clause for clause in _CLAUSE.split(question) if clause]
    return clauses[-1] if clauses else question


def _new(question: str, history: Sequence[Turn]) -> str:
    """The clauses of ``question`` that do not only repeat what was answered."""
    said = fold(history[-1].answer)
    return "，".join(clause for clause in _CLAUSE.split(question) if fold(clause) not in said)


def _focus(history: Sequence[Turn], titles_in: TitlesIn) -> str | None:
    """The title that the conversation is about, None if it names none."""
    weights: dict[str, float] = {}
    for age, turn in enumerate(reversed(history)):
        for text, weight in ((turn.answer, _ANSWER), (turn.question, 1.0)):
            for place, title in enumerate(dict.fromkeys(titles_in(text))):
                weights[title] = weights.get(title, 0.0) + weight * _FADING**age * _NEXT**place
    return max(weights, key=weights.__getitem__) if weights else None
