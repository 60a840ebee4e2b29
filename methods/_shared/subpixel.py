"""Building sub-pixel convolutions, initialised at random or by ICNR."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

__all__ = ["build", "build_icnr"]


def build(channels: int, scale: int) -> nn.Module:
    """Return the layer with torch's default initialisation."""
    from torch import nn

    return nn.Sequential(nn.Conv2d(channels, scale * scale, 3, padding=1), nn.PixelShuffle(scale))


def build_icnr(channels: int, scale: int) -> nn.Module:
    """Return the layer with one random filter, and bias, for all phases."""
    import torch

    one = torch.nn.Conv2d(channels, 1, 3, padding=1)
    layer = build(channels, scale)
    convolution = layer.get_submodule("0")
    with torch.no_grad():
        for name, values in one.named_parameters():
            convolution.get_parameter(name).copy_(values.repeat_interleave(scale * scale, dim=0))
    return layer
