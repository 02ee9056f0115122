"""multilingual-e5-small in 4 bits (``e5-small-q4.bin``) to a compiled model.

The layout, little-endian: magic ``E5S1``, u32 version; i32 hidden, layers, heads, intermediate, vocabulary,
positions, token types; f32 layer-norm epsilon; i32 block size; the tokenizer; a directory of tensors. Kind 0
is f32; kind 1 is blocks of 32 weights: an fp16 scale and 16 bytes, byte j holding weight j in its low and
weight j+16 in its high half.
"""

from __future__ import annotations

import shutil
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.compiled import MODEL, TOKENIZER
from index.errors import WeightsError

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class E5Weights:
    """The sizes of the model and its tensors, flat float32, under the file's own names."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    tensors: Mapping[str, npt.NDArray[np.float32]]


def read_e5(path: Path) -> E5Weights:
    """Read ``e5-small-q4.bin``. Raises WeightsError when the file is something else."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise WeightsError(
            f"{path} is not an e5 weight file. Fetch it again: judian models pull multilingual-e5-small"
        )
    hidden, layers, heads, intermediate, vocabulary, positions, token_types = struct.unpack_from(
        "<7i", data, 8
    )
    epsilon, block = struct.unpack_from("<fi", data, 36)
    position = 44
    tokens, _bos, _eos, _pad, _unk, blob = struct.unpack_from("<5iQ", data, position)
    position += 28 + 4 * (tokens + 1) + 4 * tokens + blob
    _norm_count, norm_bytes = struct.unpack_from("<iI", data, position)
    position += 8 + norm_bytes
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + length].decode()
        position += 2 + length
        kind, elements, offset, size = struct.unpack_from("<BIQQ", data, position)
        position += 21
        tensors[name] = _tensor(data, kind, elements, offset, size, block)
    return E5Weights(
        hidden, layers, heads, intermediate, vocabulary, positions, token_types, epsilon, tensors
    )


def _tensor(
    data: bytes, kind: int, elements: int, offset: int, size: int, block: int
) -> npt.NDArray[np.float32]:
    if kind == 0:
        return np.frombuffer(data, "<f4", elements, offset)
    rows = np.frombuffer(data, np.uint8, size, offset).reshape(-1, 2 + block // 2)
    scale = rows[:, :2].copy().view("<f2").astype(np.float32)
    low = (rows[:, 2:] & 15).astype(np.float32) - 8
    high = (rows[:, 2:] >> 4).astype(np.float32) - 8
    return (np.concatenate([low, high], axis=1) * scale).reshape(-1)[:elements]


def compile_e5(weights: Path, tokenizer: Path, folder: Path) -> None:
    """Write ``folder`` as ``index/compiled.py`` reads it: BERT, mean pooling, unit length, tokenizer."""
    model = bert_model(weights)
    folder.mkdir(parents=True)
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    _save_pooled(model, folder / MODEL)


def bert_model(weights: Path) -> Any:
    """The transformers BertModel with these weights, in float32."""
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # it warns of a loss that nothing here computes
    parsed = read_e5(weights)
    config = BertConfig(
        vocab_size=parsed.vocabulary,
        hidden_size=parsed.hidden,
        num_hidden_layers=parsed.layers,
        num_attention_heads=parsed.heads,
        intermediate_size=parsed.intermediate,
        max_position_embeddings=parsed.positions,
        type_vocab_size=parsed.token_types,
        layer_norm_eps=parsed.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    model.load_state_dict(_state(parsed, model.state_dict()))
    return model


def _state(parsed: E5Weights, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors under BertModel's names and in its shapes."""
    import torch

    named = {
        _EMBEDDING_NAMES[name]: values for name, values in parsed.tensors.items() if name in _EMBEDDING_NAMES
    }
    for layer in range(parsed.layers):
        for short, long in _LAYER_NAMES.items():
            for ending, full in (("w", "weight"), ("b", "bias")):
                named[f"encoder.layer.{layer}.{long}.{full}"] = parsed.tensors[f"l{layer}.{short}.{ending}"]
    return {
        name: torch.from_numpy(values.copy()).reshape(shapes[name].shape) for name, values in named.items()
    }


def _save_pooled(model: Any, path: Path) -> None:
    import openvino
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=-1)

    example = torch.ones(2, 8, dtype=torch.int64)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of shape checks, which no input here can change
        converted = openvino.convert_model(
            Pooled().eval(), example_input={"input_ids": example, "attention_mask": example}
        )
    openvino.save_model(converted, path)
