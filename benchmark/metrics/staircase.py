"""Staircase level: the lattice lines that follow the slope: blocks, and no checkerboard."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics.checkerboard import lattice_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["staircase"]


@metric(
    "staircase_db",
    unit="dB",
    better="lower",
    version=1,
    signature="cbl|v1|staircase|reference:full|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:kept less removed|border:0|range:1|dtype:float64",
    summary="staircase level: lattice lines that follow the picture's slope",
    format=".1f",
    range=(0, math.inf),
)
def staircase(
    reference: ArrayLike, output: ArrayLike, scale: int, *, data_range: float = 1.0
) -> float:
    """Return the level of the lattice lines that follow the slope, in dB; 0 is none.

    The scale is that of ``checkerboard_db``.  Nearest neighbour turns a ramp into a ramp plus a
    sawtooth: lines in proportion to the local slope.  ``checkerboard_db`` leaves them out, this
    number says how strong they are.

    The arguments and errors are those of ``checkerboard_level``.
    """
    score = lattice_score(output, scale, reference, data_range=data_range, name="staircase_db")
    return score.staircase_db
