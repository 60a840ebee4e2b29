"""Degradation: how the low-resolution image is made from the high-resolution one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.imaging.resample import BICUBIC, resize, resize_8bit, round_half_up

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats, Image, Image8

__all__ = ["matlab_bicubic", "matlab_bicubic_8bit", "quantise"]


def matlab_bicubic(image: Image8, scale: int) -> Floats:
    """Shrink by 1/scale with antialiased bicubic in float64, not quantised.

    Args:
        image: uint8 ``(H, W, C)``; the sides are multiples of the scale.
        scale: The whole factor.

    Returns:
        float64 ``(H / scale, W / scale, C)``, in [0, 1] but for over- and undershoots.
        Equals MATLAB's ``imresize(im2double(image), 1 / scale)`` to 1e-12.
    """
    return resize(image / 255.0, 1 / scale, BICUBIC)


def matlab_bicubic_8bit(image: Image8, scale: int) -> Image8:
    """Shrink 8-bit pixels, rounding half up after each axis: MATLAB's ``imresize`` of uint8."""
    return resize_8bit(image, 1 / scale, BICUBIC)


def quantise(image: Image) -> Image8:
    """Clip a float32 image to [0, 1] and round it, half up, to 8 bits."""
    levels: Image8 = round_half_up(image.astype(np.float64) * 255.0).astype(np.uint8)
    return levels
