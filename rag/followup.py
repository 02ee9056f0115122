"""A follow-up question to a question that stands alone, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.normalize import fold
from index.tokens import content_words

_OPENINGS = re.compile(r"^(?:那么?|那就|还有|另外|其中|然后|以及|而|并且|再|换成|如果是)")
_POINTING = re.compile(
    r"它|(?<!其)他(?!国|人|山|乡)|她|这[个些项份家座条次一]|那[个些项份家座条次]|该|其(?!他|它|中|实|余)|上述|上面|前者|后者|此[外]?项|这里|那里|这(?=是|与|和)"
)
_LONGEST_CONTEXT = 200  # characters; a chain of follow-ups grows by each of them
_ENDING = re.compile(r"呢[？?。!！]?$")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before, as it was understood, and the text of its answer."""

    question: str
    answer: str = ""


def understand(question: str, history: Sequence[Turn]) -> str:
    """``question`` as it reads without the conversation. One that stands alone is returned untouched.

    A question leans on the one before when it opens like a continuation, points at something (它, 该, 其),
    ends in 呢, or holds at most one word of its own. Then the question before is put in front of it.
    """
    if not history or not _leans(question):
        return question
    before = history[-1].question.strip().rstrip("？?。！!")[-_LONGEST_CONTEXT:]
    return f"{before}？{_OPENINGS.sub('', question.strip())}"


def _leans(question: str) -> bool:
    folded = fold(question.strip())
    return bool(
        _OPENINGS.search(folded)
        or _POINTING.search(folded)
        or _ENDING.search(folded)
        or sum(len(word) > 1 for word in content_words(question)) <= 1
    )
