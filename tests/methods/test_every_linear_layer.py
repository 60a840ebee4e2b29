"""What every linear layer keeps, whatever its form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.methods.linear_resize_conv import LinearResizeConv, LinearResizeConvBilinear
from upbench.methods.linear_transposed_conv import LinearTransposedConv, LinearTransposedConvUneven

if TYPE_CHECKING:
    from upbench.methods._shared.linear_layer import LinearUpsampler

LAYERS = (
    LinearTransposedConv,
    LinearTransposedConvUneven,
    LinearResizeConv,
    LinearResizeConvBilinear,
)
each = pytest.mark.parametrize("cls", LAYERS)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 3), (8, 1, 1), (7, 5, 3), (2, 2, 1)])
@pytest.mark.parametrize("scale", [2, 3])
@each
def test_any_size(cls: type[LinearUpsampler], scale: int, shape: tuple[int, int, int]) -> None:
    """Odd, thin and one-pixel images, grey and RGB, come out scale times as large."""
    image = noise(*shape)
    before = image.copy()
    output = cls(scale)(image)

    assert output.shape == (shape[0] * scale, shape[1] * scale, shape[2])
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
    assert np.array_equal(image, before)


@each
def test_scales(cls: type[LinearUpsampler]) -> None:
    """x2 to x8 are offered."""
    assert getattr(cls, ATTRIBUTE).scales == (2, 3, 4, 5, 6, 7, 8)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("cls", [one for one in LAYERS if one is not LinearTransposedConvUneven])
def test_kernel_is_symmetric(cls: type[LinearUpsampler], scale: int) -> None:
    """Flipping or transposing the kernel changes nothing, so nothing is moved."""
    weights = cls(scale).weights

    for turned in (weights[::-1], weights[:, ::-1], weights.T):
        assert np.abs(weights - turned).max() < 1e-5
