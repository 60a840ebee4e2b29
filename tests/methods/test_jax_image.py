"""JAX's resize against brute force and Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from claims import check_claim, methods_of, need
from random_images import noise

from upbench.methods import jax_image, opencv, pillow

METHODS = methods_of(jax_image)
SAME_PIXELS = {
    "jax-nearest": pillow.pillow_nearest,
    "jax-linear": pillow.pillow_bilinear,
    "jax-cubic": pillow.pillow_bicubic,
    "jax-lanczos3": pillow.pillow_lanczos,
}


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("jax")


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("scale", "shape"), [(2, (37, 40, 3)), (3, (37, 40, 3)), (4, (2, 1, 1))])
def test_the_metadata_are_true(name: str, scale: int, shape: tuple[int, ...]) -> None:
    """Kernel, grid and edge rule as stated give the pixels, to float32 weights."""
    check_claim(METHODS[name], noise(*shape), scale)


@pytest.mark.parametrize("name", SAME_PIXELS)
def test_equals_pillow(name: str) -> None:
    """Pillow's kernels with Pillow's edge rule, borders included."""
    image = noise(33, 29, 3)
    got, other = METHODS[name][1](image, 3), SAME_PIXELS[name](image, 3)
    np.testing.assert_allclose(got, other, rtol=0, atol=1e-5)


def test_the_cubic_is_not_opencvs() -> None:
    """The cubics of a = -0.5 and a = -0.75 are visibly different, also inside."""
    image = noise(20, 20, 1)
    apart = jax_image.jax_cubic(image, 2) - opencv.opencv_cubic(image, 2)
    assert np.abs(apart[16:-16, 16:-16]).max() > 0.001
