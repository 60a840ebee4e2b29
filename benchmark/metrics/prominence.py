"""Prominence: how far the lattice lines stand out from the spectrum beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics.checkerboard import lattice_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["prominence"]


@metric(
    "prominence_db",
    unit="dB",
    better="none",
    version=1,
    signature="cbl|v1|prominence|reference:full|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:removed|border:0|range:1|dtype:float64",
    summary="mean ratio of lattice line to background; not a level",
    format=".1f",
)
def prominence(
    reference: ArrayLike, output: ArrayLike, scale: int, *, data_range: float = 1.0
) -> float:
    """Return ``10 log10`` of the mean ratio of line to background; 0 is flat, below 0 a notch.

    Each line and each background get 1/12 squared grey level of rounding added.  It says how well a
    pattern can be told apart, not how strong it is: on a smooth picture a line of 0.1 grey levels
    can stand out by 5 dB.  Read it beside ``checkerboard_db``, never alone.

    The arguments and errors are those of ``checkerboard_level``.
    """
    score = lattice_score(output, scale, reference, data_range=data_range, name="prominence_db")
    return score.prominence_db
