"""Blockiness: how much rougher the steps across cell edges are than those inside a cell.

Nearest neighbour is blocky and has no checkerboard; a checkerboard is a line on the lattice
whatever the blockiness.  This number stands beside ``checkerboard_db`` to tell the two apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics._inputs import (
    checked_image,
    require_sides,
    require_whole_scale,
)
from upbench.benchmark.metrics._lattice import MIN_CELLS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["blockiness"]

_ROUNDING = 1 / 3
"""Squared grey levels: two axes, each the difference of two rounded values (4 times 1/12)."""


@metric(
    "blockiness_db",
    unit="dB",
    better="lower",
    version=1,
    signature="blockiness|v1|differences:first, both axes, variance per phase"
    "|edge/inside|zero:8-bit rounding|border:0|range:1|dtype:float64",
    summary="roughness of the steps across cell edges against those inside cells",
    format=".1f",
)
def blockiness(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return ``10 log10`` of (variance of steps across cell edges) / (inside cells), in dB.

    0 for a picture without a grid, tens of dB for nearest neighbour (median 34 on photographs),
    at most 4 for the other interpolators.  Steps are first differences, their variance is taken
    for every phase of both axes separately, so a pattern that adds a constant per phase has no
    influence.  Below 1 dB of ``checkerboard_db`` and above 20 dB here: blocky, no checkerboard.

    Args:
        reference: Not looked at.
        output: The image to judge, ``(H, W)`` or ``(H, W, C)``, values in [0, data_range]; its
            origin is the corner of a cell.
        scale: The upsampling factor: the edge of a cell in pixels.
        data_range: The distance from black to white.

    Raises:
        ImageError: The shape is no image's, or a value is not finite.
        MetricUndefinedError: A side has fewer than 8 cells.
        UsageError: ``data_range`` or ``scale`` is out of range.
    """
    period = require_whole_scale("blockiness_db", scale)
    image = checked_image("blockiness_db", "output", output, data_range)
    require_sides("blockiness_db", image, MIN_CELLS * period)
    levels = image * (255 / data_range)
    steps = _step_variances(levels, period) + _step_variances(levels.swapaxes(0, 1), period)
    return 10 * math.log10((steps[-1] + _ROUNDING) / (steps[:-1].mean() + _ROUNDING))


def _step_variances(levels: Plane, scale: int) -> Plane:
    """Return the variance of the steps down from each phase of the rows, ``(scale,)``.

    The phases of the columns are centred separately and averaged; so are the channels.
    """
    steps = np.diff(levels, axis=0)
    return np.array(
        [
            np.mean([steps[p::scale, q::scale].var(axis=(0, 1)).mean() for q in range(scale)])
            for p in range(scale)
        ]
    )
