"""A model's matrices in eight bits: as near as eight bits are, and what is no matrix stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.compiled import MODEL
from rag.generators import eight_bits
from rag.generators.eight_bits import GROUP, quantized

RNG = np.random.default_rng(7)


@pytest.mark.parametrize(("columns", "groups"), [(GROUP * 3, 3), (GROUP + 8, 1)])
def test_a_number_is_off_by_half_a_step_at_most(columns: int, groups: int) -> None:
    weights = RNG.standard_normal((20, columns)).astype(np.float32)
    weights[3] = 0
    weights[4, 0] = 50  # one large number spoils its own group alone
    numbers, scales = quantized(weights)
    assert numbers.shape == (20, groups, columns // groups)
    assert scales.shape == (20, groups, 1)
    steps = scales.astype(np.float32)
    back = numbers.astype(np.float32) * steps
    # A scale has 11 bits of its own.
    assert (np.abs(back - weights.reshape(back.shape)) <= steps * (0.5 + 127 / 2048)).all()
    assert not back[3].any()
    if groups > 1:
        assert steps[4, 1:].max() < steps[4, 0] / 5


def test_only_matrices_of_a_model_are_rewritten(tmp_path: Path) -> None:
    ov = pytest.importorskip("openvino")
    from openvino import opset13 as op

    rows, columns = 24, GROUP * 2
    packed = RNG.integers(0, 256, (rows, columns // 32, 16)).astype(np.uint8)
    fours = ov.Tensor(packed, [rows, columns // 32, 32], ov.Type.u4)
    scales = (RNG.random((rows, columns // 32, 1)) / 100).astype(np.float16)
    shifted = op.subtract(op.convert(op.constant(fours), "f16"), op.constant(np.float16(8)))
    groups = op.multiply(shifted, op.constant(scales))
    matrix = op.convert(op.reshape(groups, op.constant([rows, columns]), False), "f32")
    given = op.parameter([-1, columns], np.float32)
    bias = op.constant(RNG.standard_normal((1, rows)).astype(np.float32))
    product = op.add(op.matmul(given, matrix, False, True), bias)
    square = op.matmul(product, product, False, True)  # of two results, no matrix of the model
    ov.save_model(ov.Model([square], [given]), tmp_path / MODEL)
    inputs = RNG.standard_normal((3, columns)).astype(np.float32)
    exactly = {"INFERENCE_PRECISION_HINT": "f32"}

    def results() -> tuple[np.ndarray, list[str]]:
        model = ov.Core().read_model(tmp_path / MODEL)
        kinds = [
            each.get_output_element_type(0).get_type_name()
            for each in model.get_ordered_ops()
            if each.get_type_name() == "Constant" and len(each.get_output_shape(0)) == 3
        ]
        return ov.Core().compile_model(model, "CPU", exactly)([inputs])[0], kinds

    before, packing = results()
    assert "u4" in packing
    eight_bits.convert(tmp_path)
    after, kinds = results()
    assert sorted(kinds) == ["f16", "i8"]
    assert np.abs(after - before).max() < 0.02 * np.abs(before).max()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["openvino_model.bin", "openvino_model.xml"]
