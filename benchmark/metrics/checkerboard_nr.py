"""Checkerboard level without a reference: for outputs whose true image nobody has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics.checkerboard import lattice_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["checkerboard_nr"]


@metric(
    "checkerboard_nr_db",
    unit="dB",
    better="lower",
    version=1,
    signature="cbl|v1|reference:none|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:removed|zero:8-bit rounding|border:0|range:1|dtype:float64",
    summary="checkerboard level without a reference: real patterns count too",
    heading="checkerboard dB, no reference",
    format=".1f",
    range=(0, math.inf),
)
def checkerboard_nr(
    reference: ArrayLike,  # noqa: ARG001 - every metric takes it
    output: ArrayLike,
    scale: int,
    *,
    data_range: float = 1.0,
) -> float:
    """Return the checkerboard level of the output alone, in dB; 0 is none, lower is better.

    The scale is that of ``checkerboard_db``.  Without a reference it cannot tell a facade, a
    woven cloth or JPEG's 8 x 8 grid from an upsampler's pattern: photographs score up to 24 dB
    at x8.  Use it only where there is no reference, report the median over a dataset, and not at
    x8.

    The arguments and errors are those of ``checkerboard_level``. The reference is not looked at.
    """
    return lattice_score(output, scale, data_range=data_range, name="checkerboard_nr_db").level_db
