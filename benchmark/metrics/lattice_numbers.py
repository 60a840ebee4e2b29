"""The other numbers of the lattice lines: they explain ``checkerboard_db``, on request.

They have a value on small images too, where ``checkerboard_db`` has none because of false alarms:
there they show such alarms as well.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics.checkerboard import lattice_score

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from upbench.benchmark.core.kinds import Better
    from upbench.benchmark.core.sizes import Scale

__all__ = [
    "checkerboard_amplitude",
    "checkerboard_nr",
    "checkerboard_share",
    "prominence",
    "staircase",
]

_LINES = "tiles:32 cells, half overlap|window:hann|background:3-8, margin 2-4|slope"
_END = "border:0|range:1|dtype:float64"


def _number(
    name: str,
    field: str,
    signature: str,
    *,
    blind: bool = False,
    unit: str = "dB",
    better: Better = "lower",
    **described: Any,
) -> Callable[..., float]:
    """Return a number of ``LatticeScore`` as a metric.

    Args:
        name: The metric's.
        field: The number's.
        signature: What is between "cbl|v1" and "border".
        blind: Do not look at the reference.
        unit: The number's.
        better: Which way is better.
        described: More arguments of the decorator.
    """

    @metric(name, unit=unit, better=better, signature=f"cbl|v1|{signature}|{_END}", **described)
    def measured(
        reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
    ) -> float:
        """Return the number; arguments and errors are those of ``checkerboard_level``."""
        truth = None if blind else reference
        score = lattice_score(output, scale, truth, data_range=data_range, name=name)
        return float(getattr(score, field) or 0.0)

    return measured


checkerboard_amplitude = _number(
    "checkerboard_amplitude",
    "amplitude",
    f"amplitude|reference:full|{_LINES}:removed",
    unit="gl",
    summary="checkerboard amplitude: RMS of the pattern in grey levels",
    format=".2f",
    range=(0, math.inf),
    heading="checkerboard grey levels",
)
"""The root mean square of the checkerboard in grey levels; 0 is none.

It is ``sqrt(P)`` of ``checkerboard_db = 10 log10(1 + 12 P)``; a grey level is 1/255 of the range.
Of a pattern with an amplitude of 1 grey level or more, 0.9 and up is found.
"""

checkerboard_nr = _number(
    "checkerboard_nr_db",
    "level_db",
    f"reference:none|{_LINES}:removed|zero:8-bit rounding",
    blind=True,
    summary="checkerboard level without a reference: real patterns count too",
    heading="checkerboard dB, no reference",
    format=".1f",
    range=(0, math.inf),
)
"""The checkerboard level of the output alone, in dB, for where there is no true image.

The scale is that of ``checkerboard_db``.  Without a reference it cannot tell a facade, a woven
cloth or JPEG's 8 x 8 grid from an upsampler's pattern: photographs score up to 24 dB at x8.  Use it
only where there is no reference, report the median over a dataset, and not at x8.
"""

checkerboard_share = _number(
    "checkerboard_share",
    "share",
    f"share of mse|reference:full|{_LINES}:removed",
    unit="1",
    summary="checkerboard share: its part of the mean squared error",
    format=".3f",
    range=(0, 1),
)
"""``min(1, P / MSE)``, 0 to 1: the checkerboard's part of the mean squared error.

P is the power in ``checkerboard_db = 10 log10(1 + 12 P)``.  Removing the pattern would raise PSNR
by ``-10 log10(1 - share)`` dB.  It does not change with contrast.
"""

prominence = _number(
    "prominence_db",
    "prominence_db",
    f"prominence|reference:full|{_LINES}:removed",
    better="none",
    summary="mean ratio of lattice line to background; not a level",
    format=".1f",
)
"""``10 log10`` of the mean ratio of line to background; 0 is flat, below 0 a notch.

Each line and each background get 1/12 squared grey level of rounding added.  It says how well a
pattern stands out, not how strong it is: on a smooth picture a line of 0.1 grey levels can
stand out by 5 dB.  Read it beside ``checkerboard_db``, never alone.
"""

staircase = _number(
    "staircase_db",
    "staircase_db",
    f"staircase|reference:full|{_LINES}:kept less removed",
    summary="staircase level: lattice lines that follow the picture's slope",
    format=".1f",
    range=(0, math.inf),
)
"""The level of the lattice lines that follow the slope, in dB; 0 is none.

The scale is that of ``checkerboard_db``.  Nearest neighbour turns a ramp into a ramp plus a
sawtooth: lines in proportion to the local slope.  ``checkerboard_db`` leaves them out, this number
says how strong they are.
"""
