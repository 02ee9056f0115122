"""Figures checked by hand."""

from __future__ import annotations

import math

import pytest

from rag.evaluation import metrics
from rag.evaluation.metrics import Bin


def test_retrieval_of_tiny_rankings() -> None:
    ranked = {"a": ["x", "gold", "y"], "b": ["one", "x", "two"], "c": []}
    gold = {"a": ["gold"], "b": ["one", "two"], "c": ["gold"]}
    found = metrics.retrieval(ranked, gold)
    assert found["a"] == pytest.approx(
        {"R@1": 0, "R@3": 1, "R@5": 1, "R@10": 1, "R@20": 1, "MRR@10": 0.5, "nDCG@10": 1 / math.log2(3)}
    )
    ideal = 1 + 1 / math.log2(3)
    assert found["b"] == pytest.approx(
        {"R@1": 0.5, "R@3": 1, "R@5": 1, "R@10": 1, "R@20": 1, "MRR@10": 1, "nDCG@10": 1.5 / ideal}
    )
    assert set(found["c"].values()) == {0.0}


def test_a_place_below_the_cutoff_counts_nothing() -> None:
    ranked = {"a": [*map(str, range(10)), "gold"]}
    found = metrics.retrieval(ranked, {"a": ["gold"]})["a"]
    assert (found["R@10"], found["R@20"], found["MRR@10"], found["nDCG@10"]) == (0, 1, 0, 0)
    assert metrics.rank_of(ranked["a"], ["gold"]) == 11
    assert metrics.rank_of(ranked["a"], ["other"]) is None


@pytest.mark.parametrize(
    ("answer", "gold", "exact", "overlap"),
    [
        ("光荣和ω-force。", ["光荣和ω-force"], 1, 1),
        ("1963年", ["1963年", "一九六三年"], 1, 1),
        ("是1963年", ["1963年"], 0, 2 * (2 / 3) * 1 / (2 / 3 + 1)),
        ("北京上海", ["上海北京"], 0, 0.5),  # the longest common substring, not the same characters
        ("The Big Apple", ["big apple"], 0, 0.8),  # words of Latin
        ("没有", ["三个"], 0, 0),
        ("", ["三个"], 0, 0),
    ],
    ids=[
        "punctuation",
        "best of the gold answers",
        "a character too many",
        "order",
        "Latin",
        "nothing",
        "empty",
    ],
)
def test_answers_as_the_cmrc_scorer_counts(
    answer: str, gold: list[str], exact: float, overlap: float
) -> None:
    assert metrics.exact_match(answer, gold) == exact
    assert metrics.f1(answer, gold) == pytest.approx(overlap)


def test_a_number_is_contained_whole() -> None:
    assert metrics.contains("共15天", ["5天"]) == 0
    assert metrics.contains("共5天", ["5天"]) == 1
    assert metrics.contains("在2021年", ["2021"]) == 1


def test_contains_and_complete_do_not_look_at_script_and_spaces() -> None:
    assert metrics.contains("共有 25 個產業集群。", ["25个产业集群"]) == 1
    assert metrics.contains("共有36个。", ["63个", ""]) == 0
    must = [["9个省", "九个省"], ["21个城市"]]
    assert metrics.complete("分属九个省、２１个城市", must) == 1
    assert metrics.complete("分属九个省", must) == 0


def test_auroc_counts_pairs() -> None:
    # Of the four pairs one is won by the negative, one is a tie.
    assert metrics.auroc([0.9, 0.4, 0.4, 0.6], [True, True, False, False]) == pytest.approx(2.5 / 4)
    assert metrics.auroc([0.9, 0.8, 0.1], [True, True, False]) == 1
    assert metrics.auroc([0.9, 0.8], [True, True]) is None


def test_the_refusal_curve_goes_from_nothing_to_everything() -> None:
    curve = metrics.refusal_curve([0.1, 0.6, 0.4, 0.9], [False, False, True, True])
    assert [(point.answerable_refused, point.unanswerable_refused) for point in curve] == [
        (0, 0),
        (0, 0.5),
        (0.5, 0.5),
        (0.5, 1),
        (1, 1),
    ]
    assert metrics.refusal_curve([0.5], [True]) == []


def test_calibration_and_its_error() -> None:
    bins = metrics.calibration([0.05, 0.92, 0.98, 1.0], [False, True, True, False])
    assert [(each.low, each.count) for each in bins] == [(0, 1), (0.9, 3)]
    assert bins[1].predicted == pytest.approx(2.9 / 3)
    assert bins[1].observed == pytest.approx(2 / 3)
    assert metrics.calibration_error(bins) == pytest.approx((0.05 + 0.9) / 4)
    assert metrics.calibration_error([Bin(0.5, 2, 0.5, 0.5)]) == 0


def test_the_sign_test_is_that_of_a_coin() -> None:
    assert metrics.sign_test(5, 0) == pytest.approx(1 / 32)
    assert metrics.sign_test(1, 1) == pytest.approx(0.75)
    assert metrics.sign_test(0, 0) == 1
