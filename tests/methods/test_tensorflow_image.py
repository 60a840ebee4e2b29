"""TensorFlow's resize, of version 2 and 1, against brute force and the other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from claims import check_claim, methods_of, need, positions, sampled
from random_images import noise

from upbench.methods import opencv, pillow, pytorch, tensorflow_image

METHODS = methods_of(tensorflow_image)
STATED = [n for n in METHODS if "nearest" not in n and "gauss" not in n and "area" not in n]


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("tensorflow")


@pytest.mark.parametrize("name", STATED)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_metadata_are_true(name: str, scale: int) -> None:
    """Kernel, grid and edge rule as stated give the pixels.

    The cubic without antialiasing rounds positions to 1/1024 pixel: half a step, times the slope
    of a cubic between random pixels, is 2e-3.
    """
    rounded = "bicubic" in name and "antialias" not in name
    atol = 2e-3 if rounded and (scale == 3 or "align" in name) else 1e-5
    check_claim(METHODS[name], noise(33, 29, 3), scale, atol=atol)


def test_the_cubic_is_keys_and_tensorflow_1s_is_not() -> None:
    """It has a = -0.5 on half-pixel centres without antialiasing; a = -0.75 in TensorFlow 1."""
    image = noise(24, 24, 1)
    got = 255 * tensorflow_image.tf_bicubic(image, 2)
    np.testing.assert_allclose(got, 255 * pillow.pillow_bicubic(image, 2), rtol=0, atol=1e-3)
    old = tensorflow_image.tf1_bicubic_align_corners(image, 2)
    aligned = pytorch.torch_bicubic_align_corners(image, 2)
    np.testing.assert_allclose(old, aligned, rtol=0, atol=2e-3)
    assert np.abs(got / 255 - opencv.opencv_cubic(image, 2)).max() > 0.01


def test_antialias_changes_no_enlargement() -> None:
    """Only shrinking is antialiased: the same pixels to the cubic's rounded positions."""
    image = noise(17, 12, 3)
    for name, (_, upsample) in METHODS.items():
        if name.endswith("-antialias"):
            plain = METHODS[name.removesuffix("-antialias")][1]
            np.testing.assert_allclose(upsample(image, 3), plain(image, 3), rtol=0, atol=2e-3)


def test_nearest_and_area_repeat_pixels() -> None:
    """All but TensorFlow 1's aligned one: the pixel below the output pixel's centre."""
    image = noise(9, 7, 3)
    expected = image.repeat(3, axis=0).repeat(3, axis=1)
    for upsample in (
        tensorflow_image.tf_nearest,
        tensorflow_image.tf_area,
        tensorflow_image.tf1_nearest,
    ):
        np.testing.assert_allclose(upsample(image, 3), expected, rtol=0, atol=3e-5)


@pytest.mark.parametrize("size", [(6, 5), (13, 20)])
def test_area_is_that_of_opencv(size: tuple[int, int]) -> None:
    """A pixel counts by the part of it that is covered, at factors that are not whole too."""
    image = noise(9, 7, 3)
    got, other = tensorflow_image.tf_area(image, size), opencv.opencv_area(image, size)
    np.testing.assert_allclose(got, other, rtol=0, atol=1e-5)
    assert METHODS["tf-area"][0].kernel == methods_of(opencv)["opencv-area"][0].kernel


def test_the_gaussian_is_as_stated() -> None:
    """A deviation of half a pixel, cut off at 1.5 pixels, missing taps dropped."""
    image = noise(17, 12, 3)
    at = [positions("half-pixel", size, 2) for size in image.shape[:2]]

    def curve(x: np.ndarray) -> np.ndarray:
        return np.where(np.abs(x) < 1.5, np.exp(-2 * x**2), 0)

    expected = sampled(image, *at, curve, "renormalise")
    np.testing.assert_allclose(tensorflow_image.tf_gaussian(image, 2), expected, rtol=0, atol=1e-5)
