"""Carrying the choices out on pixels: what is shrunk, and which planes are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.imaging.colour import FULL_RANGE, luma
from upbench.benchmark.imaging.degrade import quantise
from upbench.benchmark.imaging.resample import round_half_up
from upbench.benchmark.imaging.shrink import shrink
from upbench.benchmark.protocols._steps import cropped, luma_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats, Image, Image8
    from upbench.benchmark.protocols.conventions.axes import Low

__all__ = ["cropped", "finished", "low_image", "planes", "reference_of"]

TYPED = np.array([64.738, 129.057, 25.064])
"""Studio luma over 256 with a slip of the pen in red: 65.738 is meant."""


def reference_of(pixels: Image8, low: Low) -> Image8:
    """Return what is shrunk, and what the output has to equal.

    Args:
        pixels: uint8 ``(H, W, C)``, the sides multiples of the scale.
        low: What the method gets.

    Returns:
        uint8 ``(H, W, 3)`` RGB or ``(H, W, 1)``.
    """
    if pixels.shape[2] == 1:
        if low.grey != "rgb":
            return pixels
        pixels = np.repeat(pixels, 3, axis=2)
    if low.given == "rgb":
        return pixels
    if low.given == "y":
        return luma_levels(pixels)
    return _pillow_luma(pixels)[:, :, None]


def low_image(reference: Image8, low: Low, scale: int) -> tuple[Image, Image8 | None]:
    """Return the low-resolution image as a method gets it.

    Returns:
        float32 ``(H / s, W / s, C)``, and the same in 8 bits for a method that has a path for
        them.
    """
    if low.depth == "float":
        return shrink(reference / 255.0, scale, low.shrink).astype(np.float32), None
    levels = shrink(reference, scale, low.shrink)
    image = (levels / np.float32(255.0)).astype(np.float32)
    return image, levels if low.depth == "8 bits" else None


def finished(output: Image, pixels: str) -> NDArray[Any]:
    """Return an output in grey levels of 255: uint8 for "8 bits", else float64, clipped.

    Args:
        output: float32 ``(H, W, C)``, in [0, 1] but for overshoots.
        pixels: A value of the axis.
    """
    if pixels == "8 bits":
        return quantise(output)
    return np.clip(output.astype(np.float64), 0.0, 1.0) * 255.0


def planes(levels: NDArray[Any], colour: str) -> Floats:
    """Return the channels of a colour of an image in grey levels.

    Args:
        levels: ``(H, W, C)``; grey or luma is its own luma, whatever the colour.
        colour: A value of the axis.

    Returns:
        float64 ``(C, H, W)``; C is 3 for RGB alone.
    """
    if levels.shape[2] == 1:
        plane = levels[:, :, 0].astype(np.float64)
        return (round_half_up(plane) if colour == "y-rounded" else plane)[None]
    if colour == "rgb":
        return np.ascontiguousarray(np.moveaxis(levels, 2, 0), dtype=np.float64)
    return np.ascontiguousarray(_luma(levels, colour), dtype=np.float64)[None]


def _luma(levels: NDArray[Any], colour: str) -> NDArray[Any]:
    if colour == "y":
        return luma(levels)
    if colour == "y-rounded":
        return round_half_up(luma(levels))
    if colour == "y-full":
        return np.asarray(levels @ FULL_RANGE)
    if colour == "y-64.738":
        return np.asarray(16.0 + levels @ (TYPED / 256.0))
    if colour == "y-pillow":
        return _pillow_luma(levels)
    if colour == "y-opencv":
        import cv2

        return np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2YCrCb)[:, :, 0])
    raise UsageError(f"There is no colour {colour!r} to compare.")


def _pillow_luma(pixels: Image8) -> Image8:
    from PIL import Image as Pillow

    return np.asarray(Pillow.fromarray(pixels).convert("YCbCr"))[:, :, 0]
