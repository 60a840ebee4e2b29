"""Checkerboard level without a reference."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.checkerboard import lattice_score
from upbench.benchmark.metrics.checkerboard_nr import checkerboard_nr

GREY = data.camera()[100:292, 150:342] / 255
ROW, COLUMN = np.mgrid[: GREY.shape[0], : GREY.shape[1]]
CHECKER = (-1.0) ** (ROW + COLUMN)


def test_it_is_a_metric_on_request() -> None:
    """The decorator states the column and the unit, and that a run must ask for it."""
    described = getattr(checkerboard_nr, ATTRIBUTE)
    assert (described.name, described.unit) == ("checkerboard_nr_db", "dB")
    assert not described.headline


def test_the_reference_is_not_looked_at() -> None:
    """Any reference gives the same level, that of ``lattice_score`` without one."""
    output = GREY + 4 / 255 * CHECKER
    level = checkerboard_nr(GREY, output, 2)
    assert level == checkerboard_nr(output, output, 2) == lattice_score(output, 2).level_db
    assert 15 < level < 25


def test_real_texture_of_the_period_counts() -> None:
    """Unlike the level with a reference, it takes a woven cloth for a checkerboard."""
    weave = GREY + 8 / 255 * CHECKER
    assert checkerboard_nr(weave, weave, 2) > 20
    assert lattice_score(weave, 2, weave).level_db == 0


def test_it_needs_eight_cells() -> None:
    """With fewer there is no value, and the sentence names this metric."""
    small = np.zeros((15, 16))
    with pytest.raises(MetricUndefinedError) as caught:
        checkerboard_nr(small, small, 2)
    assert str(caught.value) == "checkerboard_nr_db needs at least 16 x 16 pixels, got 15 x 16."


def test_bad_values_are_named() -> None:
    """NaN and half a pixel of scale are refused in one sentence."""
    with pytest.raises(ImageError, match=r"^checkerboard_nr_db: the output must be finite"):
        checkerboard_nr(GREY, GREY * np.nan, 2)
    with pytest.raises(UsageError, match=r"^checkerboard_nr_db: the scale must be a whole"):
        checkerboard_nr(GREY, GREY, 2.5)  # type: ignore[arg-type]
