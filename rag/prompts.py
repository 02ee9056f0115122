"""Every prompt. What goes in is a Prompt; how it is laid out for each kind of model is decided here."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question and the source sentences to answer it from, best understood in this order.

    ``importance`` ranks the evidence, most important first, for models that cannot read all of it.
    """

    question: str
    evidence: tuple[str, ...]
    importance: tuple[int, ...]

    def without_least_important(self) -> Prompt:
        """The same prompt with one evidence sentence less."""
        least = self.importance[-1]
        return replace(
            self,
            evidence=tuple(text for index, text in enumerate(self.evidence) if index != least),
            importance=tuple(index - (index > least) for index in self.importance[:-1]),
        )


# Short on purpose: told to cite and to refuse, a 1.5B model answers fewer questions, not better ones (bench/LOG.md).
_SYSTEM = "你是严谨的中文资料问答助手，只根据给出的资料回答。"
_INSTRUCTION = "请根据资料直接回答问题，用资料中的原词，写出问到的每一项，不要补充别的内容。"


def chat_messages(prompt: Prompt) -> list[dict[str, str]]:
    """For models that follow a conversation. The fixed part comes first, so that engines can keep it."""
    sentences = "\n".join(f"{number}. {text}" for number, text in enumerate(prompt.evidence, start=1))
    return [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": f"资料：\n{sentences}\n\n问题：{prompt.question}\n{_INSTRUCTION}"},
    ]


def seq2seq_input(prompt: Prompt) -> str:
    """For encoder-decoder models, which read one text."""
    return f"问题：{prompt.question}\n资料：{''.join(prompt.evidence)}"
