"""Staircase level: nearest neighbour has it, a checkerboard has not."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.staircase import staircase

GREY = data.camera()[100:292, 150:342] / 255
ROW, COLUMN = np.mgrid[: GREY.shape[0], : GREY.shape[1]]
CHECKER = (-1.0) ** (ROW + COLUMN)


def test_it_is_a_metric_on_request() -> None:
    """The decorator states the column and the unit, and that a run must ask for it."""
    described = getattr(staircase, ATTRIBUTE)
    assert (described.name, described.unit) == ("staircase_db", "dB")
    assert not described.headline


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nearest_neighbour_is_a_staircase(scale: int) -> None:
    """On slopes in all directions nearest neighbour has more than 3 dB."""
    i, j = np.mgrid[: 48 * scale, : 48 * scale]
    centre = 24.0 * scale - 0.5
    wave = 0.5 + 0.4 * np.cos(np.hypot(i - centre, j - centre) / 60)
    blocks = wave[scale // 2 :: scale, scale // 2 :: scale].repeat(scale, 0).repeat(scale, 1)
    assert staircase(wave, blocks, scale) > 3


def test_a_checkerboard_is_no_staircase() -> None:
    """A fixed pattern does not follow the slope."""
    assert staircase(GREY, GREY + 8 / 255 * CHECKER, 2) < 1


def test_it_needs_eight_cells() -> None:
    """With fewer there is no value, and the sentence names this metric."""
    small = np.zeros((15, 16))
    with pytest.raises(MetricUndefinedError) as caught:
        staircase(small, small, 2)
    assert str(caught.value) == "staircase_db needs at least 16 x 16 pixels, got 15 x 16."


def test_bad_values_are_named() -> None:
    """NaN and half a pixel of scale are refused in one sentence."""
    with pytest.raises(ImageError, match=r"^staircase_db: the output must be finite"):
        staircase(GREY, GREY * np.nan, 2)
    with pytest.raises(UsageError, match=r"^staircase_db: the scale must be a whole"):
        staircase(GREY, GREY, 2.5)  # type: ignore[arg-type]
