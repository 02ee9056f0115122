"""Fusion is a weighted sum of absolute scores."""

from __future__ import annotations

import pytest

from index.fusion import DENSE_FLOOR, DENSE_RANGE, DENSE_WEIGHT, FOREIGN_DENSE_WEIGHT, fuse


def test_scores_add_up_and_missing_legs_stay_missing() -> None:
    best, second, third = fuse({1: 0.5, 2: 0.4}, {1: DENSE_FLOOR + DENSE_RANGE, 3: DENSE_FLOOR})
    assert (best.passage_id, second.passage_id, third.passage_id) == (1, 2, 3)
    assert best.score == pytest.approx((1 - DENSE_WEIGHT) * 0.5 + DENSE_WEIGHT)
    assert second.score == pytest.approx((1 - DENSE_WEIGHT) * 0.4)
    assert (second.dense, third.lexical) == (None, None)


def test_ties_go_to_the_smaller_id() -> None:
    assert [item.passage_id for item in fuse({7: 0.2, 3: 0.2, 5: 0.2}, {})] == [3, 5, 7]


def test_the_weight_decides_which_leg_wins() -> None:
    lexical, dense = {1: 1.0, 2: 0.0}, {1: DENSE_FLOOR, 2: DENSE_FLOOR + DENSE_RANGE}
    assert fuse(lexical, dense)[0].passage_id == 1
    assert fuse(lexical, dense, FOREIGN_DENSE_WEIGHT)[0].passage_id == 2
