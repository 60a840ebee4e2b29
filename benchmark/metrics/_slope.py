"""What part of a lattice line follows the slope of the picture: a staircase, not a checkerboard.

Nearest neighbour turns a ramp into a ramp plus a sawtooth, so its lines are proportional to the
local slope.  The slopes are described by the same bins as the lines, near zero frequency.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.metrics._inputs import planes
from upbench.benchmark.metrics._lattice import LINE, project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.metrics._lattice import Axis, Spectrum

_LOW = np.array([[0, 1, 1j], [1, 0, 0], [0, 1, -1j]])
"""From (mean, cosine, sine) sums to the bins -1, 0, 1."""

_DISTINCT = 1e-3  # a slope closer than this to the protected patterns is one of them
_ZERO = 1e-9  # grey levels


def slope_basis(image: Plane, brightness: Spectrum, rows: Axis, columns: Axis) -> Spectrum:
    """Return an orthonormal basis of the slopes, ``(bins, 0..2)``.

    Patterns that are constant or follow the brightness are protected: they are projected out
    first.  Coefficients are shared by the whole image, so only a fixed multiple of the slope
    everywhere can be removed.
    """
    constant = np.broadcast_to(_baseband(rows, columns), brightness.shape)
    protected = _unit_columns([constant, brightness])
    channels = [_slope_bins(plane, rows, columns) for plane in planes(image)]
    slopes = _unit_columns([np.concatenate(axis) for axis in zip(*channels, strict=True)])
    if slopes.shape[1] == 0:
        return slopes
    q, _ = np.linalg.qr(protected)
    basis, strength, _ = np.linalg.svd(slopes - q @ (q.conj().T @ slopes), full_matrices=False)
    return basis[:, strength > _DISTINCT]


def _unit_columns(columns: Sequence[Spectrum]) -> Spectrum:
    """Stack as columns of length one, without those that are zero."""
    stacked = np.stack([column.ravel() for column in columns], axis=1)
    size = np.linalg.norm(stacked, axis=0)
    unit: Spectrum = stacked[:, size > _ZERO] / size[size > _ZERO]
    return unit


def _baseband(rows: Axis, columns: Axis) -> Spectrum:
    """Return the 9 bins around zero frequency of a tile of ones."""
    low = [_LOW @ np.concatenate(_low_waves(axis)).sum(axis=1) for axis in (rows, columns)]
    outer: Spectrum = np.outer(*low).ravel()
    return outer


def _slope_bins(plane: Plane, rows: Axis, columns: Axis) -> tuple[Spectrum, Spectrum]:
    """Return the 9 low bins of the vertical and horizontal slope, each ``(tiles, 9)``.

    The slope is per cell and taken of a copy without lattice lines: box-filtered over one cell
    on both axes, then s times the central difference, edges replicated.  All of these are linear
    and separable, so they are applied to the few weights of each tile and not to the image.
    """
    column_from, column_weights = _slope_weights(columns)
    across = project(plane, column_from, column_weights)
    sums = _low_sums(across, *_slope_weights(rows))
    smooth, steep = slice(0, 3), slice(3, 6)
    return _low_bins(sums[:, steep, :, smooth]), _low_bins(sums[:, smooth, :, steep])


def _low_waves(axis: Axis) -> tuple[Plane, Plane]:
    cosine, sine = axis.waves(np.arange(2))
    return cosine, sine[1:]


def _slope_weights(axis: Axis) -> tuple[Sequence[int], Sequence[Plane]]:
    """Return, per tile, its first pixel and the weights of its smoothed and slope low sums.

    The weights are ``(pixels, 6)``: mean, cosine and sine of the smoothed image, then of its slope.
    """
    s = axis.scale
    box = np.full(s, 1 / s) if s % 2 else np.r_[0.5, np.ones(s - 1), 0.5] / s
    difference = np.array([-0.5 * s, 0.0, 0.5 * s])
    reach = s // 2 + 1
    waves = np.concatenate(_low_waves(axis)).T

    @cache  # all tiles but those at the ends have the same
    def tile(before: int, after: int) -> Plane:
        weights = np.pad(waves, ((before, after), (0, 0)))
        return np.hstack([_adjoint(weights, box), _adjoint(_adjoint(weights, difference), box)])

    margins = [(start, axis.length - axis.size - start) for start in axis.starts]
    weights = [tile(min(a, reach), min(b, reach)) for a, b in margins]
    return [max(0, start - reach) for start in axis.starts], weights


def _adjoint(weights: Plane, taps: Plane) -> Plane:
    """Return weights that give on an image what these give on the filtered image.

    The filter is a correlation along the first axis with the edge replicated, so weight that
    falls outside belongs to the edge.
    """
    half = len(taps) // 2
    spread = np.zeros((len(weights) + 2 * half, weights.shape[1]))
    for offset, tap in enumerate(taps):
        spread[offset : offset + len(weights)] += tap * weights
    inside = spread[half:-half]
    inside[0] += spread[:half].sum(axis=0)
    inside[-1] += spread[-half:].sum(axis=0)
    return inside


def _low_sums(sums: Plane, starts: Sequence[int], weights: Sequence[Plane]) -> Plane:
    """Finish sums whose horizontal half is done: ``(tile rows, 6, tile columns, 6)``."""
    flat = sums.reshape(len(sums), -1)
    rows = [
        weight.T @ flat[start : start + len(weight)]
        for start, weight in zip(starts, weights, strict=True)
    ]
    return np.stack(rows).reshape(len(rows), -1, *sums.shape[1:])


def _low_bins(sums: Plane) -> Spectrum:
    """Turn mean, cosine and sine sums of both axes into bins: ``(tiles, 9)``."""
    bins: Spectrum = (_LOW @ sums.transpose(0, 2, 1, 3) @ _LOW.T).reshape(-1, LINE.size**2)
    return bins
