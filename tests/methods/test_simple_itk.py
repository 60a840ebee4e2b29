"""SimpleITK's interpolators against brute force, SciPy and the other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from claims import check_claim, methods_of, need, positions, sampled
from random_images import noise

from upbench.methods import opencv, scikit_image, simple_itk

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = methods_of(simple_itk)
WINDOWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "lanczos": lambda x: np.sinc(x / 5),
    "hamming": lambda x: 0.54 + 0.46 * np.cos(np.pi * x / 5),
    "cosine": lambda x: np.cos(np.pi * x / 10),
    "welch": lambda x: 1 - (x / 5) ** 2,
    "blackman": lambda x: 0.42 + 0.5 * np.cos(np.pi * x / 5) + 0.08 * np.cos(2 * np.pi * x / 5),
}


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("SimpleITK")


@pytest.mark.parametrize("name", ["itk-linear", "itk-bspline3"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_metadata_are_true(name: str, scale: int) -> None:
    """Kernel, grid and edge rule as stated give the pixels."""
    check_claim(METHODS[name], noise(23, 20, 3), scale, atol=2e-6)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("scale", [2, 3])
def test_windowed_sincs_reach_five_pixels_and_are_not_normalised(window: str, scale: int) -> None:
    """Each is sinc times its window, taken as it is: constants do not stay constant."""
    image = noise(23, 20, 1)
    at = [positions("half-pixel", size, scale) for size in image.shape[:2]]

    def curve(x: np.ndarray) -> np.ndarray:
        return np.where(np.abs(x) < 5, np.sinc(x) * WINDOWS[window](x), 0)

    got = METHODS[f"itk-sinc-{window}"][1](image, scale)
    plain = sampled(image, *at, curve, "replicate", normalise=False)
    np.testing.assert_allclose(got, plain, rtol=0, atol=1e-5)
    flat = METHODS[f"itk-sinc-{window}"][1](np.full((24, 24, 1), 0.5, np.float32), scale)
    most = np.abs(flat[12:-12, 12:-12] - 0.5).max() / 0.5
    assert 1e-4 < most < (7e-3 if window == "hamming" else 2e-3)


def test_the_gaussian_is_a_bell_integrated_over_pixels() -> None:
    """It has a deviation of 0.8 pixels; taps beyond the border are dropped."""
    from scipy.special import erf

    image = noise(23, 20, 1)
    at = [positions("half-pixel", size, 2) for size in image.shape[:2]]

    def bell(x: np.ndarray) -> np.ndarray:
        half, width = 0.5, 0.8 * np.sqrt(2)
        integral = erf((x + half) / width) - erf((x - half) / width)
        return np.where(np.abs(x) < 4 * 0.8 + half, integral, 0)

    expected = sampled(image, *at, bell, "renormalise")
    np.testing.assert_allclose(METHODS["itk-gaussian"][1](image, 2), expected, rtol=0, atol=1e-6)


def test_the_cubic_spline_is_scikit_images() -> None:
    """Order 3, the edge pixel not repeated: scikit-image's default but for its clipping."""
    image = noise(23, 20, 1)
    got = np.clip(METHODS["itk-bspline3"][1](image, 3), image.min(), image.max())
    np.testing.assert_allclose(got, scikit_image.skimage_order3(image, 3), rtol=0, atol=1e-5)


@pytest.mark.parametrize("order", [2, 4, 5])
def test_splines_of_other_orders_are_scipys(order: int) -> None:
    """SciPy's splines at the same places, mirrored without the edge pixel."""
    from scipy.ndimage import map_coordinates

    image = noise(23, 20, 1)
    at = np.meshgrid(*(positions("half-pixel", size, 2) for size in (23, 20)), indexing="ij")
    expected = map_coordinates(image[:, :, 0].astype(float), at, order=order, mode="mirror")
    got = METHODS[f"itk-bspline{order}"][1](image, 2)[:, :, 0]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("shape", [(2, 9), (3, 3), (1, 2), (3, 2)])
def test_a_spline_of_two_or_three_pixels_is_mirrored(order: int, shape: tuple[int, int]) -> None:
    """ITK's own mirror ends there: it read memory beyond the image, up to 3e38 and by chance."""
    from scipy.ndimage import map_coordinates

    image = noise(*shape, 1)
    longer = np.pad(image[:, :, 0].astype(float), [(12 * (n - 1),) * 2 for n in shape], "reflect")
    axes = (positions("half-pixel", n, 3) + 12 * (n - 1) for n in shape)
    expected = map_coordinates(
        longer, np.meshgrid(*axes, indexing="ij"), order=order, mode="mirror"
    )
    enlarge = METHODS[f"itk-bspline{order}"]
    np.testing.assert_allclose(enlarge[1](image, 3)[:, :, 0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["itk-linear", "itk-bspline3", "itk-sinc-hamming"])
def test_eight_bit_pixels_lose_their_fractions(name: str) -> None:
    """Nothing is rounded: the mean is half a level too dark."""
    levels = np.rint(noise(2, 30, 3) * 255).astype(np.uint8)
    described, enlarge = METHODS[name]
    assert described.library_8bit is not None
    exact = (255 * enlarge(levels / np.float32(255), 3)).clip(0, 255)
    lost = exact - described.library_8bit(levels, 3)
    assert lost.min() > -1e-3
    assert lost.max() < 1 + 1e-3
    assert 0.3 < lost.mean() < 0.6


def test_linear_and_nearest_are_opencvs() -> None:
    """The same pixels, borders included."""
    image = noise(23, 20, 3)
    for name, other in (("linear", opencv.opencv_linear), ("nearest", opencv.opencv_nearest)):
        got = METHODS[f"itk-{name}"][1](image, 3)
        np.testing.assert_allclose(got, other(image, 3), rtol=0, atol=1e-6)
