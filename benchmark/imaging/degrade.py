"""Degradation: how the low-resolution image is made from the high-resolution one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.imaging.resample import BICUBIC, resize, resize_8bit, round_half_up

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats, Image, Image8
    from upbench.benchmark.core.sizes import Scale, Size

__all__ = ["matlab_bicubic", "matlab_bicubic_8bit", "quantise"]


def matlab_bicubic(image: Image8, scale: Scale | Size) -> Floats:
    """Shrink with antialiased bicubic in float64, not quantised.

    Args:
        image: uint8 ``(H, W, C)``; the sides make whole ones.
        scale: The factor s by which a method will enlarge the result, or, below 1, by which it
            would itself shrink the image: it is shrunk by 1 / s or by s.  Or the size that is
            made, (height, width), smaller or larger.

    Returns:
        float64 ``(H / s, W / s, C)``, ``(H s, W s, C)`` at s < 1, or of the size, in [0, 1] but for
        over- and undershoots.  Equals MATLAB's ``imresize(im2double(image), 1 / s)`` to 1e-12.
    """
    return resize(image / 255.0, _smaller(image, scale), BICUBIC)


def matlab_bicubic_8bit(image: Image8, scale: Scale | Size) -> Image8:
    """Shrink 8-bit pixels, rounding half up after each axis: MATLAB's ``imresize`` of uint8."""
    return resize_8bit(image, _smaller(image, scale), BICUBIC)


def _smaller(image: Image8, scale: Scale | Size) -> float | tuple[float, float]:
    if isinstance(scale, tuple):
        return scale[0] / image.shape[0], scale[1] / image.shape[1]
    return 1 / scale if isinstance(scale, int) else float(min(scale, 1 / scale))


def quantise(image: Image) -> Image8:
    """Clip a float32 image to [0, 1] and round it, half up, to 8 bits."""
    levels: Image8 = round_half_up(image.astype(np.float64) * 255.0).astype(np.uint8)
    return levels
