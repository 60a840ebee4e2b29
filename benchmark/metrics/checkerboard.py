"""Checkerboard level: the power of the spectral lines that an upsampler leaves on its lattice.

An upsampler by s whose s x s phases have unequal gains repeats the flat and slowly shaded parts
of the picture at the lattice frequencies (k/s, l/s): sharp lines *on* the lattice.  Interpolators
without that fault leave energy beside the lattice only, or lines that follow the picture's slope
(the staircase of nearest neighbour).  So: measure the lines, take away their background and what
follows the slope, and what is left is checkerboard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics._inputs import require_validated
from upbench.benchmark.metrics._lines import counted, cut, line_strength, measure

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.metrics._lines import Lines

__all__ = [
    "CLEAN_DB",
    "ROUNDING_POWER",
    "LatticeScore",
    "checkerboard",
    "checkerboard_level",
    "decibel",
    "lattice_score",
]

CLEAN_DB = 1.0
"""Below this an image shows no checkerboard; most photographs without one stay below 0.7 dB."""
ROUNDING_POWER = 1 / 12
"""Variance of 8-bit rounding, in squared grey levels: what 0 dB stands for."""


@dataclass(frozen=True)
class LatticeScore:
    """Strength of the patterns of period ``scale``; a grey level is 1/255 of the data range."""

    level_db: float
    """``10 log10(1 + 12 P)``, P the power of the checkerboard; 0 is none, lower is better."""
    amplitude: float
    """``sqrt(P)``: its root mean square in grey levels."""
    staircase_db: float
    """The same scale as ``level_db`` for that part of the lines which follows the slope."""
    prominence_db: float
    """``10 log10`` of the mean ratio of line to background; 0 is flat, below 0 a notch."""
    share: float | None
    """``P / MSE``, 0 to 1: what part of the error it is; None without a reference."""
    peak: tuple[int, int]
    """``(k, l)`` of the line that counts most: k/scale cycles per pixel down, l/scale to the
    right; (0, 0) where none counts."""
    map: Plane = field(compare=False, repr=False)
    """What each line (k, l) counts, ``(scale, scale)``, in squared grey levels; adds up to P."""


@metric(
    "checkerboard_db",
    unit="dB",
    better="lower",
    version=1,
    signature="cbl|v1|reference:full|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:removed|zero:8-bit rounding|border:0|range:1|dtype:float64",
    summary="checkerboard level: lattice lines that the reference does not have",
    headline=True,
    format=".1f",
    range=(0, math.inf),
    clean=CLEAN_DB,
)
def checkerboard(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return the checkerboard level of the output in dB; 0 is none, lower is better.

    Below 1 dB is clean, from 6 dB it shows in flat areas, above 20 dB it is severe: 6 dB is a
    pattern of 0.5, 11 dB of 1 and 23 dB of 4 grey levels RMS.  It is not symmetric: only energy
    that is in the output and not in the reference counts.  No border is dropped, since a protocol
    has already shaved it; the shave is a whole number of cells, so the lattice keeps its phase.

    The arguments and errors are those of :func:`checkerboard_level`.

    Raises:
        MetricUndefinedError: The images are smaller than those that the level is validated on.
        UsageError: ``data_range`` or ``scale`` is out of range.
    """
    require_validated("checkerboard_db", reference, output, scale, data_range)
    return checkerboard_level(reference, output, scale, data_range=data_range)


def checkerboard_level(
    reference: ArrayLike,
    output: ArrayLike,
    scale: Scale,
    *,
    data_range: float = 1.0,
    unclipped: bool = False,
) -> float:
    """Return the level as :func:`checkerboard` does, on images of any size from 8 cells a side.

    On small ones it gives false alarms (``_inputs.require_validated`` has the numbers): for crops
    of which many are averaged, and for made images.

    Args:
        reference: The true image, ``(H, W)`` or ``(H, W, C)``, values in [0, data_range].
        output: The image to judge, of the same shape; its origin is the corner of a cell.
        scale: The upsampling factor: the period of the lattice.
        data_range: The distance from black to white.
        unclipped: Whether the output may leave the range, as a network's does before clipping.

    Raises:
        ImageError: The shapes differ, a value is not finite, or the output leaves the range.
        MetricUndefinedError: A side has fewer than 8 cells.
        UsageError: ``data_range`` or ``scale`` is out of range.
    """
    lines = measure(
        "checkerboard_db", output, scale, reference, data_range=data_range, unclipped=unclipped
    )
    return decibel(float(counted(lines, line_strength(lines)).sum()))


def lattice_score(
    image: ArrayLike,
    scale: Scale,
    reference: ArrayLike | None = None,
    *,
    data_range: float = 1.0,
    border: int = 0,
    name: str = "checkerboard_db",
) -> LatticeScore:
    """Measure the lines of an image at the lattice frequencies (k/scale, l/scale).

    With a reference, a bin counts as far as its energy is in the image and absent from the
    reference, and a line that the reference has itself counts as far as it grew.  Without one,
    real patterns of this period (facades, JPEG blocks) count as well.

    Args:
        image: ``(H, W)`` or ``(H, W, C)``, values in [0, data_range]; channels are averaged.
        scale: The period of the lattice in pixels, at least 2.
        reference: The true image, of the same shape.
        data_range: The distance from black to white.
        border: Pixels to drop on each side, rounded up to a whole number of cells.
        name: The column that it is computed for: what messages speak of.

    Raises:
        ImageError: The shapes differ, or a value is not finite.
        MetricUndefinedError: Fewer than 8 cells are left on a side.
        UsageError: ``data_range`` or ``scale`` is out of range.
    """
    lines = measure(name, image, scale, reference, data_range=data_range, border=border)
    strength = line_strength(lines)
    checker = counted(lines, strength)
    power = float(checker.sum())
    with_slope = float(counted(lines, line_strength(lines, with_slope=True)).sum())
    error = 0.0 if reference is None else _error(reference, image, scale, data_range, border)
    return LatticeScore(
        level_db=decibel(power),
        amplitude=math.sqrt(power),
        staircase_db=decibel(max(0.0, with_slope - power)),
        prominence_db=_prominence(lines, strength),
        share=None if reference is None else min(1.0, power / error) if error else 0.0,
        peak=_peak(checker),
        map=checker,
    )


def decibel(power: float) -> float:
    """Return ``10 log10(1 + 12 P)`` for a power in squared grey levels."""
    return 10 * math.log10(1 + power / ROUNDING_POWER)


def _prominence(lines: Lines, strength: Plane) -> float:
    """Average the ratio of line to background over all lines but the picture itself, in dB."""
    ratio = (strength + ROUNDING_POWER) / (lines.background + ROUNDING_POWER)
    return 10 * math.log10((ratio.sum() - ratio[0, 0]) / (ratio.size - 1))


def _peak(checker: Plane) -> tuple[int, int]:
    """Return the strongest line, the first of it and its mirror image (-k, -l)."""
    k, m = np.unravel_index(int((checker >= checker.max() * (1 - 1e-9)).argmax()), checker.shape)
    return int(k), int(m)


def _error(
    reference: ArrayLike, image: ArrayLike, scale: Scale, data_range: float, border: int
) -> float:
    """Return the mean squared error of what is measured, in squared grey levels."""
    truth, given = (
        cut(np.asarray(picture, dtype=np.float64), border, int(scale))
        for picture in (reference, image)
    )
    return float(np.square((given - truth) * (255 / data_range)).mean())
