"""The curve of the refusal, as the page draws it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rag.refusal import CURVE, LEAST_PROBABILITY
from ui.curve import curve_html
from ui.text import SIMPLIFIED


def test_the_curve_rises_and_has_the_threshold_as_a_point() -> None:
    assert LEAST_PROBABILITY in [least for least, _, _ in CURVE]
    for before, after in pairwise(CURVE):
        assert all(one <= other for one, other in zip(before, after, strict=True))
        assert before[0] < after[0]


@pytest.mark.parametrize("likelihood", [0.0, 1e-9, 0.015, 0.5, 1.0])
def test_a_question_stands_on_the_axis(likelihood: float) -> None:
    html = curve_html(likelihood, SIMPLIFIED)
    assert html.count("<circle") == 2
    assert html.count("<polyline") == 2
    assert f"这个问题 {100 * likelihood:.1f}%" in html
    assert "门槛 1.5%" in html


def test_a_likelier_question_stands_further_right() -> None:
    places = [
        float(curve_html(likelihood, SIMPLIFIED).rpartition('cx="')[2].partition('"')[0])
        for likelihood in (0.002, 0.02, 0.5, 0.98)
    ]
    assert places == sorted(set(places))
