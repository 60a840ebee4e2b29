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
There is no 8-bit path: ``resize`` converts uint8 to float64.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Image, Size
    from upbench.benchmark.core.upsampler import Edge
    from upbench.methods._interpolation import Resize


def _resize(
    order: int, kernel: str, edge: Edge, shrinks: Mapping[str, str] = MappingProxyType({})
) -> Resize:
    """Return ``resize`` of one spline order as a method."""
    clips = order > 1  # orders 0 and 1 stay in the range of their input

    larger = "(image.shape[0] * scale, image.shape[1] * scale)"
    plane = f"skimage.transform.resize(np.float32(plane), {larger}, order={order}, clip=False)"
    snippet = (
        f"np.dstack([{plane} for plane in np.moveaxis(image, 2, 0)])"
        ".clip(image.min(), image.max()).round().astype(np.uint8)"
    )

    @interpolation(
        f"skimage-order{order}",
        source=f"scikit-image, transform.resize(order={order})",
        backend="scikit-image",
        antialias="gaussian",
        kernel=kernel,
        edge=edge,
        shrinks=shrinks,
        clips=clips,
        snippet=snippet,
    )
    def resize(image: Image, size: Size) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1] to ``(*size, C)`` float32, or by a scale."""
        import numpy as np
        from skimage.transform import resize as resize_plane

        resized = np.empty((*size, image.shape[2]), dtype=np.float32)
        for c in range(image.shape[2]):
            resized[:, :, c] = resize_plane(image[:, :, c], size, order=order, clip=False)
        if clips:
            np.clip(resized, image.min(), image.max(), out=resized)
        return resized

    return resize


# The Gaussian that comes first when shrinking reads beyond the border.
skimage_order0 = _resize(0, "nearest", "none", {"edge": "reflect"})

# Support 2.  Equals other libraries' bilinear but in the outermost s/2 pixels.
skimage_order1 = _resize(1, "triangle", "reflect")

# A recursive prefilter gives it infinite support: sharper than cubic convolution, with more
# ringing.  Clipped to the range of the input.
skimage_order3 = _resize(3, "cubic B-spline, prefiltered", "reflect")
