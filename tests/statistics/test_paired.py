"""The test of a pair of methods, and its correction for many pairs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from upbench.benchmark.statistics import holm, paired_differences, wilcoxon_p


def test_same_scores_differ_by_exactly_zero() -> None:
    """Infinite ones, and those that differ by the rounding of the last bits; null stays null."""
    scores = np.array([[np.inf, 1.0, 3.0], [30 + 1e-13, np.inf, np.nan]])
    found = paired_differences(scores, np.array([np.inf, 30.0]))
    assert np.array_equal(found, [[0, -np.inf, -np.inf], [0, np.inf, np.nan]], equal_nan=True)


@pytest.mark.parametrize("images", [1, 2, 5, 12, 50])
def test_p_without_ties_is_scipys_exact_one(images: int) -> None:
    """Up to 50 images the distribution is counted out."""
    differences = np.random.default_rng(images).normal(0.3, 1, images)
    assert wilcoxon_p(differences) == pytest.approx(
        stats.wilcoxon(differences, method="exact").pvalue
    )


def test_p_of_many_images_is_scipys_normal_one() -> None:
    """With the variance that ties leave."""
    differences = np.random.default_rng(0).integers(-20, 25, 120)
    assert wilcoxon_p(differences) == pytest.approx(
        stats.wilcoxon(differences, method="asymptotic").pvalue
    )


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_p_with_ties_counts_all_patterns_of_signs(differences: list[int]) -> None:
    """Brute force over the signs of the differences that are not zero gives the same."""
    moved = np.array([d for d in differences if d])
    ranks = stats.rankdata(np.abs(moved))
    seen = abs(np.dot(np.sign(moved), ranks))
    sums = [abs(np.dot(signs, ranks)) for signs in product([-1, 1], repeat=len(ranks))]
    assert wilcoxon_p(differences) == pytest.approx(np.mean([s >= seen - 1e-9 for s in sums]))


def test_identical_outputs_differ_by_nothing() -> None:
    """No difference is left to test: p is 1, without a warning."""
    assert wilcoxon_p([0.0] * 12) == 1


def test_infinite_differences_rank_above_all_others() -> None:
    """An output that is identical to the true image on some images has a p like any other."""
    assert wilcoxon_p([np.inf, 1, 2, 3, -0.5, np.inf]) == wilcoxon_p([9, 1, 2, 3, -0.5, 9])


def test_p_is_uniform_when_nothing_differs() -> None:
    """At most 5 % of tests without a difference are below 0.05."""
    random = np.random.default_rng(0)
    p = [wilcoxon_p(random.standard_t(3, 12)) for _ in range(2000)]
    assert 0.03 < np.mean(np.array(p) <= 0.05) < 0.06


def test_holm_agrees_with_the_worked_example() -> None:
    """Four tests of Holm's kind: times 4, 3, 2, 1, and never below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_between_the_raw_p_and_bonferronis(p_values: list[float]) -> None:
    """Whatever the order of the tests."""
    raw = np.array(p_values)
    found = holm(raw)
    assert (found >= raw).all()
    assert (found <= np.minimum(1, raw * len(raw)) + 1e-12).all()
    assert holm(raw[::-1]).tolist() == found[::-1].tolist()


def test_holm_does_not_count_what_was_not_tested() -> None:
    """NaN stays NaN, and the others are fewer."""
    assert holm([0.02, np.nan, 0.5]).tolist() == pytest.approx([0.04, np.nan, 0.5], nan_ok=True)
    assert holm([]).tolist() == []
