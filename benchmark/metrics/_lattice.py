"""Spectra at and around the lattice frequencies (k/s, l/s): what the lattice scores share.

A picture is cut into half-overlapping tiles of m x m cells (a cell is s x s pixels), each under
a periodic Hann window.  A pattern of period s then falls on the lattice bins (k m, l m) and their
neighbours, and what the scores need is some 8 % of all bins: rows of a few bins through each
lattice point.  Two real matrix products per tile give exactly those and are several times
faster than a full FFT.

Layouts: a *bin* is counted modulo the tile edge; a tile of a real image has F(-f) = conj F(f), so
only bins 0..T/2 of an axis are computed, as cosine and sine sums.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Plane

    Bins = NDArray[np.intp]
    Spectrum = NDArray[np.complex128]

CELLS, MIN_CELLS = 32, 8
"""Most and fewest cells along a tile's edge."""
LINE = np.arange(-1, 2)
"""A line of a Hann-windowed tile fills these bins around its own."""
GUARD, FLANK = 3, 8
"""First and last bin beside a line that count as its background."""


@dataclass(frozen=True)
class Axis:
    """One axis of the tiling; every tile starts on a cell's corner."""

    length: int
    """Pixels of the image."""
    scale: int
    """Pixels of a cell."""
    cells: int
    """Cells of a tile; even."""
    starts: tuple[int, ...]
    """First pixel of each tile."""
    window: Plane
    """Periodic Hann, times the gain, such that its squares add up to gain^2."""

    @property
    def size(self) -> int:
        """Pixels of a tile."""
        return self.cells * self.scale

    @property
    def flank(self) -> Bins:
        """Offsets of the background bins on one side of a line."""
        last = self.cells // 2 - 1
        return np.arange(min(GUARD, last), min(FLANK, last) + 1)

    def around(self, offsets: Bins) -> Bins:
        """Return the bins at these offsets from each lattice bin, ``(scale, offsets)``."""
        return (np.arange(self.scale)[:, None] * self.cells + offsets) % self.size

    def fold(self, bins: Bins) -> Bins:
        """Return the distinct bins 0..T/2 that stand for these and their mirror images."""
        return np.unique(np.minimum(bins, self.size - bins))

    def waves(self, bins: Bins) -> tuple[Plane, Plane]:
        """Return the windowed cosines and sines of some bins, each ``(bins, size)``."""
        turns = np.outer(bins, np.arange(self.size)) % self.size
        phase = 2 * np.pi / self.size * turns
        return np.cos(phase) * self.window, np.sin(phase) * self.window


