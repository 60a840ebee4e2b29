"""Bilinear interpolation and a convolution, against the two steps made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from upbench.benchmark.imaging.resample import BILINEAR, resize
from upbench.methods.learned.resize_conv_bilinear import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_equals_canonical_bilinear_then_convolution(
    scale: int, built: Callable[..., torch.nn.Module], noise: Callable[..., torch.Tensor]
) -> None:
    """The layer is half-pixel bilinear, the edge pixel repeated, and torch's conv2d."""
    layer, features = built(HEAD, scale), noise(1, 16, 5, 7)
    weight, bias = layer.get_parameter("1.weight"), layer.get_parameter("1.bias")
    large = resize(features[0].permute(1, 2, 0).double().numpy(), scale, BILINEAR)
    planes = torch.from_numpy(large).permute(2, 0, 1)[None]
    padded = functional.pad(planes, (1, 1, 1, 1), mode="replicate")

    expected = functional.conv2d(padded, weight.double(), bias.double())
    assert torch.allclose(layer(features).double(), expected, atol=1e-6)
