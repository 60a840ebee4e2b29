"""What every metric keeps: its column, its smallest image, what it refuses and how."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from photograph import GREY

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.blockiness import blockiness
from upbench.benchmark.metrics.checkerboard import checkerboard_level
from upbench.benchmark.metrics.lattice_numbers import (
    checkerboard_amplitude,
    checkerboard_nr,
    checkerboard_share,
    prominence,
    staircase,
)
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.metrics.shift import shift
from upbench.benchmark.metrics.ssim import ssim

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {
    blockiness: ("blockiness_db", "dB"),
    checkerboard_amplitude: ("checkerboard_amplitude", "gl"),
    checkerboard_nr: ("checkerboard_nr_db", "dB"),
    checkerboard_share: ("checkerboard_share", "1"),
    prominence: ("prominence_db", "dB"),
    staircase: ("staircase_db", "dB"),
}
each = pytest.mark.parametrize(
    ("measure", "column", "unit"),
    [(measure, *stated) for measure, stated in COLUMNS.items()],
    ids=[column for column, _ in COLUMNS.values()],
)

HEADLINE = {psnr: "psnr_db", ssim: "ssim", checkerboard_level: "checkerboard_db", shift: "shift_px"}
each_headline = pytest.mark.parametrize(("measure", "column"), HEADLINE.items(), ids=HEADLINE.get)
BLACK = np.zeros((64, 64))


@each
def test_it_is_a_metric_on_request(measure: Callable[..., float], column: str, unit: str) -> None:
    """The decorator states the column and the unit, and that a run must ask for it."""
    described: Any = getattr(measure, ATTRIBUTE)
    assert (described.name, described.unit) == (column, unit)
    assert not described.headline


@each
def test_it_needs_eight_cells(measure: Callable[..., float], column: str, unit: str) -> None:
    """With fewer there is no value, and the sentence names this metric."""
    small = np.zeros((15, 16))
    with pytest.raises(MetricUndefinedError) as caught:
        measure(small, small, 2)
    assert str(caught.value) == f"{column} needs at least 16 x 16 pixels, got 15 x 16."


@each
def test_bad_values_are_named(measure: Callable[..., float], column: str, unit: str) -> None:
    """NaN and half a pixel of scale are refused in one sentence."""
    with pytest.raises(ImageError, match=rf"^{column}: the output must be finite"):
        measure(GREY, GREY * np.nan, 2)
    with pytest.raises(UsageError, match=rf"^{column}: the scale must be a whole"):
        measure(GREY, GREY, 2.5)


@each_headline
@pytest.mark.parametrize("shape", [(64, 66), (64, 64, 3)], ids=str)
def test_shapes_must_match(
    measure: Callable[..., float], column: str, shape: tuple[int, ...]
) -> None:
    """A mismatch names both shapes."""
    with pytest.raises(ImageError) as caught:
        measure(BLACK, np.zeros(shape), 2)
    expected = f"reference and output must have one shape, got (64, 64) and {shape}."
    assert str(caught.value) == f"{column}: {expected}"


@each_headline
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_must_be_finite(measure: Callable[..., float], column: str, value: float) -> None:
    """NaN and infinity are refused, and the message says in which image."""
    broken = BLACK.copy()
    broken[1, 2] = value
    with pytest.raises(ImageError, match=rf"^{column}: the output must be finite everywhere"):
        measure(BLACK, broken, 2)
    with pytest.raises(ImageError, match=rf"^{column}: the reference must be finite everywhere"):
        measure(broken, BLACK, 2)


@each_headline
@pytest.mark.parametrize("data_range", [0, -1, math.nan, math.inf])
def test_the_range_must_be_positive(
    measure: Callable[..., float], column: str, data_range: float
) -> None:
    """A range that is no distance is refused."""
    with pytest.raises(UsageError, match=rf"^{column}: data_range must be a positive number, got"):
        measure(BLACK, BLACK, 2, data_range=data_range)
