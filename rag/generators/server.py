"""Any server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, a cluster. The home of httpx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Event
from typing import Any

import httpx

from rag.errors import GeneratorUnavailableError
from rag.generators import MOST_TOKENS
from rag.prompts import Prompt, chat_messages

_TIMEOUT = httpx.Timeout(120, connect=5)  # seconds; a first token may wait behind other people's prompts


class ServerGenerator:
    """``address`` is the base up to and with ``/v1``; ``model`` is a name it knows, "" for its only one."""

    follows_instructions = True

    def __init__(self, address: str, model: str = "") -> None:
        self.name = f"{address}#{model}" if model else address
        self._address = address.rstrip("/")
        self._model = model

    def prepare(self) -> None:
        return None

    def load(self) -> None:
        """Ask the server for its models, so that a wrong address is known before the first question."""
        try:
            answer = (
                httpx.get(f"{self._address}/models", timeout=_TIMEOUT, trust_env=False)
                .raise_for_status()
                .json()
            )
            names = [item["id"] for item in answer["data"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise GeneratorUnavailableError(
                self.name, f"no OpenAI-compatible server answers there: {error}"
            ) from error
        if not self._model and names:
            self._model = names[0]
        elif self._model not in names:
            raise GeneratorUnavailableError(self.name, f"the server has {', '.join(names[:5])}")

    def fit(self, prompt: Prompt) -> Prompt:
        return prompt

    def stream(self, prompt: Prompt, stop: Event) -> Iterator[str]:
        if not self._model:
            self.load()
        request = {
            "model": self._model,
            "messages": chat_messages(prompt),
            "stream": True,
            "temperature": 0.0,
            "max_tokens": MOST_TOKENS,
        }
        url = f"{self._address}/chat/completions"
        try:
            with httpx.stream("POST", url, json=request, timeout=_TIMEOUT, trust_env=False) as response:
                if response.is_error:
                    reason = response.read().decode("utf-8", "replace")[:200]
                    raise GeneratorUnavailableError(self.name, f"HTTP {response.status_code}: {reason}")
                for line in response.iter_lines():
                    if stop.is_set() or line == "data: [DONE]":
                        break
                    if line.startswith("data:"):
                        yield from self._pieces(json.loads(line.removeprefix("data:")))
        except (httpx.HTTPError, ValueError) as error:
            raise GeneratorUnavailableError(self.name, str(error)) from error

    def _pieces(self, event: dict[str, Any]) -> Iterator[str]:
        if event.get("error"):
            raise GeneratorUnavailableError(self.name, f"the server says: {event['error']}")
        for choice in event.get("choices") or ():
            if piece := (choice.get("delta") or {}).get("content"):
                yield piece
