"""Luma and chroma: ITU-R BT.601 in studio range, as MATLAB's ``rgb2ycbcr`` has it.

Published super-resolution tables score this luma (16 to 235 of 255).  Full-range luma
(0.299 R + 0.587 G + 0.114 B) gives 1.32 dB less, for the scale alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats, Image


__all__ = ["FULL_RANGE", "grey_of", "luma", "rgb_to_ycbcr", "ycbcr_to_rgb"]

MATRIX = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])
"""Rows Y, Cb, Cr for R, G, B in [0, 1]; the result is in grey levels of 255."""
OFFSET = np.array([16.0, 128.0, 128.0])
FULL_RANGE = np.array([0.299, 0.587, 0.114])
"""BT.601's weights of R, G, B without the studio range: what JPEG, Pillow and OpenCV call Y."""


def luma(image: NDArray[np.number]) -> Floats:
    """Return the luma of an image, in grey levels.

    Args:
        image: ``(H, W, 3)`` RGB or ``(H, W, 1)`` grey, in grey levels 0 to 255.

    Returns:
        float64 ``(H, W)``: for RGB ``16 + (65.481 R + 128.553 G + 24.966 B) / 255``, 16 to 235;
        a grey image as it is, with no range compression.
    """
    pixels = np.asarray(image, dtype=np.float64)
    if pixels.shape[2] == 1:
        return pixels[:, :, 0]
    return np.asarray(OFFSET[0] + pixels @ (MATRIX[0] / 255.0))


def grey_of(image: NDArray[np.floating]) -> Image:
    """Return the luma of an image made of a grey one: float32 ``(H, W, 3)`` -> ``(H, W, 1)``.

    BT.601's weights without its offset (0.299 R + 0.587 G + 0.114 B), so that three equal channels
    give their common value.
    """
    weights = MATRIX[0] / MATRIX[0].sum()
    return np.asarray(np.asarray(image, dtype=np.float64) @ weights, dtype=np.float32)[:, :, None]


def rgb_to_ycbcr(image: NDArray[np.floating]) -> Floats:
    """``(H, W, 3)`` RGB in [0, 1] -> float64 Y, Cb, Cr in [0, 1] (studio range, not rounded)."""
    return np.asarray((np.asarray(image, dtype=np.float64) @ MATRIX.T + OFFSET) / 255.0)


def ycbcr_to_rgb(image: NDArray[np.floating]) -> Floats:
    """Return the inverse of :func:`rgb_to_ycbcr`, not clipped."""
    shifted = np.asarray(image, dtype=np.float64) * 255.0 - OFFSET
    return np.asarray(shifted @ np.linalg.inv(MATRIX).T)
