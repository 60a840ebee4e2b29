"""Bilinear additive upsampling, against its definition in the order of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize("channels", [8, 9, 3])
def test_adds_every_four_consecutive_channels(channels: int, made: Made, noise: Noise) -> None:
    """Interpolated first and added then, as the paper has it; a rest is a group of its own."""
    module, features = made("bilinear-additive", channels, 2, 2), noise(1, channels, 4, 5)
    larger = torch.nn.functional.interpolate(features, scale_factor=2, mode="bilinear")
    groups = [larger[:, n : n + 4].sum(dim=1) for n in range(0, channels, 4)]
    expected = module.get_submodule("2")(torch.stack(groups, dim=1))

    assert torch.allclose(module(features), expected)
