"""Checkerboard share: its part of the squared error."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.checkerboard import lattice_score
from upbench.benchmark.metrics.checkerboard_share import checkerboard_share

GREY = data.camera()[100:292, 150:342] / 255
ROW, COLUMN = np.mgrid[: GREY.shape[0], : GREY.shape[1]]
CHECKER = (-1.0) ** (ROW + COLUMN)


def test_it_is_a_metric_on_request() -> None:
    """The decorator states the column and the unit, and that a run must ask for it."""
    described = getattr(checkerboard_share, ATTRIBUTE)
    assert (described.name, described.unit) == ("checkerboard_share", "1")
    assert not described.headline


def test_a_pattern_alone_is_nearly_all_of_the_error() -> None:
    """Where the pattern is the only error, the share is 1 but for the margin."""
    assert checkerboard_share(GREY, GREY + 8 / 255 * CHECKER, 2) > 0.95


def test_no_error_has_no_share() -> None:
    """Identical images have a share of 0, not of 0 / 0."""
    assert checkerboard_share(GREY, GREY, 2) == 0


def test_it_is_a_share_of_the_mean_squared_error() -> None:
    """It is P / MSE, with P from the amplitude, also inside a border."""
    blurred = (GREY + np.roll(GREY, 1, 0) + np.roll(GREY, 1, 1)) / 3
    output = blurred + 2 / 255 * CHECKER
    score = lattice_score(output, 2, GREY, border=3)
    inner = (slice(4, -4), slice(4, -4))
    error = np.mean((255 * (output - GREY)[inner]) ** 2)
    assert score.share == pytest.approx(score.amplitude**2 / error)
    assert 0 < checkerboard_share(GREY, output, 2) < 0.5


def test_contrast_does_not_change_it() -> None:
    """Half the contrast of both images has the same share."""
    output = np.roll(GREY, 1, 0) + 4 / 255 * CHECKER
    halved = checkerboard_share(GREY / 2, output / 2, 2)
    assert halved == pytest.approx(checkerboard_share(GREY, output, 2), rel=1e-9)


def test_without_a_reference_there_is_none() -> None:
    """The score without a reference says None, not 0."""
    assert lattice_score(GREY, 2).share is None


def test_it_needs_eight_cells() -> None:
    """With fewer there is no value, and the sentence names this metric."""
    small = np.zeros((15, 16))
    with pytest.raises(MetricUndefinedError) as caught:
        checkerboard_share(small, small, 2)
    assert str(caught.value) == "checkerboard_share needs at least 16 x 16 pixels, got 15 x 16."


def test_bad_values_are_named() -> None:
    """NaN and half a pixel of scale are refused in one sentence."""
    with pytest.raises(ImageError, match=r"^checkerboard_share: the output must be finite"):
        checkerboard_share(GREY, GREY * np.nan, 2)
    with pytest.raises(UsageError, match=r"^checkerboard_share: the scale must be a whole"):
        checkerboard_share(GREY, GREY, 2.5)  # type: ignore[arg-type]
