"""The canonical interpolations: our own separable resampler, MATLAB-compatible.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid,
and the image is mirrored beyond its border.  In protocols whose images have 8 bits they run
MATLAB's 8-bit path, which rounds after each axis.

``bicubic`` is the reference of every published super-resolution table.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image, Image8

_KEYS = "R. Keys, Cubic convolution interpolation, 1981; equals MATLAB's imresize"


def _enlarge(image: Image, scale: int, kernel: str) -> Image:
    import numpy as np

    from upbench.benchmark.imaging import resample

    return resample.resize(image, scale, getattr(resample, kernel)).astype(np.float32)


def _enlarge_8bit(image: Image8, scale: int, kernel: str) -> Image8:
    from upbench.benchmark.imaging import resample

    return resample.resize_8bit(image, scale, getattr(resample, kernel))


@method(
    "nearest",
    family="interpolation",
    source="equals MATLAB's imresize",
    sampling="half-pixel",
    kernel="nearest",
    edge="none",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="NEAREST"),
)
def nearest(image: Image, scale: int) -> Image:
    """Nearest neighbour, half-pixel sampling: every pixel becomes s x s equal ones.

    Args:
        image: ``(H, W, C)`` float32 in [0, 1].
        scale: The whole factor s.

    Returns:
        ``(H * s, W * s, C)`` float32.
    """
    return _enlarge(image, scale, "NEAREST")


@method(
    "bilinear",
    family="interpolation",
    source="equals MATLAB's imresize",
    sampling="half-pixel",
    kernel="triangle",
    edge="mirror",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="BILINEAR"),
)
def bilinear(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling; shapes as :func:`nearest`."""
    return _enlarge(image, scale, "BILINEAR")


@method(
    "bicubic",
    family="interpolation",
    source=_KEYS,
    sampling="half-pixel",
    kernel="Keys cubic, a = -0.5",
    edge="mirror",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="BICUBIC"),
)
def bicubic(image: Image, scale: int) -> Image:
    """Keys' cubic convolution with a = -0.5, support 4, half-pixel sampling.

    The baseline of the published tables; shapes as :func:`nearest`.  May leave [0, 1].
    """
    return _enlarge(image, scale, "BICUBIC")


@method(
    "lanczos3",
    family="interpolation",
    source="C. Duchon, Lanczos filtering in one and two dimensions, 1979; equals MATLAB's imresize",
    sampling="half-pixel",
    kernel="Lanczos, 3 lobes",
    edge="mirror",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="LANCZOS3"),
)
def lanczos3(image: Image, scale: int) -> Image:
    """Lanczos-windowed sinc of 3 lobes, support 6, normalised weights, half-pixel sampling.

    Shapes as :func:`nearest`.  May leave [0, 1].
    """
    return _enlarge(image, scale, "LANCZOS3")


@method(
    "mitchell",
    family="interpolation",
    source="D. Mitchell and A. Netravali, Reconstruction filters in computer graphics, 1988",
    sampling="half-pixel",
    kernel="Mitchell-Netravali, B = C = 1/3",
    edge="mirror",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="MITCHELL"),
)
def mitchell(image: Image, scale: int) -> Image:
    """Mitchell and Netravali's cubic, B = C = 1/3, support 4, half-pixel sampling.

    It smooths instead of interpolating; shapes as :func:`nearest`.
    """
    return _enlarge(image, scale, "MITCHELL")


@method(
    "hermite",
    family="interpolation",
    source="D. Mitchell and A. Netravali, 1988 (B = C = 0)",
    sampling="half-pixel",
    kernel="Hermite",
    edge="mirror",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="HERMITE"),
)
def hermite(image: Image, scale: int) -> Image:
    """Hermite's cubic ``2|x|^3 - 3|x|^2 + 1``, support 2, half-pixel sampling.

    Shapes as :func:`nearest`; never leaves the range of its input.
    """
    return _enlarge(image, scale, "HERMITE")


@method(
    "area",
    family="interpolation",
    source="equals MATLAB's imresize with 'box'",
    sampling="half-pixel",
    kernel="box",
    edge="none",
    parameters=0,
    eight_bit=partial(_enlarge_8bit, kernel="AREA"),
)
def area(image: Image, scale: int) -> Image:
    """Box kernel, support 1, half-pixel sampling: pixel areas.

    At whole enlargements it equals :func:`nearest`; it is here because the libraries' area modes
    do not all agree on that.  Shapes as :func:`nearest`.
    """
    return _enlarge(image, scale, "AREA")
