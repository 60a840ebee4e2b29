"""DySample: bilinear interpolation at points that the content moves, then a 3 x 3 convolution.

W. Liu et al., "Learning to Upsample by Learning to Sample", ICCV 2023, arXiv:2308.15085.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn


@layer(
    "dysample",
    source="W. Liu et al., ICCV 2023, arXiv:2308.15085",
    summary="bilinear interpolation at learned points, bilinear at first, then 3 x 3",
    flat="always",
    linear=False,
)
def build(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer in the published code's default setting."""
    from upbench.methods._shared.by_content import DySample

    return DySample(in_channels, out_channels, scale)
