"""Checkerboard share: what part of the squared error the checkerboard makes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics.checkerboard import lattice_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["checkerboard_share"]


@metric(
    "checkerboard_share",
    unit="1",
    better="lower",
    version=1,
    signature="cbl|v1|share of mse|reference:full|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:removed|border:0|range:1|dtype:float64",
    summary="checkerboard share: its part of the mean squared error",
    format=".3f",
    range=(0, 1),
)
def checkerboard_share(
    reference: ArrayLike, output: ArrayLike, scale: int, *, data_range: float = 1.0
) -> float:
    """Return ``min(1, P / MSE)``, 0 to 1: the checkerboard's part of the mean squared error.

    P is the power in ``checkerboard_db = 10 log10(1 + 12 P)``.  Removing the pattern would raise
    PSNR by ``-10 log10(1 - share)`` dB.  It does not change with contrast.

    The arguments and errors are those of ``checkerboard_level``.
    """
    score = lattice_score(
        output, scale, reference, data_range=data_range, name="checkerboard_share"
    )
    return score.share or 0.0
