"""SciPy's interpolations, ``scipy.ndimage.zoom`` on float32, channel by channel.

The default grid aligns corners: output pixel j lies at ``j (n - 1) / (s n - 1)`` on the input
grid, so the corner pixels keep their places and everything between is stretched.  With
``grid_mode=True`` it lies at ``(j + 1/2) / s - 1/2``, half-pixel, as in other libraries.  Traps for
whoever ports a resize:

- The default grid is not the one that images are shrunk on: order 3 loses 2 dB by it on Set5.
- The default ``mode="constant"``, kept here, lets the last row and column turn black at some
  sizes (50 pixels at x3, 16 at x5), where their position comes out a hair beyond the border.
- ``grid_mode=True`` needs another edge mode, or the border fades to black.  Here it is
  ``"nearest"``, the edge pixel repeated: it makes order 1 equal to other libraries' bilinear.
  (``"reflect"`` does as well, but its order 3 changes a constant image by up to 8e-4.)
- Order 3 is an interpolating B-spline, not the cubic convolution that others call bicubic.

A zoom of (s, s, 1) on the whole image gives the same numbers as channel by channel, and takes
five times as long at order 3.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

_BSPLINE = "cubic B-spline, prefiltered"

interpolation = partial(method, family="interpolation", backend="scipy", parameters=0)


def _enlarge(
    image: Image, scale: int, order: int, *, grid_mode: bool = False, mode: str = "constant"
) -> Image:
    import numpy as np
    from scipy.ndimage import zoom

    height, width, channels = image.shape
    enlarged = np.empty((height * scale, width * scale, channels), dtype=np.float32)
    for c in range(channels):
        zoom(
            image[:, :, c],
            scale,
            output=enlarged[:, :, c],
            order=order,
            mode=mode,
            grid_mode=grid_mode,
        )
    return enlarged


def _enlarge_grid(image: Image, scale: int, order: int) -> Image:
    return _enlarge(image, scale, order, grid_mode=True, mode="nearest")


@interpolation(
    "scipy-zoom-order0",
    source="SciPy, ndimage.zoom(order=0)",
    sampling="align-corners",
    kernel="nearest",
    edge="constant",
)
def scipy_zoom_order0(image: Image, scale: int) -> Image:
    """Nearest neighbour, align-corners sampling: from x3 on pixels become areas of unequal size.

    Args:
        image: ``(H, W, C)`` float32 in [0, 1].
        scale: The whole factor s.

    Returns:
        ``(H * s, W * s, C)`` float32.
    """
    return _enlarge(image, scale, 0)


@interpolation(
    "scipy-zoom-order1",
    source="SciPy, ndimage.zoom(order=1)",
    sampling="align-corners",
    kernel="triangle",
    edge="constant",
)
def scipy_zoom_order1(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, align-corners sampling; shapes as :func:`scipy_zoom_order0`.

    PyTorch's bilinear with ``align_corners=True``, but for the black edge at some sizes.
    """
    return _enlarge(image, scale, 1)


@interpolation(
    "scipy-zoom-order3",
    source="SciPy, ndimage.zoom(order=3)",
    sampling="align-corners",
    kernel=_BSPLINE,
    edge="constant",
)
def scipy_zoom_order3(image: Image, scale: int) -> Image:
    """Interpolating cubic B-spline, align-corners sampling; SciPy's default in everything.

    The prefilter mirrors the image without repeating the edge pixel.  It may leave [0, 1].
    Shapes as :func:`scipy_zoom_order0`.
    """
    return _enlarge(image, scale, 3)


@interpolation(
    "scipy-zoom-grid-order0",
    source="SciPy, ndimage.zoom(order=0, grid_mode=True, mode='nearest')",
    sampling="half-pixel",
    kernel="nearest",
    edge="none",
)
def scipy_zoom_grid_order0(image: Image, scale: int) -> Image:
    """Nearest neighbour, half-pixel sampling; shapes as :func:`scipy_zoom_order0`."""
    return _enlarge_grid(image, scale, 0)


@interpolation(
    "scipy-zoom-grid-order1",
    source="SciPy, ndimage.zoom(order=1, grid_mode=True, mode='nearest')",
    sampling="half-pixel",
    kernel="triangle",
    edge="replicate",
)
def scipy_zoom_grid_order1(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling, edge pixel repeated.

    Shapes as :func:`scipy_zoom_order0`.
    """
    return _enlarge_grid(image, scale, 1)


@interpolation(
    "scipy-zoom-grid-order3",
    source="SciPy, ndimage.zoom(order=3, grid_mode=True, mode='nearest')",
    sampling="half-pixel",
    kernel=_BSPLINE,
    edge="replicate",
)
def scipy_zoom_grid_order3(image: Image, scale: int) -> Image:
    """Interpolating cubic B-spline, half-pixel sampling, edge pixel repeated.

    A recursive prefilter gives it infinite support; it may leave [0, 1].  Shapes as
    :func:`scipy_zoom_order0`.
    """
    return _enlarge_grid(image, scale, 3)
