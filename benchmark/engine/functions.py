"""Functions of images, for scripts and notebooks: enlarge one, compare two."""

from __future__ import annotations

from numbers import Integral, Real
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
PLAIN = {"1": "L", "P": None, "PA": "RGBA"}
"""Modes whose numbers are no levels, and what they become; None is the palette's own."""


def upscale(image: Any, method: Any = "bicubic", scale: int = 2, *, device: str = "cpu") -> Any:
    """Enlarge an image by any method.

    Args:
        image: ``(H, W)`` or ``(H, W, C)``, C = 1, 2 (grey, alpha), 3 (RGB) or 4 (RGBA): uint8,
            uint16, or float in [0, 1]; or a Pillow image.  sRGB-encoded.
        method: As :func:`upbench.evaluate` takes it: a name, a network's file, a module, a
            function.
        scale: The whole factor s.
        device: Where learned methods run.

    Returns:
        The same kind of image as was given, s times as high and as wide; clipped to its range.
        A Pillow image keeps its colour profile, and what is no Pillow image becomes an array.

    Raises:
        UsageError: The method or the scale does not fit.
        ImageError: It is no image.
        MethodError: The method failed, or does not offer the scale.
    """
    factor = _whole(scale)
    if not MIN_SCALE <= factor <= MAX_SCALE:
        raise UsageError(
            f"The scale is a whole factor from {MIN_SCALE} to {MAX_SCALE}; got {scale!r}."
        )
    chosen = methods_of(method, collect())
    if len(chosen) > 1:
        raise UsageError(f"One method enlarges an image; {method!r} names {len(chosen)}.")
    if hasattr(image, "getbands"):
        return _as_pillow(image, lambda pixels: upscale(pixels, chosen[0], factor, device=device))
    given = _array(image)
    pixels, levels = _floats(given)
    call = local(chosen[0], chosen[0].load(factor, choose_device(device)), factor)
    larger = enlarge(pixels, call, factor, tiling_for(chosen[0], factor)).clip(0, 1)
    larger = larger.reshape(*larger.shape[:2], *given.shape[2:])
    kind = given.dtype
    return np.floor(larger * levels + 0.5).astype(kind) if levels else larger.astype(kind)


def _whole(number: object) -> int:
    """Return a whole number, of whatever type; 0 for what is none."""
    is_whole = isinstance(number, Integral) or (isinstance(number, float) and number.is_integer())
    return int(number) if is_whole and not isinstance(number, bool) else 0  # type: ignore[call-overload]


def _as_pillow(image: Any, enlarged: Any) -> Any:
    """Enlarge a Pillow image; a palette becomes colours."""
    from PIL import Image

    mode = MODES.get(image.mode, image.mode)
    if mode not in {"L", "LA", "RGB", "RGBA"}:
        raise ImageError(f"A Pillow image of mode {image.mode} cannot be enlarged; convert it.")
    larger = Image.fromarray(enlarged(np.asarray(image.convert(mode))))
    if image.mode in {"P", "PA", mode} and "icc_profile" in image.info:  # of these very colours
        larger.info["icc_profile"] = image.info["icc_profile"]
    return larger


def _array(image: Any) -> NDArray[Any]:
    """Return what a user calls an image as an array; of Pillow's, colours are no palette's places.

    Raises:
        ImageError: It is no array of numbers.
    """
    if hasattr(image, "getbands") and image.mode in PLAIN:
        image = image.convert(PLAIN[image.mode])
    try:
        return np.asarray(image)
    except (TypeError, ValueError, RuntimeError):  # rows of unlike length; a tensor with a gradient
        raise ImageError(
            f"A {type(image).__name__} like this is no image; expected a numpy array or a Pillow "
            "image: of a tensor, tensor.detach().cpu().numpy()."
        ) from None


def _floats(array: NDArray[Any]) -> tuple[Image, float]:
    """Return an image as float32 ``(H, W, C)`` in [0, 1], and its white; 0 for floats.

    Raises:
        ImageError: It is no image.
    """
    if array.ndim not in {2, 3} or not array.size or (array.ndim == 3 and array.shape[2] > 4):
        raise ImageError(
            f"An image has shape (H, W) or (H, W, C) with 1 to 4 channels; got {array.shape}."
        )
    levels = LEVELS.get(array.dtype.name, 0.0)
    if not levels and array.dtype.kind != "f":
        raise ImageError(f"An image is uint8, uint16 or float in [0, 1]; got dtype {array.dtype}.")
    pixels = array.astype(np.float32) / np.float32(levels or 1)
    if not np.isfinite(pixels).all():
        raise ImageError("A float image has values in [0, 1]; got some that are NaN or infinite.")
    if pixels.min() < -1e-6 or pixels.max() > 1 + 1e-6:
        raise ImageError(
            f"A float image has values in [0, 1]; got {array.min():.4g} to {array.max():.4g}: "
            "divide it by its white, or clip it."
        )
    return pixels.reshape(*array.shape[:2], -1).clip(0, 1), levels


def psnr(
    reference: ArrayLike, output: ArrayLike, *, border: int = 0, data_range: float | None = None
) -> float:
    """Return the PSNR of an image in dB, as every run computes it.

    Args:
        reference: The true image, ``(H, W)`` or ``(H, W, C)``, or a Pillow image.
        output: The image to judge, of the same shape.
        border: Rows and columns that are left out at each side.
        data_range: From black to white: by default 255 for uint8, 65535 for uint16, else 1.

    Returns:
        Of all channels together; infinite where the two are equal.

    Raises:
        ImageError: The shapes differ, or a value is not finite or out of its range.
        UsageError: The border or the data range does not fit.
    """
    from upbench.benchmark.metrics.psnr import psnr as metric

    truth, image, white = _pair(reference, output, border, data_range)
    return float(metric(truth, image, 1, data_range=white))


def ssim(
    reference: ArrayLike, output: ArrayLike, *, border: int = 0, data_range: float | None = None
) -> float:
    """Return the SSIM of an image, as every run computes it; arguments as :func:`psnr`.

    Returns:
        From -1 to 1, 1 where the two are equal; the mean over the channels.

    Raises:
        ImageError, UsageError: As :func:`psnr`.
        MetricUndefinedError: The image is smaller than the window.
    """
    from upbench.benchmark.metrics.ssim import ssim as metric

    truth, image, white = _pair(reference, output, border, data_range)
    return float(metric(truth, image, 1, data_range=white))


def _pair(
    reference: ArrayLike, output: ArrayLike, border: Any, data_range: Any
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Cut the border off two images, and return what white is."""
    truth, image = _array(reference), _array(output)
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
    if not isinstance(border, Integral) or border < 0:
        raise UsageError(f"border takes a whole number from 0 up; got {border!r}.")
    if 2 * border >= min(truth.shape[:2]):
        raise UsageError(f"A border of {border} leaves nothing of an image of {truth.shape[:2]}.")
    if not isinstance(data_range, Real | None):
        raise UsageError(f"data_range takes a number above 0; got {data_range!r}.")
    inner = slice(border, -border or None)
    white = LEVELS.get(truth.dtype.name, 1.0) if data_range is None else float(data_range)
    return truth[inner, inner], image[inner, inner], white
