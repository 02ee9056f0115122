"""The weights of a finished reader as the network's own, to go on training from them.

What ships is in 8 bits: these weights are as near to those that were trained as 8 bits are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from index.compiled import MODEL
from train.network import ReaderNetwork

_LINEAR, _TABLE, _NORM = "aten::linear", "aten::embedding", "aten::layer_norm"


def shipped(folder: Path, network: ReaderNetwork) -> dict[str, Tensor]:
    """The state of ``network`` that the model in ``folder`` was made from, by the weights' names.

    Raises ValueError for a model of another network.
    """
    import openvino

    operations = {
        each.get_friendly_name(): each
        for each in openvino.Core().read_model(folder / MODEL).get_ordered_ops()
    }
    state = {}
    for name, weight in network.named_parameters():
        module, _, kind = name.rpartition(".")
        try:
            found = torch.tensor(_weight(operations, f"__module.{module}", kind, weight))
            state[name] = found.reshape(weight.shape).to(weight.dtype)
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{folder} is a model of another network: {name}") from error
    return state


def _weight(operations: dict[str, Any], module: str, kind: str, like: Tensor) -> npt.NDArray[np.float32]:
    if f"{module}/{_NORM}/Multiply_1" in operations:
        return _constant(operations[f"{module}/{_NORM}/{'Multiply_1' if kind == 'weight' else 'Add'}"])
    if kind == "bias":
        return _constant(operations[f"{module}/{_LINEAR}/Add"])
    if f"{module}/{_LINEAR}/MatMul" not in operations:
        return _folded(operations[f"{module}/{_TABLE}/Gather"].input_value(0).get_node())
    product = operations[f"{module}/{_LINEAR}/MatMul"]
    weight = _folded(product.input_value(1).get_node())
    if weight.shape != tuple(like.shape):
        weight = weight.T
    smoothing = _smoothing(product.input_value(0).get_node())
    return weight if smoothing is None else weight * smoothing.reshape(1, -1)


def _smoothing(node: Any) -> npt.NDArray[np.float32] | None:
    """What the input is multiplied with before a product, and its weights were divided by."""
    while node.get_type_name() in ("FakeQuantize", "Reshape"):
        node = node.input_value(0).get_node()
    return _constant(node) if "nncf_smooth_quant" in node.get_friendly_name() else None


def _folded(node: Any) -> npt.NDArray[np.float32]:
    """A constant, or the product of converted constants."""
    if node.get_type_name() == "Constant":
        return np.asarray(node.data, dtype=np.float32)
    factors = [_folded(each.get_node()) for each in node.input_values()]
    return factors[0] if len(factors) == 1 else factors[0] * factors[1]


def _constant(node: Any) -> npt.NDArray[np.float32]:
    """The constant that ``node`` takes in beside its input."""
    (found,) = (
        _folded(each.get_node())
        for each in node.input_values()
        if each.get_node().get_type_name() in ("Constant", "Convert")
    )
    return found
