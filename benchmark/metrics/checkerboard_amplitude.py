"""Checkerboard amplitude: the height of the pattern behind ``checkerboard_db``, in grey levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics.checkerboard import lattice_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["checkerboard_amplitude"]


@metric(
    "checkerboard_amplitude",
    unit="gl",
    better="lower",
    version=1,
    signature="cbl|v1|amplitude|reference:full|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:removed|border:0|range:1|dtype:float64",
    summary="checkerboard amplitude: RMS of the pattern in grey levels",
    heading="checkerboard grey levels",
    format=".2f",
    range=(0, math.inf),
)
def checkerboard_amplitude(
    reference: ArrayLike, output: ArrayLike, scale: int, *, data_range: float = 1.0
) -> float:
    """Return the root mean square of the checkerboard in grey levels; 0 is none.

    It is ``sqrt(P)`` of ``checkerboard_db = 10 log10(1 + 12 P)``; a grey level is 1/255 of the
    range.  Of a pattern with an amplitude of 1 grey level or more, 0.9 and up is found.

    The arguments and errors are those of ``checkerboard_level``.
    """
    score = lattice_score(
        output, scale, reference, data_range=data_range, name="checkerboard_amplitude"
    )
    return score.amplitude
