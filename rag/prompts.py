"""Every prompt. What goes in is a Prompt; how it is laid out for each kind of model is decided here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from rag.form import Length


class Task(Enum):
    """What a model is to do with the evidence."""

    ANSWER = "answer"
    JUDGE = "judge"  # say whether the evidence is about what was asked


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question and the source sentences to answer it from, best understood in this order.

    ``importance`` ranks the evidence, most important first, for models that cannot read all of it.
    ``questions`` are those that were asked in one go, where there are several.
    """

    question: str
    evidence: tuple[str, ...]
    importance: tuple[int, ...]
    task: Task = Task.ANSWER
    length: Length = Length.NORMAL
    questions: tuple[str, ...] = ()

    def without_least_important(self) -> Prompt:
        """The same prompt with one evidence sentence less."""
        least = self.importance[-1]
        return replace(
            self,
            evidence=tuple(text for index, text in enumerate(self.evidence) if index != least),
            importance=tuple(index - (index > least) for index in self.importance[:-1]),
        )


# Short on purpose: told to cite and to refuse, a 1.5B model answers fewer questions, not better ones
# (bench/LOG.md).
_SYSTEM = "你是严谨的中文资料问答助手，只根据给出的资料回答。"
# "Every point asked" is what makes a two-part question get two answers, "copy" what keeps ranges and units
# whole. The judge's question is the only one of three that a 1.5B model answers better than a coin;
# bench/LOG.md has them all.
_ANSWERING = {
    Length.SHORT: "只用最短的词语或数字回答，照抄资料原文。",
    Length.NORMAL: "请用一两句完整的话回答，逐一回答问到的每一点，数字和名称照抄资料原文。",
    Length.LONG: "请详细回答，把资料里和问题有关的每一点都说到，数字和名称照抄资料原文。",
}
_JUDGING = "资料说的对象、年份、地点和问题问的完全一致吗？能直接回答吗？只回答“能”或“不能”。"


def chat_messages(prompt: Prompt) -> list[dict[str, str]]:
    """For models that follow instructions. What two tasks share comes first, so that engines read it once."""
    sentences = "\n".join(
        f"- {text}" for text in prompt.evidence
    )  # numbered, they mix with numbers in the text
    wanted = _JUDGING if prompt.task is Task.JUDGE else _ANSWERING[prompt.length]
    return [
        {"role": "system", "content": _SYSTEM},
        {
            "role": "user",
            "content": f"资料：\n{sentences}\n\n问题：{_asked(prompt)}\n{wanted}",
        },
    ]


def _asked(prompt: Prompt) -> str:
    """Several questions as a list: unnumbered, a small model answers one of them."""
    listed = "".join(f"\n{number}. {each}" for number, each in enumerate(prompt.questions, 1))
    return listed or prompt.question


def seq2seq_input(prompt: Prompt) -> str:
    """For encoder-decoder models, which read one text."""
    return f"问题：{prompt.question}\n资料：{''.join(prompt.evidence)}"
