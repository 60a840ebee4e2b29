"""Interpolation, nearest or bilinear, then a convolution on the large grid, 3 x 3 or larger.

A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard Artifacts", Distill, 2016: on a
flat area every output phase sees the same sum of kernel elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn

_SOURCE = "A. Odena, V. Dumoulin and C. Olah, Distill, 2016, doi 10.23915/distill.00003"


@layer(
    "resize-conv-nearest",
    source=_SOURCE,
    summary="nearest-neighbour enlargement, then 3 x 3",
    flat="always",
)
def nearest(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer with repeated pixels."""
    from upbench.methods._shared.upsampling import ResizeConv

    return ResizeConv(in_channels, out_channels, scale, "nearest")


@layer(
    "resize-conv-nearest-7",
    source=_SOURCE,
    summary="nearest-neighbour enlargement, then 7 x 7: at x4 it sees 2 or 3 input pixels an axis",
    flat="always",
)
def nearest_7(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer with repeated pixels and a larger kernel."""
    from upbench.methods._shared.upsampling import ResizeConv

    return ResizeConv(in_channels, out_channels, scale, "nearest", 7)


@layer(
    "resize-conv-bilinear",
    source=_SOURCE,
    summary="bilinear interpolation (half-pixel), then 3 x 3",
    flat="always",
)
def bilinear(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer with interpolated pixels."""
    from upbench.methods._shared.upsampling import ResizeConv

    return ResizeConv(in_channels, out_channels, scale, "bilinear")
