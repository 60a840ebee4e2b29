"""Checkerboard level: the power of the spectral lines that an upsampler leaves on its lattice.

An upsampler by s whose s x s phases have unequal gains repeats the flat and slowly shaded parts
of the picture at the lattice frequencies (k/s, l/s): sharp lines *on* the lattice.  Interpolators
without that fault leave energy beside the lattice only, or lines that follow the picture's slope
(the staircase of nearest neighbour).  So: measure the lines, take away their background and what
follows the slope, and what is left is checkerboard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.contract import metric
from upbench.benchmark.metrics import _lattice
from upbench.benchmark.metrics._inputs import (
    checked_pair,
    planes,
    require_sides,
    require_whole_scale,
)
from upbench.benchmark.metrics._slope import slope_basis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from upbench.benchmark.metrics._inputs import Plane
    from upbench.benchmark.metrics._lattice import Axis, LatticeBins, Spectrum

__all__ = ["LatticeScore", "checkerboard", "lattice_score"]

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


@metric(
    "checkerboard_db",
    unit="dB",
    better="lower",
    version=1,
    signature="cbl|v1|reference:full|tiles:32 cells, half overlap|window:hann"
    "|background:3-8, margin 2-4|slope:removed|zero:8-bit rounding|border:0|range:1|dtype:float64",
    summary="checkerboard level: lattice lines that the reference does not have",
)
def checkerboard(
    reference: ArrayLike, output: ArrayLike, scale: int, *, data_range: float = 1.0
) -> float:
    """Return the checkerboard level of the output in dB; 0 is none, lower is better.

    Below 1 dB is clean, from 6 dB it shows in flat areas, above 20 dB it is severe: 6 dB is a
    pattern of 0.5, 11 dB of 1 and 23 dB of 4 grey levels RMS.  It is not symmetric: only energy
    that is in the output and not in the reference counts.  No border is dropped, since a protocol
    has already shaved it; the shave is a whole number of cells, so the lattice keeps its phase.

    Args:
        reference: The true image, ``(H, W)`` or ``(H, W, C)``, values in [0, data_range].
        output: The image to judge, of the same shape; its origin is the corner of a cell.
        scale: The upsampling factor: the period of the lattice.
        data_range: The distance from black to white.

    Raises:
        ImageError: The shapes differ, or a value is not finite.
        MetricUndefinedError: A side has fewer than 8 cells.
        UsageError: ``data_range`` or ``scale`` is out of range.
    """
    return lattice_score(output, scale, reference, data_range=data_range).level_db


def lattice_score(
    image: ArrayLike,
    scale: int,
    reference: ArrayLike | None = None,
    *,
    data_range: float = 1.0,
    border: int = 0,
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

    Raises:
        ImageError: The shapes differ, or a value is not finite.
        MetricUndefinedError: Fewer than 8 cells are left on a side.
        UsageError: ``data_range`` or ``scale`` is out of range.
    """
    # 1. Cut both images to the part that is measured; no reference is a black one.
    period = require_whole_scale("checkerboard_db", scale)
    black_or_reference = np.zeros(np.shape(image)) if reference is None else reference
    truth, given = checked_pair("checkerboard_db", black_or_reference, image, data_range)
    truth, given = (_cut(picture, border, period) for picture in (truth, given))
    require_sides("checkerboard_db", given, _lattice.MIN_CELLS * period)
    # 2. Transform each channel, tile by tile, to the bins near the lattice.
    rows = _lattice.tile_axis(given.shape[0], period)
    columns = _lattice.tile_axis(given.shape[1], period, gain=255 / data_range)
    channels = [
        (_lattice.lattice_bins(y, rows, columns), _lattice.lattice_bins(x, rows, columns))
        for y, x in zip(planes(given), planes(truth), strict=True)
    ]
    # 3. Count the lines above their background, with and without what follows the slope.
    lines = _measure_lines(channels, rows, columns)
    slope = slope_basis(given, lines.image[0], rows, columns)
    checker = _counted(lines, slope)
    staircase = max(0.0, _counted(lines, slope[:, :0]) - checker)
    return LatticeScore(_decibel(checker), math.sqrt(checker), _decibel(staircase))


