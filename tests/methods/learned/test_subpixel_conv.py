"""Sub-pixel convolution, initialised by torch and by ICNR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from upbench.benchmark.training.scores import flat_ripple_db
from upbench.methods._shared.network import SHAPES, untrained
from upbench.methods.learned.subpixel_conv import DEFAULT, ICNR

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.head import Head

each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


@each_scale
@pytest.mark.parametrize("head", [DEFAULT, ICNR], ids=lambda head: head.name)
def test_channels_are_laid_out_as_phases(
    head: Head,
    scale: int,
    built: Callable[..., torch.nn.Module],
    noise: Callable[..., torch.Tensor],
) -> None:
    """Output pixel (s i + p, s j + q) is channel s p + q of the convolution at (i, j)."""
    layer, features = built(head, scale), noise(1, 16, 4, 5)
    weight, bias = layer.get_parameter("0.weight"), layer.get_parameter("0.bias")
    channels = functional.conv2d(features, weight, bias, padding=1)
    output = layer(features)
    for p in range(scale):
        for q in range(scale):
            phase = output[:, 0, p::scale, q::scale]
            assert torch.allclose(phase, channels[:, scale * p + q], atol=1e-6)


@each_scale
def test_icnr_begins_as_nearest_neighbour(
    scale: int,
    built: Callable[..., torch.nn.Module],
    noise: Callable[..., torch.Tensor],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """All phases begin equal: the layer enlarges one convolution by repeating its pixels."""
    layer = built(ICNR, scale)
    weight, bias = layer.get_parameter("0.weight"), layer.get_parameter("0.bias")
    features = noise(1, 16, 4, 5)
    one = functional.conv2d(features, weight[:1], bias[:1], padding=1)
    repeated = one.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)

    kernels = weight.unflatten(0, (-1, scale**2))
    assert bool((kernels == kernels[:, :1]).all())
    assert ripple(layer) == 0
    assert bool((bias == bias[0]).all())
    assert torch.allclose(layer(features), repeated, atol=1e-6)


@each_scale
def test_flat_field_tells_the_two_apart(scale: int) -> None:
    """Before training a flat grey field stays flat under ICNR and ripples by 20 dB without it."""
    random, equal = (untrained(head, SHAPES["small"], scale, 0) for head in (DEFAULT, ICNR))

    assert flat_ripple_db(equal, scale) < 1e-6
    assert flat_ripple_db(random, scale) > 20


@pytest.mark.parametrize("head", [DEFAULT, ICNR], ids=lambda head: head.name)
def test_initialisation_is_torchs(head: Head, is_torchs: Callable[..., None]) -> None:
    """Each filter is drawn from +-1/sqrt(fan-in), the 16 x 3 x 3 that an output pixel sums."""
    is_torchs(head, 2, (16 * 9) ** -0.5, "0.weight")
