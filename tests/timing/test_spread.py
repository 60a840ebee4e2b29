"""Median, quartiles and the confidence interval of the median."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbench.benchmark.timing.spread import median_rank, spread


def coverage(count: int, rank: int) -> float:
    """Return the probability that the rank-th smallest and largest enclose the median."""
    return sum(comb(count, i) for i in range(rank, count - rank + 1)) / 2**count


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_rank_is_the_largest_that_brute_force_allows(confidence: float) -> None:
    """The binomial distribution summed term by term gives the same rank."""
    for count in range(1, 120):
        allowed = [k for k in range(1, count // 2 + 1) if coverage(count, k) >= confidence]
        assert median_rank(count, confidence) == max(allowed, default=None), count


@pytest.mark.parametrize(
    ("count", "rank"), [(5, None), (6, 1), (9, 2), (10, 2), (20, 6), (50, 18), (100, 40)]
)
def test_rank_agrees_with_the_published_table(count: int, rank: int | None) -> None:
    """The sign test's table at 95 % (Hollander and Wolfe, table A.2) has these."""
    assert median_rank(count) == rank


def test_rank_of_many_samples_is_near_the_normal_approximation() -> None:
    """Large counts overflow no float: n/2 - 0.98 sqrt(n)."""
    assert median_rank(10_000) == pytest.approx(5000 - 98, abs=2)


def test_interval_covers_the_true_median_as_often_as_it_says() -> None:
    """Of skewed samples too, since no distribution is assumed."""
    rng = np.random.default_rng(0)
    found = [spread(rng.exponential(size=15).tolist()) for _ in range(2000)]
    inside = [s.low <= np.log(2) <= s.high for s in found if s.low and s.high]
    assert np.mean(inside) == pytest.approx(coverage(15, 4), abs=0.015)


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60))
def test_median_and_quartiles_are_numpys(samples: list[float]) -> None:
    """Whatever the order and number of the samples; the interval encloses the median."""
    found = spread(samples)
    quartiles = np.quantile(samples, [0.25, 0.5, 0.75])
    assert [found.q25, found.median, found.q75] == pytest.approx(quartiles.tolist())
    if found.low is not None and found.high is not None:
        assert min(samples) <= found.low <= found.median <= found.high <= max(samples)


def test_precision_is_the_farther_end() -> None:
    """An interval from -2 % to +6 % is not within 5 %."""
    found = spread([98.0] * 5 + [100.0] * 2 + [106.0] * 5)
    assert found.precision == pytest.approx(0.06)
    assert not found.is_precise
    assert spread([98.0] * 5 + [100.0] * 2 + [104.0] * 5).is_precise


def test_few_samples_have_no_interval() -> None:
    """Not known is None, never a made-up number."""
    found = spread([1.0, 1.0, 1.0])
    assert (found.low, found.high, found.precision) == (None, None, None)
    assert not found.is_precise