def tile_axis(length: int, scale: int, gain: float = 1.0) -> Axis:
    """Lay half-overlapping tiles along an axis; the last one ends within a cell of the end."""
    cells = 2 * (min(CELLS, length // scale) // 2)
    size = cells * scale
    starts = {*range(0, length - size + 1, size // 2), (length - size) // scale * scale}
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    window = gain / math.sqrt(float(hann @ hann)) * hann
    return Axis(length, scale, cells, tuple(sorted(starts)), window)


# ------------------------------------------------------------------ the bins that are needed


@dataclass(frozen=True)
class LatticeBins:
    """The bins of one plane near the lattice, for all its tiles.

    Each array is ``(2, tile rows, bins, tile columns, bins)``; the first index is the sign of the
    frequency along the third axis, and the bins of the last axis are those of 0..T/2.
    """

    upright: Spectrum
    """Columns through each line: its own rows and the flanks above and below."""
    lying: Spectrum
    """Rows through each line, of the transposed image: the flanks left and right."""


def lattice_bins(plane: Plane, rows: Axis, columns: Axis) -> LatticeBins:
    """Return the bins near the lattice of a ``(H, W)`` plane."""
    return LatticeBins(
        _partial_dft(plane, rows, columns, _tall(rows), _thin(columns)),
        _partial_dft(plane.T, columns, rows, _tall(columns), _thin(rows)),
    )


def _thin(axis: Axis) -> Bins:
    return axis.fold(axis.around(LINE))


def _tall(axis: Axis) -> Bins:
    return axis.fold(axis.around(np.concatenate([-axis.flank, LINE, axis.flank])))


def _partial_dft(
    plane: Plane, rows: Axis, columns: Axis, row_bins: Bins, column_bins: Bins
) -> Spectrum:
    """Return the bins (+-row bin, column bin) of every tile, by two matrix products per axis."""
    cosine, sine = columns.waves(column_bins)
    across = np.stack([cosine, -sine], axis=1).reshape(-1, columns.size).T
    thin = project(plane, columns.starts, [np.ascontiguousarray(across)] * len(columns.starts))
    down = np.concatenate(rows.waves(row_bins))
    shape = (len(rows.starts), 2, len(row_bins), *thin.shape[1:])
    sums = np.empty(shape)
    flat = thin.reshape(len(thin), -1)
    for tile, start in zip(sums, rows.starts, strict=True):
        np.matmul(down, flat[start : start + rows.size], out=tile.reshape(len(down), -1))
    cosine, sine = sums.view(np.complex128).transpose(1, 0, 2, 3, 4)
    # cosine - i sine and cosine + i sine, in real numbers: several times faster
    bins = np.empty((2, *cosine.shape), dtype=np.complex128)
    np.add(cosine.real, sine.imag, out=bins[0].real)
    np.subtract(cosine.imag, sine.real, out=bins[0].imag)
    np.subtract(cosine.real, sine.imag, out=bins[1].real)
    np.add(cosine.imag, sine.real, out=bins[1].imag)
    return bins


def project(plane: Plane, starts: Sequence[int], weights: Sequence[Plane]) -> Plane:
    """Multiply the columns from each start by its weights: ``(H, starts, weights)``."""
    shape = (len(starts), weights[0].shape[1], len(plane))
    out = np.empty(shape).transpose(2, 0, 1)  # this memory order suits both products
    for index, (start, weight) in enumerate(zip(starts, weights, strict=True)):
        np.matmul(plane[:, start : start + len(weight)], weight, out=out[:, index])
    return out


def line_bins(spectrum: Spectrum, rows: Axis, columns: Axis) -> Spectrum:
    """Pick the 3 x 3 bins of every line: ``(scale^2, tiles, 9)``, from the upright bins."""
    row, column = np.broadcast_arrays(
        rows.around(LINE)[:, None, :, None], columns.around(LINE)[None, :, None, :]
    )
    mirrored = column > columns.size // 2
    row = np.where(mirrored, -row % rows.size, row)
    column = np.where(mirrored, columns.size - column, column)
    negative = (row > rows.size // 2).astype(np.intp)
    at_row = np.searchsorted(_tall(rows), np.where(negative, rows.size - row, row))
    at_column = np.searchsorted(_thin(columns), column)
    picked = spectrum[negative, :, at_row, :, at_column]  # (k, l, 3, 3, tile rows, tile columns)
    picked = np.where(mirrored[..., None, None], picked.conj(), picked)
    lines = picked.reshape(rows.scale * columns.scale, LINE.size**2, -1)
    return lines.transpose(0, 2, 1)


# ------------------------------------------------------------------ power and background


def power(spectrum: Spectrum) -> Plane:
    """Return the squared magnitude."""
    squared: Plane = spectrum.real**2 + spectrum.imag**2
    return squared


def mean_power(powers: Plane) -> Plane:
    """Average a power, laid out like one part of LatticeBins, over the tiles."""
    mean: Plane = powers.sum(axis=1).sum(axis=2) / (powers.shape[1] * powers.shape[3])
    return mean


def background(upright: Plane, lying: Plane, rows: Axis, columns: Axis) -> Plane:
    """Return the mean power beside each line, ``(scale, scale)``; [0, 0] means nothing.

    The geometric mean over the line's sides: above and below it where k > 0, left and right
    where l > 0.

    Args:
        upright: Power of ``LatticeBins.upright``, averaged over the tiles.
        lying: Power of ``LatticeBins.lying``, averaged over the tiles.
        rows: The vertical axis.
        columns: The horizontal axis.
    """
    vertical = _log_sides(upright, rows, columns)
    horizontal = _log_sides(lying, columns, rows).T
    used = np.arange(rows.scale) > 0
    sides = 2 * (used[:, None].astype(int) + used[None, :])
    total = np.where(used[:, None], vertical, 0) + np.where(used[None, :], horizontal, 0)
    mean: Plane = np.exp(total / np.maximum(sides, 1))
    return mean


def _log_sides(powers: Plane, rows: Axis, columns: Axis) -> Plane:
    """Add the log mean power of the two flanks along the first axis, ``(scale, scale)``."""
    plane = np.zeros((rows.size, columns.size))
    row, column = _tall(rows), _thin(columns)
    for sign, part in zip((1, -1), powers, strict=True):
        plane[np.ix_(sign * row % rows.size, column)] = part
        plane[np.ix_(-sign * row % rows.size, -column % columns.size)] = part
    total = np.zeros((rows.scale, columns.scale))
    for side in (-1, 1):
        beside = np.ix_(rows.around(side * rows.flank).ravel(), columns.around(LINE).ravel())
        blocks = plane[beside].reshape(rows.scale, -1, columns.scale, LINE.size)
        total += np.log(blocks.mean(axis=(1, 3)) + 1e-12)
    return total
