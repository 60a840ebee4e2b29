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
five times as long at order 3.  On uint8 pixels it clips and rounds its own output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge
    from upbench.methods._interpolation import Resize

_BSPLINE = "cubic B-spline, prefiltered"


def _zoom(order: int, kernel: str, edge: Edge, *, grid: bool) -> Resize:
    """Return ``zoom`` of one spline order, on its default grid or in grid mode, as a method."""
    mode = "nearest" if grid else "constant"
    options = ", grid_mode=True, mode='nearest'" if grid else ""

    @interpolation(
        f"scipy-zoom-{'grid-' if grid else ''}order{order}",
        source=f"SciPy, ndimage.zoom(order={order}{options})",
        backend="scipy",
        sampling="half-pixel" if grid else "align-corners",
        kernel=kernel,
        edge=edge,
        antialias="none",
        library_8bit=True,
        snippet=f"np.dstack([scipy.ndimage.zoom(plane, scale, order={order}{options}) "
        "for plane in np.moveaxis(image, 2, 0)])",
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale, float32 or uint8 as it is."""
        import numpy as np
        from scipy.ndimage import zoom

        scales = (size[0] / image.shape[0], size[1] / image.shape[1])
        resized = np.empty((*size, image.shape[2]), dtype=image.dtype)
        for c in range(image.shape[2]):
            plane, output = image[:, :, c], resized[:, :, c]
            zoom(plane, scales, output=output, order=order, mode=mode, grid_mode=grid)
        return resized

    return resize


# From x3 on pixels become areas of unequal size.
scipy_zoom_order0 = _zoom(0, "nearest", "constant", grid=False)

# Support 2.  PyTorch's bilinear with ``align_corners=True``, but for the black edge at some sizes.
scipy_zoom_order1 = _zoom(1, "triangle", "constant", grid=False)

# SciPy's default in everything.  The prefilter mirrors the image without repeating the edge pixel.
# It may leave [0, 1].
scipy_zoom_order3 = _zoom(3, _BSPLINE, "constant", grid=False)

scipy_zoom_grid_order0 = _zoom(0, "nearest", "none", grid=True)

# Support 2.
scipy_zoom_grid_order1 = _zoom(1, "triangle", "replicate", grid=True)

# A recursive prefilter gives it infinite support; it may leave [0, 1].
scipy_zoom_grid_order3 = _zoom(3, _BSPLINE, "replicate", grid=True)
