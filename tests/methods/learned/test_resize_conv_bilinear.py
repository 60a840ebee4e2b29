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


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_no_weights_make_a_checkerboard(
    scale: int,
    built: Callable[..., torch.nn.Module],
    noise: Callable[..., torch.Tensor],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """Whatever the weights, all phases have one DC gain, and flat stays flat, to the edge."""
    layer = built(HEAD, scale)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(noise(*parameter.shape) * 100 - 30)
        flat = layer(torch.full((1, 16, 4, 4), 0.3))

    assert ripple(layer) < 1e-12
    assert float((flat - flat[0, 0, 0, 0]).abs().max()) < 1e-6 * float(flat.abs().max())


def test_initialisation_is_torchs(is_torchs: Callable[..., None]) -> None:
    """Weights are drawn from +-1/sqrt(fan-in), the 16 x 3 x 3 that an output pixel sums."""
    is_torchs(HEAD, 2, (16 * 9) ** -0.5, "1.weight")
