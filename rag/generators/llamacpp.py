"""llama.cpp through xllamacpp: runs everywhere and reads every GGUF file. The home of xllamacpp."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import GeneratorUnavailableError
from rag.generators import MOST_TOKENS
from rag.generators.streaming import Emit, iterate
from rag.prompts import Prompt, chat_messages

_CONTEXT = 4096  # tokens; the budget of evidence takes a few hundred


class LlamaCppGenerator:
    """A GGUF file, run inside this process."""

    follows_instructions = True

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._server: Any = None
        self._loading = threading.Lock()
        self._generating = threading.Lock()

    def prepare(self) -> None:
        return None

    def load(self) -> None:
        with self._loading:
            if self._server is None:
                import xllamacpp

                parameters = xllamacpp.CommonParams()
                parameters.model.path = str(self._path)
                parameters.n_ctx = _CONTEXT
                parameters.n_parallel = 1
                parameters.warmup = True
                parameters.verbosity = -1
                parameters.cpuparams.n_threads = os.cpu_count() or 2
                try:
                    self._server = xllamacpp.Server(parameters)
                except RuntimeError as error:
                    raise GeneratorUnavailableError(self.name, str(error)) from error

    @property
    def address(self) -> str:
        """Where llama.cpp's own OpenAI-compatible server listens, on loopback. Loads the model."""
        self.load()
        return str(self._server.listening_address)

    def fit(self, prompt: Prompt) -> Prompt:
        return prompt

    def stream(self, prompt: Prompt, stop: threading.Event) -> Iterator[str]:
        self.load()
        return iterate(lambda emit: self._generate(prompt, emit), stop)

    def _generate(self, prompt: Prompt, emit: Emit) -> None:
        errors: list[str] = []

        def take(chunk: Any) -> bool:
            """Take one chunk; xllamacpp goes on while this returns a false value."""
            for item in chunk if isinstance(chunk, list) else [chunk]:
                if "choices" not in item:
                    errors.append(str(item.get("message") or item))
                    return True
                for choice in item["choices"]:
                    if not emit(choice.get("delta", {}).get("content") or ""):
                        return True
            return False

        request = {
            "messages": chat_messages(prompt),
            "stream": True,
            "temperature": 0.0,
            "max_tokens": MOST_TOKENS,
        }
        with self._generating:
            self._server.handle_chat_completions(request, take)
        if errors:
            raise GeneratorUnavailableError(self.name, errors[0])
