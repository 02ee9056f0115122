"""A model in 8 bits on processors that multiply them well, and on those that do not."""

from __future__ import annotations

from pathlib import Path

import openvino
import pytest

from index import compiled
from index.compiled import MODEL, multiplies_in_8_bits
from rag.reader import FOLDER, Reader


@pytest.mark.parametrize(
    ("flags", "able"),
    [
        ("flags : fpu sse sse2 avx avx2 fma", False),
        ("flags : fpu sse sse2 avx2 avx512f avx512_vnni", True),
        ("flags : fpu sse sse2 avx2 avx_vnni", True),
        ("Features : fp asimd asimddp", True),
    ],
)
def test_the_processor_says_whether_it_sums_8_bit_products_up(flags: str, able: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\n{flags}\n", encoding="utf-8")
    assert multiplies_in_8_bits(tmp_path / "cpuinfo") is able


def test_where_nobody_can_tell_a_model_stays_in_8_bits(tmp_path: Path) -> None:
    assert multiplies_in_8_bits(tmp_path / "cpuinfo")


def test_a_model_without_rounding_reads_as_the_one_in_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    model = openvino.Core().read_model(FOLDER / MODEL)
    assert any(each.get_type_name() == "FakeQuantize" for each in model.get_ordered_ops())
    compiled._without_rounding(model)
    assert not any(each.get_type_name() == "FakeQuantize" for each in model.get_ordered_ops())

    text = "云河大桥全长3.2公里，2021年9月通车。设计单位是江城设计院。"
    readings = []
    for able in (True, False):
        monkeypatch.setattr(compiled, "multiplies_in_8_bits", lambda able=able: able)
        readings += Reader(FOLDER).read("云河大桥全长多少？", [("云河大桥", text)])
    assert {text[each.start : each.end] for each in readings} == {"3.2公里"}
    assert readings[0] != readings[1]
    assert readings[0].answers == pytest.approx(readings[1].answers, abs=0.1)
