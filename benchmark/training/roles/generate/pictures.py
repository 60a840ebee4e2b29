"""Pictures of samples: grids, walks between random numbers, mean spectra with their lattices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.training.roles.generate.scores import line_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["grid", "spectra", "walk"]

BORDER = 1
"""Pixels between images of a grid."""
GREY = 128
ENLARGED = 9
"""Pixels of a frequency in a picture of a spectrum, odd."""
LINES = ((255, 255, 255), (86, 180, 233), (230, 159, 0), (0, 158, 115))
"""Colours of the periods' lines, from the shortest on."""


def grid(images: NDArray[np.uint8], across: int) -> NDArray[np.uint8]:
    """Lay images side by side: uint8 ``(N, C, h, w)`` -> ``(H, W)`` or ``(H, W, 3)``."""
    number, channels, height, width = images.shape
    down = -(-number // across)
    cell = (height + BORDER, width + BORDER)
    sheet = np.full((down * cell[0] + BORDER, across * cell[1] + BORDER, channels), GREY, np.uint8)
    for index, image in enumerate(images):
        top, left = (n * side + BORDER for n, side in zip(divmod(index, across), cell, strict=True))
        sheet[top : top + height, left : left + width] = image.transpose(1, 2, 0)
    return sheet[:, :, 0] if channels == 1 else sheet


def walk(rows: int, across: int, numbers: int) -> NDArray[np.float32]:
    """Return random numbers along great circles, a row for each pair of ends, ``(N, numbers)``.

    Normal numbers lie near a sphere, so that a straight line between two would leave where the
    generator was trained.
    """
    random = np.random.default_rng(2)
    ends = random.standard_normal((2, rows, 1, numbers))
    turn = np.linspace(0, np.pi / 2, across)[None, :, None]
    found: NDArray[np.float32] = (np.cos(turn) * ends[0] + np.sin(turn) * ends[1]).astype(
        np.float32
    )
    return found.reshape(-1, numbers)


def spectra(powers: Sequence[NDArray[np.float64]], periods: Sequence[int]) -> NDArray[np.uint8]:
    """Draw mean spectra side by side, on one scale in dB, each period's lines framed.

    Args:
        powers: As ``mean_spectrum`` gives them.
        periods: In pixels; each has its colour.

    Returns:
        uint8 ``(H, W, 3)``, frequency 0 in the middle.
    """
    from matplotlib import colormaps

    levels = [10 * np.log10(np.fft.fftshift(power) + 1e-6) for power in powers]
    top, bottom = max(one.max() for one in levels), min(one.min() for one in levels)
    sheets = []
    for level in levels:
        colours = colormaps["magma"]((level - bottom) / (top - bottom))[:, :, :3]
        sheet = np.repeat(np.repeat(np.rint(colours * 255), ENLARGED, 0), ENLARGED, 1)
        for period, colour in zip(periods, LINES, strict=False):
            for row, column in np.argwhere(np.fft.fftshift(line_mask(len(level), period))):
                _frame(sheet, row * ENLARGED, column * ENLARGED, colour)
        sheets += [sheet, np.full((len(sheet), ENLARGED, 3), 255)]
    return np.concatenate(sheets[:-1], axis=1).astype(np.uint8)


def _frame(sheet: NDArray[np.float64], top: int, left: int, colour: tuple[int, int, int]) -> None:
    """Draw the outline of one frequency's square."""
    square = sheet[top : top + ENLARGED, left : left + ENLARGED]
    inside = square[1:-1, 1:-1].copy()
    square[:] = colour
    square[1:-1, 1:-1] = inside
