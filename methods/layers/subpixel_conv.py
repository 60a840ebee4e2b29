"""Sub-pixel convolution: a 3 x 3 convolution to s x s phases, laid out on the large grid.

W. Shi et al. (ESPCN), CVPR 2016, arXiv:1609.05158; the initialisation ICNR: A. Aitken et al.,
arXiv:1707.02937, 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn


@layer(
    "subpixel-conv",
    source="W. Shi et al., CVPR 2016, arXiv:1609.05158",
    summary="3 x 3 to s x s phases, then pixel shuffle: a filter per phase, each random",
)
def default(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer with torch's default initialisation."""
    from upbench.methods._shared.upsampling import SubpixelConv

    return SubpixelConv(in_channels, out_channels, scale)


@layer(
    "subpixel-conv-icnr",
    source="A. Aitken et al., arXiv:1707.02937, 2017",
    summary="3 x 3 to s x s phases, then pixel shuffle: all phases equal at first",
    flat="at first",
)
def icnr(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer with one random filter, and bias, for all phases."""
    from upbench.methods._shared.upsampling import SubpixelConv

    return SubpixelConv(in_channels, out_channels, scale, icnr=True)
