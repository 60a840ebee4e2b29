"""Functions of images, for scripts and notebooks: enlarge one, compare two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.device import choose_device
from upbench.benchmark.core.errors import ImageError, UsageError
from upbench.benchmark.core.metadata import MAX_SCALE, MIN_SCALE
from upbench.benchmark.engine.enlarge import enlarge, local, tiling_for
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.registry.in_memory import methods_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from upbench.benchmark.core.arrays import Image

__all__ = ["psnr", "ssim", "upscale"]

LEVELS = {"uint8": 255.0, "uint16": 65535.0}
"""White, for arrays of whole levels."""
MODES = {"1": "L", "P": "RGBA", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
"""Modes of Pillow's images that are enlarged as another."""


def upscale(image: Any, method: Any = "bicubic", scale: int = 2, *, device: str = "cpu") -> Any:
    """Enlarge an image by any method.

    Args:
        image: ``(H, W)`` or ``(H, W, C)``, C = 1, 2 (grey, alpha), 3 (RGB) or 4 (RGBA): uint8,
            uint16, or float in [0, 1]; or a Pillow image.
        method: As :func:`upbench.evaluate` takes it: a name, a network's file, a module, a
            function.
        scale: The whole factor s.
        device: Where learned methods run.

    Returns:
        The same kind of image as was given, s times as high and as wide; clipped to its range.

    Raises:
        UsageError: The method or the scale does not fit.
        ImageError: It is no image.
        MethodError: The method failed.
    """
    if type(scale) is not int or not MIN_SCALE <= scale <= MAX_SCALE:
        raise UsageError(
            f"The scale is a whole factor from {MIN_SCALE} to {MAX_SCALE}; got {scale!r}."
        )
    chosen = methods_of(method, collect())
    if len(chosen) > 1:
        raise UsageError(f"One method enlarges an image; {method!r} names {len(chosen)}.")
    if hasattr(image, "getbands"):
        return _as_pillow(image, lambda pixels: upscale(pixels, chosen[0], scale, device=device))
    pixels, levels = _floats(image)
    call = local(chosen[0], chosen[0].load(scale, choose_device(device)), scale)
    larger = enlarge(pixels, call, scale, tiling_for(chosen[0], scale)).clip(0, 1)
    larger = larger.reshape(*larger.shape[:2], *np.shape(image)[2:])
    kind = np.asarray(image).dtype
    return np.floor(larger * levels + 0.5).astype(kind) if levels else larger.astype(kind)


def _as_pillow(image: Any, enlarged: Any) -> Any:
    """Enlarge a Pillow image; a palette becomes colours."""
    from PIL import Image

    mode = MODES.get(image.mode, image.mode)
    if mode not in {"L", "LA", "RGB", "RGBA"}:
        raise ImageError(f"A Pillow image of mode {image.mode} cannot be enlarged; convert it.")
    return Image.fromarray(enlarged(np.asarray(image.convert(mode))))


def _floats(image: Any) -> tuple[Image, float]:
    """Return an image as float32 ``(H, W, C)`` in [0, 1], and its white; 0 for floats.

    Raises:
        ImageError: It is no image.
    """
    array = np.asarray(image)
    if array.ndim not in {2, 3} or not array.size or (array.ndim == 3 and array.shape[2] > 4):
        raise ImageError(
            f"An image has shape (H, W) or (H, W, C) with 1 to 4 channels; got {array.shape}."
        )
    levels = LEVELS.get(array.dtype.name, 0.0)
    if not levels and array.dtype.kind != "f":
        raise ImageError(f"An image is uint8, uint16 or float in [0, 1]; got dtype {array.dtype}.")
    pixels = array.astype(np.float32) / np.float32(levels or 1)
    if not (np.isfinite(pixels).all() and pixels.min() >= -1e-6 and pixels.max() <= 1 + 1e-6):
        raise ImageError(
            f"A float image has values in [0, 1]; got {array.min():.4g} to {array.max():.4g}: "
            "divide it by its white."
        )
    return pixels.reshape(*array.shape[:2], -1).clip(0, 1), levels


def psnr(
    reference: ArrayLike, output: ArrayLike, *, border: int = 0, data_range: float | None = None
) -> float:
    """Return the PSNR of an image in dB, as every run computes it.

    Args:
        reference: The true image, ``(H, W)`` or ``(H, W, C)``.
        output: The image to judge, of the same shape.
        border: Rows and columns that are left out at each side.
        data_range: From black to white: by default 255 for uint8, 65535 for uint16, else 1.

    Raises:
        ImageError: The shapes differ, or a value is not finite or out of its range.
    """
    from upbench.benchmark.metrics.psnr import psnr as metric

    truth, image, white = _pair(reference, output, border, data_range)
    return float(metric(truth, image, 1, data_range=white))


def ssim(
    reference: ArrayLike, output: ArrayLike, *, border: int = 0, data_range: float | None = None
) -> float:
    """Return the SSIM of an image, as every run computes it; arguments as :func:`psnr`.

    Raises:
        ImageError: As :func:`psnr`; or the image is smaller than the window.
    """
    from upbench.benchmark.metrics.ssim import ssim as metric

    truth, image, white = _pair(reference, output, border, data_range)
    return float(metric(truth, image, 1, data_range=white))


def _pair(
    reference: ArrayLike, output: ArrayLike, border: int, data_range: float | None
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Cut the border off two images, and return what white is."""
    truth, image = np.asarray(reference), np.asarray(output)
    if truth.shape != image.shape or truth.ndim not in {2, 3}:
        raise ImageError(
            f"The reference has the shape {truth.shape}, the output {image.shape}; expected one "
            "shape for both, (H, W) or (H, W, C)."
        )
    kinds = {truth.dtype.name, image.dtype.name}
    if data_range is None and len(kinds) > 1 and LEVELS.keys() & kinds:
        raise ImageError(
            f"One image is {truth.dtype}, the other {image.dtype}: "
            "convert one, or state data_range."
        )
    if border < 0 or 2 * border >= min(truth.shape[:2], default=0):
        raise UsageError(f"A border of {border} leaves nothing of an image of {truth.shape[:2]}.")
    inner = slice(border, -border or None)
    white = data_range or LEVELS.get(truth.dtype.name, 1.0)
    return truth[inner, inner], image[inner, inner], white
