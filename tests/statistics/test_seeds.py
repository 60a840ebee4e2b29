"""Which layers differ by more than their seeds do: Games and Howell's test."""

from __future__ import annotations

import numpy as np
from scipy import stats

from upbench.benchmark.statistics import significant_differences, significant_pairs


def test_two_groups_are_welchs_test() -> None:
    """Of one pair the test is Welch's, an independent implementation."""
    random = np.random.default_rng(5)
    for gap in np.linspace(0, 6, 13):
        one, other = random.normal(0, 1, 3), random.normal(gap, 2, 3)
        welch = stats.ttest_ind(one, other, equal_var=False).pvalue
        assert significant_differences([one, other])[0, 1] == (welch < 0.05)


def test_a_pair_is_significant_differences_by_its_own_spread() -> None:
    """A third group of large spread hides nothing: Tukey's test would find no pair."""
    groups = [[0.0, 0.1, -0.1], [1.0, 1.1, 0.9], [-30.0, 0.0, 30.0]]
    assert significant_differences(groups).tolist() == [
        [False, True, False],
        [True, False, False],
        [False, False, False],
    ]
    assert stats.tukey_hsd(*groups).pvalue[0, 1] > 0.9


def test_ranges_that_do_not_overlap_are_no_difference() -> None:
    """Three seeds each, apart by less than they spread: the ranges are disjoint by chance."""
    assert not significant_differences([[1.0, 2.0, 3.0], [3.1, 4.0, 5.0]]).any()


def test_groups_without_spread_are_compared_by_their_means() -> None:
    """Layers that leave exactly nothing are equal; a constant above it is apart."""
    found = significant_differences([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    assert found.tolist() == [[False, False, True], [False, False, True], [True, True, False]]


def test_a_layer_of_one_seed_is_significant_differences_from_none() -> None:
    """Nothing is known of its spread; the others are compared all the same."""
    assert not significant_differences([[1.0], [2.0, 2.1, 1.9]]).any()
    found = significant_differences([[9.0], [2.0, 2.1, 1.9], [5.0, 5.1, 4.9]])
    assert [*zip(*found.nonzero(), strict=True)] == [(1, 2), (2, 1)]


def test_a_seed_that_diverged_is_no_difference() -> None:
    """NaN is unlike itself, and infinity no number to test: such a layer differs from none."""
    for value in (np.nan, np.inf):
        groups = [[1.0, 1.1, 0.9], [1.0, value, 1.1], [5.0, 5.1, 4.9]]
        found = significant_differences(groups)
        assert [*zip(*found.nonzero(), strict=True)] == [(0, 2), (2, 0)]
        assert significant_pairs(groups, "layers").startswith("1 of the 3 pairs of layers differ")
