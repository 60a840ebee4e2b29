"""Degradation: how the low-resolution image is made from the high-resolution one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from upbench.benchmark.imaging.resample import BICUBIC, resize, resize_8bit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image8

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["matlab_bicubic", "matlab_bicubic_8bit"]


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
