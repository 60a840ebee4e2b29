"""scikit-image's interpolations against the canonical resampler and SciPy's spline."""

from __future__ import annotations

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.imaging import resample
from upbench.methods import canonical, scikit_image, scipy_zoom

METHODS = [value for value in vars(scikit_image).values() if hasattr(value, ATTRIBUTE)]


@pytest.mark.parametrize("scale", [2, 3, 7, 16])
def test_order0_repeats_pixels(scale: int) -> None:
    """Order 0 is nearest neighbour at half-pixel sampling, to the border."""
    image = noise(13, 17, 3)
    expected = canonical.nearest(image, scale)
    np.testing.assert_array_equal(scikit_image.skimage_order0(image, scale), expected)


@pytest.mark.parametrize("scale", [2, 3, 4, 7])
def test_order1_is_bilinear_mirrored_without_the_edge_pixel(scale: int) -> None:
    """Order 1 is the triangle kernel on the image that numpy's "reflect" continues, to 1e-7.

    That is the last bit of float32: SciPy computes in float64 and rounds once.
    """
    image = noise(13, 17, 3)
    padded = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="reflect")
    expected = resample.resize(padded, scale, resample.BILINEAR)[scale:-scale, scale:-scale]
    got = scikit_image.skimage_order1(image, scale)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_order1_is_wrong_at_the_border_alone(scale: int) -> None:
    """It equals other libraries' bilinear but for the outermost s/2 pixels, where it does not."""
    image = noise(13, 17, 3)
    apart = np.abs(scikit_image.skimage_order1(image, scale) - canonical.bilinear(image, scale))
    cut = scale // 2
    assert apart[cut:-cut, cut:-cut].max() < 2e-7
    assert apart.max() > 0.1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_order3_is_scipys_spline_inside(scale: int) -> None:
    """Order 3 is SciPy's B-spline, clipped to the range of the input.

    The edge rules differ, and the prefilter forgets them by 0.268 per pixel: 12 pixels from the
    border 1e-6 is left.
    """
    image = noise(32, 36, 3)
    spline = np.clip(scipy_zoom.scipy_zoom_grid_order3(image, scale), image.min(), image.max())
    apart = np.abs(scikit_image.skimage_order3(image, scale) - spline)
    cut = 12 * scale
    assert apart[cut:-cut, cut:-cut].max() < 1e-6
    assert apart.max() > 0.01


def test_order3_is_clipped_to_the_input() -> None:
    """The default clip=True leaves no overshoot, where the spline alone has some."""
    image = 0.25 + 0.5 * np.repeat(np.array([[[0], [1]]], dtype=np.float32), 8, axis=1)
    got = scikit_image.skimage_order3(image, 3)
    assert (got.min(), got.max()) == (image.min(), image.max())
    assert scipy_zoom.scipy_zoom_grid_order3(image, 3).max() > 0.76


def test_order3_is_no_cubic_convolution() -> None:
    """The B-spline of order 3 and the canonical bicubic are visibly different inside."""
    image = 0.4 + 0.2 * noise(24, 24, 1)
    apart = scikit_image.skimage_order3(image, 2) - canonical.bicubic(image, 2)
    assert np.abs(apart[16:-16, 16:-16]).max() > 0.001
