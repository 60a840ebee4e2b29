"""Interpolation, then a convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_is_torchs_interpolation_then_its_convolution(mode: str, made: Made, noise: Noise) -> None:
    """Interpolation (half-pixel), then 3 x 3 with the edge pixel repeated."""
    module, features = made(f"resize-conv-{mode}", 3, 2, 3), noise(2, 3, 4, 5)
    larger = torch.nn.functional.interpolate(features, scale_factor=3, mode=mode)
    padded = torch.nn.functional.pad(larger, (1, 1, 1, 1), mode="replicate")
    weight, bias = (module.get_parameter(f"1.{name}") for name in ("weight", "bias"))

    assert torch.allclose(module(features), torch.nn.functional.conv2d(padded, weight, bias))
