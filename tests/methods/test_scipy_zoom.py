"""SciPy's interpolations against the canonical resampler and their own grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import strategies as st
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.methods import canonical, pytorch, scipy_zoom

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [value for value in vars(scipy_zoom).values() if hasattr(value, ATTRIBUTE)]
sizes = st.integers(1, 15)


DEFAULT_GRID = [
    scipy_zoom.scipy_zoom_order0,
    scipy_zoom.scipy_zoom_order1,
    scipy_zoom.scipy_zoom_order3,
]


@pytest.mark.parametrize("scale", [2, 3, 4, 7])
@pytest.mark.parametrize("shape", [(13, 17, 3), (1, 5, 1), (2, 2, 3)])
def test_grid_mode_is_half_pixel(scale: int, shape: tuple[int, ...]) -> None:
    """In grid mode orders 0 and 1 are the canonical nearest and bilinear, to the border.

    To 2e-7, the last bits of float32: both compute in float64 and round once.
    """
    image = noise(*shape)
    nearest, bilinear = canonical.nearest(image, scale), canonical.bilinear(image, scale)
    np.testing.assert_array_equal(scipy_zoom.scipy_zoom_grid_order0(image, scale), nearest)
    got = scipy_zoom.scipy_zoom_grid_order1(image, scale)
    np.testing.assert_allclose(got, bilinear, rtol=0, atol=2e-7)


def _bspline(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cubic B-spline at the distances x."""
    d = np.abs(x)
    return np.where(d < 1, 2 / 3 - d * d * (1 - d / 2), np.maximum(2 - d, 0) ** 3 / 6)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_order3_interpolates_with_a_b_spline(scale: int) -> None:
    """In grid mode order 3 is the B-spline through the pixels, the edge pixel repeated.

    The coefficients are solved for here, with the border far away; the last bits of float32.
    """
    row = noise(1, 12, 1)
    size, pad = 12, 30
    nodes = np.arange(-pad, size + pad)
    samples = row[0, np.clip(nodes, 0, size - 1), 0].astype(np.float64)
    coefficients = np.linalg.solve(_bspline(nodes[:, None] - nodes), samples)
    places = (np.arange(size * scale) + 0.5) / scale - 0.5
    expected = _bspline(places[:, None] - nodes) @ coefficients
    got = scipy_zoom.scipy_zoom_grid_order3(row, scale)[0, :, 0]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("upsample", DEFAULT_GRID, ids=lambda m: getattr(m, ATTRIBUTE).name)
@pytest.mark.parametrize("scale", [2, 3, 4, 5])
def test_default_grid_aligns_corners(
    upsample: Callable[..., NDArray[np.float32]], scale: int
) -> None:
    """On the default grid the four corner pixels keep their places and values."""
    image = noise(13, 15, 3)
    got = upsample(image, scale)
    np.testing.assert_allclose(got[[0, -1]][:, [0, -1]], image[[0, -1]][:, [0, -1]], atol=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_default_grid_is_pytorchs_align_corners(scale: int) -> None:
    """Order 1 on the default grid is PyTorch's bilinear that aligns corners.

    To 1e-5: PyTorch's positions are float32, half a bit of a position of 15 is 5e-7.
    """
    image = noise(13, 15, 3)
    expected = pytorch.torch_bilinear_align_corners(image, scale)
    got = scipy_zoom.scipy_zoom_order1(image, scale)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("scale", [2, 4])
def test_default_grid_stretches_between_the_corner_pixels(scale: int) -> None:
    """On the default grid output j lies at j (n - 1) / (s n - 1), as a ramp shows.

    Order 3 meets the straight line 14 pixels from the border, where the mirror is forgotten.
    """
    ramp = np.linspace(0, 1, 40, dtype=np.float32)[None, :, None]
    places = np.linspace(0, 39, 40 * scale)
    order0, order1, order3 = (upsample(ramp, scale)[0, :, 0] for upsample in DEFAULT_GRID)
    np.testing.assert_allclose(order0, np.floor(places + 0.5) / 39, atol=1e-6)
    np.testing.assert_allclose(order1, places / 39, atol=1e-6)
    cut = 14 * scale
    np.testing.assert_allclose(order3[cut:-cut], places[cut:-cut] / 39, atol=1e-6)


@pytest.mark.parametrize(("size", "scale"), [(50, 3), (16, 5)])
def test_default_grid_blackens_the_edge_at_some_sizes(size: int, scale: int) -> None:
    """The trap that the file's docstring names: at these sizes the last column is black."""
    white = np.ones((2, size, 1), dtype=np.float32)
    got = scipy_zoom.scipy_zoom_order1(white, scale)
    np.testing.assert_array_equal(got[:, -1], 0)
    np.testing.assert_allclose(got[:, :-1], 1, atol=1e-6)
    grid = scipy_zoom.scipy_zoom_grid_order1(white, scale)
    np.testing.assert_allclose(grid, 1, atol=1e-6)
