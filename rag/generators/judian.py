"""Judian's own seq2seq: the reader and a decoder beside it. It mostly copies, and knows from where."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.compiled import TOKENIZER
from index.normalize import simplified, traditional
from rag.errors import GeneratorUnavailableError
from rag.generators import Copied
from rag.prompts import Prompt
from rag.reader import FILES, SPEAKING, Joined, joined, verify

_MOST_TOKENS = 512
_AROUND = 5  # tokens: the beginning, and the ends of the parts
_WORD_START = "▁"


class JudianGenerator:
    """The seq2seq in ``folder``, where the reader lies too."""

    name = "judian-s2s"
    follows_instructions = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: tuple[Any, Any] | None = None
        self._loading = threading.Lock()
        self._generating = threading.Lock()

    def prepare(self) -> None:
        return None

    def load(self) -> None:
        self._model_and_tokenizer()

    def fit(self, prompt: Prompt) -> Prompt:
        _, tokenizer = self._model_and_tokenizer()
        while prompt.evidence and _tokens(tokenizer, prompt) > _MOST_TOKENS:
            prompt = prompt.without_least_important()
        return prompt

    def stream(self, prompt: Prompt, stop: threading.Event) -> Iterator[str]:
        """Pieces of the answer; those that stand in a sentence of the evidence are Copied."""
        import torch

        model, tokenizer = self._model_and_tokenizer()
        source = _Source(tokenizer, prompt)
        before: int | None = None
        begun = False
        ids = torch.tensor([source.parts.ids])
        mask = torch.ones_like(ids)
        with self._generating:
            read = model.encoder(ids, mask).last_hidden_state
            for piece, place in model.tokens(read, mask):
                if stop.is_set():
                    return
                text, sentence = source.said(str(tokenizer.id_to_token(piece)), place, before)
                before = place
                text = text if begun else text.lstrip()
                if text:
                    begun = True
                    yield text if sentence is None else Copied.of(text, sentence)

    def _model_and_tokenizer(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                import torch
                from tokenizers import Tokenizer
                from transformers import AutoModelForSeq2SeqLM
                from transformers.utils import logging

                import rag.generators.copying  # noqa: F401  registers the model

                verify(self._folder, (*FILES, *SPEAKING))
                logging.disable_progress_bar()
                try:
                    model = AutoModelForSeq2SeqLM.from_pretrained(
                        self._folder, local_files_only=True, dtype=torch.float32
                    ).eval()
                except (OSError, ValueError, KeyError) as error:
                    raise GeneratorUnavailableError(self.name, str(error).splitlines()[0]) from error
                self._loaded = model, Tokenizer.from_file(str(self._folder / TOKENIZER))
            return self._loaded


class _Source:
    """What is read, and whose characters its tokens are."""

    def __init__(self, tokenizer: Any, prompt: Prompt) -> None:
        self._question, self._text = prompt.question, "\n".join(prompt.evidence)
        self.parts: Joined = joined(tokenizer, simplified(self._question), "", simplified(self._text))
        asked = tokenizer.encode(simplified(self._question), add_special_tokens=False).offsets
        self._asked: Sequence[tuple[int, int]] = asked[len(asked) - (self.parts.text_start - 3) :]
        self._ends: list[int] = []
        for text in prompt.evidence:
            self._ends.append((self._ends[-1] + 1 if self._ends else 0) + len(text))
        self._is_traditional = simplified(self._question) != self._question

    def said(self, piece: str, place: int | None, before: int | None) -> tuple[str, int | None]:
        """A token's text, and the number of the sentence it was copied from.

        What was copied is in the source's own characters, after those at ``before``; what stands nowhere is
        in the script of the question.
        """
        goes_on = before is not None and place == before + 1
        number = -1 if place is None else place - self.parts.text_start
        if 0 <= number < len(self.parts.offsets):
            start, end = self._span(self.parts.offsets, number, goes_on)
            sentence = next(n for n, last in enumerate(self._ends) if end <= last)
            first = self._ends[sentence - 1] + 1 if sentence else 0
            return self._text[max(start, first) : end], sentence
        if place is not None and 1 <= place <= len(self._asked):
            start, end = self._span(self._asked, place - 1, goes_on)
            return self._question[start:end], None
        text = piece.replace(_WORD_START, " ")
        return traditional(text) if self._is_traditional else text, None

    @staticmethod
    def _span(offsets: Sequence[tuple[int, int]], number: int, goes_on: bool) -> tuple[int, int]:
        """Of a token, with the white space before it where the one before was said as well."""
        start, end = offsets[number]
        return (offsets[number - 1][1] if goes_on and number else start), end


def _tokens(tokenizer: Any, prompt: Prompt) -> int:
    text = simplified("\n".join(prompt.evidence))
    asked = min(len(tokenizer.encode(simplified(prompt.question), add_special_tokens=False).ids), 64)
    return asked + len(tokenizer.encode(text, add_special_tokens=False).ids) + _AROUND
