"""Find the 8 x 8 grid that JPEG leaves in pixels, wherever it begins, and about which quality.

JPEG rounds the DCT coefficients of 8 x 8 blocks to multiples of a step.  Two things remain when the
picture is stored as PNG since, or cropped:

- Most small coefficients are zero in the blocks of the grid, and in no others.  The grid begins
  where zeros are most frequent (T. Nikoukhah et al., "ZERO: a local JPEG grid origin detector based
  on the number of DCT zeros", IPOL 2021, doi 10.5201/ipol.2021.390).
- The coefficients keep to a comb (Z. Fan and R. de Queiroz, "Identification of bitmap compression
  history", 2003, doi 10.1109/TIP.2002.807361).  The quality is that of the standard luma table
  (ITU-T T.81, table K.1, scaled as libjpeg does) whose steps fit the coefficients best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey: TypeAlias = NDArray[np.float64]
    Floats: TypeAlias = NDArray[np.float32]

_REGION = 256
"""Side of the part that is looked at: the one of five with the most detail."""
_LEAST = 24
"""Side of the smallest image that can be judged: four blocks at every offset."""
_CHANCE = 1.3
"""Strength, times the square root of the number of blocks, that chance reaches without a grid: in
crops of 24 to 112 pixels of the embedded photographs 1.2 at most, but for one in a hundred."""
_QUALITIES = range(20, 101)
_ROUNDING = 1.2
"""Coefficients below it may be the rounding to 8 bits alone, four times 1 / sqrt(12)."""
_STANDARD = """
 16  11  10  16  24  40  51  61    12  12  14  19  26  58  60  55
 14  13  16  24  40  57  69  56    14  17  22  29  51  87  80  62
 18  22  37  56  68 109 103  77    24  35  55  64  81 104 113  92
 49  64  78  87 103 121 120 101    72  92  95  98 112 100 103  99
"""


@dataclass(frozen=True)
class Grid:
    """How clearly an 8 x 8 grid was quantised, and how."""

    strength: float
    """Mean over 63 coefficients of how well they keep to a comb, above that of a shifted grid:
    under 0.04 in photographs without a grid, 0.11 to 0.9 in those with one; 0 to 1."""
    fit: float
    """How well the coefficients that are not zero fit the steps of the quality; -1 to 1."""
    quality: int
    """Quality of the standard table that fits best."""
    offset: tuple[int, int]
    """Row and column, 0 to 7, in which a block begins."""
    blocks: int = 0
    """How many blocks it was looked for in."""

    @property
    def found(self) -> bool:
        """Whether there is a grid; a pattern of rings reaches 0.13 without fitting any steps."""
        chance = _CHANCE / math.sqrt(max(1, self.blocks))  # counts under 112 pixels a side
        return self.strength > max(0.1 if self._fits else 0.15, chance)

    @property
    def _fits(self) -> bool:
        return self.fit > 0.25

    def sentence(self) -> str:
        """Say what was found: the quality where the standard steps fit, and where it begins."""
        what = f"JPEG of about quality {self.quality}" if self._fits else "JPEG or video"
        place = f" that begins at row {self.offset[0]}, column {self.offset[1]}"
        return f"{what}: an 8 x 8 grid{place if any(self.offset) else ''}."


def jpeg_grid(grey: Grey) -> Grid:
    """Find the grid of JPEG in ``(H, W)`` grey levels, 0 to 255."""
    if min(grey.shape) < _LEAST:
        return Grid(0, -1, 100, (0, 0))
    part, corner = _most_detailed(grey)
    blocks = _coefficients(part)
    row, column = _most_zeros(blocks)
    own = _aligned(blocks, row, column)
    shifted = _aligned(blocks, row + 4, column + 4)
    strength, fit, quality = _best_quality(own, shifted)
    offset = ((row + corner[0]) % 8, (column + corner[1]) % 8)
    return Grid(max(0.0, strength), fit, quality, offset, len(own))


def luma_table(quality: int) -> NDArray[np.int64]:
    """Return libjpeg's luma steps of a quality, 1 to 100: ``(8, 8)``, rows are vertical."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    standard = np.array(_STANDARD.split(), dtype=np.int64).reshape(8, 8)
    return np.clip((standard * scale + 50) // 100, 1, 255)


def _most_detailed(grey: Grey) -> tuple[Grey, tuple[int, int]]:
    """Return the corner or the middle with the largest differences, and where it begins."""
    free = [max(0, side - _REGION) for side in grey.shape]
    corners = [(free[0] * y // 2, free[1] * x // 2) for y, x in _PLACES]
    parts = [grey[y : y + _REGION, x : x + _REGION] for y, x in corners]
    detail = [float(np.abs(np.diff(part, axis=1)).mean()) for part in parts]
    best = int(np.argmax(detail))
    return parts[best], corners[best]


_PLACES = ((1, 1), (0, 0), (0, 2), (2, 0), (2, 2))


def _coefficients(part: Grey) -> Floats:
    """Return the orthonormal DCT of the block at every offset: ``(y, x, 8, 8)``, whole blocks."""
    k, x = np.mgrid[0:8, 0:8]
    waves = np.cos((2 * x + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    waves = waves.astype(np.float32)
    window = np.lib.stride_tricks.sliding_window_view
    across = window(part.astype(np.float32) - 128, 8, axis=1) @ waves.T
    both = np.tensordot(window(across, 8, axis=0), waves.T, axes=(3, 0))
    height, width = (side // 8 * 8 for side in both.shape[:2])
    return np.asarray(both[:height, :width].swapaxes(2, 3))


def _most_zeros(blocks: Floats) -> tuple[int, int]:
    """Return the offset whose blocks have the most coefficients that round to zero."""
    height, width = (side // 8 for side in blocks.shape[:2])
    zeros = (np.abs(blocks) < 0.5).sum(axis=(2, 3)).reshape(height, 8, width, 8)
    row, column = np.unravel_index(zeros.sum(axis=(0, 2)).argmax(), (8, 8))
    return int(row), int(column)


def _aligned(blocks: Floats, row: int, column: int) -> Floats:
    """Return the blocks of one offset, without the mean: ``(blocks, 63)``."""
    return blocks[row % 8 :: 8, column % 8 :: 8].reshape(-1, 64)[:, 1:]


def _best_quality(own: Floats, shifted: Floats) -> tuple[float, float, int]:
    """Return the strength of the grid, the best fit of a quality and that quality."""
    tables = np.array([luma_table(quality).ravel()[1:] for quality in _QUALITIES])
    combs, fits = (np.zeros(tables.shape) for _ in range(2))
    counts = (np.abs(own) > _ROUNDING).sum(axis=0)
    for number in range(63):
        steps, which = np.unique(tables[:, number], return_inverse=True)
        mine = _waves(own[:, number], steps)
        combs[:, number] = (mine.mean(0) - _waves(shifted[:, number], steps).mean(0))[which]
        value = np.abs(own[:, number, None])
        kept = np.where(value > steps / 2, mine, -1) * (value > _ROUNDING)
        fits[:, number] = kept.sum(axis=0)[which]
    fit = fits.sum(axis=1) / max(1, counts.sum())
    best = int(fit.argmax())
    return float(combs.mean(axis=1).max()), float(fit[best]), _QUALITIES[best]


def _waves(values: Floats, steps: NDArray[np.int64]) -> Floats:
    return np.cos(values[:, None] * (2 * np.pi / steps).astype(np.float32))
