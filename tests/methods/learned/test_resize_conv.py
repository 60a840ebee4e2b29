"""Interpolation and a convolution, against the two steps made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from upbench.benchmark.imaging.resample import BILINEAR as TRIANGLE
from upbench.benchmark.imaging.resample import resize
from upbench.methods.learned.resize_conv import BILINEAR, NEAREST

if TYPE_CHECKING:
    from collections.abc import Callable

each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


def convolved(layer: torch.nn.Module, planes: torch.Tensor) -> torch.Tensor:
    """Return the layer's convolution of planes, edges repeated once, by torch's conv2d."""
    weight, bias = layer.get_parameter("1.weight"), layer.get_parameter("1.bias")
    padded = functional.pad(planes, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, weight.double(), bias.double())


@each_scale
def test_nearest_equals_repeated_pixels_then_convolution(
    scale: int, built: Callable[..., torch.nn.Module], noise: Callable[..., torch.Tensor]
) -> None:
    """The layer repeats each pixel s x s times, edges once more, and runs torch's conv2d."""
    layer, features = built(NEAREST, scale), noise(1, 16, 5, 7)
    planes = features.double().repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)
    assert torch.allclose(layer(features).double(), convolved(layer, planes), atol=1e-6)


@each_scale
def test_bilinear_equals_the_canonical_one_then_convolution(
    scale: int, built: Callable[..., torch.nn.Module], noise: Callable[..., torch.Tensor]
) -> None:
    """The layer is half-pixel bilinear, the edge pixel repeated, and torch's conv2d."""
    layer, features = built(BILINEAR, scale), noise(1, 16, 5, 7)
    large = resize(features[0].permute(1, 2, 0).double().numpy(), scale, TRIANGLE)
    planes = torch.from_numpy(large).permute(2, 0, 1)[None]
    assert torch.allclose(layer(features).double(), convolved(layer, planes), atol=1e-6)
