"""Checkerboard amplitude: what was added is what is found."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.checkerboard import lattice_score
from upbench.benchmark.metrics.checkerboard_amplitude import checkerboard_amplitude

GREY = data.camera()[100:292, 150:342] / 255
ROW, COLUMN = np.mgrid[: GREY.shape[0], : GREY.shape[1]]
CHECKER = (-1.0) ** (ROW + COLUMN)


def test_it_is_a_metric_on_request() -> None:
    """The decorator states the column and the unit, and that a run must ask for it."""
    described = getattr(checkerboard_amplitude, ATTRIBUTE)
    assert (described.name, described.unit) == ("checkerboard_amplitude", "gl")
    assert not described.headline


@pytest.mark.parametrize("amplitude", [1.0, 4.0, 16.0])
def test_it_is_the_height_of_a_pattern(amplitude: float) -> None:
    """A checker of a grey levels RMS on a photograph is found within 10 %, in any data range."""
    output = GREY + amplitude / 255 * CHECKER
    found = checkerboard_amplitude(GREY, output, 2)
    assert found == pytest.approx(amplitude, rel=0.1)
    assert checkerboard_amplitude(GREY * 255, output * 255, 2, data_range=255) == pytest.approx(
        found
    )


def test_it_is_proportional_to_contrast() -> None:
    """Twice the contrast of both images is twice the amplitude."""
    output = GREY + 4 / 255 * CHECKER
    doubled = checkerboard_amplitude(2 * GREY, 2 * output, 2)
    assert doubled == pytest.approx(2 * checkerboard_amplitude(GREY, output, 2), rel=1e-9)


def test_it_agrees_with_the_level() -> None:
    """The level is ``10 log10(1 + 12 amplitude^2)``."""
    output = GREY + 2 / 255 * CHECKER
    level = 10 * np.log10(1 + 12 * checkerboard_amplitude(GREY, output, 2) ** 2)
    assert level == pytest.approx(lattice_score(output, 2, GREY).level_db)


def test_it_needs_eight_cells() -> None:
    """With fewer there is no value, and the sentence names this metric."""
    small = np.zeros((15, 16))
    with pytest.raises(MetricUndefinedError) as caught:
        checkerboard_amplitude(small, small, 2)
    assert str(caught.value) == "checkerboard_amplitude needs at least 16 x 16 pixels, got 15 x 16."


def test_bad_values_are_named() -> None:
    """NaN and half a pixel of scale are refused in one sentence."""
    with pytest.raises(ImageError, match=r"^checkerboard_amplitude: the output must be finite"):
        checkerboard_amplitude(GREY, GREY * np.nan, 2)
    with pytest.raises(UsageError, match=r"^checkerboard_amplitude: the scale must be a whole"):
        checkerboard_amplitude(GREY, GREY, 2.5)  # type: ignore[arg-type]
