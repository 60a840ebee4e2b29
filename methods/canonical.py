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

interpolation = partial(method, family="interpolation", sampling="half-pixel", parameters=0)


def _enlarge(image: Image, scale: int, kernel: str) -> Image:
    import numpy as np

    from upbench.benchmark.imaging import resample

    return resample.resize(image, scale, getattr(resample, kernel)).astype(np.float32)


def _enlarge_8bit(image: Image8, scale: int, kernel: str) -> Image8:
    from upbench.benchmark.imaging import resample

    return resample.resize_8bit(image, scale, getattr(resample, kernel))


@interpolation(
    "nearest",
    source="equals MATLAB's imresize",
    kernel="nearest",
    edge="none",
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


@interpolation(
    "bilinear",
    source="equals MATLAB's imresize",
    kernel="triangle",
    edge="mirror",
    eight_bit=partial(_enlarge_8bit, kernel="BILINEAR"),
)
def bilinear(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling; shapes as :func:`nearest`."""
    return _enlarge(image, scale, "BILINEAR")


@interpolation(
    "bicubic",
    source=_KEYS,
    kernel="Keys cubic, a = -0.5",
    edge="mirror",
    eight_bit=partial(_enlarge_8bit, kernel="BICUBIC"),
)
def bicubic(image: Image, scale: int) -> Image:
    """Keys' cubic convolution with a = -0.5, support 4, half-pixel sampling.

    The baseline of the published tables; shapes as :func:`nearest`.  May leave [0, 1].
    """
    return _enlarge(image, scale, "BICUBIC")


@interpolation(
    "lanczos3",
    source="C. Duchon, Lanczos filtering in one and two dimensions, 1979; equals MATLAB's imresize",
    kernel="Lanczos, 3 lobes",
    edge="mirror",
    eight_bit=partial(_enlarge_8bit, kernel="LANCZOS3"),
)
def lanczos3(image: Image, scale: int) -> Image:
    """Lanczos-windowed sinc of 3 lobes, support 6, normalised weights, half-pixel sampling.

    Shapes as :func:`nearest`.  May leave [0, 1].
    """
    return _enlarge(image, scale, "LANCZOS3")


@interpolation(
    "mitchell",
    source="D. Mitchell and A. Netravali, Reconstruction filters in computer graphics, 1988",
    kernel="Mitchell-Netravali, B = C = 1/3",
    edge="mirror",
    eight_bit=partial(_enlarge_8bit, kernel="MITCHELL"),
)
def mitchell(image: Image, scale: int) -> Image:
    """Mitchell and Netravali's cubic, B = C = 1/3, support 4, half-pixel sampling.

    It smooths instead of interpolating; shapes as :func:`nearest`.
    """
    return _enlarge(image, scale, "MITCHELL")


@interpolation(
    "hermite",
    source="D. Mitchell and A. Netravali, 1988 (B = C = 0)",
    kernel="Hermite",
    edge="mirror",
    eight_bit=partial(_enlarge_8bit, kernel="HERMITE"),
)
def hermite(image: Image, scale: int) -> Image:
    """Hermite's cubic ``2|x|^3 - 3|x|^2 + 1``, support 2, half-pixel sampling.

    Shapes as :func:`nearest`; never leaves the range of its input.
    """
    return _enlarge(image, scale, "HERMITE")


@interpolation(
    "area",
    source="equals MATLAB's imresize with 'box'",
    kernel="box",
    edge="none",
    eight_bit=partial(_enlarge_8bit, kernel="AREA"),
)
def area(image: Image, scale: int) -> Image:
    """Box kernel, support 1, half-pixel sampling: pixel areas.

    At whole enlargements it equals :func:`nearest`; it is here because the libraries' area modes
    do not all agree on that.  Shapes as :func:`nearest`.
    """
    return _enlarge(image, scale, "AREA")
