"""Shrinking as libraries do it: each equals the library's own call, on 8 bits and on floats."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.imaging.degrade import matlab_bicubic, matlab_bicubic_8bit
from upbench.benchmark.imaging.resample import BICUBIC, keys_cubic, resize
from upbench.benchmark.imaging.shrink import SHRINKERS, shrink

PIXELS = np.random.default_rng(7).integers(0, 256, (48, 36, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", SHRINKERS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_dtype_stays(name: str, scale: int) -> None:
    """8 bits give 8 bits, floats give float64; colour and grey keep their channels."""
    for pixels in (PIXELS, PIXELS[:, :, :1]):
        low = shrink(pixels, scale, name)
        assert low.dtype == np.uint8
        assert low.shape == (48 // scale, 36 // scale, pixels.shape[2])
        assert shrink(pixels / 255.0, scale, name).dtype == np.float64


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_matlab_is_the_protocols_shrinking(scale: int) -> None:
    """`matlab` is what the protocols use."""
    assert np.array_equal(shrink(PIXELS, scale, "matlab"), matlab_bicubic_8bit(PIXELS, scale))
    floats = shrink(PIXELS / 255.0, scale, "matlab")
    assert np.array_equal(floats, matlab_bicubic(PIXELS, scale))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pillow", {"kernel": BICUBIC, "edge": "renormalise"}),
        ("torch-antialias", {"kernel": BICUBIC, "edge": "renormalise"}),
        ("torch", {"kernel": keys_cubic(-0.75), "edge": "replicate", "antialias": False}),
        ("opencv", {"kernel": keys_cubic(-0.75), "edge": "replicate", "antialias": False}),
    ],
)
def test_floats_have_the_kernel_that_the_table_states(name: str, options: dict[str, Any]) -> None:
    """One separable resampler with the stated kernel, edge and antialiasing gives the same."""
    for scale in (2, 4):
        expected = resize(PIXELS / 255.0, 1 / scale, **options)
        assert np.abs(shrink(PIXELS / 255.0, scale, name) - expected).max() < 1e-6


def test_eight_bits_are_the_libraries_own() -> None:
    """The 8-bit paths are what a user's call returns."""
    size = (18, 24)
    pillow = np.asarray(Pillow.fromarray(PIXELS).resize(size, Pillow.Resampling.BICUBIC))
    assert np.array_equal(shrink(PIXELS, 2, "pillow"), pillow)
    opencv = cv2.resize(PIXELS, size, interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(shrink(PIXELS, 2, "opencv"), opencv)
    area = cv2.resize(PIXELS, size, interpolation=cv2.INTER_AREA)
    assert np.array_equal(shrink(PIXELS, 2, "opencv-area"), area)
    tensor = torch.from_numpy(PIXELS).permute(2, 0, 1)[None].float()
    made = torch.nn.functional.interpolate(tensor, size=(24, 18), mode="bicubic", antialias=True)
    rounded = made.clamp(0, 255).round().byte()[0].permute(1, 2, 0).numpy()
    assert np.array_equal(shrink(PIXELS, 2, "torch-antialias"), rounded)


def test_a_misspelt_name_gets_a_hint() -> None:
    """An unknown library is one sentence."""
    with pytest.raises(UnknownNameError, match="did you mean 'pillow'"):
        shrink(PIXELS, 2, "pilow")
