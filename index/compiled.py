"""A text encoder compiled by OpenVINO: token ids to pooled unit vectors. The home of openvino in index/.

It answers a question 1.3 s after a cold start and in 6 ms from then on; importing torch alone takes longer.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MODEL = "openvino_model.xml"
TOKENIZER = "tokenizer.json"

_MOST_TOKENS = 512

Tokens = npt.NDArray[np.int64]


class CompiledModel:
    """The model in ``folder``, loaded on first use. Threads share its weights, each with its own request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = threading.local()
        self._loading = threading.Lock()

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizers.Tokenizer of the model, as its file has it."""
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / TOKENIZER))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        tokenizer.enable_truncation(_MOST_TOKENS)
        tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
        return tokenizer

    @cached_property
    def _model(self) -> Any:
        import openvino

        core = openvino.Core()
        model = core.read_model(self._folder / MODEL)
        if not multiplies_in_8_bits():
            _without_rounding(model)
        return core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY"})

    @property
    def dimension(self) -> int:
        with self._loading:
            return int(self._model.output(0).get_partial_shape()[1].get_length())

    def tokenize(self, texts: Sequence[str]) -> dict[str, Tokens]:
        """``input_ids`` and ``attention_mask``, each (n, longest) int64; texts end at 512 tokens."""
        with self._loading:
            encoded = self._tokenizer.encode_batch(list(texts))
        return {
            "input_ids": np.array([item.ids for item in encoded], dtype=np.int64),
            "attention_mask": np.array([item.attention_mask for item in encoded], dtype=np.int64),
        }

    def infer(self, tokens: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """Vectors (n, dimension) float32 of unit length."""
        return self.run({name: tokens[name] for name in ("input_ids", "attention_mask")})[0]

    def run(self, inputs: Mapping[str, Any]) -> list[npt.NDArray[np.float32]]:
        """All outputs of the model, float32, in its order."""
        request = getattr(self._own, "request", None)
        if request is None:
            with self._loading:
                request = self._own.request = self._model.create_infer_request()
        found = request.infer(dict(inputs))
        return [np.array(found[place], dtype=np.float32) for place in range(len(self._model.outputs))]

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self.infer(self.tokenize(texts))


def multiplies_in_8_bits(information: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor sums 8-bit products up in 32 bits (VNNI); yes where nobody can tell.

    An x86 processor without it does so in 16 bits, which can overflow, and is no faster: bench/LOG.md.
    """
    try:
        flags = information.read_text(encoding="utf-8").split()
    except OSError:  # only Linux has this file
        return True
    return "sse2" not in flags or any("vnni" in flag for flag in flags)


def _without_rounding(model: Any) -> None:
    """Take out of ``model`` what rounds its states to 8 bits; its weights stay as they are."""
    for operation in model.get_ordered_ops():
        if operation.get_type_name() == "FakeQuantize":
            for reader in operation.output(0).get_target_inputs():
                reader.replace_source_output(operation.input_value(0))
    model.validate_nodes_and_infer_types()


def sentence_transformer_module(compiled: CompiledModel) -> Any:
    """``compiled`` as the first and only module of a SentenceTransformer."""
    import torch
    from sentence_transformers.base.modules import InputModule

    class CompiledModule(InputModule):  # type: ignore[misc]
        max_seq_length = _MOST_TOKENS

        def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, Any]:
            texts = self._prepend_prompt(list(inputs), prompt) if prompt else inputs
            return {name: torch.from_numpy(values) for name, values in compiled.tokenize(texts).items()}

        def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
            vectors = compiled.infer(
                {name: features[name].numpy() for name in ("input_ids", "attention_mask")}
            )
            return {**features, "sentence_embedding": torch.from_numpy(vectors)}

        def get_embedding_dimension(self) -> int:
            return compiled.dimension

        def save(self, output_path: str, *_: Any, **__: Any) -> None:
            raise NotImplementedError("The compiled form is derived from the weights; copy those instead.")

    return CompiledModule()
