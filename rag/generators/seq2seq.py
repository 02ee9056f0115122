"""Encoder-decoder models (T5, mT5, BART, Pegasus ...) through transformers. Home of AutoModelForSeq2SeqLM."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import GeneratorUnavailableError, QuestionTooLongError
from rag.generators import MOST_TOKENS
from rag.generators.streaming import Emit, iterate
from rag.prompts import Prompt, seq2seq_input

_DEFAULT_LENGTH = 512


class Seq2SeqGenerator:
    """Any folder or hub name that AutoModelForSeq2SeqLM loads."""

    follows_instructions = False

    def __init__(self, name: str) -> None:
        self.name = name
        self._loaded: tuple[Any, Any] | None = None
        self._loading = threading.Lock()
        self._generating = threading.Lock()

    def prepare(self) -> None:
        return None

    def load(self) -> None:
        self._model_and_tokenizer()

    def fit(self, prompt: Prompt) -> Prompt:
        most = self.most_tokens
        while (tokens := self._count(prompt)) > most:
            if not prompt.evidence:
                raise QuestionTooLongError(self.name, tokens, most)
            prompt = prompt.without_least_important()
        return prompt

    @property
    def most_tokens(self) -> int:
        """How many tokens the encoder reads."""
        model, tokenizer = self._model_and_tokenizer()
        lengths = [getattr(model.config, name, None) for name in ("n_positions", "max_position_embeddings")]
        known = [length for length in (*lengths, tokenizer.model_max_length) if length and length < 1_000_000]
        return int(min(known, default=_DEFAULT_LENGTH))

    def stream(self, prompt: Prompt, stop: threading.Event) -> Iterator[str]:
        self.load()
        return iterate(lambda emit: self._generate(prompt, emit), stop)

    def _count(self, prompt: Prompt) -> int:
        _, tokenizer = self._model_and_tokenizer()
        return len(tokenizer(seq2seq_input(prompt))["input_ids"])

    def _model_and_tokenizer(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
                from transformers.utils import logging

                logging.disable_progress_bar()
                local = Path(self.name).is_dir()
                try:
                    tokenizer = AutoTokenizer.from_pretrained(self.name, local_files_only=local)
                    model = AutoModelForSeq2SeqLM.from_pretrained(self.name, local_files_only=local).eval()
                except (OSError, ValueError, KeyError) as error:
                    raise GeneratorUnavailableError(self.name, str(error).splitlines()[0]) from error
                self._loaded = model, tokenizer
            return self._loaded

    def _generate(self, prompt: Prompt, emit: Emit) -> None:
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList, TextStreamer

        model, tokenizer = self._model_and_tokenizer()
        going = [True]

        class Emitting(TextStreamer):  # type: ignore[misc]
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                del stream_end
                going[0] = emit(text) and going[0]

        class Stopped(StoppingCriteria):  # type: ignore[misc]
            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                del scores
                return torch.full((input_ids.shape[0],), not going[0], dtype=torch.bool)

        encoded = tokenizer(seq2seq_input(prompt), return_tensors="pt")
        with self._generating, torch.inference_mode():
            model.generate(
                input_ids=encoded["input_ids"],
                attention_mask=encoded["attention_mask"],
                max_new_tokens=MOST_TOKENS,
                do_sample=False,
                num_beams=1,
                streamer=Emitting(tokenizer, skip_special_tokens=True, clean_up_tokenization_spaces=False),
                stopping_criteria=StoppingCriteriaList([Stopped()]),
            )