def _cut(image: Plane, border: int, scale: int) -> Plane:
    """Drop a border of whole cells, so that the lattice keeps its phase."""
    shave = -(-border // scale) * scale
    height, width = image.shape[:2]
    return image[shave : height - shave, shave : width - shave]


def _decibel(counted: float) -> float:
    return 10 * math.log10(1 + counted / ROUNDING_POWER)


# ------------------------------------------------------------------ lines and what limits them


@dataclass(frozen=True)
class _Lines:
    """The lines of an image, and what they are set against, in squared grey levels."""

    image: Spectrum
    """The 9 bins of each line, ``(scale^2, tiles * channels, 9)``."""
    added: Spectrum
    """The same of image minus reference."""
    floor: Plane
    """Power that a line must exceed, ``(scale, scale)``."""
    growth: Plane
    """The most that it may count, ``(scale, scale)``."""
    per_bin: float
    """Mean square in the image of a pattern with unit power in each of its 9 bins."""


def _measure_lines(
    channels: Sequence[tuple[LatticeBins, LatticeBins]], rows: Axis, columns: Axis
) -> _Lines:
    """Gather the lines of all channels and the limits that the background sets them."""

    def background(powers: Callable[[Spectrum, Spectrum], Plane]) -> Plane:
        upright = [_lattice.mean_power(powers(y.upright, x.upright)) for y, x in channels]
        lying = [_lattice.mean_power(powers(y.lying, x.lying)) for y, x in channels]
        return _lattice.background(np.mean(upright, 0), np.mean(lying, 0), rows, columns)

    image, own = (
        np.concatenate([_lattice.line_bins(pair[i].upright, rows, columns) for pair in channels], 1)
        for i in (0, 1)
    )
    # Few tiles give noisy estimates, so ask for more: 2 from nine tile areas, 4 for one.
    pixels = rows.size * columns.size
    margin = max(2.0, 1 + 3 / math.sqrt(rows.length * columns.length / pixels))
    return _Lines(
        image=image,
        added=image - own,
        floor=margin * background(_added_power),
        growth=_growth(image, own, margin * background(_own_power)),
        per_bin=image.shape[2] / pixels,
    )


def _added_power(image: Spectrum, reference: Spectrum) -> Plane:
    """Power that is in the image and absent from the reference."""
    return np.minimum(_lattice.power(image), _lattice.power(image - reference))


def _own_power(_image: Spectrum, reference: Spectrum) -> Plane:
    return _lattice.power(reference)


def _growth(image: Spectrum, own: Spectrum, floor: Plane) -> Plane:
    """Return how much stronger a line is than the reference's own, infinity where it has none."""
    before, after = (
        _lattice.power(line).mean(axis=(1, 2)).reshape(floor.shape) for line in (own, image)
    )
    return np.where(before > floor, np.maximum(after - before, 0), np.inf)


def _counted(lines: _Lines, slope: Spectrum) -> float:
    """Add up the power of all lines that is not explained by the slope, the floor or growth."""
    image, added = (_lattice.power(_without(line, slope)) for line in (lines.image, lines.added))
    strength = np.minimum(image, added).mean(axis=1).reshape(lines.floor.shape)
    counted = np.minimum(np.maximum(strength - lines.floor, 0), lines.growth)
    counted[0, 0] = 0  # the picture itself
    return float(counted.sum()) * lines.per_bin


def _without(lines: Spectrum, basis: Spectrum) -> Spectrum:
    """Project the columns of an orthonormal basis out of each line: ``(scale^2, bins)``."""
    flat = lines.reshape(len(lines), -1)
    return flat - (flat @ basis.conj()) @ basis.T
