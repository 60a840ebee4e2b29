"""What every metric on request keeps: its column, its smallest image, its refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from photograph import GREY

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError
from upbench.benchmark.metrics.blockiness import blockiness
from upbench.benchmark.metrics.lattice_numbers import (
    checkerboard_amplitude,
    checkerboard_nr,
    checkerboard_share,
    prominence,
    staircase,
)

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
