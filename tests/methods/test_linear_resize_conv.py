"""A resize and a convolution: equal to the two steps, whatever the size of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.imaging.resample import BILINEAR, NEAREST, resize
from upbench.methods.linear_resize_conv import LinearResizeConv, LinearResizeConvBilinear

if TYPE_CHECKING:
    from upbench.methods._shared.linear_layer import LinearUpsampler

both = pytest.mark.parametrize("cls", [LinearResizeConv, LinearResizeConvBilinear])


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_equals_the_two_steps(cls: type[LinearUpsampler], scale: int) -> None:
    """The output is that of enlarging, mirroring at the border and torch's conv2d, everywhere."""
    import torch
    from torch.nn import functional

    image = noise(12, 15, 3)
    layer = cls(scale)
    reach = layer.weights.shape[0] // 2
    large = resize(image, scale, NEAREST if cls is LinearResizeConv else BILINEAR)
    mirrored = np.pad(large, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    expected = functional.conv2d(
        torch.from_numpy(mirrored.transpose(2, 0, 1).copy())[:, None],
        torch.from_numpy(layer.weights.astype(np.float64))[None, None],
    )[:, 0].numpy()

    assert np.abs(layer(image) - expected.transpose(1, 2, 0)).max() < 1e-5


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_phases_have_one_gain(cls: type[LinearUpsampler], scale: int) -> None:
    """A constant stays constant to 0.00004, and no checkerboard can come out of it."""
    layer = cls(scale)

    assert np.abs(layer.dc_gains - 1.0).max() < 4e-5
    assert np.ptp(layer.dc_gains) < 1e-6


@pytest.mark.parametrize("scale", [2, 3, 8])
@both
def test_cost_is_stated(cls: type[LinearUpsampler], scale: int) -> None:
    """The odd kernel sees 7 x 7 input pixels, for 49 multiply-adds in polyphase form."""
    layer = cls(scale)
    expected = 6 * scale + 1 if cls is LinearResizeConv else (5 * scale + 1) | 1

    assert layer.weights.shape == (expected, expected)
    assert layer.parameters == expected**2
    assert layer.macs_per_px == 49.0
