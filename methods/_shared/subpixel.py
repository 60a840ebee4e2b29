"""Sub-pixel convolutions as heads, initialised at random or by ICNR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods._shared.head import Head

if TYPE_CHECKING:
    from torch import nn

__all__ = ["DEFAULT", "ICNR", "build", "build_icnr"]


def build(channels: int, scale: int) -> nn.Module:
    """Return the layer with torch's default initialisation."""
    from upbench.methods._shared.upsampling import SubpixelConv

    return SubpixelConv(channels, 1, scale)


def build_icnr(channels: int, scale: int) -> nn.Module:
    """Return the layer with one random filter, and bias, for all phases."""
    from upbench.methods._shared.upsampling import SubpixelConv

    return SubpixelConv(channels, 1, scale, icnr=True)


DEFAULT = Head("subpixel-conv", build)
ICNR = Head("subpixel-conv-icnr", build_icnr)
