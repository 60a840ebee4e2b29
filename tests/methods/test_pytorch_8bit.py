"""PyTorch's uint8 path against its float path."""

from __future__ import annotations

import numpy as np
import pytest
from claims import methods_of
from random_images import noise

from upbench.methods import pillow, pytorch, pytorch_8bit

METHODS = methods_of(pytorch_8bit)
FLOAT = {
    "torch-uint8-nearest-exact": pytorch.torch_nearest_exact,
    "torch-uint8-bilinear": pytorch.torch_bilinear,
    "torch-uint8-bilinear-antialias": pillow.pillow_bilinear,
    "torch-uint8-bicubic": pytorch.torch_bicubic,
    "torch-uint8-bicubic-antialias": pytorch.torch_bicubic_antialias,
}


@pytest.mark.parametrize("name", FLOAT)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_is_the_float_path_to_two_levels(name: str, scale: int) -> None:
    """Where nothing overshoots, rounding twice and 16-bit weights cost two levels of 255."""
    levels = (64 + 127 * noise(23, 20, 3)).astype(np.uint8)
    image = levels / np.float32(255)
    got, exact = METHODS[name][1](image, scale), FLOAT[name](image, scale)
    assert np.abs(255 * (got - exact)).max() <= 2
    assert METHODS[name][0].kernel.endswith(", in 8 bits")


def test_clipping_between_the_axes_costs_more() -> None:
    """On black and white noise an overshoot is cut off that the second axis would have undone."""
    image = np.round(noise(23, 20, 1))
    exact = np.clip(pytorch.torch_bicubic_antialias(image, 2), 0, 1)
    apart = 255 * np.abs(pytorch_8bit.torch_uint8_bicubic_antialias(image, 2) - exact)
    assert apart.max() > 2


def test_an_image_is_rounded_first() -> None:
    """A level between two comes out as the nearer one, halves up."""
    image = np.full((3, 3, 1), 100.6 / 255, np.float32)
    np.testing.assert_allclose(255 * pytorch_8bit.torch_uint8_bilinear(image, 2), 101, atol=1e-4)
