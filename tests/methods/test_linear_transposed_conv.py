"""One transposed convolution: equal to torch's, whatever the size of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.methods.linear_transposed_conv import LinearTransposedConv, LinearTransposedConvUneven

if TYPE_CHECKING:
    from upbench.methods._shared.linear_layer import LinearUpsampler

both = pytest.mark.parametrize("cls", [LinearTransposedConv, LinearTransposedConvUneven])


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_equals_torch(cls: type[LinearUpsampler], scale: int) -> None:
    """The output is conv_transpose2d's of the mirrored image with the same weights."""
    import torch
    from torch.nn import functional

    image = noise(12, 15, 3)
    layer = cls(scale)
    side = layer.layer.side(scale)
    mirrored = np.pad(image, ((4, 4), (4, 4), (0, 0)), mode="symmetric").transpose(2, 0, 1)
    expected = functional.conv_transpose2d(
        torch.from_numpy(mirrored.copy())[:, None],
        torch.from_numpy(layer.weights)[None, None],
        stride=scale,
        padding=(side - scale) // 2,
    )[:, 0].numpy()
    cut = 4 * scale
    inside = expected[:, cut : cut + 12 * scale, cut : cut + 15 * scale].transpose(1, 2, 0)

    assert np.abs(layer(image) - inside).max() < 1e-5


def test_views_and_channels_are_treated_alike() -> None:
    """A strided view gives what its copy gives, and each channel what it gives alone."""
    layer = LinearTransposedConv(2)
    image = noise(9, 8, 3)
    view = image[::-1, ::2]

    assert np.array_equal(layer(view), layer(view.copy()))
    assert np.array_equal(layer(image)[:, :, 1:2], layer(image[:, :, 1:2]))


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_gains_are_nearly_equal(cls: type[LinearUpsampler], scale: int) -> None:
    """A constant stays constant to 0.0003 although nothing forces the phases to agree."""
    layer = cls(scale)
    output = layer(np.ones((9, 9, 1), dtype=np.float32))

    assert np.abs(layer.dc_gains - 1.0).max() < 3e-4
    assert np.abs(output.reshape(9, scale, 9, scale) - layer.dc_gains[:, None, :]).max() < 1e-6


def test_uneven_overlap_leaves_a_larger_ripple() -> None:
    """At x2 the phases of the uneven kernel differ by 200 millionths, those of the even by none."""
    assert np.ptp(LinearTransposedConv(2).dc_gains) < 1e-6
    assert np.ptp(LinearTransposedConvUneven(2).dc_gains) > 1e-4


def test_cost_is_stated() -> None:
    """Parameters are the kernel's elements; multiply-adds are those that a phase needs."""
    even, uneven = LinearTransposedConv(3), LinearTransposedConvUneven(3)

    assert (even.parameters, even.macs_per_px) == (21 * 21, 49.0)
    assert (uneven.parameters, uneven.macs_per_px) == (19 * 19, pytest.approx((19 / 3) ** 2))
