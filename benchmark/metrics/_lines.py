"""The lines of a picture on its lattice, and what they are set against.

A line counts as far as it stands above its background, is in the output and absent from the
reference, and does not follow the slope of the picture.  ``measure`` gathers what that takes;
``line_strength`` and ``counted`` do the sums.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.metrics._lattice import Axis, LatticeBins, Spectrum


@dataclass(frozen=True)
class Lines:
    """The lines of an image, and what they are set against, in squared grey levels."""

    image: Spectrum
    """The 9 bins of each line, ``(scale^2, tiles * channels, 9)``."""
    added: Spectrum
    """The same of image minus reference."""
    background: Plane
    """Power beside each line, ``(scale, scale)``; [0, 0] means nothing."""
    margin: float
    """How many times its background a line must exceed."""
    growth: Plane
    """The most that it may count, ``(scale, scale)``."""
    slope: Spectrum
    """Orthonormal basis of what follows the picture's slope, ``(tiles * channels * 9, 0..2)``."""
    per_bin: float
    """Mean square in the image of a pattern with unit power in each of its 9 bins."""


def measure(
    name: str,
    image: ArrayLike,
    scale: Scale,
    reference: ArrayLike | None,
    *,
    data_range: float,
    border: int = 0,
    unclipped: bool = False,
) -> Lines:
    """Transform an image and its reference, and gather the lines and their limits.

    The arguments and errors are those of ``lattice_score``; ``name`` is who asks, for messages.
    """
    # 1. Cut both images to the part that is measured; no reference is a black one.
    period = require_whole_scale(name, scale)
    black_or_reference = np.zeros(np.shape(image)) if reference is None else reference
    truth, given = checked_pair(name, black_or_reference, image, data_range, unclipped=unclipped)
    truth, given = (cut(picture, border, period) for picture in (truth, given))
    require_sides(name, given, _lattice.MIN_CELLS * period)
    # 2. Transform each channel, tile by tile, to the bins near the lattice.
    rows = _lattice.tile_axis(given.shape[0], period)
    columns = _lattice.tile_axis(given.shape[1], period, gain=255 / data_range)
    channels = [
        (found, _nothing(found) if reference is None else _lattice.lattice_bins(x, rows, columns))
        for found, x in zip(
            (_lattice.lattice_bins(y, rows, columns) for y in planes(given)),
            planes(truth),
            strict=True,
        )
    ]
    # 3. Set the lines against their background, the reference's lines and the slope.
    own, image_lines = (
        np.concatenate([_lattice.line_bins(pair[i].upright, rows, columns) for pair in channels], 1)
        for i in (1, 0)
    )
    margin = _margin(rows, columns)
    return Lines(
        image=image_lines,
        added=image_lines - own,
        background=_background(channels, _added_power, rows, columns),
        margin=margin,
        growth=_growth(image_lines, own, margin * _background(channels, _own_power, rows, columns)),
        slope=slope_basis(given, image_lines[0], rows, columns),
        per_bin=image_lines.shape[2] / (rows.size * columns.size),
    )


def _nothing(found: LatticeBins) -> LatticeBins:
    """Return the bins of a black image, without a transform."""
    return _lattice.LatticeBins(np.zeros_like(found.upright), np.zeros_like(found.lying))


def cut(image: Plane, border: int, scale: int) -> Plane:
    """Drop a border of whole cells, so that the lattice keeps its phase."""
    shave = -(-border // scale) * scale
    height, width = image.shape[:2]
    return image[shave : height - shave, shave : width - shave]


def line_strength(lines: Lines, *, with_slope: bool = False) -> Plane:
    """Return the power of each line that is in the image and not in the reference.

    Args:
        lines: What was measured.
        with_slope: Keep what follows the slope.

    Returns:
        ``(scale, scale)``, mean per bin, in squared grey levels.
    """
    basis = lines.slope[:, :0] if with_slope else lines.slope
    image, added = (_lattice.power(_without(line, basis)) for line in (lines.image, lines.added))
    strength: Plane = np.minimum(image, added).mean(axis=1).reshape(lines.background.shape)
    return strength


def counted(lines: Lines, strength: Plane) -> Plane:
    """Return what each line counts: above its floor, and no more than it grew.

    Returns:
        ``(scale, scale)``, mean square in the image, in squared grey levels; [0, 0] is 0.
    """
    above = np.maximum(strength - lines.margin * lines.background, 0)
    power = np.minimum(above, lines.growth) * lines.per_bin
    power[0, 0] = 0  # the picture itself
    return power


def _margin(rows: Axis, columns: Axis) -> float:
    """Few tiles give noisy estimates, so ask for more: 2 from nine tile areas, 4 for one."""
    areas = rows.length * columns.length / (rows.size * columns.size)
    return max(2.0, 1 + 3 / math.sqrt(areas))


def _background(
    channels: Sequence[tuple[LatticeBins, LatticeBins]],
    powers: Callable[[Spectrum, Spectrum], Plane],
    rows: Axis,
    columns: Axis,
) -> Plane:
    upright = [_lattice.mean_power(powers(y.upright, x.upright)) for y, x in channels]
    lying = [_lattice.mean_power(powers(y.lying, x.lying)) for y, x in channels]
    return _lattice.background(np.mean(upright, 0), np.mean(lying, 0), rows, columns)


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


def _without(lines: Spectrum, basis: Spectrum) -> Spectrum:
    """Project the columns of an orthonormal basis out of each line: ``(scale^2, bins)``."""
    flat = lines.reshape(len(lines), -1)
    return flat - (flat @ basis.conj()) @ basis.T
