"""Two generators as one: a quick one answers first, a larger one explains. Knows no engine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from index.normalize import simplified
from rag.generators import Generator
from rag.prompts import Prompt, Task
from rag.refusal import declines

_EXPLAINING = re.compile(
    "为什么|为何|怎么|怎样|如何|原因|理由|介绍|概括|概述|总结|归纳|简述|说明|解释|比较|区别|异同|差别|关系|影响|意义|特点|流程|步骤"
)


class QuickFirst:
    """``quick`` answers; ``large`` does where it finds nothing, and how, why and summary questions."""

    def __init__(self, quick: Generator, large: Generator) -> None:
        self._quick, self._large = quick, large
        self.follows_instructions = large.follows_instructions

    @property
    def name(self) -> str:
        return f"{self._quick.name}, {self._large.name}"

    def prepare(self) -> None:
        self._quick.prepare()
        self._large.prepare()

    def load(self) -> None:
        self._quick.load()
        self._large.load()

    def fit(self, prompt: Prompt) -> Prompt:
        return self._large.fit(self._quick.fit(prompt))

    def stream(self, prompt: Prompt, stop: threading.Event) -> Iterator[str]:
        if prompt.task is Task.ANSWER and not explains(prompt.question):
            pieces = list(self._quick.stream(prompt, stop))
            if stop.is_set() or not declines("".join(pieces)):
                yield from pieces
                return
        yield from self._large.stream(prompt, stop)


def explains(question: str) -> bool:
    """Whether ``question`` asks for more than a fact: how, why, a comparison or a summary."""
    return bool(_EXPLAINING.search(simplified(question)))
