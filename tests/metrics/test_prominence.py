"""Prominence: a ratio of line to background."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.checkerboard import lattice_score
from upbench.benchmark.metrics.prominence import prominence

GREY = data.camera()[100:292, 150:342] / 255
ROW, COLUMN = np.mgrid[: GREY.shape[0], : GREY.shape[1]]
CHECKER = (-1.0) ** (ROW + COLUMN)


def test_it_is_a_metric_on_request() -> None:
    """The decorator states the column and the unit, and that a run must ask for it."""
    described = getattr(prominence, ATTRIBUTE)
    assert (described.name, described.unit) == ("prominence_db", "dB")
    assert not described.headline


def test_a_line_stands_out() -> None:
    """A strong checker stands out by tens of dB, identical images by nothing."""
    assert prominence(GREY, GREY + 8 / 255 * CHECKER, 2) > 15
    assert prominence(GREY, GREY, 2) == pytest.approx(0, abs=1e-6)


def test_a_notch_is_negative() -> None:
    """Noise without its lines at the lattice has less there than beside it."""
    noise = np.random.default_rng(0).normal(0.5, 0.1, GREY.shape)
    spectrum = np.fft.fft2(noise)
    half = len(noise) // 2
    for row, column in ((0, half), (half, 0), (half, half)):
        near = np.ix_(*(np.arange(at - 6, at + 7) % len(noise) for at in (row, column)))
        dc = spectrum[0, 0]
        spectrum[near] = 0
        spectrum[0, 0] = dc
    notched = np.fft.ifft2(spectrum).real
    assert prominence(np.full_like(noise, 0.5), notched, 2) < -3


def test_peak_and_map_name_the_line() -> None:
    """Vertical stripes of period 2 are the line (0, 1); the map adds up to the power."""
    score = lattice_score(GREY + 8 / 255 * (-1.0) ** COLUMN, 2, GREY)
    assert score.peak == (0, 1)
    assert score.map.shape == (2, 2)
    assert score.map.sum() == pytest.approx(score.amplitude**2)
    assert lattice_score(GREY, 2, GREY).peak == (0, 0)


def test_it_needs_eight_cells() -> None:
    """With fewer there is no value, and the sentence names this metric."""
    small = np.zeros((15, 16))
    with pytest.raises(MetricUndefinedError) as caught:
        prominence(small, small, 2)
    assert str(caught.value) == "prominence_db needs at least 16 x 16 pixels, got 15 x 16."


def test_bad_values_are_named() -> None:
    """NaN and half a pixel of scale are refused in one sentence."""
    with pytest.raises(ImageError, match=r"^prominence_db: the output must be finite"):
        prominence(GREY, GREY * np.nan, 2)
    with pytest.raises(UsageError, match=r"^prominence_db: the scale must be a whole"):
        prominence(GREY, GREY, 2.5)  # type: ignore[arg-type]
