"""OpenVINO GenAI: the fastest engine on x86. The home of openvino_genai."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.weights import WeightStore
from rag.errors import GeneratorUnavailableError
from rag.generators import MOST_TOKENS, eight_bits
from rag.generators.streaming import Emit, iterate
from rag.prompts import Prompt, chat_messages

# Answers repeat their sources: after this many tokens that stand in what was read, so many that follow them
# there are tried at once. With four or more one answer in twenty came out otherwise: see bench/LOG.md.
_SAME_TOKENS, _TRIED_TOKENS = 3, 3

# OpenVINO reads a GGUF file in 13 s and 3.8 GB, its own form in 2 s: so the file is converted once, in a
# process of its own.
_CONVERT = """
import sys, openvino_genai
openvino_genai.LLMPipeline(sys.argv[1], "CPU", enable_save_ov_model=True)
"""


class OpenVinoGenerator:
    """A decoder in OpenVINO's form, or a GGUF file of the llama, qwen2 or qwen3 family."""

    follows_instructions = True

    def __init__(self, name: str, path: Path, weights: WeightStore) -> None:
        self.name = name
        self._path = path
        self._weights = weights
        self._pipeline: Any = None
        self._loading = threading.Lock()
        self._generating = threading.Lock()

    def prepare(self) -> None:
        self._folder()

    def load(self) -> None:
        with self._loading:
            if self._pipeline is None:
                import openvino_genai

                folder = self._folder()
                properties = {} if self._path.is_dir() else eight_bits.PROPERTIES
                try:
                    self._pipeline = openvino_genai.LLMPipeline(
                        str(folder), "CPU", prompt_lookup=True, **properties
                    )
                except RuntimeError as error:
                    raise GeneratorUnavailableError(self.name, _last_line(str(error))) from error
                # The first prompt is read at a third of the speed; and from here on its fixed part is kept.
                self._generate(_WARM_UP, 1, lambda _: False)

    def fit(self, prompt: Prompt) -> Prompt:
        return prompt  # 32,768 tokens; the budget of evidence is a few hundred characters

    def stream(self, prompt: Prompt, stop: threading.Event) -> Iterator[str]:
        self.load()
        return iterate(lambda emit: self._generate(prompt, MOST_TOKENS, emit), stop)

    def _generate(self, prompt: Prompt, most_tokens: int, emit: Emit) -> None:
        import openvino_genai as genai

        config = self._pipeline.get_generation_config()
        config.max_new_tokens = most_tokens
        config.do_sample = False
        config.max_ngram_size, config.num_assistant_tokens = _SAME_TOKENS, _TRIED_TOKENS
        with self._generating:
            output = streamer(self._pipeline.get_tokenizer(), emit)
            self._pipeline.generate(genai.ChatHistory(chat_messages(prompt)), config, output)

    def _folder(self) -> Path:
        """The model in OpenVINO's own form; what is converted here is in eight bits."""
        if self._path.is_dir():
            return self._path
        import openvino

        stat = self._path.stat()
        version = openvino.__version__.split("-")[0]
        key = f"{self._path.stem}-{stat.st_size}-openvino-{version}-int8"
        return self._weights.derived(key, self._convert)

    def _convert(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        link = folder / "model.gguf"  # the converter writes beside the file it reads
        try:
            os.link(self._path, link)
        except OSError:
            link.symlink_to(self._path)
        self._run("-c", _CONVERT, str(link))
        link.unlink()
        self._run("-m", eight_bits.__name__, str(folder))

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([sys.executable, "-P", *arguments], capture_output=True, text=True)
        if done.returncode:
            raise GeneratorUnavailableError(self.name, f"OpenVINO cannot read it: {_last_line(done.stderr)}")


def streamer(tokenizer: Any, emit: Emit) -> Any:
    """Emits text as its tokens come. OpenVINO's own holds the last three back, for models that need it."""
    import openvino_genai as genai

    class Streamer(genai.StreamerBase):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._tokens: list[int] = []
            self._emitted = 0

        def write(self, token: int | Sequence[int]) -> Any:
            self._tokens += [token] if isinstance(token, int) else token
            # The first bytes of a character are shown as a replacement character until the others come.
            going_on = self._emit(tokenizer.decode(self._tokens).rstrip("\ufffd"))
            return genai.StreamingStatus.RUNNING if going_on else genai.StreamingStatus.STOP

        def end(self) -> None:
            self._emit(tokenizer.decode(self._tokens))

        def _emit(self, text: str) -> bool:
            piece, self._emitted = text[self._emitted :], max(self._emitted, len(text))
            return emit(piece)

    return Streamer()


_WARM_UP = Prompt("这是哪一年的事？", ("这一句只用来预热，不含任何事实。" * 12,), (0,))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"
