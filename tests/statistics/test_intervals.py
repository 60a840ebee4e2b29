"""The interval of a mean: what it covers, and what it does with odd data."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.statistics import mean_interval

SIMULATION = runpy.run_path(str(Path(__file__).parents[2] / "results" / "perf" / "coverage.py"))
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("images", [5, 14, 100])
@pytest.mark.parametrize("shape", ["normal", "lognormal, 0.5", "grows with difficulty"])
def test_interval_covers_the_true_mean_as_often_as_it_says(shape: str, images: int) -> None:
    """95 % intervals cover 93 to 97 %: 1000 draws are uncertain by 1.4 points (two errors)."""
    assert SIMULATION["coverage"](shape, images, "upbench", 1000) == pytest.approx(95, abs=3.4)


@pytest.mark.parametrize("images", [5, 14])
def test_small_skewed_sets_fall_short_and_percentiles_more(images: int) -> None:
    """Where the intervals are too short, as the caveat says, those of percentiles are worse."""
    ours = SIMULATION["coverage"]("lognormal, 1", images, "upbench", 1000)
    assert 86 < ours < 94
    assert SIMULATION["coverage"]("lognormal, 1", images, "percentile", 400) < ours - 4


def test_interval_without_resamples_is_students() -> None:
    """It is the one that SciPy computes from Student's t."""
    values = RANDOM.normal(3, 2, 9)
    mean, low, high = mean_interval(values, level=0.9, resamples=0)
    error = stats.sem(values)
    assert (low, high) == pytest.approx(stats.t.interval(0.9, 8, values.mean(), error))
    assert mean == pytest.approx(values.mean())


def test_interval_of_symmetric_values_is_near_students() -> None:
    """With many of them the bootstrap has nothing to add."""
    values = RANDOM.normal(size=2000)
    ours, students = mean_interval(values), mean_interval(values, resamples=0)
    assert np.allclose(ours, students, atol=0.1 * (students.high - students.low))


def test_interval_reaches_further_on_the_skewed_side() -> None:
    """Rare large values may be more frequent than they were here."""
    mean, low, high = mean_interval(RANDOM.lognormal(0, 1, 40))
    assert high - mean > 1.3 * (mean - low)


def test_no_end_lies_beyond_reason() -> None:
    """One outlier among equal values stretches the interval to twice Student's at most."""
    values = np.array([0.0] * 11 + [3.0])
    mean, _, high = mean_interval(values)
    students = mean_interval(values, resamples=0)
    assert high - mean == pytest.approx(2 * (students.high - students.mean))


@pytest.mark.parametrize("images", [2, 3, 4])
def test_fewer_than_five_images_have_students_interval(images: int) -> None:
    """So few cannot be resampled."""
    values = RANDOM.normal(size=images)
    assert mean_interval(values) == mean_interval(values, resamples=0)


def test_columns_are_what_they_are_alone() -> None:
    """All columns are resampled with the same images, so each comes out as by itself."""
    values = RANDOM.normal(size=(12, 3))
    together = mean_interval(values)
    for column in range(3):
        alone = mean_interval(values[:, column])
        assert [end[column] for end in together] == pytest.approx(list(alone), rel=1e-12)
    assert together.low.shape == (3,)


def test_blocks_of_resamples_make_one_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: many images are drawn in several goes, with an interval as good."""
    values = RANDOM.normal(size=50)
    at_once = mean_interval(values)
    monkeypatch.setattr("upbench.benchmark.statistics.intervals.BLOCK", 1000)
    assert np.allclose(mean_interval(values), at_once, atol=0.05)


def test_same_seed_same_interval() -> None:
    """To the last bit; another seed moves it a little."""
    values = RANDOM.lognormal(size=30)
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1)
    assert mean_interval(values, seed=1) != mean_interval(values, seed=2)


def test_infinite_values_have_a_mean_and_no_interval() -> None:
    """Identical images have a PSNR of +inf; +inf and -inf together have not even a mean."""
    values = np.array([[1, np.inf, np.inf, -np.inf], [2, np.inf, 1, np.inf], [4, np.inf, 2, 0]])
    mean, low, high = mean_interval(values)
    assert mean[1] == mean[2] == np.inf
    assert np.isnan(mean[3])
    assert np.isnan([low[1:], high[1:]]).all()
    assert low[0] < 7 / 3 < high[0]


@pytest.mark.parametrize("values", [[], [4.0]])
def test_nothing_and_one_value_have_no_interval(values: list[float]) -> None:
    """Not known is NaN, without a warning."""
    mean, low, high = mean_interval(values)
    assert np.isnan([low, high]).all()
    assert mean == 4.0 if values else np.isnan(mean)


def test_equal_values_have_an_interval_of_length_zero() -> None:
    """A checkerboard level that is 0 on every image is 0."""
    assert mean_interval(np.zeros((9, 2)))[0].tolist() == [0, 0]
    assert mean_interval(np.zeros(9)) == (0, 0, 0)
    assert np.allclose(mean_interval([0.1] * 9), 0.1, rtol=1e-12, atol=0)


@given(
    arrays(np.float64, st.integers(2, 12), elements=st.floats(-1e3, 1e3)),
    st.floats(-1e3, 1e3),
    st.floats(0.01, 100),
)
def test_interval_moves_and_stretches_with_the_values(
    values: np.ndarray, shift: float, factor: float
) -> None:
    """It encloses the mean, and changing the unit changes nothing else."""
    found = mean_interval(values, resamples=50)
    assert found.low <= found.mean + 1e-9
    assert found.high >= found.mean - 1e-9
    if values.std() > 1e-3:
        moved = mean_interval(factor * values + shift, resamples=50)
        expected = [factor * end + shift for end in found]
        assert list(moved) == pytest.approx(expected, rel=1e-6, abs=1e-6 * factor * 1e3)


@pytest.mark.parametrize(
    ("values", "level", "said"),
    [
        (np.zeros((2, 2, 2)), 0.95, r"shape \(images,\) or \(images, columns\), got \(2, 2, 2\)"),
        (3.0, 0.95, r"got \(\)"),
        ([1, 2], 95, r"between 0 and 1 \(0.95, say\), got 95"),
    ],
)
def test_wrong_input_is_named_in_a_sentence(values: object, level: float, said: str) -> None:
    """The shape or the level that was given is in it."""
    with pytest.raises(UsageError, match=said):
        mean_interval(values, level=level)  # type: ignore[arg-type]
