"""A model's matrices in eight bits, which processors multiply fastest. Run in a process of its own.

    python -m rag.generators.eight_bits FOLDER

GGUF files mix kinds of four and six bits in groups of 16 and 32 numbers. OpenVINO unpacks those anew for each
token, and that takes three to six times as long as the same product in eight bits: see bench/LOG.md.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.compiled import MODEL

GROUP = 128  # numbers of a row that have a scale together; the engine rounds its input in such groups, too
# For models in this form: products of whole numbers instead of sixteen bits.
PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP)}

_LARGEST = 127
_AT_ONCE = 4096  # rows
_PACKING = {"Convert", "Reshape", "Multiply", "Subtract"}  # between the numbers of a file and their use


def convert(folder: Path) -> None:
    """Rewrite the model in ``folder`` with every matrix that it multiplies by in eight bits."""
    import openvino as ov

    model = ov.Core().read_model(folder / MODEL)
    products = [each for each in model.get_ordered_ops() if _multiplies_by_a_matrix(each)]
    weights = [each.input_value(1) for each in products]
    with ThreadPoolExecutor(2) as pool:
        for product, (numbers, scales) in zip(products, pool.map(_in_eight_bits, weights), strict=True):
            product.input(1).replace_source_output(_unpacked(numbers, scales))
    written = folder / "written"
    written.mkdir()
    ov.save_model(model, written / MODEL, compress_to_fp16=False)
    del model, products, weights  # they hold the file that is replaced
    for path in written.iterdir():
        path.replace(folder / path.name)
    written.rmdir()


def quantized(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Rows x columns as rows x groups x numbers, and the scale of each group, rows x groups x 1."""
    rows, columns = weights.shape
    groups = columns // GROUP if columns % GROUP == 0 else 1
    grouped = weights.reshape(rows, groups, -1)
    largest = np.maximum(grouped.max(2, keepdims=True), -grouped.min(2, keepdims=True))
    scales = np.maximum(largest / _LARGEST, np.finfo(np.float16).smallest_subnormal).astype(np.float16)
    numbers = np.empty(grouped.shape, np.int8)
    for start in range(0, rows, _AT_ONCE):  # the largest matrix alone takes a gigabyte
        block = slice(start, start + _AT_ONCE)
        steps = np.rint(grouped[block] / scales[block].astype(np.float32))
        numbers[block] = np.clip(steps, -_LARGEST, _LARGEST)
    return numbers, scales


def _multiplies_by_a_matrix(node: Any) -> bool:
    if node.get_type_name() != "MatMul" or len(node.input_value(1).get_partial_shape()) != 2:
        return False
    source = node.input_value(1).get_node()
    while source.get_type_name() in _PACKING:
        source = source.input_value(0).get_node()
    return bool(source.get_type_name() == "Constant" and node.get_attributes()["transpose_b"])


def _in_eight_bits(weights: Any) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    import openvino as ov

    # What the file's numbers stand for is the engine's own business.
    unpacked = ov.Core().compile_model(ov.Model([weights], []), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return quantized(unpacked({})[0])


def _unpacked(numbers: NDArray[np.int8], scales: NDArray[np.float16]) -> Any:
    from openvino import opset13 as op

    values = op.multiply(op.convert(op.constant(numbers), "f16"), op.constant(scales))
    rows, groups, size = numbers.shape
    matrix = op.reshape(values, op.constant(np.array([rows, groups * size], np.int64)), False)
    return op.convert(matrix, "f32").output(0)


if __name__ == "__main__":
    convert(Path(sys.argv[1]))
