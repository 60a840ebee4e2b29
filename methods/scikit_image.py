"""scikit-image's interpolations, ``skimage.transform.resize`` with its defaults, on float32.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.
(The default antialiasing acts only when shrinking.)  Traps for whoever ports a resize, all of
them defaults and therefore kept here:

- ``mode="reflect"`` is numpy's: mirrored without repeating the edge pixel.  At half-pixel
  sampling that is wrong in the outermost s/2 pixels; ``mode="edge"`` or ``"symmetric"`` is what
  the other libraries do.
- ``clip=True`` cuts overshoots at the smallest and largest value of the input.
- Order 3 is an interpolating B-spline, not the cubic convolution that others call bicubic.

``resize`` of the whole (H, W, C) image gives the same numbers as channel by channel, which is what
runs, and takes several times as long.  What it clips by default is the range over all channels.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

interpolation = partial(
    method, family="interpolation", backend="scikit-image", sampling="half-pixel", parameters=0
)


def _enlarge(image: Image, scale: int, order: int) -> Image:
    import numpy as np
    from skimage.transform import resize

    height, width, channels = image.shape
    size = (height * scale, width * scale)
    enlarged = np.empty((*size, channels), dtype=np.float32)
    for c in range(channels):
        enlarged[:, :, c] = resize(image[:, :, c], size, order=order, clip=False)
    if order > 1:  # orders 0 and 1 stay in the range of their input
        np.clip(enlarged, image.min(), image.max(), out=enlarged)
    return enlarged


@interpolation(
    "skimage-order0",
    source="scikit-image, transform.resize(order=0)",
    kernel="nearest",
    edge="none",
)
def skimage_order0(image: Image, scale: int) -> Image:
    """Nearest neighbour, half-pixel sampling: every pixel becomes s x s equal ones.

    Args:
        image: ``(H, W, C)`` float32 in [0, 1].
        scale: The whole factor s.

    Returns:
        ``(H * s, W * s, C)`` float32.
    """
    return _enlarge(image, scale, 0)


@interpolation(
    "skimage-order1",
    source="scikit-image, transform.resize(order=1)",
    kernel="triangle",
    edge="reflect",
)
def skimage_order1(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling, mirrored without the edge pixel.

    Equals other libraries' bilinear but in the outermost s/2 pixels; shapes as
    :func:`skimage_order0`.
    """
    return _enlarge(image, scale, 1)


@interpolation(
    "skimage-order3",
    source="scikit-image, transform.resize(order=3)",
    kernel="cubic B-spline, prefiltered",
    edge="reflect",
    clips=True,
)
def skimage_order3(image: Image, scale: int) -> Image:
    """Interpolating cubic B-spline, half-pixel sampling, mirrored without the edge pixel.

    A recursive prefilter gives it infinite support: sharper than cubic convolution, with more
    ringing.  The result is clipped to the range of the input.  Shapes as :func:`skimage_order0`.
    """
    return _enlarge(image, scale, 3)
